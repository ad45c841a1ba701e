// analyse(render(tree)) = tree for the PostgreSQL dialect, over random statements, of everything that is offered and
// over random lenses: what is printed means what was read.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { visibleModelDdl } from "../../src/postgres/visible-model-ddl.ts";
import { LensFixtures } from "../support/lens-fixture.ts";
import { analysedText, expectRoundTrips } from "../unit/dialect/expect-round-trips.ts";
import { RandomStatements, readVocabulary, type Vocabulary } from "../unit/dialect/random-expressions.ts";
import { nameRelations, roundTrip } from "../unit/dialect/round-trip.ts";
import { type DumpSource, openDumpSource } from "../unit/query/analysed-dump.ts";
import { Draw } from "./draw.ts";
import { modelFiles, setUpSql } from "./lens-text.ts";
import { drawLens } from "./random-lens.ts";
import { drawQuery } from "./random-query.ts";
import { drawRollingStatement } from "./random-rolling.ts";
import { drawRollingLens, rollingFiles, rollingSetUp } from "./rolling-lens.ts";
import { runsOf, seedOf } from "./runs.ts";

let trees: DumpSource;
let vocabulary: Vocabulary;

beforeAll(async () => {
  trees = await openDumpSource("set timezone = 'UTC'");
  vocabulary = await readVocabulary(trees);
});

let fixtures: LensFixtures;

beforeAll(async () => {
  fixtures = await LensFixtures.open();
});

afterAll(async () => {
  await trees?.database.close();
  await fixtures?.close();
});

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

/** A lens, and statements over it by a draw. */
interface Drawn {
  readonly files: Readonly<Record<string, string>>;
  readonly setUp: string;
  statement(draw: Draw): string;
}

const lensKinds: Readonly<Record<string, (draw: Draw) => Drawn>> = {
  "lenses of joins": (draw) => {
    const lens = drawLens(draw);
    return {
      files: modelFiles(lens),
      setUp: setUpSql(lens),
      statement: (draws) => drawQuery(lens, draws).sql,
    };
  },
  "lenses of rolling measures": (draw) => {
    const lens = drawRollingLens(draw);
    return {
      files: rollingFiles(lens),
      setUp: rollingSetUp(lens),
      statement: (draws) => drawRollingStatement(lens, draws).sql,
    };
  },
};

const lensesPerKind = 4;
const statementsPerLens = 40;

test.each(Object.keys(lensKinds))("so do statements over random %s", { timeout: 240_000 }, async (kind) => {
  const seed = seedOf(`round trip over ${kind}`);
  for (let place = 0; place < runsOf(lensesPerKind); place++) {
    const [g, ...gens] = fc.sample(fc.gen(), { seed: seed + place, numRuns: 1 + statementsPerLens });
    if (g === undefined) throw new Error("no sample");
    const drawn = lensKinds[kind]?.(new Draw(g));
    if (drawn === undefined) throw new Error(`no lenses of kind ${kind}`);
    const lens = await fixtures.lens(drawn);
    try {
      const user = lens.user("anyone");
      await fillAnew(trees, visibleModelDdl(user.visible));
      const texts: string[] = [];
      for (const gen of gens) {
        const text = await analysedText(user, drawn.statement(new Draw(gen)));
        if (text !== undefined) texts.push(text);
      }
      expect(texts.length).toBeGreaterThan(statementsPerLens * acceptedSharesMin);
      expect(await expectRoundTrips(trees, texts)).toBeGreaterThan(texts.length * acceptedSharesMin);
    } finally {
      await lens.close();
    }
  }
});

/** Most statements are neither refused nor changed by the compiler's rules alone. */
const acceptedSharesMin = 0.7;

async function fillAnew(source: DumpSource, ddl: string): Promise<void> {
  await source.database.exec(`drop schema public cascade; create schema public; ${ddl}`);
  await nameRelations(source);
}
