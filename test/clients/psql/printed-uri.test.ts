// A real psql connects by the URI that `lenswire connect` prints, whatever the names of lens and user are.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../../support/program.ts";
import { makeDemoFolder, type ServedDemo, serveFolder } from "../../support/served-demo.ts";

const names = [
  ["public:customer-data-market-place", "analyst"],
  ["w}}e};i'r\\d", "u;s}{e'r\\"],
  ['a&b=c d?/#[e]%41+"ü@$,', '%20&amp;@:/ "漢'],
  [" . ", "{}"],
] as const;

let demo: ServedDemo;
beforeAll(async () => {
  const folder = await makeDemoFolder({ rows: 1000 });
  const users = join(folder.folder, "users.yml");
  const text = await readFile(folder.config, "utf8");
  const model = /model: (.*)/.exec(text)?.[1];
  const lenses = names.map(([lens]) => ({ name: lens, model, source: "icebase" }));
  // JSON is YAML too.
  await writeFile(
    folder.config,
    text
      .replace(/^lenses:\n(?: .*\n)+/m, () => `lenses: ${JSON.stringify(lenses)}\n`)
      .replace(/users: .*/, () => `users: ${users}`),
  );
  const entries = names.map(([, user]) => ({ name: user, groups: ["admin"], password: "x" }));
  await writeFile(users, JSON.stringify({ users: entries }));
  demo = await serveFolder(folder);
});
afterAll(() => demo?.close());

test.each(names)("lens %j, user %j", async (lens, user) => {
  const args = ["--config", demo.config, "--port", String(demo.port), "--lens", lens, "--user", user];
  const { stdout: uri, stderr } = await runProgram(["connect", "--format", "uri", ...args]);
  expect(stderr).toBe("");
  const env = { ...process.env, PGPASSWORD: "x", LC_ALL: "C.UTF-8" };
  const query = "SELECT current_database(), current_user";
  const { stdout } = await promisify(execFile)("psql", ["-XAtw", "-c", query, uri.trimEnd()], { env });
  expect(stdout).toBe(`${lens}|${user}\n`);
});
