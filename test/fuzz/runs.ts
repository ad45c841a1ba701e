// How much and from where random tests run: LENSWIRE_FUZZ_RUNS multiplies, LENSWIRE_FUZZ_SEED is a number or `random`.
import fc from "fast-check";
import { Draw } from "./draw.ts";

const fixedSeed = 20_260;

export function runsOf(usual: number): number {
  return Math.ceil(usual * Number(process.env["LENSWIRE_FUZZ_RUNS"] ?? 1));
}

/** The seed of a property; a random one is printed, so that a failure can be repeated. */
export function seedOf(what: string): number {
  const wanted = process.env["LENSWIRE_FUZZ_SEED"];
  if (wanted === undefined) return fixedSeed;
  const seed = wanted === "random" ? Math.floor(Math.random() * 1_000_000_000) : Number(wanted);
  process.stdout.write(`${what}: LENSWIRE_FUZZ_SEED=${seed}\n`);
  return seed;
}

/** Runs that are spent on making a failing case smaller: each starts from nothing, and there is no end of them. */
const shrinkRunsMax = 200;

/** How many draws may be skipped for one that runs, before the rest of them is left. */
const skipsPerRunMax = 20;

/** Lenses that are tried for each one over which a property can run. */
const lensesPerSuitedMax = 10;

/**
 * Asserts a property of random draws, and says within bounds what the smallest failing case is. Returns how many ran:
 * a property skips a draw by `fc.pre`, and over some lenses it can say nothing at all.
 */
export async function assertDraws(
  check: (draw: Draw) => Promise<void>,
  parameters: { readonly seed: number; readonly numRuns: number },
): Promise<number> {
  let runsLeft = Number.POSITIVE_INFINITY;
  const property = fc.asyncProperty(fc.gen(), async (draws) => {
    if (runsLeft === 0) return;
    runsLeft -= 1;
    try {
      await check(new Draw(draws));
    } catch (error) {
      if (!fc.PreconditionFailure.isFailure(error)) runsLeft = Math.min(runsLeft, shrinkRunsMax);
      throw error;
    }
  });
  const details = await fc.check(property, { ...parameters, maxSkipsPerRun: skipsPerRunMax });
  if (details.failed && details.counterexample !== null) {
    throw new Error(await fc.asyncDefaultReportMessage(details), { cause: details.errorInstance });
  }
  return details.numRuns;
}

/** Has `count` random lenses tried, or more where nothing runs over some. `tryLens` returns how many draws ran. */
export async function overSuitedLenses(
  count: number,
  tryLens: (place: number) => Promise<number>,
): Promise<void> {
  let suited = 0;
  for (let place = 0; suited < count && place < count * lensesPerSuitedMax; place++) {
    if ((await tryLens(place)) > 0) suited += 1;
  }
  if (suited === 0) throw new Error("nothing ran");
}
