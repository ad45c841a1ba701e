// What is computed apart is joined to its groups by keys that may be NULL: PostgreSQL has to hash that, since it joins
// by IS NOT DISTINCT FROM row by row.
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgresDialect } from "../../../src/dialect/postgres/postgres-dialect.ts";
import { render } from "../../../src/dialect/render.ts";
import type { Expression } from "../../../src/query/query.ts";
import { parseTree, readTree } from "../../../src/query/read-tree.ts";
import { type DumpSource, openDumpSource } from "../query/analysed-dump.ts";
import { askPostgres, type PostgresServer, startPostgres, utc } from "./postgres-server.ts";
import { secureRelations, wholeScan } from "./secured-relations.ts";

/** Values of each type, with NULL and what is equal without looking so. */
const keys: Readonly<Record<string, readonly string[]>> = {
  text: ["''", "'a'", "'A'", "'é'", "'NULL'"],
  integer: ["0", "1", "-1"],
  numeric: ["1.0", "1.00", "'NaN'", "'Infinity'"],
  "double precision": ["0", "'-0'", "'NaN'", "'Infinity'"],
  boolean: ["true", "false"],
  date: ["'2024-02-29'", "'infinity'", "'0001-01-01 BC'"],
  timestamp: ["'2024-02-29 12:00'", "'-infinity'"],
  interval: ["'1 month'", "'30 days'", "'1 day'", "'24 hours'"],
  uuid: ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
  bytea: ["''", String.raw`'\x00'`],
  "character(3)": ["'a'", "'a  '", "'b'"],
  "integer[]": ["'{}'", "'{NULL}'", "'{1,2}'", "'[0:1]={1,2}'"],
};

const ddl = Object.keys(keys)
  .map((type, place) => `create table t${place}(k ${type})`)
  .join("; ");

let server: PostgresServer;
let client: pg.Client;
let trees: DumpSource;

beforeAll(async () => {
  [server, trees] = await Promise.all([startPostgres(), openDumpSource(ddl)]);
  client = await server.warehouse();
  for (const sql of ddl.split("; ")) await client.query(sql);
  for (const [place, values] of Object.values(keys).entries())
    await client.query(`insert into t${place} values ${["NULL", ...values].map((v) => `(${v})`).join(", ")}`);
});

afterAll(() => Promise.all([server?.close(), trees?.database.close()]));

/** A join of the table with itself by its key, as measures are joined to their groups. */
async function joinedByKey(table: string, select: string): Promise<string> {
  const sql = `select ${select} from ${table} a join ${table} b on a.k = b.k`;
  const query = readTree(parseTree(await trees.dump(sql)), { text: sql });
  const [join] = query.from;
  if (join?.kind !== "join" || join.on?.kind !== "OpExpr") throw new Error("a join by one comparison");
  const [left, right] = join.on.args as [Expression, Expression];
  const on: Expression = { kind: "NotDistinct", left, right, type: 16, location: -1 };
  const plan = secureRelations({ ...query, from: [{ ...join, on }] }, () => wholeScan(table, ["k"]));
  return render({ query: plan } as Parameters<typeof render>[0], postgresDialect, utc).sql;
}

test.each(Object.keys(keys).map((type, place) => [type, `t${place}`] as const))(
  "keys of type %s are the same where they are not distinct",
  async (_, table) => {
    const wanted = await askPostgres(
      client,
      `select a.k::text, b.k::text from ${table} a join ${table} b on a.k is not distinct from b.k order by 1, 2`,
    );
    const sql = await joinedByKey(table, "a.k, b.k");
    expect(await askPostgres(client, `select c1::text, c2::text from (${sql}) t order by 1, 2`)).toEqual(
      wanted,
    );
  },
);

test.each(["text", "numeric", "timestamp"])("keys of type %s are hashed", async (type) => {
  const table = `t${Object.keys(keys).indexOf(type)}`;
  await client.query("set enable_mergejoin = off");
  await client.query(`insert into ${table} select k from ${table}, generate_series(1, 3000)`);
  await client.query(`analyze ${table}`);
  const plan = await askPostgres(client, `explain ${await joinedByKey(table, "count(*)")}`);
  expect(JSON.stringify(plan)).toContain("Hash Cond");
});
