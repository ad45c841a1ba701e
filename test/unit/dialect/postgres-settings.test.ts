// A client's TimeZone, DateStyle and IntervalStyle are written into what is rendered for PostgreSQL, whose own session
// stays at UTC and ISO.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RenderSettings } from "../../../src/dialect/dialect.ts";
import { postgresCases, styledCases } from "./cases/postgres-cases.ts";
import { differencesOf } from "./compare.ts";
import { type Oracle, openOracle } from "./oracle.ts";
import { utc } from "./postgres-server.ts";

const zones = ["UTC", "Europe/Paris", "America/St_Johns", "Asia/Kathmandu", "<-05>+05"];

/** Cases that agree in the session's zone and styles. */
function agreeing(settings: RenderSettings, cases: readonly (typeof postgresCases)[number][]): void {
  let oracle: Oracle;

  beforeAll(async () => {
    oracle = await openOracle(settings);
  });

  afterAll(() => oracle?.close());

  test.each(cases)("$expression of $types", async (item) => {
    expect(await differencesOf(oracle, "postgres", item)).toEqual([]);
  });
}

describe.each(zones)("in the zone %s", (timeZone) => {
  agreeing({ ...utc, timeZone }, postgresCases);
});

describe.each(["SQL, DMY", "SQL, MDY", "German, DMY", "Postgres, MDY", "Postgres, DMY"])(
  "under the DateStyle %s",
  (dateStyle) => {
    agreeing({ ...utc, dateStyle }, styledCases);
  },
);
