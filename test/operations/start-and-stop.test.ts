// The built program from outside: what it says when it cannot start, when it is ready, and how it stops.
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { Client, type DatabaseError } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "../support/program.ts";
import { type DemoFolder, makeDemoFolder, type ServedDemo, serveFolder } from "../support/served-demo.ts";

let demo: DemoFolder;
beforeAll(async () => {
  demo = await makeDemoFolder();
});
afterAll(() => demo?.remove());

async function connect(server: ServedDemo): Promise<Client> {
  const { host, port, database } = server;
  const client = new Client({ host, port, database, user: "analyst", password: "analyst" });
  await client.connect();
  return client;
}

/** What ends a connection that has no statement under way. */
function ended(client: Client): Promise<DatabaseError> {
  // What follows the first error, that the socket is closed, is of no interest.
  return new Promise((resolve) => client.on("error", (error) => resolve(error as DatabaseError)));
}

describe("a configuration with problems", () => {
  async function problemsOf(name: string, edit: (text: string) => string): Promise<string[]> {
    const file = join(demo.folder, name);
    await writeFile(file, edit(await readFile(demo.config, "utf8")));
    const { code, stdout, stderr } = await runProgram(["serve", "--config", file, "--port", "0"]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    const lines = stderr.split("\n").filter((line) => !line.includes(": warning: "));
    return lines.filter((line) => line !== "").map((line) => line.replace(file, name));
  }

  test("every problem is told with file, line and column", async () => {
    const problems = await problemsOf("unknown.yaml", (text) =>
      text.replace("server:", "servers:").replace("    source: icebase", "    source: elsewhere"),
    );
    expect(problems).toEqual([
      'unknown.yaml:6:13: there is no source "elsewhere"',
      'unknown.yaml:7:1: unknown key "servers"; did you mean "server"?',
    ]);
  });

  test("text that is not YAML", async () => {
    const problems = await problemsOf("broken.yaml", (text) => text.replace("auth:", "auth: ["));
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(/^broken\.yaml:\d+:\d+: not readable as YAML: /);
  });

  test("a warehouse file that is not there", async () => {
    const problems = await problemsOf("gone.yaml", (text) =>
      text.replace("./market.duckdb", "./gone.duckdb"),
    );
    expect(problems).toEqual([
      expect.stringMatching(/^gone\.yaml:2:18: the source "icebase" cannot be opened: .*gone\.duckdb"$/),
    ]);
  });

  test("a warehouse type that this release does not have is refused by name", async () => {
    const problems = await problemsOf("trino.yaml", (text) => text.replace("type: duckdb", "type: trino"));
    expect(problems[0]).toMatch(/^trino\.yaml:2:33: .*trino/);
  });

  test("a model that is not there", async () => {
    const problems = await problemsOf("model.yaml", (text) => text.replace(/model: .*/, "model: ./nothing"));
    expect(problems.length).toBeGreaterThan(0);
  });
});

describe("arguments that make no sense", () => {
  test.each([
    [[], "usage: lenswire COMMAND"],
    [["serv"], "usage: lenswire COMMAND"],
    [["serve"], "--config is missing"],
    [["serve", "--config", "x.yaml", "--port", "many"], "--port"],
  ])("%j", async (args, said) => {
    const { code, stderr } = await runProgram(args);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});

test.each(["--port", "--admin-port"])("a %s that is taken is told and ends the program", async (option) => {
  const taken = await new Promise<Server>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
  });
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { code, stdout, stderr } = await runProgram([
    "serve",
    "--config",
    demo.config,
    ...(option === "--port" ? [] : ["--port", "0"]),
    option,
    String(port),
  ]);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toContain(`address already in use 127.0.0.1:${port}`);
  taken.close();
});

test("one line says that it is ready, and it is", async () => {
  const server = await serveFolder(demo);
  expect(server.program.stdout).toBe(
    `lenswire ready: postgres://127.0.0.1:${server.port} admin ${server.adminUrl}\n`,
  );
  expect(server.program.stderr).toContain('user "analyst" has a password in the clear');
  for (const page of ["health", "ready"])
    expect((await fetch(`${server.adminUrl}/${page}`)).status).toBe(200);
  const client = await connect(server);
  expect((await client.query("SELECT customer_count FROM customers")).rows).toEqual([
    { customer_count: "400" },
  ]);
  await client.end();
  expect(await server.stop()).toEqual({ code: 0, signal: null });
});

test("SIGTERM lets a running statement finish, ends idle connections, and takes no more", async () => {
  const server = await serveFolder(demo);
  const busy = await connect(server);
  const idle = await connect(server);
  // The error is told on an event as well, which node-postgres wants to be listened to.
  busy.on("error", () => {});
  const idleEnded = ended(idle);
  // Long enough to be under way when the signal comes, and far shorter than the time that statements get to finish.
  const sql = `SELECT count(*) FROM transactions a, transactions b
    WHERE a.amount < b.amount AND a.transaction_id <= 5000`;
  const running = busy.query(sql);
  await server.running(sql);
  server.program.kill("SIGTERM");
  expect(await idleEnded).toMatchObject({
    severity: "FATAL",
    code: "57P01",
    message: "terminating connection due to administrator command",
  });
  await expect(connect(server)).rejects.toThrow("ECONNREFUSED");
  const { rows } = await running;
  expect(Number(rows[0].count)).toBeGreaterThan(10_000_000);
  expect(await server.program.ended()).toEqual({ code: 0, signal: null });
});

test("a second signal ends it at once", async () => {
  const server = await serveFolder(demo);
  const client = await connect(server);
  client.on("error", () => {});
  const sql = `SELECT count(*) FROM transactions a, transactions b, transactions c
    WHERE a.amount + b.amount + c.amount < 0`;
  const lost = client.query(sql).catch((error: Error) => error.message);
  await server.running(sql);
  server.program.kill("SIGTERM");
  await vanished(server.adminUrl);
  server.program.kill("SIGTERM");
  expect(await server.program.ended()).toEqual({ code: null, signal: "SIGKILL" });
  expect(await lost).toContain("Connection terminated");
});

/** Resolves when the server has begun to stop: it is not ready any more. */
async function vanished(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/ready`).catch(() => undefined);
    if (response?.status !== 200) return;
  }
}

test("every statement leaves an audit record before it runs and one after", async () => {
  const server = await serveFolder(demo);
  const client = await connect(server);
  const sql = "SELECT zone, MEASURE(total_balance) FROM customers GROUP BY 1";
  await client.query(sql);
  await client.end();
  await server.stop();
  const lines = (await readFile(demo.auditFile, "utf8")).split("\n").filter((line) => line !== "");
  const records = lines.map((line) => JSON.parse(line));
  const opened = records.find((record) => record.event === "opened" && record.sql === sql);
  expect(opened).toMatchObject({ user: "analyst", group: "analyst", tables: ["customers"] });
  const closed = records.find((record) => record.event === "closed" && record.id === opened.id);
  expect(closed).toMatchObject({ outcome: "00000", rows: 5 });
});

test("lenswire check has nothing to say against the demo lens", async () => {
  const { code, stdout, stderr } = await runProgram(["check", "--config", demo.config]);
  expect(stdout + stderr).toContain("lenswire check: 1 lens, 2 tables, 2 views, 0 problems\n");
  expect(code).toBe(0);
});

test("lenswire compile prints the query of the warehouse, which runs there", async () => {
  const sql = "SELECT zone, total_balance FROM customers";
  const args = ["compile", "--config", demo.config, "--user", "analyst"];
  const { code, stdout } = await runProgram([...args, sql]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^SELECT "customers"\."zone"/);
  const { stdout: json } = await runProgram([...args, "--json", sql]);
  expect(JSON.parse(json)).toMatchObject({ group: "analyst", tables: ["customers"], membersMasked: [] });
});
