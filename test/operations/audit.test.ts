// `lenswire audit` over what a server has written, while it runs.
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../support/program.ts";
import { type DemoFolder, makeDemoFolder, type ServedDemo, serveFolder } from "../support/served-demo.ts";

let demo: DemoFolder;
let server: ServedDemo;

beforeAll(async () => {
  demo = await makeDemoFolder();
  server = await serveFolder(demo);
  const { host, port, database } = server;
  const ask = async (user: string, sql: string) => {
    const client = new Client({ host, port, database, user, password: user });
    await client.connect();
    await client.query(sql).catch(() => undefined);
    await client.end();
  };
  for (const user of ["admin", "analyst"]) await ask(user, "SELECT email FROM customers LIMIT 3");
  // Counts show no value, to whom it is masked or not.
  for (const user of ["admin", "analyst"]) await ask(user, "SELECT MEASURE(customer_count) FROM customers");
  await ask("analyst", "SELECT nope FROM customers");
});
afterAll(async () => {
  await server?.stop();
  await demo?.remove();
});

async function report(name: string): Promise<Record<string, unknown>[]> {
  const argv = ["audit", "--config", demo.config, "--report", name, "--format", "json"];
  const { code, stdout } = await runProgram(argv);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>[];
}

test("usage finds what was read among the members of the lens", async () => {
  const members = await report("usage");
  expect(members.length).toBeGreaterThan(20);
  expect(members.filter(({ statements }) => statements !== 0)).toMatchObject([
    { member: "customers.customer_count", kind: "measure", statements: 2, users: 2 },
    { member: "customers.email", kind: "dimension", statements: 2, users: 2 },
  ]);
  expect(members.map(({ kind }) => kind)).not.toContain("not in the model");
});

test("unmasked has who saw the value, and not who saw its mask", async () => {
  expect(await report("unmasked")).toMatchObject([
    { member: "customers.email", user: "admin", group: "admin", statements: 1 },
  ]);
});

test("refused has the statement that names what is not there", async () => {
  expect(await report("refused")).toMatchObject([
    { user: "analyst", outcome: "42703", sql: "SELECT nope FROM customers" },
  ]);
});
