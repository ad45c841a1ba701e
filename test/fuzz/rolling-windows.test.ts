// M15: statements with rolling measures over random lenses against a brute-force evaluator of the definition.
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgresDialect } from "../../src/dialect/postgres/postgres-dialect.ts";
import { LensError } from "../../src/errors.ts";
import {
  type LensFixtureOptions,
  LensFixtures,
  type LensResult,
  type LensUser,
} from "../support/lens-fixture.ts";
import { startPostgresSource } from "../unit/warehouse/postgres-source.ts";
import { type Draw, drawOf } from "./draw.ts";
import { drawRollingStatement } from "./random-rolling.ts";
import {
  drawRollingLens,
  filteredLens,
  type RollingLens,
  rollingFiles,
  rollingSetUp,
  timelessLens,
} from "./rolling-lens.ts";
import { type Cell, rollingRows } from "./rolling-oracle.ts";
import { assertDraws, overSuitedLenses, runsOf, seedOf } from "./runs.ts";

let fixtures: LensFixtures;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
});
afterAll(() => fixtures.close());

const seed = seedOf("rolling windows");
const timeout = 600_000;
const statementsPerLens = 30;

test("a rolling measure counts the rows of its window", { timeout }, () =>
  overLenses(runsOf(18), "anyone", (lens) => lens),
);

test("a window never reaches rows that a row filter hides", { timeout }, () =>
  overLenses(runsOf(4), "filtered", filteredLens),
);

test("a time that is masked is in no window", { timeout }, () =>
  overLenses(runsOf(2), "timeless", timelessLens),
);

test("PostgreSQL counts the same rows", { timeout }, async () => {
  const postgres = await startPostgresSource();
  try {
    await overLenses(
      runsOf(4),
      "anyone",
      (lens) => lens,
      async (lens) => {
        await postgres.admin(`DROP TABLE IF EXISTS shops, sales, lines; ${rollingSetUp(lens)}`);
        return { warehouse: postgres.warehouse, dialect: postgresDialect };
      },
    );
  } finally {
    await postgres.stop();
  }
});

/** Random lenses, each with random statements of a user, who sees what `seen` makes of the lens. */
async function overLenses(
  count: number,
  user: string,
  seen: (lens: RollingLens) => RollingLens,
  sourceOf: (lens: RollingLens) => Promise<LensFixtureOptions["source"]> = async () => undefined,
): Promise<void> {
  await overSuitedLenses(count, async (place) => {
    const lens = drawRollingLens(drawOf(seed + place));
    const source = await sourceOf(lens);
    const fixture = await fixtures.lens({
      files: rollingFiles(lens),
      setUp: rollingSetUp(lens),
      ...(source && { source }),
    });
    try {
      return await assertDraws((draw) => checkStatement(seen(lens), fixture.user(user), draw), {
        seed: seed + place,
        numRuns: statementsPerLens,
      });
    } finally {
      await fixture.close();
    }
  });
}

async function checkStatement(lens: RollingLens, user: LensUser, draw: Draw): Promise<void> {
  const statement = drawRollingStatement(lens, draw);
  const expected = rollingRows(statement).map(rowText).sort();
  const result = await run(user, statement.sql);
  expect(result.rows.map((row) => rowText(cellsOf(result, row))).sort(), statement.sql).toEqual(expected);
}

async function run(user: LensUser, sql: string): Promise<LensResult> {
  try {
    return await user.run(sql);
  } catch (error) {
    if (!(error instanceof LensError)) throw error;
    throw new Error(`${sql}\n${error.sqlstate} ${error.message}`, { cause: error });
  }
}

const dateOid = 1082;
const timeOids = new Set([1114, 1184]);
const textOid = 25;

/** Times as milliseconds, numbers as numbers. */
function cellsOf(result: LensResult, row: LensResult["rows"][number]): Cell[] {
  return row.map((value, place): Cell => {
    const oid = result.columns[place]?.typeOid ?? 0;
    if (value === null) return null;
    if (oid === dateOid) return Number(value) * 86_400_000;
    if (timeOids.has(oid)) return Number(value) / 1000;
    return oid === textOid ? String(value) : Number(value);
  });
}

function rowText(row: readonly Cell[]): string {
  return row
    .map((cell) =>
      typeof cell === "number" ? String(Number(cell.toPrecision(14)) + 0) : JSON.stringify(cell),
    )
    .join(" | ");
}
