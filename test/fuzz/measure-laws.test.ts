// The rules of measures (M1 to M8) as properties: random lenses, data and statements against a brute-force evaluator
// that knows only the definitions.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LensError } from "../../src/errors.ts";
import { type LensFixture, LensFixtures } from "../support/lens-fixture.ts";
import { blockRows, blockSql } from "./blocks.ts";
import { comparableRows, expectedRows } from "./compare.ts";
import { Draw } from "./draw.ts";
import type { FuzzLens } from "./fuzz-lens.ts";
import { modelFiles, setUpSql } from "./lens-text.ts";
import { Undecided } from "./oracle.ts";
import { drawStatement } from "./random-block.ts";
import { drawLens } from "./random-lens.ts";
import { runsOf, seedOf } from "./runs.ts";

let fixtures: LensFixtures;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
});
afterAll(() => fixtures.close());

const lenses = runsOf(12);
const statementsPerLens = 25;
const rowsMax = 2_000;

test("statements over random lenses give what the definitions say", { timeout: 600_000 }, async () => {
  const seed = seedOf("measure laws");
  for (let place = 0; place < lenses; place++) {
    const lens = sampleLens(seed + place);
    const fixture = await fixtures.lens({ files: modelFiles(lens), setUp: setUpSql(lens) });
    try {
      await fc.assert(
        fc.asyncProperty(fc.gen(), async (g) => {
          await checkStatement(lens, fixture, new Draw(g));
        }),
        { seed: seed + place, numRuns: statementsPerLens, maxSkipsPerRun: 10 },
      );
    } finally {
      await fixture.close();
    }
  }
});

function sampleLens(seed: number): FuzzLens {
  const [g] = fc.sample(fc.gen(), { seed, numRuns: 1 });
  if (g === undefined) throw new Error("no sample");
  return drawLens(new Draw(g));
}

async function checkStatement(lens: FuzzLens, fixture: LensFixture, draw: Draw): Promise<void> {
  const block = drawStatement(lens, draw);
  const sql = blockSql(block);
  let expected: ReturnType<typeof blockRows>;
  try {
    fc.pre(block.source.rows().length <= rowsMax);
    expected = blockRows(block);
  } catch (error) {
    if (error instanceof Undecided) fc.pre(false);
    throw error;
  }
  try {
    const result = await fixture.user("anyone").run(sql);
    expect(comparableRows(result), sql).toEqual(expectedRows(expected, result));
  } catch (error) {
    if (isAcceptedRefusal(lens, error)) return fc.pre(false);
    if (error instanceof LensError)
      throw new Error(`${sql}\n${error.sqlstate} ${error.message} ${error.cause ?? ""}`);
    throw error;
  }
}

/** A table without a primary key whose rows a join multiplies. */
function isAcceptedRefusal(lens: FuzzLens, error: unknown): boolean {
  const keyless = [...lens.tables.values()].some((table) => table.primaryKey.length === 0);
  return (
    keyless &&
    error instanceof LensError &&
    error.sqlstate === "0A000" &&
    /no primary key/.test(error.message)
  );
}
