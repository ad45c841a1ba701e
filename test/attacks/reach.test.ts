// What a client may not reach: the warehouse's own tables, files, settings, other roles, other databases.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackClient, type AttackServer, startAttackServer } from "./attack-server.ts";
import { secrets, vault, vaultUsers } from "./vault-lens.ts";

const refused: Readonly<Record<string, readonly string[]>> = {
  "42P01": [
    "SELECT * FROM raw_accounts",
    'SELECT * FROM "raw_accounts"',
    'SELECT * FROM U&"\\0072aw_accounts"',
    "SELECT * FROM main.raw_accounts",
    "SELECT * FROM main.accounts",
    'SELECT * FROM "main"."raw_accounts"',
    "TABLE raw_accounts",
    "SELECT 'raw_accounts'::regclass",
    "SELECT * FROM accounts WHERE EXISTS (SELECT 1 FROM raw_accounts)",
    "WITH accounts AS (SELECT * FROM raw_accounts) SELECT * FROM accounts",
    "SELECT * FROM duckdb_secrets",
    "SELECT * FROM sqlite_master",
    'SELECT * FROM "/etc/passwd"',
  ],
  "0A000": [
    "SELECT * FROM lens0.main.raw_accounts",
    "SELECT * FROM accounts, pg_class",
    "SELECT id, (SELECT count(*) FROM pg_class) FROM accounts",
    "SELECT accounts FROM accounts",
    "SELECT row_to_json(accounts) FROM accounts",
    "SELECT to_jsonb(a) FROM accounts a",
    "SELECT id, pg_sleep(1) FROM accounts",
    "SELECT id, set_config('role', 'open', false) FROM accounts",
    "SELECT id, pg_read_file('/etc/passwd') FROM accounts",
    "SELECT id, query_to_xml('select 1', true, true, '') FROM accounts",
    "SELECT id FROM accounts TABLESAMPLE SYSTEM (10)",
  ],
  "42883": [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_parquet('x')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM query('select * from raw_accounts')",
    "SELECT * FROM query_table('raw_accounts')",
    "SELECT query('select 1'), id FROM accounts",
    "SELECT json_execute_serialized_sql('{}') FROM accounts",
    "SELECT json_serialize_sql('select 1') FROM accounts",
    "SELECT getvariable('x'), id FROM accounts",
    "SELECT error('x'), id FROM accounts",
    "SELECT * FROM duckdb_tables()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM pragma_storage_info('accounts')",
    "SELECT getenv('HOME'), id FROM accounts",
    "SELECT dblink('x', 'select 1')",
  ],
  "42703": [
    "SELECT email_of_count FROM accounts",
    "SELECT key FROM accounts",
    "SELECT own_tenant FROM accounts",
    "SELECT own_city FROM accounts",
    'SELECT "raw value of email" FROM accounts',
    'SELECT "key dimension id" FROM accounts',
    'SELECT "argument of emails" FROM accounts',
    'SELECT "present row" FROM accounts',
    "SELECT rowid FROM accounts",
    "SELECT __user FROM accounts",
    "SELECT ctid FROM accounts",
    "SELECT tableoid, xmin FROM accounts",
  ],
  "42501": [
    "SET ROLE open",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION open",
    "SET session_authorization = 'open'",
    "SELECT set_config('role', 'open', false)",
    "SELECT set_config('session_authorization', 'postgres', false)",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_stat_file('PG_VERSION')",
    "SELECT pg_read_binary_file('PG_VERSION')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT query_to_xml('select 1', true, true, '')",
    "SELECT table_to_xml('accounts', true, true, '')",
    "SELECT database_to_xml(true, true, '')",
    "SELECT cursor_to_xml('c', 1, true, true, '')",
    "SELECT pg_sleep(1)",
    "SELECT pg_terminate_backend(1)",
    "SELECT pg_reload_conf()",
    "SELECT lenswire_set('role', 'postgres', false)",
    "SELECT current_setting('data_directory')",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_shadow",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT * FROM pg_file_settings",
    "SELECT * FROM pg_largeobject",
    "EXPLAIN ANALYZE SELECT pg_read_file('/etc/passwd')",
    "COPY (SELECT * FROM accounts) TO '/tmp/lenswire-attack'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "DO $$ BEGIN PERFORM 1; END $$",
    "LOAD 'x'",
    "CALL x()",
    "ALTER SYSTEM SET work_mem = '1GB'",
  ],
  "25006": [
    "CREATE VIEW v AS SELECT * FROM accounts",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1'",
    "CREATE EXTENSION dblink",
    "CREATE ROLE x SUPERUSER",
    "GRANT ALL ON accounts TO public",
    "ALTER TABLE accounts ADD COLUMN x int",
    "ALTER ROLE guarded SUPERUSER",
    "DROP TABLE accounts",
    "INSERT INTO accounts (id) VALUES (9)",
    "UPDATE accounts SET id = 9",
    "DELETE FROM accounts",
    "WITH x AS (DELETE FROM accounts RETURNING *) SELECT * FROM x",
    "SELECT * INTO stolen FROM accounts",
    "SELECT id FROM accounts FOR UPDATE",
    "TRUNCATE accounts",
    "LOCK TABLE accounts",
    "COMMENT ON TABLE accounts IS 'x'",
  ],
  "42601": [
    "SELECT * FROM 'data.parquet'",
    "PRAGMA database_list",
    "ATTACH 'x' AS y",
    "SUMMARIZE accounts",
    "FROM raw_accounts",
    "INSTALL httpfs",
    "SELECT 1; FROM raw_accounts",
  ],
};

const cases = Object.entries(refused).flatMap(([code, statements]) =>
  statements.map((sql) => ({ code, sql })),
);

let server: AttackServer;
let client: AttackClient;

beforeAll(async () => {
  server = await startAttackServer({ lenses: [vault], users: vaultUsers });
  client = await server.connect("guarded");
});

afterAll(async () => {
  await client?.end();
  await server?.stop();
});

describe("refused", () => {
  it.each(cases)("$code: $sql", async ({ sql, code }) => {
    expect(await client.ask(sql)).toMatchObject({ code });
    // Whatever it was, the session is who it was.
    expect(await client.ask("SELECT current_user, session_user")).toMatchObject({
      rows: [["guarded", "guarded"]],
    });
  });
});

describe("answered without a secret", () => {
  it.each([
    "EXPLAIN SELECT * FROM accounts",
    "EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM accounts WHERE phone = 'x'",
    "SELECT * FROM pg_stats WHERE schemaname = 'public'",
    "SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "SELECT * FROM pg_stat_activity",
    "SELECT * FROM pg_settings",
    "SELECT * FROM pg_prepared_statements",
    "SELECT * FROM pg_roles",
    "SELECT * FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT pg_get_viewdef('overview'::regclass)",
    "SHOW ALL",
    "SELECT 1; SELECT owner, phone FROM accounts; SELECT owner FROM accounts",
    "SET row_security = off; SELECT owner, phone, balance FROM accounts",
    "SET search_path = main, pg_temp, public; SELECT owner FROM accounts",
    "SELECT (accounts).owner FROM accounts",
    "SELECT * FROM vault.public.accounts",
    "SELECT * FROM ONLY accounts",
    "TABLE accounts",
  ])("%s", async (sql) => {
    const answer = JSON.stringify(await client.ask(sql));
    expect(answer).not.toContain("XX000");
    // EXPLAIN names the filters of every table that is read, also through a member.
    const hidden = sql.startsWith("EXPLAIN") ? ["raw_accounts"] : ["raw_accounts", "own_branches"];
    for (const secret of [...secrets, ...hidden]) expect(answer).not.toContain(secret);
    await client.ask("DISCARD ALL");
  });

  it("and the group of EXPLAIN's source part sees a source that is masked and filtered", async () => {
    const open = await server.connect("open");
    const text = JSON.stringify(await open.ask("EXPLAIN SELECT owner FROM accounts"));
    await open.end();
    expect(text).toContain("Source SQL");
    expect(JSON.stringify(await client.ask("EXPLAIN SELECT owner FROM accounts"))).not.toContain("SELECT ");
  });
});
