// The schema `lenswire`: what users see of themselves, the same as operators see of them, and never of anybody else.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client, type DatabaseError } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDemoFolder, type ServedDemo, serveFolder } from "../support/served-demo.ts";

const token = "s3cret";
let served: ServedDemo;
const clients: Client[] = [];

beforeAll(async () => {
  const folder = await makeDemoFolder({ rows: 2000 });
  const config = await readFile(folder.config, "utf8");
  await writeFile(folder.config, config.replace("admin: {", `admin: { token: ${token},`));
  const groups = join(folder.folder, "model", "user_groups.yml");
  const rates = "\n    rateLimits: {requestsPerMinute: 900, requestsPerHour: 5000, concurrentRequests: 7}";
  await writeFile(groups, (await readFile(groups, "utf8")).replace(/(- name: analyst_north)/, `$1${rates}`));
  served = await serveFolder(folder);
});

afterAll(async () => {
  for (const client of clients) await client.end();
  await served?.close();
});

async function connect(user: string): Promise<Client> {
  const { host, port, database } = served;
  const client = new Client({ host, port, database, user, password: user, application_name: `of ${user}` });
  client.on("error", () => {});
  await client.connect();
  clients.push(client);
  return client;
}

const rowsOf = async (client: Client, text: string): Promise<readonly Record<string, unknown>[]> =>
  (await client.query(text)).rows;
const codeOf = (error: unknown) => (error as DatabaseError).code;

test("limits are those that the HTTP port tells, by SELECT and by SHOW", async () => {
  const client = await connect("north");
  await client.query("SELECT customer_count FROM customers");
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${served.adminUrl}/v1/limits?user=north`, { headers });
  const { limits } = (await answer.json()) as { limits: { limit: string; used: number; max: number }[] };
  expect(limits.map(({ limit }) => limit)).toEqual([
    "connectionsPerUser",
    "requestsPerMinute",
    "requestsPerHour",
    "concurrentRequests",
  ]);
  const wanted = limits.map(({ limit, used, max }) => ({
    limit,
    max: String(max),
    used: String(used),
    remaining: String(max - used),
  }));
  expect(await rowsOf(client, 'SELECT "limit", max, used, remaining FROM lenswire.limits')).toEqual(wanted);
  const shown = await client.query("SHOW lenswire.limits");
  expect([shown.command, shown.rows]).toEqual(["SHOW", wanted.map((row) => expect.objectContaining(row))]);
  expect(shown.fields.map(({ name, dataTypeID }) => [name, dataTypeID])).toEqual([
    ["limit", 25],
    ["max", 20],
    ["used", 20],
    ["remaining", 20],
    ["resets_in_ms", 701],
  ]);
  // What was asked of the catalog counts nothing here, what was asked of a lens does.
  const used = "SELECT used::int AS n FROM lenswire.limits WHERE \"limit\" = 'requestsPerHour'";
  const [before] = await rowsOf(client, used);
  await client.query("SELECT city_count_approx FROM customers");
  expect(await rowsOf(client, used)).toEqual([{ n: Number(before?.["n"]) + 1 }]);
});

test("statements and what they read, each user's own, from all of the user's sessions", async () => {
  const north = await connect("north");
  const again = await connect("north");
  const admin = await connect("admin");
  await admin.query("SELECT 'of the admin' AS note, email FROM customers LIMIT 2");
  await again.query("SELECT 'of north' AS note, email, zone FROM customers LIMIT 3");
  await again.query("SELECT 1 / (total_balance - total_balance) AS failing FROM customers").catch(() => {});
  const own = `SELECT q.outcome, q.rows::int AS rows, q.duration_ms >= 0 AS took, array_agg(l.kind || ' ' || l.name ORDER BY 1) AS read
    FROM lenswire.queries q JOIN lenswire.lineage l ON l.query_id = q.id
    WHERE q.statement LIKE '%note%' OR q.statement LIKE '%failing%' GROUP BY q.id, 1, 2, 3, q.started ORDER BY q.started`;
  const expected = [
    expect.objectContaining({ outcome: "00000", rows: 3, took: true }),
    expect.objectContaining({ outcome: "22012", rows: 0 }),
  ];
  const [first] = await rowsOf(north, own);
  expect(await rowsOf(north, own)).toEqual(expected);
  expect(first?.["read"]).toEqual(
    expect.arrayContaining([
      "member customers.email",
      "member customers.zone",
      "masked customers.email",
      "segment customers.north_only",
      "table customers",
    ]),
  );
  const all = JSON.stringify([
    await rowsOf(north, "TABLE lenswire.queries"),
    await rowsOf(north, "TABLE lenswire.lineage"),
    await rowsOf(north, "TABLE lenswire.sessions"),
    await rowsOf(north, "SHOW lenswire.queries"),
  ]);
  expect(all).not.toMatch(/admin/);
  const ofAdmin = await rowsOf(admin, "SELECT statement FROM lenswire.queries");
  expect(JSON.stringify(ofAdmin)).toContain("of the admin");
  expect(JSON.stringify(ofAdmin)).not.toContain("of north");
});

test("sessions are the user's, and one of them is this one", async () => {
  const viewer = await connect("viewer");
  const other = await connect("viewer");
  await other.query("BEGIN");
  const text =
    "SELECT is_current, state, application_name, database, statement FROM lenswire.sessions ORDER BY id";
  const common = { application_name: "of viewer", database: served.database };
  expect(await rowsOf(viewer, text)).toEqual([
    { ...common, is_current: true, state: "active", statement: text },
    { ...common, is_current: false, state: "idle in transaction", statement: null },
  ]);
  await other.query("ROLLBACK");
});

test("no answer is kept for another session, whatever the statement calls its own queries", async () => {
  const one = await connect("analyst");
  const two = await connect("analyst");
  const admin = await connect("admin");
  const statements = [
    "SELECT id::int, is_current FROM lenswire.sessions WHERE is_current",
    "WITH sessions AS (SELECT 1) SELECT id::int FROM lenswire.sessions WHERE is_current",
    "SELECT id::int FROM sessions, (WITH sessions AS (SELECT 1 AS one) SELECT one FROM sessions) AS s WHERE is_current",
    'SELECT id::int FROM U&"lensw\\0069re".sessions WHERE is_current',
    "EXECUTE kept",
  ];
  for (const client of [one, two, admin]) {
    await client.query("SET search_path = lenswire, public");
    await client.query("PREPARE kept AS SELECT id::int FROM sessions WHERE is_current");
  }
  for (const text of statements) {
    const ids: unknown[] = [];
    for (const client of [one, two, admin, one]) {
      const rows = await rowsOf(client, text);
      expect(rows).toHaveLength(1);
      ids.push(rows[0]?.["id"]);
    }
    expect(new Set(ids).size, text).toBe(3);
    expect(ids[3]).toBe(ids[0]);
  }
  // A statement that does not name the schema finds nothing of whoever asked the instance before.
  await two.query("RESET search_path");
  await one.query("SELECT count(*) FROM lenswire.sessions");
  const leftOver = "SELECT pg_catalog.current_setting('lens' || 'wire.own_sessions', true) AS rows";
  expect((await rowsOf(two, leftOver))[0]?.["rows"] || null).toBeNull();
});

test("it is in the catalog, cannot be written to, and stands in no statement with the lens", async () => {
  const client = await connect("north");
  const columns = `SELECT column_name, data_type, is_updatable FROM information_schema.columns
    WHERE table_schema = 'lenswire' AND table_name = 'limits' ORDER BY ordinal_position`;
  expect(await rowsOf(client, columns)).toEqual([
    { column_name: "limit", data_type: "text", is_updatable: "NO" },
    { column_name: "max", data_type: "bigint", is_updatable: "NO" },
    { column_name: "used", data_type: "bigint", is_updatable: "NO" },
    { column_name: "remaining", data_type: "bigint", is_updatable: "NO" },
    { column_name: "resets_in_ms", data_type: "double precision", is_updatable: "NO" },
  ]);
  const relations =
    "SELECT relname, obj_description(oid) <> '' AS told FROM pg_class WHERE relnamespace = 'lenswire'::regnamespace ORDER BY 1";
  expect(await rowsOf(client, relations)).toEqual(
    ["limits", "lineage", "queries", "sessions"].map((relname) => ({ relname, told: true })),
  );
  for (const [text, code] of [
    ["SELECT * FROM lenswire.limits, customers", "0A000"],
    ["SELECT zone FROM customers WHERE (SELECT count(*) FROM lenswire.limits) > 0", "0A000"],
    ["DELETE FROM lenswire.limits", "25006"],
    ["DROP VIEW lenswire.limits", "25006"],
    ["CREATE TABLE lenswire.mine (a int)", "25006"],
    ["SELECT * FROM lenswire.users", "42P01"],
    ["SHOW lenswire.users", "42704"],
  ])
    expect([text, await client.query(text ?? "").then(() => "none", codeOf)]).toEqual([text, code]);
  await client.query("CREATE TEMP TABLE kept AS SELECT * FROM lenswire.limits");
  expect(await rowsOf(client, "SELECT count(*)::int AS n FROM kept")).toEqual([{ n: 4 }]);
  await client.query("BEGIN");
  await client.query('DECLARE c CURSOR FOR SELECT "limit" FROM lenswire.limits');
  expect(await rowsOf(client, "FETCH 1 FROM c")).toEqual([{ limit: "connectionsPerUser" }]);
  await client.query("ROLLBACK");
});
