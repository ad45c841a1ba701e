// Tables and members that clients are not to know of are named in no error, no plan, and nowhere in the catalog.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackClient, type AttackServer, startAttackServer } from "./attack-server.ts";

const model = `
tables:
  - name: shops
    sql: SELECT * FROM shops
    joins:
      - {name: vault_hidden, relationship: many_to_one, sql: "{TABLE.vault_id} = {vault_hidden.id}"}
      - {name: cellar_hidden, relationship: many_to_one, sql: "{TABLE.cellar_id} = {cellar_hidden.id}"}
      - {name: attic_hidden, relationship: many_to_one, sql: "{TABLE.vault_id} = {attic_hidden.id}"}
    dimensions:
      - {name: id, type: number, sql: "{TABLE}.id", primary_key: true}
      - {name: vault_id, type: number, column: vault_id, public: false}
      - {name: cellar_id, type: number, column: cellar_id, public: false}
      - {name: secret_margin, type: number, column: margin, public: false}
      - {name: doubled, type: number, sql: "{secret_margin} * 2"}
      - {name: depth, type: number, sql: "{vault_hidden.depth}"}
    measures:
      - {name: shop_count, type: count}
      - {name: hidden_sum, type: sum, sql: "{secret_margin}", public: false}
      - {name: margin_each, type: number, sql: "{hidden_sum} / {shop_count}"}
      - {name: dust_each, type: number, sql: "{attic_hidden.hidden_dust} / {shop_count}"}
      - {name: gold_each, type: number, sql: "{vault_hidden.hidden_gold} / {shop_count}"}
    segments:
      - {name: hidden_segment, sql: "{TABLE}.margin > 3", public: false}
  - name: towns
    sql: SELECT * FROM towns
    dimensions:
      - {name: id, type: number, sql: "{TABLE}.id", primary_key: true}
  - name: attic_hidden
    public: false
    sql: SELECT * FROM vaults
    dimensions:
      - {name: id, type: number, sql: "{TABLE}.id"}
    measures: [{name: hidden_dust, type: sum, sql: "{TABLE}.gold"}]
  - name: vault_hidden
    public: false
    sql: SELECT * FROM vaults
    joins: [{name: towns, relationship: many_to_one, sql: "{TABLE.town_id} = {towns.id}"}]
    dimensions:
      - {name: id, type: number, sql: "{TABLE}.id", primary_key: true}
      - {name: town_id, type: number, column: town_id}
      - {name: depth, type: number, column: depth}
    measures: [{name: hidden_gold, type: sum, sql: "{TABLE}.gold"}]
    segments:
      - {name: hidden_filter, sql: "{TABLE}.gold >= 0", meta: {secure: {user_groups: "*"}}}
  - name: cellar_hidden
    public: false
    sql: SELECT * FROM vaults
    joins: [{name: towns, relationship: many_to_one, sql: "{TABLE.town_id} = {towns.id}"}]
    dimensions:
      - {name: id, type: number, sql: "{TABLE}.id", primary_key: true}
      - {name: town_id, type: number, column: town_id}
  - name: islands
    sql: SELECT * FROM towns
    joins: [{name: cellar_hidden, relationship: many_to_one, sql: "{TABLE.id} = {cellar_hidden.id}"}]
    dimensions:
      - {name: id, type: number, sql: "{TABLE}.id", primary_key: true}
`;

const setUp = `
CREATE TABLE shops AS SELECT i AS id, 1 AS vault_id, 1 AS cellar_id, i * 7 AS margin FROM range(1, 4) t(i);
CREATE TABLE towns AS SELECT 1 AS id;
CREATE TABLE vaults AS SELECT 1 AS id, 1 AS town_id, 9 AS depth, 100 AS gold;
`;

const groups = `
user_groups:
  - {name: readers, api_scopes: [data], includes: ["roles:id:reader"]}
  - {name: insiders, api_scopes: [data], allow_private_members_access: true, includes: ["roles:id:insider"]}
`;

const statements = [
  "SELECT * FROM shops CROSS JOIN towns",
  "SELECT * FROM shops, islands",
  "SELECT * FROM towns, islands WHERE true",
  "SELECT gold_each FROM shops",
  "SELECT dust_each FROM shops",
  "SELECT id, dust_each FROM shops",
  "SELECT id, gold_each, margin_each FROM shops",
  "SELECT a.id, MEASURE(a.gold_each) FROM shops a JOIN shops b ON a.id = b.id GROUP BY 1",
  "SELECT t.id, MEASURE(s.gold_each) FROM shops s JOIN towns t ON s.id = t.id GROUP BY 1",
  "SELECT MEASURE(a.gold_each), MEASURE(b.gold_each) FROM shops a, shops b",
  "SELECT depth FROM shops",
  "SELECT secret_margin FROM shops",
  "SELECT hidden_segment FROM shops",
  "SELECT secret_margi FROM shops",
  "SELECT MEASURE(hidden_sum) FROM shops",
  "SELECT hidden_su FROM shops",
  "SELECT * FROM vault_hidden",
  "SELECT vault_hidden.depth FROM shops",
  "SELECT * FROM shops JOIN vault_hidden ON true",
  "SELECT 'vault_hidden'::regclass",
  "SELECT to_regclass('vault_hidden')",
  "EXPLAIN SELECT margin_each, gold_each FROM shops",
  "EXPLAIN (FORMAT JSON) SELECT depth, doubled, gold_each FROM shops",
  "EXPLAIN ANALYZE SELECT depth, doubled, margin_each FROM shops",
  "EXPLAIN (SELECT depth FROM shops)",
  "SELECT relname FROM pg_class",
  "SELECT attname FROM pg_attribute",
  "SELECT description FROM pg_description",
  "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint",
  "SELECT adsrc FROM (SELECT pg_get_expr(adbin, adrelid) AS adsrc FROM pg_attrdef) d",
  "SELECT typname FROM pg_type",
  "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
  "SELECT table_name, column_name FROM information_schema.columns",
  "SELECT * FROM information_schema.key_column_usage",
  "SELECT * FROM pg_stats WHERE schemaname = 'public'",
  "SELECT * FROM pg_stat_user_tables",
];

describe("hidden names", () => {
  let server: AttackServer;
  let reader: AttackClient;

  beforeAll(async () => {
    server = await startAttackServer({
      lenses: [{ name: "names", files: { "tables/t.yml": model, "user_groups.yml": groups }, setUp }],
      users: { reader: ["reader"], insider: ["insider"] },
    });
    reader = await server.connect("reader");
  });

  afterAll(async () => {
    await reader?.end();
    await server?.stop();
  });

  it.each(statements)("are not told by %s", async (sql) => {
    const answer = JSON.stringify(await reader.ask(sql));
    // What the client wrote itself may be in the answer.
    const words = [
      "vault_hidden",
      "cellar_hidden",
      "attic_hidden",
      "hidden_dust",
      "hidden_sum",
      "hidden_gold",
      "secret_margin",
      "hidden_filter",
    ];
    for (const word of ["hidden_segment", "vault_id", "town_id", ...words]) {
      if (!sql.includes(word)) expect(answer).not.toContain(word);
    }
    expect(answer).not.toContain("XX000");
  });

  it("are told to a group that may see private members", async () => {
    const insider = await server.connect("insider");
    const answer = JSON.stringify(await insider.ask("SELECT secret_margin FROM shops ORDER BY 1 LIMIT 1"));
    await insider.end();
    expect(answer).toContain("7");
    expect(JSON.stringify(await reader.ask("SELECT secret_margin FROM shops"))).toContain("42703");
  });
});
