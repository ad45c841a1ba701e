// What the documents show is what the program does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { Client, DatabaseError } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runConnect } from "../../src/commands/connect.ts";
import { runProgram } from "../support/program.ts";
import { type ServedDemo, serveDemo } from "../support/served-demo.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string) => readFile(root + file, "utf8");

let demo: ServedDemo;
beforeAll(async () => {
  demo = await serveDemo({ rows: 1000 });
});
afterAll(() => demo?.close());

const seedQuery = `SELECT customers.zone, customers.city, customers.branch_name, transactions.channel,
    MEASURE(transactions.debit_to_credit_ratio)
  FROM customers CROSS JOIN transactions GROUP BY 1,2,3,4`;

const words = (text: string) => text.replace(/\s+/g, " ").trim();

test("ARCHITECTURE.md shows the journey of a statement as it is", async () => {
  const document = await read("ARCHITECTURE.md");
  expect(words(document)).toContain(words(seedQuery));
  const shown = /```sql\n(.*?)```/s.exec(document)?.[1] ?? "";
  const args = ["compile", "--config", demo.config, "--user", "north", seedQuery];
  let { stdout } = await runProgram(args);
  for (const name of ["customers.sql", "transactions.sql"])
    stdout = stdout.replace((await read(`lens/model/sqls/${name}`)).trim(), name);
  expect(words(shown)).toBe(words(stdout));
});

test("README.md names every command that the program has, and no other", async () => {
  const { stderr } = await runProgram([]);
  const commands = [...stderr.matchAll(/^ {2}(\w+) {2,}/gm)].map((match) => match[1]);
  const rows = [
    ...(await read("README.md")).matchAll(/^\| `(\w+)(?: [^`]*)?` \| (?:runs|loads|prints|asks|writes)/gm),
  ];
  expect(rows.map((match) => match[1])).toEqual(commands);
});

describe("docs/connect.md", () => {
  const shownUri = "postgresql://analyst@127.0.0.1:6432/public:customer-data-market-place?sslmode=disable";

  test("shows what `lenswire connect` prints", async () => {
    const consoles = [...(await read("docs/connect.md")).matchAll(/^```console\n(.*?)^```$/gms)];
    const steps = consoles.flatMap(([, text = ""]) => text.split(/^\$ lenswire /m).slice(1));
    expect(steps.length).toBeGreaterThan(3);
    for (const step of steps) {
      const [command = "", ...output] = step.split("\n");
      const [name, ...args] = command.replace("lens/config.yaml", `${root}lens/config.yaml`).split(" ");
      expect(name).toBe("connect");
      expect(await printed(runConnect, args), command).toBe(output.join("\n"));
    }
  });

  test("has a program for Node.js that connects by the URI shown", async () => {
    const program = /```js\n(.*?)```/s.exec(await read("docs/connect.md"))?.[1] ?? "";
    expect(program).toContain(shownUri);
    const served = program.replace("127.0.0.1:6432", `${demo.host}:${demo.port}`);
    const child = spawn(process.execPath, ["--input-type=module", "-e", served], {
      cwd: root,
      env: { ...process.env, PGPASSWORD: "analyst" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (text) => {
      output += text;
    });
    expect((await once(child, "close"))[0]).toBe(0);
    expect(output).toMatch(/zone: 'North', customer_count: '\d+'/);
  });

  test("says of statements what the demo lens makes of them", async () => {
    const rows = [...(await read("docs/connect.md")).matchAll(/^\| `(SELECT [^`]*)` \| (\w+)/gm)];
    expect(rows.length).toBeGreaterThan(5);
    const { host, port, database } = demo;
    const client = new Client({ host, port, database, user: "analyst", password: "analyst" });
    await client.connect();
    try {
      for (const [, sql = "", said] of rows) expect(await outcome(client, sql), sql).toBe(said);
    } finally {
      await client.end();
    }
  });
});

/** Standard output of a command, run here: a process for each takes long. */
async function printed(command: typeof runConnect, args: readonly string[]): Promise<string> {
  const io = { stdout: new PassThrough(), stderr: new PassThrough() };
  const code = await command(args, io);
  expect([code, String(io.stderr.read() ?? "")]).toEqual([0, ""]);
  return String(io.stdout.read());
}

/** `rows`, or the SQLSTATE. */
async function outcome(client: Client, sql: string): Promise<string> {
  try {
    const { rows } = await client.query(sql);
    return rows.length > 0 ? "rows" : "no rows";
  } catch (error) {
    if (error instanceof DatabaseError && error.code !== undefined) return error.code;
    throw error;
  }
}
