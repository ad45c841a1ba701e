// Rows that are passed on as PostgreSQL sent them: the same bytes that decoding and encoding them would give.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DataType, formatDataType, typeModifier, typeOid } from "../../../src/data-type.ts";
import { sliceBatch } from "../../../src/limits/row-cap.ts";
import type { ClientForm, ResultColumn, RowBatch } from "../../../src/result.ts";
import { findTimeZone, fixedTimeZone } from "../../../src/time-zone.ts";
import { createRowEncoder } from "../../../src/wire/encode-rows.ts";
import { plainStyles } from "../../../src/wire/text-styles.ts";
import { never } from "./duckdb-file.ts";
import { type PostgresSource, startPostgresSource } from "./postgres-source.ts";
import { numeric, scalar, text, valueCases } from "./value-cases.ts";

let source: PostgresSource;
beforeAll(async () => {
  source = await startPostgresSource(["CREATE TYPE mood AS ENUM ('sad', 'glad')"]);
});
afterAll(() => source.stop());

const utc = findTimeZone("UTC") ?? fixedTimeZone(0);

async function batchesOf(
  sql: string,
  types: readonly DataType[],
  client?: Partial<ClientForm>,
): Promise<RowBatch[]> {
  const form = client && {
    formats: [],
    typeOids: types.map(typeOid),
    timeZone: "UTC",
    extraFloatDigits: 1,
    dateStyle: "ISO, MDY",
    intervalStyle: "postgres",
    byteaOutput: "hex",
    ...client,
  };
  const stream = await source.warehouse.run({ sql, columnTypes: types, parameters: [], client: form }, never);
  const batches: RowBatch[] = [];
  for (let batch = await stream.next(); batch !== undefined; batch = await stream.next()) batches.push(batch);
  return batches;
}

function columnsOf(types: readonly DataType[]): readonly ResultColumn[] {
  return types.map((type, index) => ({
    name: `c${index}`,
    typeOid: typeOid(type),
    typeModifier: typeModifier(type),
    typeLength: -1,
    tableOid: 0,
    attributeNumber: 0,
  }));
}

function bytesOf(
  batches: readonly RowBatch[],
  types: readonly DataType[],
  formats: readonly number[],
): Buffer {
  const encoder = createRowEncoder(columnsOf(types), formats, {
    ...plainStyles,
    timeZone: utc,
    extraFloatDigits: 1,
  });
  return Buffer.concat(batches.map((batch) => Buffer.from(encoder.encode(batch))));
}

describe("the bytes are those of decoding and encoding", () => {
  test.each(valueCases)("%j", async (type, texts) => {
    const list = texts.map((each) => `('${each.replaceAll("'", "''")}'::${formatDataType(type)})`).join(", ");
    const name = formatDataType(type);
    const sql = `SELECT v::${name}, v::${name}, 'x'::text FROM (VALUES ${list}, (NULL)) AS t (v)`;
    const types = [type, type, text];
    for (const formats of [[], [1], [0, 1, 1]]) {
      const relayed = await batchesOf(sql, types, { formats });
      const decoded = await batchesOf(sql, types);
      expect(relayed.map(({ kind }) => kind)).toEqual(relayed.map(() => "relayed"));
      expect(decoded.map(({ kind }) => kind)).toEqual(decoded.map(() => "columns"));
      expect(bytesOf(relayed, types, formats).equals(bytesOf(decoded, types, formats))).toBe(true);
    }
  });

  test("rows that were cut off are the first ones", async () => {
    const types = [scalar("integer"), text];
    const sql = "SELECT n, repeat('x', n) FROM generate_series(1, 100) AS g (n)";
    const [relayed] = await batchesOf(sql, types, {});
    const [decoded] = await batchesOf(sql, types);
    if (relayed === undefined || decoded === undefined) throw new Error("no rows");
    for (const [from, to] of [
      [0, 1],
      [0, 0],
      [3, 7],
      [99, 100],
      [0, 100],
    ] as const) {
      const wanted = bytesOf([sliceBatch(decoded, from, to)], types, []);
      expect(bytesOf([sliceBatch(relayed, from, to)], types, []).equals(wanted)).toBe(true);
    }
  });
});

describe("rows are decoded where their bytes would not be what the client is told", () => {
  const decodedCases: readonly (readonly [string, string, DataType, Partial<ClientForm>])[] = [
    ["times in another zone", "now()", scalar("timestamptz"), { timeZone: "Asia/Kolkata" }],
    [
      "times in arrays, too",
      "ARRAY[now()]",
      { kind: "array", element: scalar("timestamptz") },
      { timeZone: "GMT" },
    ],
    ["floats with fewer digits", "0.1::float8", scalar("double precision"), { extraFloatDigits: 0 }],
    ["another scale", "1.5::numeric(4,1)", { kind: "numeric", precision: 4, scale: 2 }, {}],
    ["another type", "1::int4", scalar("bigint"), {}],
    ["a real as a double", "0.1::float4", scalar("double precision"), {}],
    ["binary json", "'1'::jsonb", scalar("json"), { formats: [1] }],
    ["an enumeration in binary form", "'sad'::mood", text, { formats: [1] }],
    ["a numeric as a bigint", "1::numeric", scalar("bigint"), {}],
  ];
  test.each(decodedCases)("%s", async (_name, sql, type, client) => {
    const batches = await batchesOf(`SELECT ${sql}`, [type], client);
    expect(batches.map(({ kind }) => kind)).toEqual(["columns"]);
  });

  test.each<[string, string, DataType, Partial<ClientForm>]>([
    [
      "binary times in another zone",
      "now()",
      scalar("timestamptz"),
      { timeZone: "Asia/Kolkata", formats: [1] },
    ],
    ["times without a zone", "now()::timestamp", scalar("timestamp"), { timeZone: "Asia/Kolkata" }],
    ["an enumeration as text", "'sad'::mood", text, {}],
    ["text of jsonb", "'1'::jsonb", scalar("json"), {}],
    ["any numeric", "1.5::numeric(4,1)", numeric, {}],
  ])("and passed on where they are: %s", async (_name, sql, type, client) => {
    const batches = await batchesOf(`SELECT ${sql}`, [type], client);
    expect(batches.map(({ kind }) => kind)).toEqual(["relayed"]);
  });

  test("and a form that no longer holds is a fault, never other bytes", async () => {
    const types = [scalar("timestamptz"), scalar("real")];
    const batches = await batchesOf("SELECT now(), 1::float4", types, {});
    const columns = columnsOf(types);
    const [batch] = batches;
    if (batch === undefined) throw new Error("no rows");
    const encode = (formats: readonly number[], zone: string, extraFloatDigits: number) =>
      createRowEncoder(columns, formats, {
        ...plainStyles,
        timeZone: findTimeZone(zone) ?? utc,
        extraFloatDigits,
      }).encode(batch);
    expect(() => encode([], "UTC", 1)).not.toThrow();
    expect(() => encode([], "Asia/Kolkata", 1)).toThrow("in another form");
    expect(() => encode([], "UTC", 0)).toThrow("in another form");
    expect(() => encode([1], "UTC", 1)).toThrow("in another form");
  });
});
