// Everything offered means in DuckDB what it means in PostgreSQL: both are asked, values are compared.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { basicCases } from "./cases/basic-cases.ts";
import { castCases } from "./cases/cast-cases.ts";
import { numberCases } from "./cases/number-cases.ts";
import { sets, statements } from "./cases/statement-cases.ts";
import { textCases } from "./cases/text-cases.ts";
import { timeCases } from "./cases/time-cases.ts";
import { type Case, differencesOf, sameOutcome } from "./compare.ts";
import { type Oracle, type Outcome, offeredAndRendered, openOracle, rendered, utc } from "./oracle.ts";

let oracle: Oracle;

beforeAll(async () => {
  oracle = await openOracle();
});

afterAll(() => oracle?.close());

const groups: Readonly<Record<string, readonly Case[]>> = {
  "operators and plain casts": basicCases,
  "text, patterns and arrays": textCases,
  "numbers and comparisons": numberCases,
  casts: castCases,
};

for (const [name, cases] of Object.entries(groups)) {
  describe(`${name} agree with PostgreSQL`, () => {
    test.each(cases)("$expression of $types", async (item) => {
      expect(await differencesOf(oracle, item)).toEqual([]);
    });
  });
}

describe("whole statements agree with PostgreSQL", () => {
  test.each(statements)("%s", async (statement) => {
    const approximate = statement.startsWith("~");
    const sql = Object.entries(sets).reduce(
      (text, [name, rows]) => text.replaceAll(name, () => rows),
      approximate ? statement.slice(1) : statement,
    );
    const wanted = sorted(await oracle.postgres(sql), statement);
    const found = sorted(await oracle.duckdb(sql), statement);
    if (!sameOutcome(wanted, found, { approximate })) expect(found).toEqual(wanted);
  });
});

describe.each(["UTC", "Europe/Paris", "America/St_Johns"])("times in the zone %s", (timeZone) => {
  let zoned: Oracle;

  beforeAll(async () => {
    zoned = await openOracle({ ...utc, timeZone });
  });

  afterAll(() => zoned?.close());

  test.each(timeCases)("$expression of $types", async (item) => {
    expect(await differencesOf(zoned, item)).toEqual([]);
  });
});

test("every function and operator that is rendered was tried above", () => {
  expect(offeredAndRendered().filter((name) => !rendered.has(name))).toEqual([]);
});

/** Rows in an order of their own, unless the statement asks for one at its end. */
function sorted(outcome: Outcome, statement: string): Outcome {
  if (outcome.kind === "error" || /order by[^()]*$/i.test(statement)) return outcome;
  return {
    kind: "rows",
    rows: [...outcome.rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  };
}
