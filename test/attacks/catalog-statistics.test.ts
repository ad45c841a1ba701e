// The attacker asks the catalog what it has counted and sampled: statistics, sizes, activity, locks, other sessions' tables.
// A session's own table is found there by itself, so that the questions do find something.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackServer, startAttackServer } from "./attack-server.ts";
import { secrets, vault, vaultUsers } from "./vault-lens.ts";
import { WireTap } from "./wire-tap.ts";

const canary = "canary_of_another_session";
/** One of them is a part of names of PostgreSQL's own. */
const values = secrets.filter((secret) => secret !== "shadow");
const questions = [
  "SELECT * FROM pg_stats",
  "SELECT * FROM pg_stats_ext",
  "SELECT * FROM pg_class",
  "SELECT * FROM pg_attribute",
  "SELECT * FROM pg_attrdef",
  "SELECT * FROM pg_constraint",
  "SELECT * FROM pg_index",
  "SELECT * FROM pg_type",
  "SELECT * FROM pg_description",
  "SELECT * FROM pg_depend",
  "SELECT * FROM pg_stat_activity",
  "SELECT * FROM pg_stat_all_tables",
  "SELECT * FROM pg_stat_user_tables",
  "SELECT * FROM pg_statio_all_tables",
  "SELECT * FROM pg_stat_user_indexes",
  "SELECT * FROM pg_stat_user_functions",
  "SELECT * FROM pg_stat_database",
  "SELECT * FROM pg_stat_ssl",
  "SELECT * FROM pg_locks",
  "SELECT * FROM pg_cursors",
  "SELECT * FROM pg_prepared_statements",
  "SELECT * FROM pg_prepared_xacts",
  "SELECT * FROM pg_seclabels",
  "SELECT * FROM pg_policies",
  "SELECT * FROM pg_rules",
  "SELECT * FROM pg_views WHERE schemaname = 'public'",
  "SELECT * FROM pg_matviews",
  "SELECT * FROM pg_roles",
  "SELECT * FROM pg_user",
  "SELECT * FROM pg_settings",
  "SELECT * FROM information_schema.tables",
  "SELECT * FROM information_schema.columns",
  "SELECT * FROM information_schema.table_constraints",
  "SELECT * FROM information_schema.check_constraints",
  "SELECT * FROM information_schema.enabled_roles",
  "SELECT pg_relation_size('accounts'), pg_total_relation_size('payments')",
  "SELECT pg_stat_get_live_tuples('accounts'::regclass)",
  "SELECT current_query()",
  "SELECT obj_description('accounts'::regclass), col_description('accounts'::regclass, 7)",
];
let server: AttackServer;
let owner: WireTap;

beforeAll(async () => {
  server = await startAttackServer({ lenses: [vault], users: { ...vaultUsers, second: ["guarded"] } });
  owner = await WireTap.login({ server, user: "second", parameters: { application_name: canary } });
  await owner.ask(
    `CREATE TEMP TABLE ${canary} (${canary}_column text DEFAULT '${canary}' CHECK (${canary}_column <> 'x'))`,
  );
  await owner.ask(`INSERT INTO ${canary} VALUES ('${canary} value')`);
  await owner.ask(`PREPARE ${canary} AS SELECT '${canary}'`);
  await owner.ask("BEGIN");
  await owner.ask(`DECLARE ${canary} CURSOR FOR SELECT '${canary}', owner FROM accounts`);
});
afterAll(async () => {
  owner?.end();
  await server?.stop();
});

describe("the catalog tells another session nothing by", () => {
  it.each(questions)("%s", async (sql) => {
    for (const user of ["guarded", "second"]) {
      const tap = await WireTap.login({ server, user });
      await tap.ask(sql);
      await tap.askBinary(sql);
      tap.end();
      expect(tap.seen([...values, canary, "raw_accounts", "own_tenant", "email_of_count"])).toEqual([]);
    }
  });
});

it("and the session itself finds what it made", async () => {
  const found = new Set<string>();
  for (const sql of questions) {
    owner.forget();
    await owner.ask(sql);
    if (owner.seen([canary]).length > 0) found.add(sql);
  }
  expect(found).toContain("SELECT * FROM pg_class");
  expect(found).toContain("SELECT * FROM pg_attribute");
});

it("no table's count or sample depends on its rows", async () => {
  const statistics = async (user: string) => {
    const client = await server.connect(user);
    const answer = [
      await client.ask(
        "SELECT relname, reltuples, relpages, relallvisible FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
      ),
      await client.ask("SELECT count(*) FROM pg_stats WHERE schemaname = 'public'"),
      await client.ask(
        "SELECT relname, n_live_tup, n_tup_ins, seq_tup_read FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY 1",
      ),
    ];
    await client.end();
    return answer;
  };
  const seen = JSON.stringify(await statistics("guarded"));
  expect(seen).toContain('"accounts"');
  const busy = await server.connect("open");
  for (let turn = 0; turn < 5; turn++) await busy.ask("SELECT count(*) FROM accounts");
  await busy.end();
  expect(JSON.stringify(await statistics("guarded"))).toBe(seen);
});
