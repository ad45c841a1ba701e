// The attacker names things so that the name ends early and their own SQL goes on: aliases, columns, cursors, prepared
// statements, savepoints, temporary tables, settings. The names come back as they were, and nothing else was run.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackServer, startAttackServer } from "./attack-server.ts";
import { vault, vaultUsers } from "./vault-lens.ts";
import { WireTap } from "./wire-tap.ts";

const names = [
  'x" FROM raw_accounts --',
  "x'; SELECT owner FROM raw_accounts; --",
  'x"; DROP TABLE accounts; --',
  "x\\",
  "x\\' OR true --",
  "x\n; SELECT * FROM raw_accounts",
  "$$; SELECT * FROM raw_accounts; $$",
  "/* */ x -- y",
  "x`y",
  "x]y",
  "{owner}",
  "{TABLE}",
  "c1",
  "raw value of owner",
  "key dimension id",
  "present row",
  "😀\u202e",
  "x".repeat(63),
  "__proto__",
  "constructor",
];
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
let server: AttackServer;

beforeAll(async () => {
  server = await startAttackServer({ lenses: [vault], users: vaultUsers });
});
afterAll(() => server?.stop());

const positions: Readonly<Record<string, (name: string) => readonly string[]>> = {
  "an alias": (name) => [`SELECT city AS ${name} FROM accounts ORDER BY ${name}`],
  "a table alias": (name) => [`SELECT ${name}.city FROM accounts AS ${name} ORDER BY 1`],
  "a column of a sub-query": (name) => [
    `SELECT ${name} FROM (SELECT city AS ${name} FROM accounts) x WHERE ${name} <> '' ORDER BY 1`,
  ],
  "a CTE": (name) => [
    `WITH ${name} (${name}) AS (SELECT city FROM accounts) SELECT ${name} FROM ${name} ORDER BY 1`,
  ],
  "a window": (name) => [
    `SELECT city, row_number() OVER ${name} FROM accounts WINDOW ${name} AS (ORDER BY id) ORDER BY 1`,
  ],
  "a join's columns": (name) => [
    `SELECT city FROM (SELECT id AS ${name}, city FROM accounts) a JOIN (SELECT id AS ${name} FROM accounts) b USING (${name}) ORDER BY 1`,
  ],
  "a prepared statement": (name) => [
    `PREPARE ${name} AS SELECT city FROM accounts ORDER BY 1`,
    `EXECUTE ${name}`,
  ],
  "a cursor": (name) => [
    "BEGIN",
    `DECLARE ${name} CURSOR FOR SELECT city FROM accounts ORDER BY 1`,
    `FETCH ALL FROM ${name}`,
    "COMMIT",
  ],
  "a savepoint": (name) => [
    "BEGIN",
    `SAVEPOINT ${name}`,
    `ROLLBACK TO ${name}`,
    "SELECT city FROM accounts",
    "COMMIT",
  ],
  "a temporary table and its column": (name) => [
    `CREATE TEMP TABLE ${name} (${name} text)`,
    `INSERT INTO ${name} SELECT city FROM accounts`,
    `SELECT ${name} FROM ${name} ORDER BY 1`,
    `DROP TABLE ${name}`,
  ],
  "a setting": (name) => [`SET application_name = ${name}`, "SELECT city FROM accounts ORDER BY 1"],
  "a search path": (name) => [
    `SET search_path = ${name}, public`,
    "SELECT city FROM accounts ORDER BY 1",
    "SELECT current_schemas(true)",
  ],
};

describe.each(Object.entries(positions))("as the name of %s", (position, statements) => {
  it.each(names)("%j", async (name) => {
    const entitled = await WireTap.login({ server, user: "open" });
    const tap = await WireTap.login({ server, user: "guarded" });
    for (const sql of statements(quoted(name))) {
      const messages = await tap.ask(sql);
      const codes = messages.flatMap(({ type, ...rest }) => (type === "ErrorResponse" ? [rest["code"]] : []));
      expect(codes.filter((code) => code === "XX000" || code === "HV000" || code === "42601")).toEqual([]);
      await entitled.ask(sql);
    }
    expect(tap.seen()).toEqual([]);
    // Where the columns are the lens's, five rows came, whatever the names: filtered, and all of them.
    const rows = await tap.ask("SELECT count(*) FROM accounts");
    expect(JSON.stringify(rows)).toContain('"values":["5"]');
    expect(entitled.seen(["Kiel"]), position).toEqual(["Kiel"]);
    expect(tap.seen(["Bonn", "Kiel"])).toEqual(["Bonn"]);
    entitled.end();
    tap.end();
  });
});
