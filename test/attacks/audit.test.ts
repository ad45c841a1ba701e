// The audit file over whole statements: opened before, closed always, refused once, and never a value of a parameter.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackClient, type AttackServer, startAttackServer } from "./attack-server.ts";
import { secrets, vault, vaultUsers } from "./vault-lens.ts";

let server: AttackServer;
let client: AttackClient;

beforeAll(async () => {
  const limits =
    "  idleTimeout: 10m\n  rowsMax: 4\n  queriesPerMinute: 1000\n  catalogQueriesPerMinute: 1000";
  server = await startAttackServer({ lenses: [vault], users: vaultUsers, limits, audit: "  fsync: always" });
  client = await server.connect("guarded");
});

afterAll(async () => {
  await client?.end();
  await server?.stop();
});

/** The records that the work left behind. */
async function recordsOf(work: () => Promise<unknown>) {
  const before = (await server.audited()).length;
  await work();
  return (await server.audited()).slice(before);
}

const opened = { event: "opened", user: "guarded", group: "guarded", lens: "vault" };

describe("one pair of records", () => {
  it.each([
    { sql: "SELECT id FROM accounts LIMIT 2", outcome: "00000" },
    { sql: "SELECT id FROM accounts", outcome: "54000" },
    { sql: "SELECT 1 / (id - id) FROM accounts", outcome: "22012" },
    { sql: "COPY (SELECT id FROM accounts LIMIT 2) TO STDOUT (FORMAT csv)", outcome: "00000" },
    { sql: "COPY accounts (id, owner) TO STDOUT", outcome: "54000" },
    { sql: "COPY (SELECT 1 / (id - id) FROM accounts) TO STDOUT", outcome: "22012" },
    { sql: "EXPLAIN (FORMAT JSON) SELECT id FROM accounts", outcome: "00000" },
    { sql: "EXPLAIN (ANALYZE, FORMAT JSON) SELECT id FROM accounts", outcome: "00000" },
  ])("of $sql, closed with $outcome", async ({ sql, outcome }) => {
    const records = await recordsOf(() => client.ask(sql));
    expect(records).toMatchObject([
      { ...opened, sql, tables: ["accounts"], segments: ["accounts.own_tenant", "accounts.own_city"] },
      { event: "closed", outcome },
    ]);
    expect(records[1]?.["id"]).toBe(records[0]?.["id"]);
  });

  it("of a cursor that is given up", async () => {
    const records = await recordsOf(async () => {
      await client.ask("BEGIN");
      await client.ask("DECLARE c CURSOR FOR SELECT id FROM accounts WHERE id < 4");
      await client.ask("FETCH 1 FROM c");
      await client.ask("COMMIT");
    });
    expect(records).toMatchObject([opened, { event: "closed" }]);
  });

  it.each([
    {
      what: "goes back",
      declare: "c SCROLL CURSOR FOR",
      more: ["FETCH ALL FROM c", "FETCH FIRST FROM c", "COMMIT"],
    },
    {
      what: "lives on behind COMMIT",
      declare: "c CURSOR WITH HOLD FOR",
      more: ["COMMIT", "FETCH c", "CLOSE c"],
    },
    { what: "is held and ends with its session", declare: "c CURSOR WITH HOLD FOR", more: ["COMMIT"] },
    { what: "is never read", declare: "c SCROLL CURSOR FOR", more: ["MOVE 0 IN c", "ROLLBACK"] },
  ])("of a cursor that $what", async ({ declare, more }) => {
    const own = await server.connect("guarded");
    const records = await recordsOf(async () => {
      await own.ask("BEGIN");
      await own.ask(`DECLARE ${declare} SELECT id FROM accounts WHERE id < 4`);
      for (const sql of more) await own.ask(sql);
      await own.end();
    });
    expect(records).toMatchObject([opened, { event: "closed", outcome: "00000" }]);
  });

  it("of a cursor WITH HOLD that has too many rows to be kept", async () => {
    const records = await recordsOf(async () => {
      await client.ask("BEGIN");
      await client.ask("DECLARE c CURSOR WITH HOLD FOR SELECT id FROM accounts");
      expect(await client.ask("COMMIT")).toMatchObject({ code: "54000" });
      expect(await client.ask("FETCH c")).toMatchObject({ code: "34000" });
    });
    expect(records).toMatchObject([opened, { event: "closed", outcome: "54000" }]);
  });

  it("names masked members and the source that was sent", async () => {
    const [record] = await recordsOf(() =>
      client.ask("SELECT phone, MEASURE(total_balance) FROM accounts GROUP BY 1"),
    );
    expect(record).toMatchObject({
      ...opened,
      columns: ["accounts.balance", "accounts.phone"],
      masked: ["accounts.balance", "accounts.phone", "accounts.total_balance"],
    });
    expect(record?.["sourceSql"]).toContain("tenant");
  });
});

describe("one record", () => {
  it.each([
    { sql: "SELECT nothing FROM accounts", outcome: "42703" },
    { sql: "SELECT accounts FROM accounts", outcome: "0A000" },
    { sql: "SELECT * FROM raw_accounts", outcome: "42P01" },
    { sql: "COPY (SELECT nothing FROM accounts) TO STDOUT", outcome: "42703" },
    { sql: "COPY raw_accounts TO STDOUT", outcome: "42P01" },
    { sql: "DELETE FROM accounts", outcome: "25006" },
    { sql: "COPY (SELECT 1) TO PROGRAM 'id'", outcome: "42501" },
    { sql: "DO $$ BEGIN END $$", outcome: "42501" },
  ])("of the refusal of $sql", async ({ sql, outcome }) => {
    const records = await recordsOf(() => client.ask(sql));
    expect(records).toMatchObject([{ event: "refused", user: "guarded", group: "guarded", sql, outcome }]);
  });

  it("of a statement without the scope for it", async () => {
    const meta = await server.connect("meta");
    const records = await recordsOf(() => meta.ask("SELECT id FROM accounts"));
    await meta.end();
    expect(records).toMatchObject([{ event: "refused", user: "meta", outcome: "42501" }]);
  });

  it.each([
    { sql: "SELECT count(*) FROM pg_class", outcome: "00000" },
    { sql: "COPY (SELECT 1) TO STDOUT", outcome: "00000" },
    { sql: "SELECT pg_read_file('PG_VERSION')", outcome: "42501" },
  ])("of the catalog statement $sql", async ({ sql, outcome }) => {
    expect(await recordsOf(() => client.ask(sql))).toMatchObject([{ event: "catalog", sql, outcome }]);
  });

  it.each([
    { user: "guarded", database: "vault", outcome: "00000" },
    { user: "guarded", database: "nowhere", outcome: "3D000" },
    { user: "stranger", database: "vault", outcome: "28000" },
    { user: "nobody", database: "vault", outcome: "28P01" },
  ])("of the login of $user to $database", async ({ user, database, outcome }) => {
    const records = await recordsOf(async () => {
      const other = await server.connect(user, database).catch(() => undefined);
      await other?.end();
    });
    expect(records).toMatchObject([{ event: "login", user, outcome }]);
  });
});

it("neither the audit nor the log holds a parameter, a password or a value of a row", async () => {
  await client.ask("SELECT id FROM accounts WHERE owner = $1", ["parameter-of-the-client"]);
  await client.ask("SELECT id FROM accounts WHERE id = $1", ["not-a-number-of-the-client"]);
  await client.ask("SELECT 'x' || $1", ["parameter-of-the-client"]);
  await client.ask("SELECT digits::date FROM accounts");
  const open = await server.connect("open");
  await open.ask("SELECT owner::int FROM accounts");
  await open.ask("SELECT manager FROM branches");
  await open.end();
  const text = (await server.auditText()) + server.log();
  for (const value of [
    "of-the-client",
    '"password"',
    ...secrets.filter((secret) => !secret.startsWith("tenant")),
  ])
    expect(text).not.toContain(value);
});
