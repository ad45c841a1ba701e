import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DataType, Value } from "../../../src/data-type.ts";
import { type DuckDbFile, makeDuckDbFile, never, rejectionOf, rowsOf } from "./duckdb-file.ts";

let file: DuckDbFile;
beforeAll(async () => {
  file = await makeDuckDbFile(["CREATE TYPE mood AS ENUM ('glad', 'sad')"]);
});
afterAll(() => file.remove());

const numeric: DataType = { kind: "numeric" };
const text: DataType = { kind: "text" };
const timestamp: DataType = { kind: "timestamp" };
const infinity = 2n ** 63n - 1n;
const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n;

async function readOne(expression: string, type: DataType): Promise<Value> {
  const rows = await rowsOf(file.warehouse, `SELECT ${expression}`, [type]);
  expect(rows).toHaveLength(1);
  return (rows[0] as Value[])[0] as Value;
}

const decoded: readonly (readonly [sql: string, type: DataType, value: Value])[] = [
  ["127::TINYINT", { kind: "smallint" }, 127],
  ["255::UTINYINT", { kind: "smallint" }, 255],
  ["(-32768)::SMALLINT", { kind: "smallint" }, -32768],
  ["65535::USMALLINT", { kind: "integer" }, 65535],
  ["4294967295::UINTEGER", { kind: "bigint" }, 4294967295],
  ["(-5)::BIGINT", { kind: "bigint" }, -5],
  ["(-9007199254740991)::BIGINT", { kind: "bigint" }, -9007199254740991n],
  ["9223372036854775807::BIGINT", { kind: "bigint" }, 9223372036854775807n],
  ["(-9223372036854775808)::BIGINT", { kind: "bigint" }, -9223372036854775808n],
  ["18446744073709551615::UBIGINT", { kind: "numeric", precision: 20, scale: 0 }, "18446744073709551615"],
  ["170141183460469231731687303715884105727::HUGEINT", numeric, "170141183460469231731687303715884105727"],
  [
    "(-170141183460469231731687303715884105727)::HUGEINT",
    numeric,
    "-170141183460469231731687303715884105727",
  ],
  ["(-1)::HUGEINT", { kind: "bigint" }, -1n],
  ["340282366920938463463374607431768211455::UHUGEINT", numeric, "340282366920938463463374607431768211455"],
  [
    "'123456789012345678901234567890123456789012345'::BIGNUM",
    numeric,
    "123456789012345678901234567890123456789012345",
  ],
  ["'-12345678901234567890'::BIGNUM", numeric, "-12345678901234567890"],
  ["1.5::DECIMAL(4,1)", numeric, "1.5"],
  ["-0.07::DECIMAL(9,2)", { kind: "numeric", precision: 9, scale: 2 }, "-0.07"],
  ["12345678901.10::DECIMAL(18,2)", numeric, "12345678901.10"],
  [
    "-1234567890123456789012345678.0000000001::DECIMAL(38,10)",
    numeric,
    "-1234567890123456789012345678.0000000001",
  ],
  ["1.5::DECIMAL(4,1)", { kind: "numeric", precision: 12, scale: 2 }, "1.50"],
  ["2.345::DECIMAL(9,3)", { kind: "numeric", precision: 12, scale: 2 }, "2.35"],
  ["2.5::DECIMAL(9,1)", { kind: "bigint" }, 3n],
  ["2.25::DECIMAL(9,2)", { kind: "double precision" }, 2.25],
  ["0.1::DOUBLE", numeric, "0.1"],
  ["1e22::DOUBLE", numeric, "10000000000000000000000"],
  ["'nan'::DOUBLE", numeric, "NaN"],
  ["'-inf'::DOUBLE", numeric, "-Infinity"],
  ["0.1::FLOAT", numeric, "0.1"],
  ["0.1::FLOAT", { kind: "real" }, Math.fround(0.1)],
  ["0.1::DOUBLE", { kind: "real" }, Math.fround(0.1)],
  ["2.5::DOUBLE", { kind: "integer" }, 2],
  ["3.5::DOUBLE", { kind: "integer" }, 4],
  ["-0.5::DOUBLE", { kind: "double precision" }, -0.5],
  ["true", { kind: "boolean" }, true],
  ["'grüße'::VARCHAR", text, "grüße"],
  ["'exactly 12 b'", text, "exactly 12 b"],
  ["'thirteen byte'", text, "thirteen byte"],
  ["repeat('日本', 1000)", text, "日本".repeat(1000)],
  ["''", text, ""],
  ["'sad'::mood", text, "sad"],
  ["'10110'::BIT", text, "10110"],
  ["'\\xDE\\xAD\\x00'::BLOB", { kind: "bytea" }, Uint8Array.of(0xde, 0xad, 0)],
  ["'0ff11ee5-0000-4000-8000-000000000001'::UUID", { kind: "uuid" }, "0ff11ee5-0000-4000-8000-000000000001"],
  ["'ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID", { kind: "uuid" }, "ffffffff-ffff-ffff-ffff-ffffffffffff"],
  ["DATE '1969-12-31'", { kind: "date" }, -1],
  ["DATE 'infinity'", { kind: "date" }, Number.POSITIVE_INFINITY],
  ["DATE '-infinity'", { kind: "date" }, Number.NEGATIVE_INFINITY],
  ["DATE '2024-02-29'", timestamp, micros("2024-02-29T00:00:00Z")],
  ["TIMESTAMP '2024-02-29 12:34:56.789012'", timestamp, micros("2024-02-29T12:34:56.789Z") + 12n],
  ["TIMESTAMP 'infinity'", timestamp, infinity],
  ["TIMESTAMP '-infinity'", timestamp, -infinity - 1n],
  ["TIMESTAMP_S '2024-02-29 12:34:56'", timestamp, micros("2024-02-29T12:34:56Z")],
  ["'-infinity'::TIMESTAMP_S", timestamp, -infinity - 1n],
  ["TIMESTAMP_MS '2024-02-29 12:34:56.789'", timestamp, micros("2024-02-29T12:34:56.789Z")],
  ["TIMESTAMP_NS '2024-02-29 12:34:56.789012345'", timestamp, micros("2024-02-29T12:34:56.789Z") + 12n],
  ["TIMESTAMP_NS '1969-12-31 23:59:59.999999999'", timestamp, -1n],
  ["TIMESTAMPTZ '2024-02-29 12:00:00+05:30'", { kind: "timestamptz" }, micros("2024-02-29T06:30:00Z")],
  ["TIME '23:59:59.999999'", { kind: "time" }, 86_399_999_999n],
  [
    "INTERVAL '14 months -3 days 1.5 seconds'",
    { kind: "interval" },
    { months: 14, days: -3, micros: 1_500_000n },
  ],
  ["[1, NULL, 3]", { kind: "array", element: { kind: "integer" } }, [1, null, 3]],
  ["[]::INTEGER[]", { kind: "array", element: { kind: "integer" } }, []],
  ["[1.50, 2]::DECIMAL(5,2)[]", { kind: "array", element: numeric }, ["1.50", "2.00"]],
  ["[['a'], ['b']]", { kind: "array", element: { kind: "array", element: text } }, [["a"], ["b"]]],
  [
    "['x', 'a longer string than 12']::VARCHAR[2]",
    { kind: "array", element: text },
    ["x", "a longer string than 12"],
  ],
  [
    "{'a': 1, 'b': [1.5, NULL], 'c': {'d': 'x\"y'}}",
    { kind: "json" },
    '{"a":1,"b":[1.5,null],"c":{"d":"x\\"y"}}',
  ],
  ["row(1, 'two')", { kind: "json" }, '{"f1":1,"f2":"two"}'],
  ["MAP {'k': DATE '2024-01-02', 'n': NULL}", { kind: "json" }, '{"k":"2024-01-02","n":null}'],
  ["MAP {1: 'one'}", { kind: "json" }, '{"1":"one"}'],
  ["{'j': '{\"x\":1}'::JSON}", { kind: "json" }, '{"j":{"x":1}}'],
  ["'{\"x\": 1}'::JSON", { kind: "json" }, '{"x": 1}'],
  ["NULL::DECIMAL(5,2)", numeric, null],
  ["NULL::VARCHAR", text, null],
  ["NULL::INTEGER[]", { kind: "array", element: { kind: "integer" } }, null],
  ["NULL::STRUCT(a INTEGER)", { kind: "json" }, null],
];

describe("reading DuckDB's types", () => {
  test.each(decoded)("%s as %j", async (sql, type, value) => {
    expect(await readOne(sql, type)).toEqual(value);
  });

  test("NULL and values alternate over chunk borders in every layout", async () => {
    const rows = await rowsOf(
      file.warehouse,
      `SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE i END, CASE WHEN i % 5 = 0 THEN NULL ELSE 'text number ' || i END,
         CASE WHEN i % 7 = 0 THEN NULL ELSE [i, NULL] END, CASE WHEN i % 2 = 0 THEN NULL ELSE {'i': i} END
       FROM range(5000) t(i) ORDER BY i`,
      [
        { kind: "bigint" },
        { kind: "bigint" },
        text,
        { kind: "array", element: { kind: "bigint" } },
        { kind: "json" },
      ],
    );
    expect(rows).toHaveLength(5000);
    rows.forEach((row, i) => {
      expect(row).toEqual([
        i,
        i % 3 === 0 ? null : i,
        i % 5 === 0 ? null : `text number ${i}`,
        i % 7 === 0 ? null : [i, null],
        i % 2 === 0 ? null : `{"i":${i}}`,
      ]);
    });
  });

  test("texts of every length, short and long, plain and not, NULL between them, come through", async () => {
    const expected = (i: number): Value => {
      if (i % 11 === 0) return null;
      const letter = String.fromCharCode(97 + (i % 26));
      return (i % 3 === 0 ? `${letter}é` : letter).repeat(i % 40);
    };
    const sql = `CASE WHEN i % 11 = 0 THEN NULL
      ELSE repeat(chr((97 + i % 26)::INTEGER) || CASE WHEN i % 3 = 0 THEN 'é' ELSE '' END, i % 40) END`;
    const rows = await rowsOf(
      file.warehouse,
      `SELECT ${sql}, [${sql}, 'x'] FROM range(20000) t(i) ORDER BY hash(i)`,
      [text, { kind: "array", element: text }],
    );
    const order = await rowsOf(file.warehouse, "SELECT i FROM range(20000) t(i) ORDER BY hash(i)", [
      { kind: "integer" },
    ]);
    expect(rows).toEqual(order.map(([i]) => [expected(i as number), [expected(i as number), "x"]]));
  });

  test("texts larger than what is read in one piece come through", async () => {
    const rows = await rowsOf(
      file.warehouse,
      "SELECT repeat(chr((97 + i)::INTEGER), 400000 + i) FROM range(8) t(i) ORDER BY i",
      [text],
    );
    expect(rows.map(([value]) => (value as string).length)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((i) => 400_000 + i),
    );
    expect(
      rows.every(
        ([value], i) =>
          new Set(value as string).size === 1 && (value as string)[0] === String.fromCharCode(97 + i),
      ),
    ).toBe(true);
  });

  test.each([
    ["40000::INTEGER", { kind: "smallint" }],
    ["3000000000::BIGINT", { kind: "integer" }],
    ["9223372036854775808::HUGEINT", { kind: "bigint" }],
    ["'nan'::DOUBLE", { kind: "integer" }],
    ["1e300::DOUBLE", { kind: "real" }],
  ] as const)("%s does not fit into %j and is refused", async (sql, type) => {
    expect(await rejectionOf(readOne(sql, type))).toMatchObject({ sqlstate: "22003" });
  });

  test.each([
    ["'1'", { kind: "integer" }],
    ["1", { kind: "text" }],
    ["TIMESTAMPTZ '2024-01-01 00:00:00+00'", { kind: "timestamp" }],
    ["[1]", { kind: "integer" }],
    ["1", { kind: "boolean" }],
  ] as const)("%s is never guessed into %j", async (sql, type) => {
    expect(await rejectionOf(readOne(sql, type))).toMatchObject({ sqlstate: "XX000" });
    expect(await readOne("1", { kind: "integer" })).toBe(1);
  });
});

const bound: readonly (readonly [type: DataType, value: Value, sqlType: string])[] = [
  [{ kind: "smallint" }, -7, "SMALLINT"],
  [{ kind: "integer" }, 2147483647, "INTEGER"],
  [{ kind: "bigint" }, 9223372036854775807n, "BIGINT"],
  [{ kind: "bigint" }, 5, "BIGINT"],
  [numeric, "-12345678901234567890.0123456789", "DECIMAL(30,10)"],
  [numeric, "0", "DECIMAL(1,0)"],
  [{ kind: "double precision" }, 1e-7, "DOUBLE"],
  [{ kind: "real" }, 1.5, "FLOAT"],
  [text, 'it\'s; -- "x" 日本', "VARCHAR"],
  [{ kind: "boolean" }, false, "BOOLEAN"],
  [{ kind: "date" }, 19782, "DATE"],
  [{ kind: "date" }, Number.NEGATIVE_INFINITY, "DATE"],
  [timestamp, micros("2024-02-29T12:34:56.789Z") + 1n, "TIMESTAMP"],
  [timestamp, -infinity - 1n, "TIMESTAMP"],
  [{ kind: "timestamptz" }, micros("1900-01-01T00:00:00Z"), "TIMESTAMP WITH TIME ZONE"],
  [{ kind: "time" }, 1n, "TIME"],
  [{ kind: "interval" }, { months: -1, days: 40, micros: -5n }, "INTERVAL"],
  [{ kind: "uuid" }, "8ff11ee5-0000-4000-8000-000000000001", "UUID"],
  [{ kind: "bytea" }, Uint8Array.of(0, 255), "BLOB"],
  [{ kind: "array", element: text }, ["a", null, "c"], "VARCHAR[]"],
  [{ kind: "array", element: { kind: "bigint" } }, [1, 2], "BIGINT[]"],
  [
    { kind: "array", element: { kind: "numeric", precision: 5, scale: 2 } },
    ["1.25", null, "-300.00"],
    "DECIMAL(5,2)[]",
  ],
  [{ kind: "array", element: text }, [], "VARCHAR[]"],
];

describe("binding parameters", () => {
  test.each(bound)("%j %s arrives as %s and comes back", async (type, value, sqlType) => {
    const rows = await rowsOf(
      file.warehouse,
      "SELECT $1, typeof($1), $1 IS NULL",
      [type, text, { kind: "boolean" }],
      [{ type, value }],
    );
    expect(rows).toEqual([[value, sqlType, false]]);
  });

  test("a NULL takes its type from where it stands", async () => {
    const rows = await rowsOf(
      file.warehouse,
      "SELECT $1::INTEGER, coalesce($2, 'none')",
      [{ kind: "integer" }, text],
      [
        { type: { kind: "integer" }, value: null },
        { type: text, value: null },
      ],
    );
    expect(rows).toEqual([[null, "none"]]);
  });

  test("NaN, which no decimal holds, is bound as a double", async () => {
    const rows = await rowsOf(file.warehouse, "SELECT $1", [numeric], [{ type: numeric, value: "NaN" }]);
    expect(rows).toEqual([["NaN"]]);
  });

  test("a numeric with more digits than DuckDB's decimals hold is refused, not rounded", async () => {
    const value = `${"9".repeat(30)}.${"1".repeat(9)}`;
    const failed = rowsOf(file.warehouse, "SELECT $1", [numeric], [{ type: numeric, value }]);
    expect(await rejectionOf(failed)).toMatchObject({ sqlstate: "22003" });
  });

  test("no text of a parameter becomes SQL", async () => {
    const value = "'; DROP TABLE t; --";
    const rows = await rowsOf(file.warehouse, "SELECT $1 || ''", [text], [{ type: text, value }]);
    expect(rows).toEqual([[value]]);
  });
});

describe("describing a query", () => {
  test("names and types are told without running it", async () => {
    const columns = await file.warehouse.describe(
      `SELECT 1::HUGEINT a, 1::UBIGINT b, 1.5::DECIMAL(5,1) c, error('ran')::VARCHAR d, '{}'::JSON e, [1] f,
         {'x': 1} g, MAP {1: 2} h, 'sad'::mood i, TIMESTAMP_NS '2024-01-01' j, now() k, CAST('10:00:00+05' AS TIMETZ) l,
         NULL m, '1'::BLOB n, 1::UHUGEINT o`,
      never,
    );
    expect(columns.map(({ name, type }) => [name, type])).toEqual([
      ["a", { kind: "numeric", precision: 38, scale: 0 }],
      ["b", { kind: "numeric", precision: 20, scale: 0 }],
      ["c", { kind: "numeric", precision: 5, scale: 1 }],
      ["d", text],
      ["e", { kind: "json" }],
      ["f", { kind: "array", element: { kind: "integer" } }],
      ["g", { kind: "json" }],
      ["h", { kind: "json" }],
      ["i", text],
      ["j", timestamp],
      ["k", { kind: "timestamptz" }],
      ["l", undefined],
      ["m", { kind: "integer" }],
      ["n", { kind: "bytea" }],
      ["o", { kind: "numeric", precision: 39, scale: 0 }],
    ]);
    expect(columns[2]?.warehouseType).toBe("DECIMAL(5,1)");
    expect(columns[4]?.warehouseType).toBe("JSON");
  });

  test("the warehouse's own words come back for SQL that it refuses", async () => {
    const error = await rejectionOf(file.warehouse.describe("SELECT nope FROM missing", never));
    expect(String(error)).toContain("missing");
  });
});
