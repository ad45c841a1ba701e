// The rules of measures (M1 to M8) as properties: random lenses, data and statements against a brute-force evaluator
// that knows only the definitions; and the laws (a) to (e) of M8, where one statement is held against another.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { WarehouseKind } from "../../src/warehouse-kind.ts";
import { type LensFixture, LensFixtures } from "../support/lens-fixture.ts";
import { comparableRows, expectedRows } from "./compare.ts";
import { definedRows, runStatement } from "./defined-rows.ts";
import { type Draw, drawOf } from "./draw.ts";
import type { FuzzLens } from "./fuzz-lens.ts";
import {
  drawAddedMeasure,
  drawAddedTable,
  drawLevels,
  drawSameRows,
  drawSums,
  hasCycle,
  hasManySide,
  hasPlainKey,
  type Pair,
} from "./laws.ts";
import { modelFiles, setUpSql } from "./lens-text.ts";
import { drawLens } from "./random-lens.ts";
import { drawQuery } from "./random-query.ts";
import { assertDraws, overSuitedLenses, runsOf, seedOf } from "./runs.ts";

let fixtures: LensFixtures;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
});
afterAll(() => fixtures.close());

type Property = (lens: FuzzLens, fixture: LensFixture, draw: Draw) => Promise<void>;

const seed = seedOf("measure laws");
const timeout = 600_000;

const checkStatement: Property = async (lens, fixture, draw) => {
  const selection = drawQuery(lens, draw);
  const { sql } = selection;
  const expected = definedRows(selection);
  const result = await runStatement(lens, fixture.user("anyone"), sql);
  expect(comparableRows(result), sql).toEqual(expectedRows(expected));
};

test("statements over random lenses give what the definitions say", { timeout }, () =>
  overLenses(runsOf(16), 60, checkStatement, ["duckdb"]),
);

test("so they do over a real PostgreSQL", { timeout }, () =>
  overLenses(runsOf(8), 60, checkStatement, ["postgres"]),
);

test("law a: adding a measure never changes another column", { timeout }, () =>
  overLenses(runsOf(6), 30, (lens, fixture, draw) => checkPair(lens, fixture, drawAddedMeasure(lens, draw))),
);

test("law b: adding a table that is reached by LEFT JOIN changes no measure", { timeout }, () =>
  overLenses(runsOf(8), 30, (lens, fixture, draw) => {
    fc.pre(!hasCycle(lens));
    return checkPair(lens, fixture, drawAddedTable(lens, draw));
  }),
);

test("law c: a leaf grouped by its own rows is what it is over its table alone", { timeout }, () =>
  overLenses(runsOf(6), 30, (lens, fixture, draw) => {
    fc.pre(hasPlainKey(lens));
    return checkPair(lens, fixture, drawSameRows(lens, draw, "any filter"));
  }),
);

test("law c: additive measures of the groups sum to the total", { timeout }, () =>
  overLenses(runsOf(4), 30, async (lens, fixture, draw) => {
    const sums = drawSums(lens, draw);
    fc.pre(sums !== undefined);
    const groups = await runStatement(lens, fixture.user("anyone"), sums.groups);
    const total = await runStatement(lens, fixture.user("anyone"), sums.total);
    const added = total.columns.map((_, place) =>
      groups.rows.reduce((sum, row) => sum + Number(row[place] ?? 0), 0),
    );
    expect(added, sums.groups).toEqual((total.rows[0] ?? []).map((value) => Number(value ?? 0)));
  }),
);

test("law d: a filter on the many side counts each row of the one side once", { timeout }, () =>
  overLenses(runsOf(6), 30, (lens, fixture, draw) => {
    fc.pre(hasPlainKey(lens) && hasManySide(lens));
    return checkPair(lens, fixture, drawSameRows(lens, draw, "a filter on the many side"));
  }),
);

test("law e: each level of grouping sets is what a statement of its own says", { timeout }, () =>
  overLenses(runsOf(6), 25, async (lens, fixture, draw) => {
    const levels = drawLevels(lens, draw);
    fc.pre(levels !== undefined);
    const user = fixture.user("anyone");
    const whole = comparableRows(await runStatement(lens, user, levels.whole));
    const parts: string[] = [];
    for (const part of levels.parts) parts.push(...comparableRows(await runStatement(lens, user, part)));
    expect(whole, levels.whole).toEqual(parts.sort());
  }),
);

/** Runs a property over `count` random lenses, on one warehouse after the other, `runs` times for each. */
async function overLenses(
  count: number,
  runs: number,
  property: Property,
  kinds: readonly WarehouseKind[] = ["duckdb", "postgres"],
): Promise<void> {
  await overSuitedLenses(count, async (place) => {
    const lens = drawLens(drawOf(seed + place));
    const warehouse = kinds[place % kinds.length] ?? "duckdb";
    const fixture = await fixtures.lens({ files: modelFiles(lens), setUp: setUpSql(lens), warehouse });
    try {
      return await assertDraws((draw) => property(lens, fixture, draw), {
        seed: seed + place,
        numRuns: runs,
      });
    } finally {
      await fixture.close();
    }
  });
}

async function checkPair(lens: FuzzLens, fixture: LensFixture, pair: Pair | undefined): Promise<void> {
  fc.pre(pair !== undefined);
  const left = await runStatement(lens, fixture.user("anyone"), pair.left);
  const right = await runStatement(lens, fixture.user("anyone"), pair.right);
  const columns = {
    columns: right.columns,
    rows: left.rows.map((row) => pair.leftColumns.map((at) => row[at] ?? null)),
  };
  expect(comparableRows(columns), `${pair.left}\n${pair.right}`).toEqual(comparableRows(right));
}
