// What the documents show is what the program does.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../support/program.ts";
import { type DemoFolder, makeDemoFolder } from "../support/served-demo.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string) => readFile(root + file, "utf8");

let demo: DemoFolder;
beforeAll(async () => {
  demo = await makeDemoFolder({ rows: 1000 });
});
afterAll(() => demo?.remove());

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
