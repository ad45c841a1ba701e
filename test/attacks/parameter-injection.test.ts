// The attacker sends values that would be SQL if they were pasted, in text and binary form, with every type and in every
// place where a value may stand, in settings and in startup parameters. They stay values, and come back as they were.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackServer, startAttackServer } from "./attack-server.ts";
import { vault, vaultUsers } from "./vault-lens.ts";
import { WireTap } from "./wire-tap.ts";

const values = [
  "' OR '1'='1",
  "' OR true --",
  "\\' OR true --",
  '" OR true --',
  "$$ OR true --",
  "$1 OR true",
  "'); SELECT owner FROM raw_accounts; --",
  "x\n--\n' OR true",
  "\u2019 OR true --",
  "\u02bc OR 1=1",
  "{owner}",
  "{TABLE}.owner",
  "%' OR owner LIKE '%",
  "NULL",
  "(SELECT max(owner) FROM raw_accounts)",
  "\u0001\u007f",
];
let server: AttackServer;
let guarded: WireTap;
let open: WireTap;

beforeAll(async () => {
  server = await startAttackServer({ lenses: [vault], users: vaultUsers });
  guarded = await WireTap.login({ server, user: "guarded" });
  open = await WireTap.login({ server, user: "open" });
});
afterAll(async () => {
  guarded?.end();
  open?.end();
  await server?.stop();
});

const statements: Readonly<Record<string, { readonly sql: string; readonly count?: number }>> = {
  equality: { sql: "SELECT id, owner FROM accounts WHERE city = $1" },
  "a list": { sql: "SELECT id, owner FROM accounts WHERE city IN ($1, $1, 'x')" },
  "an array": { sql: "SELECT id, owner FROM accounts WHERE city = ANY (ARRAY[$1::text])" },
  "a function": { sql: "SELECT id, owner FROM accounts WHERE concat(city, $1::text) = city" },
  "a CASE": { sql: "SELECT id, owner FROM accounts WHERE CASE WHEN $1::text = 'x' THEN true ELSE false END" },
  "a measure's FILTER": {
    sql: "SELECT id FROM accounts GROUP BY id HAVING MEASURE(account_count) FILTER (WHERE city = $1) > 0",
  },
};

describe.each(Object.entries(statements))("in %s", (_, { sql }) => {
  it.each(values)("%j finds no row", async (value) => {
    for (const tap of [guarded, open]) {
      const messages = await tap.askBinary(sql, [value]);
      expect(messages.map(({ type }) => type)).not.toContain("DataRow");
      expect(messages.find(({ type }) => type === "ErrorResponse")).toBeUndefined();
    }
    expect(guarded.seen()).toEqual([]);
  });
});

it.each(values)("%j comes back as it was, beside the rows of the lens", async (value) => {
  for (const sql of [
    "SELECT $1::text",
    "SELECT $1::text, max(city) FROM accounts",
    "SELECT $1::text FROM branches LIMIT 1",
  ]) {
    const rows = (await guarded.askBinary(sql, [value])).filter(({ type }) => type === "DataRow");
    expect(rows).toHaveLength(1);
    expect(rows[0]).toHaveProperty("values.0", value);
  }
});

it("the same statement with a value that is there finds its rows, filtered and masked", async () => {
  const sql = statements["equality"]?.sql ?? "";
  open.forget();
  await open.askBinary(sql, ["Kiel"]);
  expect(open.seen(["Trent"])).toEqual(["Trent"]);
  const found = await guarded.askBinary(sql, ["Ulm"]);
  expect(JSON.stringify(found)).toContain("--redact--");
  expect((await guarded.askBinary(sql, ["Kiel"])).map(({ type }) => type)).not.toContain("DataRow");
});

describe.each([
  "application_name",
  "search_path",
  "TimeZone",
  "DateStyle",
  "client_encoding",
  "options",
  "lens.x",
  "__proto__",
])("as the startup parameter %s", (parameter) => {
  it.each(values.filter((value) => !value.includes("\u0001")))(
    "%j changes nobody's rights",
    async (value) => {
      const parameters = Object.fromEntries([[parameter, value]]);
      const tap = await WireTap.login({ server, user: "guarded", parameters });
      tap.client.sendQuery("SELECT current_user, owner FROM public.accounts");
      await tap.client.until("ReadyForQuery").catch(() => undefined);
      expect(tap.seen()).toEqual([]);
      tap.end();
    },
  );
});
