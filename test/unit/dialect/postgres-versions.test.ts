// What is written for PostgreSQL servers before the newest, where these lack something: the same values, or a refusal.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresDialectFor } from "../../../src/dialect/postgres/postgres-dialect.ts";
import { newestServer } from "../../../src/dialect/postgres/versions.ts";
import { postgresCases } from "./cases/postgres-cases.ts";
import { timeCases } from "./cases/time-cases.ts";
import { differencesOf } from "./compare.ts";
import { type Oracle, openOracle } from "./oracle.ts";
import { utc } from "./postgres-server.ts";

const oldest = postgresDialectFor({ ...newestServer, majorVersion: 14 });

describe.each(["UTC", "Europe/Paris", "America/St_Johns"])(
  "for PostgreSQL 14, in the zone %s",
  (timeZone) => {
    let oracle: Oracle;

    beforeAll(async () => {
      oracle = await openOracle({ ...utc, timeZone }, oldest);
    });

    afterAll(() => oracle?.close());

    test.each([...timeCases, ...postgresCases])("$expression of $types", async (item) => {
      const differences = await differencesOf(oracle, "postgres", item);
      expect(differences.filter((text) => !text.includes("0A000"))).toEqual([]);
    });

    test.each([
      "select any_value(a) from (values (1), (null)) t(a) where a is not null",
      "select any_value(a) from (values (null::text)) t(a)",
      "select any_value(a) filter (where a = 'x') from (values ('x'), ('y')) t(a)",
      "select any_value(a) from (values (array[1, 2])) t(a)",
      "select any_value(a) from (values ('[1]'::json)) t(a)",
    ])("%s", async (sql) => {
      const { rows } = (await oracle.warehouse("postgres", sql)) as { rows: unknown };
      expect({ rows }).toEqual({ rows: ((await oracle.postgres(sql)) as { rows: unknown }).rows });
    });
  },
);

describe("what the server does not have", () => {
  let oracle: Oracle;
  let withoutLetters: Oracle;

  beforeAll(async () => {
    oracle = await openOracle({ ...utc, timeZone: "Europe/Paris" }, oldest);
    withoutLetters = await openOracle(
      utc,
      postgresDialectFor({ majorVersion: 15, lettersCollation: undefined }),
    );
  });

  afterAll(() => Promise.all([oracle?.close(), withoutLetters?.close()]));

  test.each([
    ["select regexp_count('aa', 'a')", "regexp_count() with these arguments"],
    ["select date_add('2024-01-01'::timestamptz, '1 day'::interval)", "date_add() with these arguments"],
    [
      "select * from generate_series(now(), now(), '1 day'::interval)",
      "generate_series() of times with a time zone under this TimeZone",
    ],
    ["select any_value(1) over ()", "any_value() OVER"],
    ["select array_reverse(array[1, 2])", "array_reverse() with these arguments"],
  ])("%s is refused", async (sql, what) => {
    expect(await oracle.warehouse("postgres", sql)).toMatchObject({
      kind: "error",
      sqlstate: "0A000",
      message: `${what} is not supported on tables of this lens`,
    });
  });

  test("a collation of letters", async () => {
    const sql = "select upper(a) from (values ('x')) t(a)";
    expect(await withoutLetters.warehouse("postgres", sql)).toMatchObject({ sqlstate: "0A000" });
  });
});
