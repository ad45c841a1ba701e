// What a user must not be able to learn or do through catalog statements.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/answer-catalog-query.ts";
import { allowedVolatileFunctions } from "../../../src/postgres/allowed-functions.ts";
import type { CatalogInstances } from "../../../src/postgres/catalog-instances.ts";
import { admin, viewer } from "../postgres/visible-models.ts";
import { CatalogClient, errorOf, startCatalog } from "./catalog-client.ts";

let instances: CatalogInstances;
let catalog: Catalog;
let mallory: CatalogClient;
let root: CatalogClient;
const failures: unknown[] = [];

beforeAll(async () => {
  const started = await startCatalog({
    catalogTimeoutMs: 60_000,
    onFailure: (failure) => failures.push(failure),
  });
  instances = started.instances;
  catalog = started.catalog;
  root = new CatalogClient(started.catalog, admin, "rooty", { databases: ["rooty_db"] });
  mallory = new CatalogClient(started.catalog, viewer, "mallory");
  // The administrator's instance lives in the same worker, and has been used.
  expect(
    (await root.query("SELECT relname FROM pg_class WHERE relname LIKE 's3cret%'")).rows.length,
  ).toBeGreaterThan(0);
});

afterAll(async () => {
  await instances.close();
  expect(failures).toEqual([]);
});

/** Every relation of the system catalogs that can be read, with its whole content as text. */
async function dumpCatalog(client: CatalogClient): Promise<string> {
  const { rows } = await client.query(
    `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'v') AND n.nspname IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  const parts: string[] = [];
  let denied = 0;
  for (const [name] of rows) {
    try {
      const answer = await client.query(`SELECT t::text FROM ${name} t`);
      parts.push(`${name}\n${answer.rows.map((row) => row[0]).join("\n")}`);
    } catch (thrown) {
      const error = await errorOf(Promise.reject(thrown));
      expect(["42501", "55000", "0A000"], `${name}: ${error.message}`).toContain(error.sqlstate);
      denied += 1;
    }
  }
  expect(rows.length).toBeGreaterThan(180);
  // PostgreSQL itself denies 22 of them to a plain role.
  expect(denied).toBeLessThan(32);
  return parts.join("\n");
}

describe("what another group sees", () => {
  it("is in no system catalog, and neither are other users", async () => {
    const text = await dumpCatalog(mallory);
    expect(text).toContain("customers");
    expect(text).toContain("mallory");
    expect(text.includes("s3cret")).toBe(false);
    expect(/rooty/.test(text)).toBe(false);
  });

  it("is there for the group that may see it", async () => {
    expect(await dumpCatalog(root)).toContain("s3cret comment");
  });

  it("hides behind no oid", async () => {
    const casts = ["regclass", "regtype", "regproc", "regnamespace", "regrole"].map(
      (type) => `oid::${type}::text`,
    );
    for (const from of [1, 10_000, 16_000, 16_384, 20_000, 30_000]) {
      const { rows } = await mallory.query(
        `SELECT ${casts.join(" || ' ' || ")} || ' ' || coalesce(obj_description(oid), '') || coalesce(pg_get_viewdef(oid), '')
           || coalesce(pg_get_indexdef(oid), '') || coalesce(pg_get_constraintdef(oid), '')
           || coalesce(pg_get_userbyid(oid), '') || coalesce(pg_get_ruledef(oid), '')
           || coalesce(pg_describe_object(1259, CASE WHEN oid::regclass::text <> oid::text THEN oid END, 0), '')
           FROM (SELECT generate_series(${from}, ${from + 2_000})::oid AS oid) AS numbers`,
      );
      expect(rows).toHaveLength(2_001);
      expect(JSON.stringify(rows)).not.toMatch(/s3cret|rooty/);
    }
  });

  it("is not hinted at by an error", async () => {
    const error = await errorOf(mallory.query("SELECT * FROM s3cret_salarie"));
    expect([error.sqlstate, error.hint]).toEqual(["42P01", undefined]);
  });
});

const refused: readonly (readonly [string, string])[] = [
  ["SELECT pg_read_file('/etc/passwd')", "42501"],
  ["SELECT pg_read_binary_file('postgresql.conf')", "42501"],
  ["SELECT pg_ls_dir('.')", "42501"],
  ["SELECT * FROM pg_ls_waldir()", "42501"],
  ["SELECT pg_stat_file('.')", "42501"],
  ["SELECT lo_import('/etc/passwd')", "42501"],
  ["SELECT lo_creat(1)", "42501"],
  ["SELECT lo_from_bytea(0, 'x')", "42501"],
  ["SELECT query_to_xml('select 1', true, true, '')", "42501"],
  ["SELECT database_to_xml(true, true, '')", "42501"],
  ["SELECT schema_to_xml('public', true, true, '')", "42501"],
  ["SELECT table_to_xml('customers', true, true, '')", "42501"],
  ["SELECT cursor_to_xml('c', 1, true, true, '')", "42501"],
  ["SELECT ts_stat('select 1')", "42501"],
  ["SELECT ts_rewrite('a'::tsquery, 'select 1')", "42501"],
  ["SELECT pg_sleep(1)", "42501"],
  ["SELECT pg_sleep_for('1 second')", "42501"],
  ["SELECT pg_terminate_backend(1)", "42501"],
  ["SELECT pg_cancel_backend(1)", "42501"],
  ["SELECT pg_reload_conf()", "42501"],
  ["SELECT setseed(0.5)", "42501"],
  ["SELECT nextval('x')", "42P01"],
  ["SELECT lenswire_set('role', 'postgres', false)", "42501"],
  ["SELECT lenswire_set('session_authorization', 'lenswire', false)", "42501"],
  ["SELECT pg_export_snapshot()", "42501"],
  ["SELECT pg_switch_wal()", "42501"],
  ["SELECT pg_hba_file_rules()", "42501"],
  ["SELECT pg_config()", "42501"],
  ["SELECT binary_upgrade_set_next_pg_type_oid(1)", "42501"],
  ["SELECT pg_clear_relation_stats('pg_catalog', 'pg_class')", "42501"],
  ["SELECT dblink('', '')", "42883"],
  ["SELECT current_setting('data_directory')", "42501"],
  ["SELECT current_setting('config_file')", "42501"],
  ["SELECT current_setting('hba_file')", "42501"],
  ["SELECT * FROM pg_authid", "42501"],
  ["SELECT * FROM pg_shadow", "42501"],
  ["SELECT * FROM pg_file_settings", "42501"],
  ["SELECT * FROM pg_statistic", "42501"],
  ["SELECT (SELECT lo_get(1))", "42501"],
  ["SELECT CASE WHEN true THEN pg_read_file('x') END", "42501"],
  ["SELECT * FROM pg_class WHERE pg_sleep(0) IS NULL", "42501"],
  ["SELECT 1 ORDER BY pg_read_file('x')", "42501"],
  ["EXPLAIN ANALYZE SELECT pg_read_file('x')", "42501"],
  ["WITH a AS (SELECT pg_ls_dir('.')) SELECT * FROM a", "42501"],
  ["SELECT array_agg(f) FROM pg_ls_dir('/') f", "42501"],
];

const notRun = [
  "DO $$ BEGIN PERFORM 1; END $$",
  "SET ROLE postgres",
  "SET SESSION AUTHORIZATION lenswire",
  "RESET SESSION AUTHORIZATION",
  "COPY pg_class TO STDOUT",
  "COPY (SELECT 1) TO PROGRAM 'id'",
  "CREATE TEMP TABLE t (a int)",
  "CREATE TABLE t AS SELECT 1",
  "SELECT 1 INTO t",
  "SELECT 1 INTO TEMP t",
  "INSERT INTO pg_class DEFAULT VALUES",
  "UPDATE pg_settings SET setting = 'x'",
  "WITH u AS (UPDATE pg_settings SET setting = 'lenswire' WHERE name = 'role' RETURNING 1) SELECT * FROM u",
  "WITH d AS (DELETE FROM pg_class RETURNING 1) SELECT * FROM d",
  "SELECT * FROM (WITH d AS (DELETE FROM pg_class RETURNING 1) SELECT * FROM d) s",
  "SELECT * FROM pg_class FOR UPDATE",
  "EXPLAIN ANALYZE DELETE FROM pg_class",
  "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1",
  "EXPLAIN ANALYZE EXECUTE p",
  "PREPARE p AS SELECT 1",
  "EXECUTE p",
  "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
  "LISTEN x",
  "LOCK TABLE pg_class",
  "BEGIN",
  "COMMIT",
  "LOAD 'x'",
  "CALL p()",
  "VACUUM",
  "CHECKPOINT",
  "DISCARD ALL",
  "GRANT ALL ON customers TO mallory",
  "ALTER SYSTEM SET work_mem = '1GB'",
  "EXPLAIN DECLARE c CURSOR FOR SELECT 1",
];

describe("rights", () => {
  it.each(refused)("refuse %s", async (text, sqlstate) => {
    expect((await errorOf(mallory.query(text))).sqlstate).toBe(sqlstate);
    expect(await mallory.value("SELECT current_user || current_setting('is_superuser')")).toBe("malloryoff");
  });

  it.each(notRun)("do not run %s", async (text) => {
    expect((await errorOf(mallory.query(text))).sqlstate).toBe("0A000");
  });
});

describe("rights that PostgreSQL itself watches", () => {
  it("have one statement only, whatever the parser in front saw", async () => {
    const error = await errorOf(
      instances.execute({
        visible: viewer,
        databaseName: "market",
        otherDatabases: [],
        user: "mallory",
        settings: {},
        text: "SELECT 1; COMMIT; SELECT 2",
        parameterTypes: [],
        parameters: [],
        resultFormats: [],
        rowsMax: 10,
        processId: 1,
        signal: new AbortController().signal,
      }),
    );
    expect(error.sqlstate).toBe("42601");
  });

  it("stay read-only where PostgreSQL itself is the judge", async () => {
    for (const text of [
      "CREATE TEMP TABLE t (a int)",
      "UPDATE pg_settings SET setting = 'x'",
      "CREATE ROLE x",
    ]) {
      const run = instances.execute({
        visible: viewer,
        databaseName: "market",
        otherDatabases: [],
        user: "mallory",
        settings: {},
        text,
        parameterTypes: [],
        parameters: [],
        resultFormats: [],
        rowsMax: 10,
        processId: 1,
        signal: new AbortController().signal,
      });
      expect(["25006", "42501", "55000"]).toContain((await errorOf(run)).sqlstate);
    }
  });
});

describe("roles", () => {
  it("are not widened by set_config", async () => {
    for (const name of [
      "session_authorization",
      "role",
      "client_min_messages",
      "transaction_read_only",
      "log_min_messages",
    ]) {
      await mallory.query(
        `SELECT set_config('${name}', 'lenswire', false), set_config('${name}', 'off', true)`,
      );
      expect(
        await mallory.value(
          "SELECT session_user || current_user || current_setting('transaction_read_only') || current_setting('is_superuser')",
        ),
      ).toBe("mallorymalloryonoff");
    }
    mallory.settings.clear();
  });

  it("are not widened by a setting that the session holds", async () => {
    mallory.settings
      .set("role", "postgres")
      .set("session_authorization", "postgres")
      .set("session_preload_libraries", "x");
    expect(await mallory.value("SELECT current_user")).toBe("mallory");
    mallory.settings.clear();
  });

  it("are those of no other role", async () => {
    expect(
      (await mallory.query("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1")).rows,
    ).toEqual([["lenswire"], ["mallory"]]);
    expect(
      await mallory.value(
        "SELECT count(*) FROM pg_roles WHERE pg_has_role(oid, 'MEMBER') AND rolname <> 'mallory'",
      ),
    ).toBe("0");
  });

  it("execute no function but the immutable ones and those on the list", async () => {
    const { rows } = await mallory.query(
      `SELECT proname FROM pg_proc WHERE provolatile = 'v' AND has_function_privilege(oid, 'execute')
         AND proname !~ '^(json|jsonb)_' GROUP BY 1 ORDER BY 1`,
    );
    const own = rows
      .map(([name]) => name)
      .filter((name) => !/^pg_(try_)?advisory_|^set_config$/.test(name ?? ""));
    expect(own).toEqual([...allowedVolatileFunctions].sort());
    expect(await mallory.value("SELECT count(*) FROM pg_proc WHERE proacl IS NULL AND prosecdef")).toBe("0");
  });
});

describe("traces", () => {
  it("of one user's statement are not found by the next", async () => {
    mallory.settings.set("application_name", "mallory's tool").set("search_path", "pg_catalog");
    await mallory.query("SELECT 'm4rker', set_config('my.marker', 'm4rker', false)");
    await errorOf(mallory.query("SELECT 'm4rker'::int"));
    mallory.settings.clear();
    const next = new CatalogClient(catalog, viewer, "nina");
    expect(await dumpCatalog(next)).not.toMatch(/m4rker|mallory/);
    expect((await errorOf(next.query("SELECT current_setting('my.marker')"))).sqlstate).toBe("42704");
    expect(await next.value("SELECT current_setting('search_path')")).toBe('"$user", public');
    expect(
      (
        await next.query(
          "SELECT name FROM pg_prepared_statements UNION ALL SELECT relname FROM pg_class WHERE relpersistence = 't'",
        )
      ).rows,
    ).toEqual([]);
  });
});
