// The HTTP port of the built program: who is connected, ending what they run, what a group sees, what would run.
import { readFile, writeFile } from "node:fs/promises";
import { Client, type DatabaseError } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDemoFolder, type ServedDemo, serveFolder } from "../support/served-demo.ts";

const token = "s3cret";
let demo: ServedDemo;

beforeAll(async () => {
  const folder = await makeDemoFolder({ rows: 5000 });
  const config = await readFile(folder.config, "utf8");
  await writeFile(folder.config, config.replace("admin: {", `admin: { token: ${token},`));
  demo = await serveFolder(folder);
});
afterAll(() => demo?.close());

async function connect(user: string): Promise<Client> {
  const { host, port, database } = demo;
  const client = new Client({ host, port, database, user, password: user, application_name: "the test" });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function ask(method: string, path: string, body?: object) {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (body !== undefined) headers["content-type"] = "application/json";
  const answer = await fetch(`${demo.adminUrl}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

interface ShownSession {
  readonly id: number;
  readonly user: string;
  readonly state: string;
  readonly statement?: { readonly text: string; readonly durationMs: number };
}

async function sessionOf(user: string): Promise<ShownSession | undefined> {
  const { body } = await ask("GET", "/v1/sessions");
  return body.sessions.find((session: ShownSession) => session.user === user);
}

const endless = (
  salt: string,
) => `SELECT count(*) AS ${salt} FROM transactions a, transactions b, transactions c
  WHERE a.amount + b.amount + c.amount < 0`;

test("sessions, what they run, and cancelling it", async () => {
  const client = await connect("analyst");
  expect(await sessionOf("analyst")).toMatchObject({
    group: "analyst",
    lens: "public:customer-data-market-place",
    database: demo.database,
    clientAddress: "127.0.0.1",
    applicationName: "the test",
    state: "idle",
  });
  expect(await sessionOf("analyst")).not.toHaveProperty("statement");
  await client.query("BEGIN");
  expect((await sessionOf("analyst"))?.state).toBe("idle in transaction");
  const running = client.query(endless("one")).catch((error: DatabaseError) => error);
  await demo.running(endless("one"));
  const session = await sessionOf("analyst");
  expect(session).toMatchObject({ state: "active", statement: { text: endless("one") } });
  expect(session?.statement?.durationMs).toBeGreaterThan(0);
  expect((await ask("POST", `/v1/sessions/${session?.id}/cancel`)).status).toBe(200);
  expect(await running).toMatchObject({
    code: "57014",
    message: "canceling statement due to user request",
  });
  expect((await sessionOf("analyst"))?.state).toBe("idle in transaction (aborted)");
  await client.end();
});

test("ending a session, idle or busy", async () => {
  const busy = await connect("north");
  const idle = await connect("viewer");
  const gone = new Promise((resolve) => idle.on("error", resolve));
  const running = busy.query(endless("two")).catch((error: DatabaseError) => error);
  await demo.running(endless("two"));
  const ended = { severity: "FATAL", code: "57P01" };
  for (const user of ["viewer", "north"])
    expect((await ask("DELETE", `/v1/sessions/${(await sessionOf(user))?.id}`)).status).toBe(200);
  expect(await gone).toMatchObject(ended);
  expect(await running).toMatchObject(ended);
  await Promise.all([busy.end(), idle.end()]);
  await expect.poll(() => sessionOf("north")).toBeUndefined();
  expect((await ask("DELETE", "/v1/sessions/1000000")).status).toBe(404);
});

test("a lens as a group sees it", async () => {
  const { body } = await ask("GET", "/v1/lenses");
  expect(body.lenses).toMatchObject([
    {
      name: "public:customer-data-market-place",
      groups: expect.arrayContaining(["viewer"]),
      tables: 2,
      views: 2,
    },
  ]);
  const meta = async (group: string) => {
    const answer = await ask("GET", `/v1/lenses/${demo.database}/meta?group=${group}`);
    return answer.body.tables.find(({ name }: { readonly name: string }) => name === "customers");
  };
  const columnOf = (table: { readonly columns: { readonly name: string }[] }, name: string) =>
    table.columns.find((column) => column.name === name);
  const viewer = await meta("viewer");
  expect(columnOf(viewer, "email")).toEqual({
    name: "email",
    kind: "dimension",
    type: "text",
    description: expect.any(String),
    member: "customers.email",
    masked: "md5",
  });
  expect(columnOf(viewer, "total_balance")).toMatchObject({ kind: "measure", measureType: "sum" });
  expect(columnOf(await meta("admin"), "email")).not.toHaveProperty("masked");
  expect((await meta("analyst_north")).segmentsApplied).toEqual(["customers.north_only"]);
  expect(viewer.segmentsApplied).toEqual([]);
  expect(viewer.joins).toEqual([{ to: "transactions", relationship: "one_to_many" }]);
  expect((await ask("GET", `/v1/lenses/${demo.database}/meta?group=nobody`)).status).toBe(404);
});

test("what would run for a user, without running it, and recorded", async () => {
  const lens = demo.database;
  const sql = "SELECT zone, email, total_balance FROM customers WHERE city = 'Pune'";
  const { status, body } = await ask("POST", "/v1/explain", { lens, user: "north", sql });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    sql: expect.stringMatching(/^SELECT .*'North'/s),
    group: "analyst_north",
    tables: ["customers"],
    segmentsApplied: ["customers.north_only"],
    membersMasked: ["customers.email"],
    columns: [{ name: "zone" }, { name: "email" }, { name: "total_balance" }],
  });
  expect(body.lineage.members).toContain("customers.total_balance");
  expect(body.lineage.columns).toEqual([
    { table: "customers", columns: expect.arrayContaining(["city", "email", "zone"]), all: false },
  ]);
  expect(body.lineage.statement).toMatchObject({
    columns: [
      { name: "zone", direct: [{ member: "customers.zone", use: "identity" }], indirect: [] },
      { name: "email", direct: [{ member: "customers.email", use: "identity", masked: "md5" }] },
      { name: "total_balance", direct: [{ member: "customers.total_balance", use: "aggregation" }] },
    ],
    rows: expect.arrayContaining([
      { member: "customers.city", use: "filter" },
      { member: "customers.north_only", use: "filter" },
    ]),
    members: expect.arrayContaining([{ member: "customers.zone", columns: ["customers.zone"] }]),
  });
  const seen = await ask("POST", "/v1/explain", { lens, group: "admin", sql });
  expect(seen.body).toMatchObject({ group: "admin", segmentsApplied: [], membersMasked: [] });
  const wrong = await ask("POST", "/v1/explain", { lens, user: "north", sql: "SELECT zonee FROM customers" });
  expect(wrong).toEqual({
    status: 422,
    body: {
      error: {
        code: "42703",
        message: 'column "zonee" does not exist',
        position: 8,
        hint: expect.stringContaining("zone"),
      },
    },
  });
  expect((await ask("POST", "/v1/explain", { lens, user: "nobody", sql })).status).toBe(404);
  const { records } = (await ask("GET", "/v1/audit?user=(operator)")).body;
  expect(records).toMatchObject([
    { event: "refused", sql: "EXPLAIN SELECT zonee FROM customers", outcome: "42703" },
    { event: "opened", sql: `EXPLAIN ${sql}`, group: "admin", closed: { outcome: "00000", rows: 0 } },
    { event: "opened", sql: `EXPLAIN ${sql}`, group: "analyst_north" },
  ]);
});

test("the newest records of the audit", async () => {
  const client = await connect("admin");
  await client.query("SELECT zone FROM customers LIMIT 1");
  await client.query("SELECT channel FROM transactions LIMIT 1");
  await client.end();
  const audit = async (query: string) => (await ask("GET", `/v1/audit?user=admin&${query}`)).body;
  const [newest] = (await audit("limit=1")).records;
  expect(newest).toMatchObject({ event: "opened", tables: ["transactions"], closed: { rows: 1 } });
  const ofCustomers = (await audit("table=customers")).records;
  expect(ofCustomers).toMatchObject([{ sql: "SELECT zone FROM customers LIMIT 1" }]);
  expect(await audit("since=2100-01-01T00:00:00Z")).toEqual({ records: [], complete: true });
});

test("the last hour, with what was masked and filtered for whom", async () => {
  const client = await connect("north");
  await client.query("SELECT email, zone FROM customers LIMIT 3");
  await client.end();
  const { body } = await ask("GET", "/v1/activity");
  expect(body.minutes).toHaveLength(60);
  const { statements } = body.minutes.findLast((minute: { statements: number }) => minute.statements > 0);
  expect(statements).toBeGreaterThan(0);
  expect(body.members).toContainEqual({ member: "customers.email", statements: expect.any(Number) });
  expect(body.slowest.map(({ sql }: { sql: string }) => sql)).toContain(endless("one"));
  const north = body.groups.find(({ group }: { group: string }) => group === "analyst_north");
  expect(north.masked).toBeGreaterThan(0);
  expect(north.filtered).toBe(north.statements);
});

test("how far a user's limits are used", async () => {
  const clients = [await connect("viewer"), await connect("viewer")];
  const { body } = await ask("GET", "/v1/limits?user=viewer");
  expect(body).toMatchObject({ user: "viewer" });
  expect(body.limits).toContainEqual({ limit: "connectionsPerUser", used: 2, max: 20 });
  await Promise.all(clients.map((client) => client.end()));
});

test("metrics of sessions, bytes and the catalog", async () => {
  const client = await connect("admin");
  const page = await (await fetch(`${demo.adminUrl}/metrics`)).text();
  expect(page).toMatch(/^lenswire_sessions\{state="idle"\} [1-9]/m);
  expect(page).toMatch(/^lenswire_sent_bytes\{to="clients"\} [1-9]/m);
  expect(page).toMatch(/^lenswire_cache_questions_total\{cache="plan",outcome="miss"\} [1-9]/m);
  expect(page).toMatch(/^lenswire_warehouse_connections_max\{source="icebase"\} [1-9]/m);
  expect(page).toMatch(/^lenswire_catalog_instances\{of="all"\} [1-9]/m);
  await client.end();
});

test("everything that operators watch is among the metrics", async () => {
  const client = await connect("admin");
  await client.query("SELECT zone FROM customers LIMIT 2");
  await client.query("SELECT relname FROM pg_class LIMIT 1");
  await expect(client.query("SELECT nope FROM customers")).rejects.toMatchObject({ code: "42703" });
  await client.end();
  const page = await (await fetch(`${demo.adminUrl}/metrics`)).text();
  const lens = "public:customer-data-market-place";
  for (const [what, count] of [
    ["lenswire_connections_total", "[1-9]"],
    ["lenswire_connections_open", "\\d"],
    [`lenswire_statements_total{kind="lens",lens="${lens}",sqlstate="00000"}`, "[1-9]"],
    [`lenswire_statements_total{kind="catalog",lens="${lens}",sqlstate="00000"}`, "[1-9]"],
    [`lenswire_rows_total{kind="lens",lens="${lens}"}`, "[1-9]"],
    [`lenswire_statement_duration_seconds_count{kind="lens",lens="${lens}"}`, "[1-9]"],
    ['lenswire_stage_duration_seconds_count{stage="analyse"}', "[1-9]"],
    ['lenswire_stage_duration_seconds_count{stage="plan"}', "[1-9]"],
    ['lenswire_stage_duration_seconds_count{stage="queue"}', "[1-9]"],
    ['lenswire_stage_duration_seconds_count{stage="run"}', "[1-9]"],
    ['lenswire_sent_bytes{to="clients"}', "[1-9]"],
    ['lenswire_warehouse_connections_busy{source="icebase"}', "\\d"],
    ['lenswire_warehouse_connections_waiting{source="icebase"}', "\\d"],
    ['lenswire_catalog_statements{worker="analysis"}', "\\d"],
    ['lenswire_catalog_statements{worker="execution"}', "\\d"],
    ["nodejs_eventloop_lag_seconds", "\\d"],
    ["nodejs_eventloop_lag_p99_seconds", "\\d"],
    ["process_resident_memory_bytes", "[1-9]"],
  ])
    expect(page, what).toMatch(new RegExp(`^${what?.replace(/[{}.]/g, "\\$&")} ${count}`, "m"));
  for (const name of ["lenswire_limit_refusals_total", "lenswire_workers_replaced_total"])
    expect(page).toContain(`# TYPE ${name} counter`);
});
