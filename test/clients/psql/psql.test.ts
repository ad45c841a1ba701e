// A real psql: what a person types, compared with what stands in expected/. Each NAME.sql is run with psql's own
// options and its output, errors included, compared with expected/NAME.out; PSQL_UPDATE=1 writes them.
import { execFileSync, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServedDemo, serveDemo } from "../../support/served-demo.ts";

const folder = import.meta.dirname;
const isUpdating = process.env["PSQL_UPDATE"] === "1";
/** Backslash commands are laid out anew in each version; the expected ones are those of Debian 12. */
const laidOutBy = "15";
const major = /\d+/.exec(execFileSync("psql", ["--version"], { encoding: "utf8" }))?.[0];
const scripts = readdirSync(folder).filter((name) => name.endsWith(".sql"));

let demo: ServedDemo;
beforeAll(async () => {
  demo = await serveDemo({ limits: ["queriesPerMinute: 1000"] });
});
afterAll(() => demo?.close());

interface PsqlOptions {
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly input: string;
}

/** Standard output and errors in the order in which they were written, and the exit code. */
function psql(options: PsqlOptions): Promise<{ readonly output: string; readonly code: number | null }> {
  const user = options.user ?? "analyst";
  const target = ["-h", demo.host, "-p", String(demo.port), "-U", user, options.database ?? demo.database];
  const environment = { ...process.env, PGPASSWORD: options.password ?? user, PAGER: "", LC_ALL: "C.UTF-8" };
  return new Promise((resolve, reject) => {
    // -a echoes what is read, so that an expected file reads as a session.
    const child = spawn("sh", ["-c", 'exec psql -X -a -w "$@" 2>&1', "sh", ...target], { env: environment });
    let output = "";
    child.on("error", reject);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("close", (code) => resolve({ output, code }));
    child.stdin.end(options.input);
  });
}

/** What differs from run to run and from one psql to the next: the port, the version of psql, spaces at line ends. */
function stable(output: string): string {
  return output
    .replaceAll(`"${demo.port}"`, '"PORT"')
    .replaceAll(`port ${demo.port}`, "port PORT")
    .replace(/[ \t]+$/gm, "");
}

describe("psql prints what it prints for any PostgreSQL", () => {
  test.for(scripts)("%s", async (script, { skip }) => {
    if (script === "backslash_commands.sql" && major !== laidOutBy)
      skip(`psql ${major} lays them out in another way than ${laidOutBy}`);
    const { output } = await psql({ input: await readFile(join(folder, script), "utf8") });
    const file = join(folder, "expected", script.replace(/\.sql$/, ".out"));
    if (isUpdating) await writeFile(file, stable(output));
    expect(stable(output)).toBe(await readFile(file, "utf8"));
  });
});

test("a wrong password is refused as PostgreSQL refuses it", async () => {
  const { output, code } = await psql({ password: "wrong", input: "" });
  expect(output).toContain('FATAL:  password authentication failed for user "analyst"');
  expect(code).toBe(2);
});

test("an unknown database is refused as PostgreSQL refuses it", async () => {
  const { output, code } = await psql({ database: "elsewhere", input: "" });
  expect(output).toContain('FATAL:  database "elsewhere" does not exist');
  expect(code).toBe(2);
});

test("every name of the lens opens it", async () => {
  for (const database of ["lens:public:customer-data-market-place", "public:customer-data-market-place"]) {
    const { output } = await psql({ database, input: "\\t on\nSELECT current_database();\n" });
    expect(output).toContain(` ${database}\n`);
  }
});

test("\\copy gives rows as SELECT does", async () => {
  const query = "SELECT DISTINCT zone FROM customers ORDER BY zone";
  const { output } = await psql({ input: `\\copy (${query}) TO STDOUT CSV HEADER\n` });
  expect(output).toMatch(/\nzone\n(\w+\n)+$/);
});
