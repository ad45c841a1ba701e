import { join, relative } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCheck } from "../../../src/commands/check.ts";
import { type Folder, makeFolder } from "../config/config-folder.ts";
import { type DuckDbFile, makeDuckDb } from "../typing/duckdb-file.ts";

let data: DuckDbFile;
const folders: Folder[] = [];

beforeAll(async () => {
  data = await makeDuckDb("CREATE TABLE t AS SELECT 1 AS id, 'x' AS name");
  await data.warehouse.close();
});
afterAll(async () => {
  for (const folder of folders) await folder.remove();
  await data.remove();
});

async function check(files: Record<string, string>, ...argv: string[]) {
  const config = `sources: [{name: main, type: duckdb, path: ${data.path}}]\nlenses: [{name: l, model: ./model}]\n`;
  const folder = await makeFolder({ "config.yaml": config, ...files });
  folders.push(folder);
  let output = "";
  const stream = new PassThrough();
  stream.on("data", (chunk) => {
    output += String(chunk);
  });
  const code = await runCheck(["--config", join(folder.path, "config.yaml"), ...argv], {
    stdout: stream,
    stderr: stream,
  });
  return { code, lines: output.replaceAll(`${folder.path}/`, "").trimEnd().split("\n") };
}

const table = (...members: string[]) =>
  ["tables:", "  - name: t", "    sql: SELECT * FROM t", "    dimensions:", ...members].join("\n");
const id = "      - {name: id, type: number, column: id, primary_key: true}";

test("a model without problems", async () => {
  const { code, lines } = await check({ "model/tables/t.yml": table(id) });
  expect([code, lines]).toEqual([0, ["lenswire check: 1 lens, 1 table, 0 views, 0 problems"]]);
});

test("every problem that the warehouse knows, and notes about what is left out", async () => {
  const text = table(id, "      - {name: n, type: time, column: name}").concat(
    "\n    measures:\n      - {name: r, type: number, sql: rank() over (order by id), rolling_window: {offset: start}}\n",
  );
  const { code, lines } = await check({ "model/tables/t.yml": text });
  expect(code).toBe(1);
  expect(lines).toEqual([
    'model/tables/t.yml:8:16: note: measure "r" is left out of the catalog: its sql holds a window function, which has a value per row of a result; write it in the statement instead',
    'model/tables/t.yml:6:39: dimension "n" is declared as time, and the warehouse yields text (VARCHAR)',
    "lenswire check: 1 lens, 1 table, 0 views, 1 problem",
  ]);
});

test("offline, no warehouse is asked", async () => {
  const files = {
    "config.yaml":
      "sources: [{name: main, type: duckdb, path: ./nope}]\nlenses: [{name: l, model: ./model}]\n",
    "model/tables/t.yml": table(id),
  };
  expect((await check(files, "--offline")).code).toBe(0);
  const { code, lines } = await check(files);
  expect(code).toBe(1);
  expect(lines[0]).toMatch(/^config\.yaml:1:18: the source "main" cannot be opened: /);
});

test("a warning about a mask counts, one about a password in the clear does not", async () => {
  const config = `sources: [{name: main, type: duckdb, path: ${data.path}}]\nlenses: [{name: l, model: ./model}]\nauth: {users: ./users.yml}\n`;
  const users = "users: [{name: a, password: a}]\n";
  const passwords = await check({
    "config.yaml": config,
    "users.yml": users,
    "model/tables/t.yml": table(id),
  });
  expect(passwords.code).toBe(0);
  expect(passwords.lines[0]).toMatch(/^users\.yml:1:16: warning: /);
  const masked = table(
    id,
    "      - {name: n, type: string, column: name, meta: {secure: {func: redact, user_groups: [x]}}}",
  );
  expect(await check({ "model/tables/t.yml": masked })).toMatchObject({ code: 1 });
});

test("a data source that the configuration does not have", async () => {
  const text = table(id).replace("    sql", "    data_source: mian\n    sql");
  expect((await check({ "model/tables/t.yml": text })).lines[0]).toBe(
    'model/tables/t.yml:2:11: table "t" names the source "mian", which the configuration does not have; did you mean "main"?',
  );
});

test("arguments that make no sense", async () => {
  const stream = new PassThrough();
  expect(await runCheck([], { stdout: stream, stderr: stream })).toBe(2);
  expect(await runCheck(["--confg", "x"], { stdout: stream, stderr: stream })).toBe(2);
  expect(
    await runCheck(["--config", relative(process.cwd(), "/nope/config.yaml")], {
      stdout: stream,
      stderr: stream,
    }),
  ).toBe(1);
});

test("attributes of users.yml that row filters compare rows with: an error of another type, a warning of none", async () => {
  const segments = [
    "    segments:",
    '      - {name: level, sql: "id <= {user.level}"}',
    '      - {name: own, sql: "{level} AND name IN ({user.names})", meta: {secure: {user_groups: [reader]}}}',
  ];
  const { code, lines } = await check({
    "config.yaml": `sources: [{name: main, type: duckdb, path: ${data.path}}]\nlenses: [{name: l, model: ./model}]\nauth: {users: ./users.yml}\n`,
    "users.yml": [
      "users:",
      "  - {name: good, certificate: a, groups: [reader], attributes: {level: 3, names: x}}",
      "  - {name: wrong, certificate: b, groups: [reader], attributes: {level: secret, names: [x]}}",
      "  - {name: bare, certificate: c, groups: [reader], attributes: {level: 3}}",
      "  - {name: free, certificate: d, attributes: {level: secret}}",
    ].join("\n"),
    "model/user_groups.yml":
      "attributes: {level: number, names: string}\nuser_groups: [{name: reader}, {name: others, includes: '*'}]",
    "model/tables/t.yml": table(id, ...segments),
  });
  expect(code).toBe(1);
  expect(lines).toEqual([
    'users.yml:4:12: warning: user "bare" has no attribute "names", and the row filter "t.own" lets nobody without it read "t"',
    'users.yml:3:12: attribute "level" of user "wrong" is not a number; the row filter "t.own" reads it',
    "lenswire check: 1 lens, 1 table, 0 views, 1 problem",
  ]);
});
