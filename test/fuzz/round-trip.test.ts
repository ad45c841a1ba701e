// analyse(render(tree)) = tree for the PostgreSQL dialect, over random statements: what is printed means what was read.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RandomStatements, readVocabulary, type Vocabulary } from "../unit/dialect/random-expressions.ts";
import { roundTrip } from "../unit/dialect/round-trip.ts";
import { type DumpSource, openDumpSource } from "../unit/query/analysed-dump.ts";
import { Draw } from "./draw.ts";
import { runsOf, seedOf } from "./runs.ts";

let trees: DumpSource;
let vocabulary: Vocabulary;

beforeAll(async () => {
  trees = await openDumpSource("set timezone = 'UTC'");
  vocabulary = await readVocabulary(trees);
});

afterAll(() => trees?.database.close());

/** Random trees are large, and some of them PostgreSQL has no use for: it refuses the text, or the dialect does. */
const printedSharesMin = 0.3;

test("random statements come back as the tree that they were read as", async () => {
  const counts = { invalid: 0, refused: 0, printed: 0 };
  const property = fc.asyncProperty(fc.gen(), async (gen) => {
    const sql = new RandomStatements(new Draw(gen), vocabulary).statement();
    const trip = await roundTrip(trees, sql);
    counts[trip.kind] += 1;
    if (trip.kind === "printed") expect(trip.after, `${sql}\n--\n${trip.sql}`).toEqual(trip.before);
  });
  const numRuns = runsOf(1000);
  await fc.assert(property, { numRuns, seed: seedOf("round trip") });
  expect(counts.printed / numRuns).toBeGreaterThan(printedSharesMin);
}, 120_000);
