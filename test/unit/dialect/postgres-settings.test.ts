// A client's TimeZone and styles are written into what is rendered for a warehouse, whose own session stays at UTC, ISO,
// postgres and hex.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RenderSettings } from "../../../src/dialect/dialect.ts";
import { postgresCases, styledCases } from "./cases/postgres-cases.ts";
import { differencesOf } from "./compare.ts";
import { type EngineName, engineNames, type Oracle, openOracle } from "./oracle.ts";
import { utc } from "./postgres-server.ts";

const zones = ["UTC", "Europe/Paris", "America/St_Johns", "Asia/Kathmandu", "<-05>+05"];

/** Cases that agree in the session's zone and styles. */
function agreeing(
  settings: RenderSettings,
  cases: readonly (typeof postgresCases)[number][],
  engines: readonly EngineName[] = ["postgres"],
): void {
  let oracle: Oracle;

  beforeAll(async () => {
    oracle = await openOracle(settings);
  });

  afterAll(() => oracle?.close());

  test.each(cases)("$expression of $types", async (item) => {
    for (const engine of engines) expect(await differencesOf(oracle, engine, item)).toEqual([]);
  });
}

describe.each(zones)("in the zone %s", (timeZone) => {
  agreeing({ ...utc, timeZone }, postgresCases);
});

describe.each(["SQL, DMY", "SQL, MDY", "German, DMY", "Postgres, MDY", "Postgres, DMY"])(
  "under the DateStyle %s",
  (dateStyle) => {
    agreeing({ ...utc, dateStyle }, styledCases, engineNames);
  },
);

describe("a text that a warehouse cannot write as the client's session does is refused", () => {
  let oracle: Oracle;

  beforeAll(async () => {
    oracle = await openOracle({
      timeZone: "UTC",
      dateStyle: "SQL, DMY",
      intervalStyle: "sql_standard",
      byteaOutput: "escape",
    });
  });

  afterAll(() => oracle?.close());

  const expressions = [
    ...[
      "a::text",
      "a || '!'",
      "concat(a, '!')",
      "format('%s', a)",
      "array[a]::text",
      "array_to_string(array[a], ',')",
      "quote_literal(a)",
      "quote_nullable(a)",
    ],
  ].flatMap((expression) =>
    ["timestamptz '2024-01-02 00:00:00+00'", "interval '1 day'", String.raw`bytea '\x00'`].map((value) =>
      expression.replaceAll(/\ba\b/g, value),
    ),
  );

  // Of bytes, || is another operator.
  test.each(expressions.filter((each) => !each.startsWith("bytea") || !each.includes("||")))(
    "%s",
    async (expression) => {
      for (const engine of engineNames)
        expect(await oracle.warehouse(engine, `select ${expression}`)).toMatchObject({
          kind: "error",
          sqlstate: "0A000",
        });
    },
  );

  test.each(["'-1 2:03'::text::interval", "a::interval from (values ('-1 2:03'::text)) as v(a)"])(
    "%s",
    async (expression) => {
      for (const engine of engineNames)
        expect(await oracle.warehouse(engine, `select ${expression}`)).toMatchObject({ sqlstate: "0A000" });
    },
  );
});
