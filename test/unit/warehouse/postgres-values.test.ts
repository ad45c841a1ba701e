// Values out of a PostgreSQL warehouse and into it, compared with what the server itself says they are.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DataType, formatDataType, type Value } from "../../../src/data-type.ts";
import { fixedTimeZone } from "../../../src/time-zone.ts";
import { formatText } from "../../../src/wire/text-format.ts";
import { parseText } from "../../../src/wire/text-parse.ts";
import { plainStyles } from "../../../src/wire/text-styles.ts";
import { rejectionOf, rowsOf } from "./duckdb-file.ts";
import { type PostgresSource, startPostgresSource } from "./postgres-source.ts";
import { arrayOf, numeric, scalar, text, valueCases } from "./value-cases.ts";

let source: PostgresSource;
beforeAll(async () => {
  source = await startPostgresSource([
    "CREATE TYPE mood AS ENUM ('sad', 'so so', 'glad')",
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    "CREATE DOMAIN code AS varchar(5)",
  ]);
});
afterAll(() => source.stop());

const shown = (type: DataType, value: Value | undefined) =>
  value === null || value === undefined
    ? value
    : formatText(type, value, { ...plainStyles, timeZone: fixedTimeZone(0), extraFloatDigits: 1 });

describe("a value has the text that PostgreSQL gives it", () => {
  test.each(valueCases)("%j", async (type, texts) => {
    const name = formatDataType(type);
    const list = texts.map((each) => `('${each.replaceAll("'", "''")}'::${name})`).join(", ");
    const said = await source.admin(
      `SET TimeZone = 'UTC'; SELECT v::text AS v FROM (VALUES ${list}, (NULL)) AS t (v)`,
    );
    const rows = await rowsOf(
      source.warehouse,
      `SELECT v, NULL::${name} FROM (VALUES ${list}, (NULL)) AS t (v)`,
      [type, type],
    );
    // A boolean's text is a word, where its output is a letter.
    const wanted = said.map(({ v }) => (type.kind === "boolean" && v !== null ? String(v).charAt(0) : v));
    expect(rows.map(([value]) => shown(type, value))).toEqual(wanted);
    expect(rows.every(([, nothing]) => nothing === null)).toBe(true);
  });
});

describe("a parameter arrives as the value it is", () => {
  test.each(valueCases)("%j", async (type, texts) => {
    const settings = { timeZone: fixedTimeZone(0), ...plainStyles, nowMs: 0 } as const;
    const name = formatDataType(type);
    for (const given of [...texts, null]) {
      // A value has no other form for an infinite interval than the numbers that PostgreSQL keeps it as.
      if (type.kind === "interval" && given?.includes("infinity")) continue;
      const value = given === null ? null : parseText(type, given, settings);
      const same =
        type.kind === "json" || (type.kind === "array" && type.element.kind === "json") ? "::text" : "";
      const literal = given === null ? "NULL" : `'${given.replaceAll("'", "''")}'`;
      const [row] = await rowsOf(
        source.warehouse,
        `SELECT ($1${same} IS NOT DISTINCT FROM ${literal}::${name}${same})::text, pg_typeof($1)::text`,
        [text, text],
        [{ type, value }],
      );
      expect([given, ...(row ?? [])]).toEqual([given, "true", name.replace(/\(.*\)/, "")]);
    }
  });
});

describe("types that clients know by another name", () => {
  const described: readonly (readonly [string, DataType | undefined, string, string | undefined])[] = [
    ["'x'::varchar(3)", text, "character varying", "x"],
    ["'x'::char(3)", text, "character", "x  "],
    ["'x'::name", text, "name", "x"],
    [`'x'::"char"`, text, '"char"', "x"],
    ["'so so'::mood", text, "mood", "so so"],
    ["ARRAY['sad', NULL, 'so so']::mood[]", arrayOf(text), "mood[]", '{sad,NULL,"so so"}'],
    ["'abc'::code", text, "character varying", "abc"],
    ["7::positive", scalar("integer"), "integer", "7"],
    [`'{"b":1,"a":2}'::jsonb`, scalar("json"), "jsonb", '{"a": 2, "b": 1}'],
    [`ARRAY['{"b":1}', '[1]']::jsonb[]`, arrayOf(scalar("json")), "jsonb[]", '{"{\\"b\\": 1}",[1]}'],
    ["ARRAY['a', 'b']::varchar[]", arrayOf(text), "character varying[]", "{a,b}"],
    ["ARRAY['a', 'b']::name[]", arrayOf(text), "name[]", "{a,b}"],
    ["1250::numeric(3,-2)", numeric, "numeric", "1300"],
    ["'x'", text, "text", "x"],
    ["NULL", text, "text", undefined],
    ["'12.34'::money", undefined, "money", undefined],
    ["'10.0.0.1'::inet", undefined, "inet", undefined],
    ["'[1,2)'::int4range", undefined, "int4range", undefined],
    ["'08:00+02'::timetz", undefined, "time with time zone", undefined],
    ["B'101'", undefined, "bit", undefined],
    ["'<a/>'::xml", undefined, "xml", undefined],
    ["ROW(1, 2)", undefined, "record", undefined],
    ["1::oid", undefined, "oid", undefined],
  ];
  test.each(described)("%s", async (sql, type, warehouseType, value) => {
    const { signal } = new AbortController();
    expect(await source.warehouse.describe(`SELECT ${sql} AS c`, signal)).toEqual([
      { name: "c", type, warehouseType },
    ]);
    if (type === undefined) {
      expect(await rejectionOf(rowsOf(source.warehouse, `SELECT ${sql}`, [text]))).toMatchObject({
        sqlstate: "XX000",
        message: `column 1 of the warehouse's answer has type ${warehouseType}, not text`,
      });
    } else if (value !== undefined) {
      const [row] = await rowsOf(source.warehouse, `SELECT ${sql}`, [type]);
      expect(shown(type, row?.[0])).toBe(value);
    }
  });

  test("columns of one table are described by one question", async () => {
    const columns = await source.warehouse.describe(
      "SELECT 'sad'::mood AS a, 1::int8 AS b, 1.5::numeric(4,2) AS c, '1'::money AS \"D d\"",
      new AbortController().signal,
    );
    expect(columns).toEqual([
      { name: "a", type: text, warehouseType: "mood" },
      { name: "b", type: scalar("bigint"), warehouseType: "bigint" },
      { name: "c", type: { kind: "numeric", precision: 4, scale: 2 }, warehouseType: "numeric(4,2)" },
      { name: "D d", type: undefined, warehouseType: "money" },
    ]);
  });
});

describe("a number is brought to the type that was promised, or refused", () => {
  const changes: readonly (readonly [string, DataType, Value])[] = [
    ["7::int8", scalar("integer"), 7],
    ["7::int2", scalar("bigint"), 7],
    ["7::int4", numeric, "7"],
    ["7::int4", { kind: "numeric", precision: 5, scale: 2 }, "7.00"],
    ["7::int8", scalar("double precision"), 7],
    ["1.005::numeric", { kind: "numeric", precision: 5, scale: 2 }, "1.01"],
    ["2.5::numeric", scalar("bigint"), 3n],
    ["-2.5::numeric", scalar("integer"), -3],
    ["0.1::numeric", scalar("double precision"), 0.1],
    ["1e25::float8", numeric, "10000000000000000000000000"],
    ["2.5::float8", scalar("bigint"), 2],
    ["0.1::float4", scalar("double precision"), Math.fround(0.1)],
    ["ARRAY[1, NULL]::int4[]", arrayOf(numeric), ["1", null]],
    ["'2000-01-01'::date", scalar("timestamp"), 946_684_800_000_000n],
    ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", text, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    ["'[1]'::jsonb", text, "[1]"],
  ];
  test.each(changes)("%s as %j", async (sql, type, value) => {
    expect(await rowsOf(source.warehouse, `SELECT ${sql}`, [type])).toEqual([[value]]);
  });

  test.each([
    ["2147483648", scalar("integer")],
    ["9223372036854775808::numeric", scalar("bigint")],
    ["'NaN'::numeric", scalar("bigint")],
    ["'Infinity'::float8", scalar("integer")],
  ] as const)("%s as %j is out of range", async (sql, type) => {
    expect(await rejectionOf(rowsOf(source.warehouse, `SELECT ${sql}`, [type]))).toMatchObject({
      sqlstate: "22003",
    });
  });

  test.each([
    ["'1'::text", scalar("integer")],
    ["1", text],
    ["true", text],
    ["now()", scalar("timestamp")],
    ["ARRAY[1]", scalar("integer")],
  ] as const)("%s as %j is a fault of the program", async (sql, type) => {
    expect(await rejectionOf(rowsOf(source.warehouse, `SELECT ${sql}`, [type]))).toMatchObject({
      sqlstate: "XX000",
    });
  });

  test("an array whose bounds begin elsewhere is refused, since a value has no place for them", async () => {
    const error = await rejectionOf(
      rowsOf(source.warehouse, "SELECT '[0:1]={1,2}'::int4[]", [arrayOf(scalar("integer"))]),
    );
    expect(error).toMatchObject({ sqlstate: "0A000" });
  });
});

test("the server is known for what it is", () => {
  expect(source.warehouse.traits).toEqual({ majorVersion: 18, lettersCollation: "pg_catalog.pg_c_utf8" });
});

test("many rows arrive all and in order, however the network cuts them", async () => {
  const rows = await rowsOf(
    source.warehouse,
    "SELECT n, repeat('ü', n % 700), NULLIF(n % 3, 0) FROM generate_series(1, 30000) AS g (n)",
    [scalar("integer"), text, scalar("integer")],
  );
  expect(rows.length).toBe(30_000);
  const wrong = rows.filter(
    ([n, t, m], i) => n !== i + 1 || t !== "ü".repeat((i + 1) % 700) || m !== ((i + 1) % 3 || null),
  );
  expect(wrong).toEqual([]);
});

test("a row of many megabytes arrives whole", async () => {
  const [row] = await rowsOf(source.warehouse, "SELECT repeat('ab', 10000000)", [text]);
  expect(row?.[0]).toBe("ab".repeat(10_000_000));
});
