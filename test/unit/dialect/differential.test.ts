// Everything offered means in each warehouse what it means in PostgreSQL: both are asked, values are compared.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { basicCases } from "./cases/basic-cases.ts";
import { castCases } from "./cases/cast-cases.ts";
import { floatCases } from "./cases/float-cases.ts";
import { formattingCases } from "./cases/formatting-cases.ts";
import { functionCases } from "./cases/function-cases.ts";
import { intervalCases } from "./cases/interval-cases.ts";
import { numberCases } from "./cases/number-cases.ts";
import { postgresCases } from "./cases/postgres-cases.ts";
import { sets, statements } from "./cases/statement-cases.ts";
import { textCases } from "./cases/text-cases.ts";
import { timeCases } from "./cases/time-cases.ts";
import { type Case, differencesOf, sameOutcome } from "./compare.ts";
import {
  type EngineName,
  engineNames,
  type Oracle,
  offeredAndRendered,
  openOracle,
  rendered,
} from "./oracle.ts";
import { type Outcome, utc } from "./postgres-server.ts";

let oracle: Oracle;

beforeAll(async () => {
  oracle = await openOracle();
});

afterAll(() => oracle?.close());

const groups: Readonly<Record<string, readonly Case[]>> = {
  "operators and plain casts": basicCases,
  "text, patterns and arrays": textCases,
  "numbers and comparisons": numberCases,
  "floats at their limits": floatCases,
  casts: castCases,
  intervals: intervalCases,
  "patterns of numbers and intervals": formattingCases,
  "bits, buckets and arrays": functionCases,
};

const onEngines = engineNames.map((engine) => ({ engine }));

/** Each case on each engine. */
function everywhere(cases: readonly Case[]): readonly (Case & { readonly engine: EngineName })[] {
  return engineNames.flatMap((engine) => cases.map((item) => ({ ...item, engine })));
}

for (const [name, cases] of Object.entries(groups)) {
  describe(`${name} agree with PostgreSQL`, () => {
    test.each(everywhere(cases))("$engine: $expression of $types", async ({ engine, ...item }) => {
      expect(await differencesOf(oracle, engine, item)).toEqual([]);
    });
  });
}

describe("what DuckDB has no equal of agrees with PostgreSQL", () => {
  test.each(postgresCases)("$expression of $types", async (item) => {
    expect(await differencesOf(oracle, "postgres", item)).toEqual([]);
  });
});

describe("whole statements agree with PostgreSQL", () => {
  test.each(engineNames.flatMap((engine) => statements.map((statement) => ({ engine, statement }))))(
    "$engine: $statement",
    async ({ engine, statement }) => {
      const approximate = statement.startsWith("~");
      const sql = Object.entries(sets).reduce(
        (text, [name, rows]) => text.replaceAll(name, () => rows),
        approximate ? statement.slice(1) : statement,
      );
      const wanted = sorted(await oracle.postgres(sql), statement);
      const found = sorted(await oracle.warehouse(engine, sql), statement);
      if (!sameOutcome(wanted, found, { approximate })) expect(found).toEqual(wanted);
    },
  );
});

describe.each(["UTC", "Europe/Paris", "America/St_Johns"])("times in the zone %s", (timeZone) => {
  let zoned: Oracle;

  beforeAll(async () => {
    zoned = await openOracle({ ...utc, timeZone });
  });

  afterAll(() => zoned?.close());

  test.each(everywhere(timeCases))("$engine: $expression of $types", async ({ engine, ...item }) => {
    expect(await differencesOf(zoned, engine, item)).toEqual([]);
  });
});

test.each(onEngines)(
  "every function and operator that is rendered for $engine was tried above",
  ({ engine }) => {
    expect(offeredAndRendered(engine).filter((name) => !rendered.has(name))).toEqual([]);
  },
);

/** Rows in an order of their own, unless the statement asks for one at its end. */
function sorted(outcome: Outcome, statement: string): Outcome {
  if (outcome.kind === "error" || /order by[^()]*$/i.test(statement)) return outcome;
  return {
    kind: "rows",
    rows: [...outcome.rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  };
}
