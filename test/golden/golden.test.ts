// Each golden file under this folder: what a statement becomes and yields, or how it is refused, for a named user of
// the shop lens, over DuckDB and over a real PostgreSQL. The SQL for PostgreSQL is shown where a file has a section for
// it; rows and errors must be the same. UPDATE_GOLDEN=1 rewrites what follows the queries.
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
/** Double precision, less the rounding of two ways to compute it. */
const significantDigits = 14;

const update = process.env["UPDATE_GOLDEN"] === "1";
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".golden"))
  .sort();

let fixtures: LensFixtures;
let onDuckDb: LensFixture;
let onPostgres: LensFixture;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
  onDuckDb = await fixtures.lens({ files: shopFiles, setUp: shopSetUp });
  onPostgres = await fixtures.lens({ files: shopFiles, setUp: shopSetUp, warehouse: "postgres" });
});
afterAll(async () => {
  await onDuckDb?.close();
  await onPostgres?.close();
  await fixtures.close();
});

test.each(files)("%s", async (name) => {
  const path = join(folder, name);
  const before = readFileSync(path, "utf8");
  const { sentence, sections } = readGolden(before);
  const queries = sections.filter(({ kind }) => kind === "query");
  const showsPostgres = sections.some(({ kind }) => kind === "postgres");
  expect(queries.length).toBeGreaterThan(0);
  const answered: GoldenSection[] = [];
  for (const query of queries) {
    const { sql, rest } = await answer(onDuckDb, query);
    const postgres = await answer(onPostgres, query);
    // What only one engine can express is refused on the other.
    if (!isRefusedByOne(rest, postgres.rest))
      expect(postgres.rest.map(comparable), query.text).toEqual(rest.map(comparable));
    answered.push(query, ...section("duckdb", sql));
    if (showsPostgres) answered.push(...section("postgres", postgres.sql));
    answered.push(...rest);
  }
  const after = writeGolden({ sentence, sections: answered });
  if (update) writeFileSync(path, after);
  else expect(after).toBe(before);
});

function section(kind: string, text: string | undefined): GoldenSection[] {
  return text === undefined ? [] : [{ kind, argument: undefined, text }];
}

function isRefusedByOne(...answers: readonly (readonly GoldenSection[])[]): boolean {
  return answers.filter(([first]) => first?.argument === "0A000").length === 1;
}

/** With numbers to the digits that both engines have, and lines in one order. */
function comparable({ kind, argument, text }: GoldenSection): GoldenSection {
  if (kind !== "rows") return { kind, argument, text };
  const rounded = text.replace(/-?\d+(\.\d+)?(?:e[-+]\d+)?/g, (number) =>
    number.includes(".") ? String(Number(Number(number).toPrecision(significantDigits))) : number,
  );
  return { kind, argument, text: rounded };
}

interface Answer {
  /** Undefined for what is refused. */
  readonly sql: string | undefined;
  readonly rest: readonly GoldenSection[];
}

async function answer(lens: LensFixture, query: GoldenSection): Promise<Answer> {
  const user = lens.user(query.argument ?? "analyst");
  try {
    const { sql, decision } = await user.compileSql(query.text);
    const result = await user.run(query.text);
    const rows = rowsText(result, /\border by\b/i.test(query.text));
    return { sql, rest: [...section("rows", rows), ...section("decision", decisionText(decision))] };
  } catch (error) {
    if (!(error instanceof LensError)) throw error;
    const text = errorText(error, query.text);
    return { sql: undefined, rest: [{ kind: "error", argument: error.sqlstate, text }] };
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
