// The oids of temporary tables: clients look one up in a statement and use it in the next.
import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ServedDemo, serveDemo } from "../support/served-demo.ts";

let demo: ServedDemo;

beforeAll(async () => {
  demo = await serveDemo({ rows: 200 });
});

afterAll(async () => {
  await demo?.close();
});

async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const { host, port, database } = demo;
  const client = new Client({ host, port, database, user: "admin", password: "admin" });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function scalar(client: Client, text: string): Promise<unknown> {
  const { rows } = await client.query<unknown[]>({ text, rowMode: "array" });
  return rows[0]?.[0];
}

const parts = (oid: unknown) => `SELECT string_agg(part, ';' ORDER BY part) FROM (
  SELECT attname || attnum FROM pg_attribute WHERE attrelid = ${oid} AND attnum > 0
  UNION ALL SELECT 'type ' || oid FROM pg_type WHERE typrelid = ${oid}
  UNION ALL SELECT 'array ' || a.oid FROM pg_type a JOIN pg_type r ON a.typelem = r.oid WHERE r.typrelid = ${oid}
  UNION ALL SELECT 'default ' || oid FROM pg_attrdef WHERE adrelid = ${oid}
  UNION ALL SELECT 'index ' || indexrelid FROM pg_index WHERE indrelid = ${oid}
  UNION ALL SELECT 'toast ' || reltoastrelid FROM pg_class WHERE oid = ${oid}
  UNION ALL SELECT 'schema ' || relnamespace FROM pg_class WHERE oid = ${oid}) AS of_table (part)`;

it("are the same in every statement, and in what describes a result", async () => {
  await withClient(async (client) => {
    await client.query("CREATE TEMP TABLE t (a int DEFAULT 1, b text NOT NULL)");
    await client.query("CREATE TEMP TABLE u AS SELECT city, zone FROM customers LIMIT 3");
    await client.query("CREATE INDEX ON t (a)");
    const oids = await scalar(client, "SELECT array['t'::regclass::oid, 'u'::regclass::oid]");
    expect(oids).toEqual([100_000_000, 100_020_000]);
    const [t, u] = oids as number[];
    const before = [await scalar(client, parts(t)), await scalar(client, parts(u))];
    expect(before).toEqual([expect.stringMatching(/^a1;.*b2;default.*index.*toast/), expect.any(String)]);
    await client.query("INSERT INTO t VALUES (2, 'x'), (DEFAULT, 'y')");
    await client.query("UPDATE t SET a = a + 1");
    const { fields } = await client.query("SELECT b, a FROM t");
    expect(fields.map(({ tableID, columnID }) => [tableID, columnID])).toEqual([
      [t, 2],
      [t, 1],
    ]);
    const joined = await client.query(
      "SELECT customers.zone, u.city FROM customers JOIN u ON u.zone = customers.zone",
    );
    expect(joined.fields[1]).toMatchObject({ tableID: u, columnID: 1 });
    expect([await scalar(client, parts(t)), await scalar(client, parts(u))]).toEqual(before);
    expect(await scalar(client, `SELECT relname FROM pg_class WHERE oid = ${t}`)).toBe("t");
    const tableOid = await scalar(client, "SELECT tableoid FROM t LIMIT 1");
    expect(tableOid).toBe(t);
  });
});

it("are not taken up again within a session, and are nothing in another", async () => {
  await withClient(async (client) => {
    await client.query("BEGIN; CREATE TEMP TABLE t (a int); ROLLBACK; CREATE TEMP TABLE t (a int)");
    const first = await scalar(client, "SELECT 't'::regclass::oid");
    await client.query("DROP TABLE t; CREATE TEMP TABLE t (a int)");
    const second = await scalar(client, "SELECT 't'::regclass::oid");
    expect([first, second]).toEqual([100_020_000, 100_040_000]);
    await withClient(async (other) => {
      expect(await scalar(other, "SELECT count(*) FROM pg_class WHERE oid >= 100000000")).toBe("0");
      expect(await scalar(other, "SELECT to_regclass('t')")).toBeNull();
    });
  });
});
