// What a PostgreSQL warehouse refuses, in our words, and that nothing can be changed through it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LensError } from "../../../src/errors.ts";
import type { Warehouse } from "../../../src/warehouse/warehouse.ts";
import { never, rejectionOf, rowsOf } from "./duckdb-file.ts";
import { type PostgresSource, startPostgresSource } from "./postgres-source.ts";

const bigint = { kind: "bigint" } as const;
const integer = { kind: "integer" } as const;
const text = { kind: "text" } as const;

let source: PostgresSource;
/** One connection: a query that did not give it back would make the next wait for ever. */
let warehouse: Warehouse;
beforeAll(async () => {
  source = await startPostgresSource(
    ["CREATE TABLE numbers AS SELECT i FROM generate_series(0, 199999) AS s (i)", "CREATE SEQUENCE counter"],
    { poolMax: 1 },
  );
  warehouse = source.warehouse;
});
afterAll(() => source.stop());

async function connectionIsFree(): Promise<void> {
  expect(await rowsOf(warehouse, "SELECT 1", [integer])).toEqual([[1]]);
}

describe("what the server refuses", () => {
  const failures: readonly (readonly [sql: string, sqlstate: string, message: string])[] = [
    ["SELECT 1 / (i - 5) FROM numbers", "22012", "division by zero"],
    ["SELECT 2147483647 + i FROM numbers", "22003", "value out of range"],
    ["SELECT ('secret' || i)::int4 FROM numbers", "22P02", "invalid input syntax"],
    ["SELECT ('secret' || i)::date::text FROM numbers", "22007", "invalid input syntax for a date or time"],
    ["SELECT make_date(2024, 13, i) FROM numbers", "22008", "date/time field value out of range"],
    [
      "SELECT ln(0::numeric - i) FROM numbers",
      "2201E",
      "cannot take logarithm of zero or of a negative number",
    ],
    ["SELECT sqrt(-1::numeric - i) FROM numbers", "2201F", "invalid argument for a power or root"],
    ["SELECT 'secret' ~ ('(' || i) FROM numbers", "2201B", "invalid regular expression"],
    [
      "SELECT (SELECT i FROM numbers)",
      "21000",
      "more than one row returned by a subquery used as an expression",
    ],
    ["SELECT i FROM numbers LIMIT (SELECT -1)", "2201W", "LIMIT must not be negative"],
    ["SELECT i FROM numbers OFFSET (SELECT -1)", "2201X", "OFFSET must not be negative"],
    [
      "SELECT date_trunc('secret', now() + i * interval '1s') FROM numbers",
      "22023",
      "invalid parameter value",
    ],
    [
      "SELECT substring('secret' from 1 for -1 - i) FROM numbers",
      "22011",
      "negative substring length not allowed",
    ],
    ["SELECT secret FROM numbers", "HV000", "the warehouse could not run the statement"],
    ["SELECT * FROM nowhere", "HV000", "the warehouse could not run the statement"],
    ["SELECT i FROM WHERE", "HV000", "the warehouse could not run the statement"],
  ];
  test.each(failures)("%s is %s", async (inner, sqlstate, message) => {
    source.events.length = 0;
    const sql = `SELECT v::text FROM (${inner}) AS q (v)`;
    const error = (await rejectionOf(rowsOf(warehouse, sql, [text]))) as LensError;
    expect(error).toMatchObject({ sqlstate, message });
    expect(`${error.message} ${error.detail} ${error.hint}`).not.toContain("secret");
    const reference = /reference (\w+)/.exec(error.detail ?? "")?.[1];
    expect(source.events).toEqual(
      sqlstate === "HV000" ? [expect.objectContaining({ kind: "warehouseFailed", reference, sql })] : [],
    );
    await connectionIsFree();
  });

  test("describe() says why in the server's words", async () => {
    const error = await rejectionOf(warehouse.describe("SELECT zonee FROM numbers", never));
    expect((error as Error).message).toBe('column "zonee" does not exist');
    await connectionIsFree();
  });

  test("a statement that is no query is not sent", async () => {
    for (const sql of [
      "COMMIT",
      "SET TimeZone = 'Asia/Kolkata'",
      "DELETE FROM numbers",
      "SELECT 1; SELECT 2",
    ]) {
      expect(await rejectionOf(rowsOf(warehouse, sql, [integer]))).toMatchObject({
        sqlstate: expect.stringMatching(/^(XX000|HV000)$/),
      });
    }
    await connectionIsFree();
  });

  test("a statement whose table was changed since it was last run is run as it is now", async () => {
    await source.admin("CREATE TABLE changing AS SELECT 1::int4 AS v");
    expect(await rowsOf(warehouse, "SELECT v FROM changing", [bigint])).toEqual([[1]]);
    await source.admin("ALTER TABLE changing ALTER v TYPE numeric USING 7000000000.4");
    expect(await rowsOf(warehouse, "SELECT v FROM changing", [bigint])).toEqual([[7_000_000_000n]]);
    expect(await rowsOf(warehouse, "SELECT v FROM changing", [bigint])).toEqual([[7_000_000_000n]]);
  });
});

describe("nothing can be changed", () => {
  test.each([
    "WITH w AS (INSERT INTO numbers VALUES (-1) RETURNING i) SELECT i FROM w",
    "WITH w AS (DELETE FROM numbers RETURNING i) SELECT i FROM w",
    "SELECT nextval('counter')::int4",
    "SELECT lo_create(0)::int4",
    "SELECT set_config('transaction_read_only', 'off', false)::int4",
    "SELECT i FROM numbers FOR UPDATE",
  ])("%s", async (sql) => {
    expect(await rejectionOf(rowsOf(warehouse, sql, [integer]))).toMatchObject({ sqlstate: "HV000" });
    expect(await source.admin("SELECT count(*)::int AS n FROM numbers")).toEqual([{ n: 200_000 }]);
  });

  test("not even a setting, for the queries after it", async () => {
    const settings = "SELECT current_setting('TimeZone'), current_setting('default_transaction_read_only')";
    await rowsOf(
      warehouse,
      `SELECT set_config('TimeZone', 'Asia/Kolkata', false), set_config('default_transaction_read_only', 'off', false)`,
      [text, text],
    );
    expect(await rowsOf(warehouse, settings, [text, text])).toEqual([["UTC", "on"]]);
  });

  test("settings are the same for every query, whatever the role's defaults are", async () => {
    await source.admin(
      "ALTER ROLE tester SET TimeZone = 'Asia/Kolkata'; ALTER ROLE tester SET DateStyle = 'German'; ALTER ROLE tester SET IntervalStyle = 'iso_8601'; ALTER ROLE tester SET extra_float_digits = 0; ALTER ROLE tester SET bytea_output = 'escape'; ALTER ROLE tester SET standard_conforming_strings = off; ALTER ROLE tester SET statement_timeout = 1; ALTER ROLE tester SET search_path = other, public",
    );
    const other = await source.open();
    const names = ["TimeZone", "DateStyle", "IntervalStyle", "extra_float_digits", "bytea_output"];
    names.push("standard_conforming_strings", "statement_timeout", "search_path", "transaction_read_only");
    names.push("client_encoding", "application_name", "transaction_isolation");
    const rows = await rowsOf(
      other,
      `SELECT ${names.map((name) => `current_setting('${name}')`).join(", ")}`,
      names.map(() => text),
    );
    await source.admin("ALTER ROLE tester RESET ALL");
    expect(rows).toEqual([
      [
        "UTC",
        "ISO, MDY",
        "postgres",
        "1",
        "hex",
        "on",
        "0",
        "other, public",
        "on",
        "UTF8",
        "lenswire",
        "read committed",
      ],
    ]);
  });
});
