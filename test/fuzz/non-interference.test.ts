// Non-interference: what a group's user gets is what the policy says there is, and nothing else. Random policies over
// random lenses against an evaluator to which hidden rows do not exist and masked columns hold their masks.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LensFixture, LensFixtures } from "../support/lens-fixture.ts";
import { comparableRows, expectedRows } from "./compare.ts";
import { definedRows, runStatement } from "./defined-rows.ts";
import { type Draw, drawOf } from "./draw.ts";
import type { FuzzLens } from "./fuzz-lens.ts";
import { modelFiles, setUpSql } from "./lens-text.ts";
import { drawSpec, makeLens } from "./random-lens.ts";
import { drawPolicy, type Policy, sightOf } from "./random-policy.ts";
import { drawQuery } from "./random-query.ts";
import { assertDraws, overSuitedLenses, runsOf, seedOf } from "./runs.ts";
import { openSight } from "./sight.ts";

let fixtures: LensFixtures;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
});
afterAll(() => fixtures.close());

const seed = seedOf("non-interference");
const timeout = 600_000;

interface Case {
  readonly fixture: LensFixture;
  readonly policy: Policy;
  readonly open: FuzzLens;
  readonly restricted: FuzzLens;
}

test("a restricted user's results are those over what the policy leaves", { timeout }, () =>
  overPolicies(runsOf(10), 25, async ({ fixture, policy, restricted }, draw) => {
    const selection = drawQuery(restricted, draw);
    const { sql } = selection;
    const expected = definedRows(selection);
    const user = fixture.user(policy.group);
    const result = await runStatement(restricted, user, sql);
    expect(comparableRows(result), sql).toEqual(expectedRows(expected));
    const { decision } = await user.compileSql(sql);
    expect([...policy.segments], sql).toEqual(expect.arrayContaining([...decision.segments]));
  }),
);

test("a user of another group sees everything as it is", { timeout }, () =>
  overPolicies(runsOf(3), 10, async ({ fixture, open }, draw) => {
    const selection = drawQuery(open, draw);
    const { sql } = selection;
    const expected = definedRows(selection);
    const user = fixture.user("anyone");
    const result = await runStatement(open, user, sql);
    expect(comparableRows(result), sql).toEqual(expectedRows(expected));
    const { decision } = await user.compileSql(sql);
    expect([decision.segments, decision.masked], sql).toEqual([[], []]);
  }),
);

/** Runs a property over `count` random lenses with policies, `runs` times for each. */
async function overPolicies(
  count: number,
  runs: number,
  property: (given: Case, draw: Draw) => Promise<void>,
): Promise<void> {
  await overSuitedLenses(count, async (place) => {
    const draw = drawOf(seed + place);
    const spec = drawSpec(draw);
    const policy = drawPolicy(draw, spec);
    const open = makeLens(spec, openSight);
    const restricted = makeLens(spec, sightOf(policy, spec));
    const warehouse = place % 3 === 2 ? "postgres" : "duckdb";
    const fixture = await fixtures.lens({
      files: modelFiles(open, policy),
      setUp: setUpSql(open),
      warehouse,
    });
    try {
      return await assertDraws((draws) => property({ fixture, policy, open, restricted }, draws), {
        seed: seed + place,
        numRuns: runs,
      });
    } finally {
      await fixture.close();
    }
  });
}
