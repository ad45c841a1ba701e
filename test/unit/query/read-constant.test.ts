import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Const } from "../../../src/query/query.ts";
import { failure, first, read, source, useStatements } from "./read-statement.ts";

useStatements();

describe("constants", () => {
  test.each<[string, unknown]>([
    ["true", true],
    ["1", 1],
    ["-2147483648", -2147483648],
    ["(-32768)::int2::text::int2", undefined],
    ["'-7'::int2", -7],
    ["9223372036854775807", 9223372036854775807n],
    ["'-9223372036854775808'::int8", -9223372036854775808n],
    ["'1.5'::float4", 1.5],
    ["'-0.1'::float8", -0.1],
    ["'NaN'::float8", Number.NaN],
    ["'-Infinity'::float8", Number.NEGATIVE_INFINITY],
    ["'a'::text", "a"],
    ["'ab'::char(5)", undefined],
    ["'é😀'::varchar", "é😀"],
    ["''::text", ""],
    ["'name'::name", "name"],
    [`'x'::"char"`, "x"],
    ["null::text", null],
    ["null", null],
    ["'1970-01-01'::date", 0],
    ["'1969-12-31'::date", -1],
    ["'2024-02-29'::date", 19782],
    ["'infinity'::date", Number.POSITIVE_INFINITY],
    ["'-infinity'::date", Number.NEGATIVE_INFINITY],
    ["'13:14:15.000001'::time", 47655000001n],
    ["'1970-01-01 00:00:00.000001'::timestamp", 1n],
    ["'1969-12-31 23:59:59'::timestamp", -1000000n],
    ["'infinity'::timestamp", 2n ** 63n - 1n],
    ["'-infinity'::timestamptz", -(2n ** 63n)],
    ["'1970-01-01 01:00+01'::timestamptz", 0n],
    ["'1 year 2 mons -3 days 04:05:06.7'::interval", { months: 14, days: -3, micros: 14706700000n }],
    ["'6BA7B810-9dad-11d1-80b4-00c04fd430c8'::uuid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
    [String.raw`'\x00ff10'::bytea`, Uint8Array.of(0, 255, 16)],
    [`'{"a": [1]}'::json`, '{"a": [1]}'],
    ["'c'::regclass::oid::regclass", undefined],
    ["4294967295::oid", undefined],
    ["'4294967295'::oid", 4294967295],
    ["'pg_class'::regclass", 1259],
    ["'{}'::int[]", []],
    ["'{1,NULL,-3}'::int[]", [1, null, -3]],
    [
      "'{{1,2},{3,4},{5,6}}'::int8[]",
      [
        [1n, 2n],
        [3n, 4n],
        [5n, 6n],
      ],
    ],
    [`'{"",a,NULL,"b c","d\\"e"}'::text[]`, ["", "a", null, "b c", 'd"e']],
    ["'{t,f,NULL}'::bool[]", [true, false, null]],
    ["'{1.50,NULL,-1000000.1,NaN}'::numeric[]", ["1.50", null, "-1000000.1", "NaN"]],
    ["'{2024-01-01,NULL}'::date[]", [19723, null]],
    ["'{1970-01-02}'::timestamp[]", [86400000000n]],
    [
      "'{1 day,1 mon}'::interval[]",
      [
        { months: 0, days: 1, micros: 0n },
        { months: 1, days: 0, micros: 0n },
      ],
    ],
    ["'{6ba7b810-9dad-11d1-80b4-00c04fd430c8}'::uuid[]", ["6ba7b810-9dad-11d1-80b4-00c04fd430c8"]],
    [String.raw`'{"\\x01"}'::bytea[]`, [Uint8Array.of(1)]],
    ["'{1,2}'::int2[]", [1, 2]],
    ["'{0.5,2}'::float8[]", [0.5, 2]],
    ["'{0.5,2}'::float4[]", [0.5, 2]],
    ["'{a,bc}'::name[]", ["a", "bc"]],
    ["'{a,bc}'::varchar[]", ["a", "bc"]],
    ["'{01:00,02:00}'::time[]", [3600000000n, 7200000000n]],
  ])("%s", async (sql, value) => {
    const expression = await first(`select ${sql}`);
    if (value !== undefined) expect(expression).toMatchObject({ kind: "Const", value });
  });

  test("that have no value here are refused at their place", async () => {
    for (const sql of [
      "'[1,2)'::int4range",
      "'1.2.3.4'::inet",
      "'(1,2)'::point",
      "'[0:1]={1,2}'::int[]",
      "'{}'::jsonb",
    ]) {
      const error = await failure(`select 1, ${sql}`);
      expect([error.sqlstate, error.position]).toEqual(["0A000", 11]);
    }
  });

  test("of every numeric read as PostgreSQL prints them", async () => {
    const digits = fc.stringMatching(/^[0-9]{1,45}$/);
    const numeric = fc
      .tuple(
        fc.constantFrom("", "-"),
        digits,
        fc.option(digits),
        fc.option(fc.integer({ min: -60, max: 60 })),
      )
      .map(
        ([sign, whole, fraction, exponent]) =>
          `${sign}${whole}${fraction === null ? "" : `.${fraction}`}${exponent === null ? "" : `e${exponent}`}`,
      );
    const special = fc.constantFrom(
      "NaN",
      "Infinity",
      "-Infinity",
      "0",
      "0.00",
      "10000",
      "0.0001",
      "99990000.00001",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(numeric, special), { minLength: 20, maxLength: 20 }),
        async (values) => {
          const list = values.map((value) => `'${value}'::numeric`).join(", ");
          const { rows } = await source().database.query<string[]>(
            `select ${values.map((value) => `'${value}'::numeric::text`).join(", ")}`,
            [],
            { rowMode: "array" },
          );
          const printed = (await read(`select ${list}`)).targets.map(
            (target) => (target.expression as Const).value,
          );
          expect(printed).toEqual(rows[0]);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("of every string survive", async () => {
    const string = fc
      .string({ unit: "binary", maxLength: 300 })
      .filter((text) => !/[\0\ud800-\udfff]/u.test(text));
    await fc.assert(
      fc.asyncProperty(string, async (text) => {
        expect(await first(`select '${text.replaceAll("'", "''")}'`)).toMatchObject({
          kind: "Const",
          value: text,
        });
      }),
      { numRuns: 150 },
    );
  });
});
