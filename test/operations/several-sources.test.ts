// A lens whose tables lie in two sources: each statement runs where its tables are, and none reads both.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../support/program.ts";
import { type ServedDemo, serveFolder } from "../support/served-demo.ts";

const orders = `tables:
  - name: orders
    sql: SELECT * FROM rows
    joins: [{name: tickets, relationship: one_to_many, sql: "{orders.id} = {tickets.order_id}"}]
    dimensions: [{name: id, type: number, column: id, primary_key: true}]
    measures: [{name: amount, type: sum, sql: n}]
`;

const tickets = (source: string, ...more: readonly string[]) => `tables:
  - name: tickets
    data_source: ${source}
    sql: SELECT * FROM rows
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: order_id, type: number, column: order_id}
    measures: [{name: hours, type: sum, sql: n}]
${more.join("\n")}
`;

const files = {
  "config.yaml": `sources:
  - {name: shop, type: duckdb, path: ./shop.duckdb}
  - {name: desk, type: duckdb, path: ./desk.duckdb}
lenses: [{name: both, model: ./model, source: shop}]
server: {port: 0}
admin: {port: 0}
auth: {users: ./users.yml}
audit: {file: ./audit.jsonl}
`,
  "users.yml": "users: [{name: ann, password: ann}]\n",
  "model/tables/orders.yml": orders,
};

let folder: string;
let served: ServedDemo;
let client: Client;

async function makeFile(name: string, text: string): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function makeSource(name: string, rows: string): Promise<void> {
  const instance = await DuckDBInstance.create(join(folder, name));
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE rows AS ${rows}`);
  connection.closeSync();
  instance.closeSync();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lenswire-sources-"));
  for (const [name, text] of Object.entries(files)) await makeFile(name, text);
  await makeFile("model/tables/tickets.yml", tickets("desk"));
  await makeSource("shop.duckdb", "SELECT 1 AS id, 100 AS n UNION ALL SELECT 2, 11");
  await makeSource("desk.duckdb", "SELECT 7 AS id, 1 AS order_id, 3 AS n UNION ALL SELECT 8, 1, 4");
  served = await serveFolder({
    folder,
    database: "both",
    config: join(folder, "config.yaml"),
    auditFile: join(folder, "audit.jsonl"),
    remove: () => rm(folder, { recursive: true }),
  });
  const { host, port, database } = served;
  client = new Client({ host, port, database, user: "ann", password: "ann" });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await served?.close();
});

test("a table is read in the source that it names, or else in the lens's own", async () => {
  expect((await client.query("SELECT amount FROM orders")).rows).toEqual([{ amount: "111" }]);
  expect((await client.query("SELECT order_id, hours FROM tickets")).rows).toEqual([
    { order_id: 1, hours: "7" },
  ]);
});

test.each([
  "SELECT amount, hours FROM orders CROSS JOIN tickets",
  "SELECT id FROM orders WHERE id IN (SELECT order_id FROM tickets)",
  "SELECT id FROM orders UNION ALL SELECT id FROM tickets",
])("%s is refused, with both names", async (sql) => {
  await expect(client.query(sql)).rejects.toMatchObject({
    code: "0A000",
    message: 'a statement cannot read tables of the source "shop" and of the source "desk"',
    hint: "Ask for each source in a statement of its own.",
  });
});

const check = async (text: string) => {
  await makeFile("model/tables/tickets.yml", text);
  const { code, stdout } = await runProgram(["check", "--config", join(folder, "config.yaml"), "--offline"]);
  const lines = stdout.replaceAll(join(folder, "/"), "").split("\n").slice(0, -2);
  return { code, problems: lines.filter((line) => !line.includes(": warning: ")) };
};

test("a member that reads a table of another source is a problem of the model", async () => {
  const joins =
    '    joins: [{name: orders, relationship: many_to_one, sql: "{tickets.order_id} = {orders.id}"}]';
  const segment = '    segments: [{name: large, sql: "{orders.n} > 50"}]';
  const { code, problems } = await check(tickets("desk", joins, segment));
  expect(code).toBe(1);
  expect(problems).toEqual([
    'model/tables/tickets.yml:10:23: segment "large" of table "tickets" needs tables of two sources: "tickets" lies in the source "desk" and "orders" in "shop"',
  ]);
});

test("so is a view over two sources, and a source that is not there", async () => {
  await makeFile(
    "model/views/all.yml",
    "views:\n  - name: all\n    tables: [{join_path: orders, includes: [id]}, {join_path: orders.tickets, includes: [hours]}]\n",
  );
  expect((await check(tickets("desk"))).problems).toEqual([
    'model/views/all.yml:2:11: view "all" needs tables of two sources: "orders" lies in the source "shop" and "tickets" in "desk"',
  ]);
  expect((await check(tickets("dask"))).problems).toContain(
    'model/tables/tickets.yml:2:11: table "tickets" names the source "dask", which the configuration does not have; did you mean "desk"?',
  );
});
