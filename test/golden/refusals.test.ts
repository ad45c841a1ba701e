// Every error of ours about a statement has an example among the golden files, points at a place of the statement, and
// says what to write instead.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readGolden } from "../support/golden-file.ts";

const source = join(import.meta.dirname, "../../src");
const errorFiles = [
  "compiler/compiler-errors.ts",
  "dialect/dialect-errors.ts",
  "query/query-errors.ts",
  "sql/sql-errors.ts",
];

/** The states in which a client is told to write something else. */
const states: Readonly<Record<string, string>> = {
  feature_not_supported: "0A000",
  grouping_error: "42803",
  undefined_table: "42P01",
  ambiguous_column: "42702",
  undefined_column: "42703",
};

/** Errors that no statement over the shop lens comes to, each with where it is tried instead. */
const triedElsewhere: Readonly<Record<string, string>> = {
  measureMisplaced: "PostgreSQL refuses aggregates in most other places first; a guard",
  measureNeedsOneTable: "its models are refused when they are loaded; a guard",
  filterDoesNotReach: "needs a sub-query dimension that WHERE reaches into",
  rollingWithoutTime: "needs a rolling measure whose table has several time dimensions",
};

interface Factory {
  readonly name: string;
  readonly sqlstate: string;
  readonly message: RegExp;
}

/** The functions that make errors of these states, with what their messages look like. */
function factories(): readonly Factory[] {
  return errorFiles.flatMap((file) => {
    const text = readFileSync(join(source, file), "utf8");
    return text
      .split("export function ")
      .slice(1)
      .flatMap((block) => {
        const name = block.slice(0, block.indexOf("("));
        const found = /lensError\(\s*"(\w+)",\s*(`[^`]*`|"[^"]*")/.exec(block);
        const sqlstate = states[found?.[1] ?? ""];
        if (found === null || sqlstate === undefined) return [];
        const pattern = (found[2] ?? "")
          .slice(1, -1)
          .split(/\$\{[^}]*\}/)
          .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
          .join(".*");
        return [{ name, sqlstate, message: new RegExp(`^${pattern}$`) }];
      });
  });
}

interface Example {
  readonly file: string;
  readonly sqlstate: string;
  readonly lines: readonly string[];
}

function examples(): readonly Example[] {
  return readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".golden"))
    .flatMap((file) =>
      readGolden(readFileSync(join(import.meta.dirname, file), "utf8"))
        .sections.filter(({ kind }) => kind === "error")
        .map(({ argument, text }) => ({ file, sqlstate: argument ?? "", lines: text.split("\n") })),
    );
}

const all = examples();
const ours = factories();

test("there are factories and examples to look at", () => {
  expect(ours.length).toBeGreaterThan(20);
  expect(all.length).toBeGreaterThan(40);
});

test.each(ours)("$name has an example that points at its place and says what to write instead", (factory) => {
  const found = all.filter(
    ({ sqlstate, lines }) => sqlstate === factory.sqlstate && factory.message.test(lines[0] ?? ""),
  );
  if (triedElsewhere[factory.name] === undefined) expect(found).not.toEqual([]);
  for (const { file, lines } of found) {
    expect(
      lines.some((line) => /^ *\^$/.test(line)),
      `${file}: no place`,
    ).toBe(true);
    expect(
      lines.some((line) => /^hint: [A-Z].*[.)]$/.test(line)),
      `${file}: no hint`,
    ).toBe(true);
  }
});
