// Each golden file under this folder: what a statement becomes and yields, or how it is refused, for a named user of
// the shop lens. UPDATE_GOLDEN=1 rewrites what follows the queries.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Value } from "../../src/data-type.ts";
import { LensError } from "../../src/errors.ts";
import type { Decision } from "../../src/policy/decision.ts";
import { type GoldenSection, readGolden, writeGolden } from "../support/golden-file.ts";
import { type LensFixture, LensFixtures, type LensResult } from "../support/lens-fixture.ts";
import { shopFiles, shopSetUp } from "../support/shop-lens.ts";

const folder = import.meta.dirname;
const update = process.env["UPDATE_GOLDEN"] === "1";
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".golden"))
  .sort();

let fixtures: LensFixtures;
let shop: LensFixture;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
  shop = await fixtures.lens({ files: shopFiles, setUp: shopSetUp });
});
afterAll(async () => {
  await shop.close();
  await fixtures.close();
});

test.each(files)("%s", async (name) => {
  const path = join(folder, name);
  const before = readFileSync(path, "utf8");
  const { sentence, sections } = readGolden(before);
  const queries = sections.filter(({ kind }) => kind === "query");
  expect(queries.length).toBeGreaterThan(0);
  const answered: GoldenSection[] = [];
  for (const query of queries) answered.push(query, ...(await answer(query)));
  const after = writeGolden({ sentence, sections: answered });
  if (update) writeFileSync(path, after);
  else expect(after).toBe(before);
});

async function answer(query: GoldenSection): Promise<GoldenSection[]> {
  const user = shop.user(query.argument ?? "analyst");
  try {
    const { sql, decision } = await user.compileSql(query.text);
    const result = await user.run(query.text);
    return [
      { kind: "duckdb", argument: undefined, text: sql },
      { kind: "rows", argument: undefined, text: rowsText(result, /\border by\b/i.test(query.text)) },
      { kind: "decision", argument: undefined, text: decisionText(decision) },
    ];
  } catch (error) {
    if (!(error instanceof LensError)) throw error;
    return [{ kind: "error", argument: error.sqlstate, text: errorText(error, query.text) }];
  }
}

function rowsText({ columns, rows }: LensResult, ordered: boolean): string {
  const lines = rows.map((row) => row.map(valueText).join(" | "));
  if (!ordered) lines.sort();
  return [columns.map(({ name }) => name).join(" | "), ...lines].join("\n");
}

function valueText(value: Value): string {
  return value === null ? "NULL" : String(value);
}

function decisionText({ tables, segments, masked }: Decision): string {
  const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));
  return `tables: ${list(tables)} · row filters: ${list(segments)} · masked: ${list(masked)}`;
}

function errorText(error: LensError, sql: string): string {
  const lines = [error.message];
  if (error.position !== undefined) lines.push(...caret(sql, error.position));
  if (error.detail !== undefined) lines.push(`detail: ${error.detail}`);
  if (error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  return lines.join("\n");
}

/** The line that the error points at, and a caret under its place. */
function caret(sql: string, position: number): string[] {
  const before = sql.slice(0, position - 1).split("\n");
  const line = sql.split("\n")[before.length - 1] ?? "";
  return [line, `${" ".repeat(before.at(-1)?.length ?? 0)}^`];
}
