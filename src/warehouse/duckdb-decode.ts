// From a column of a DuckDB chunk to values of the type the statement was promised.
// Only changes that lose nothing a client was told of are made here; any other pair of types is a fault of the
// rendered SQL and is refused, because a guess would be a wrong value.
import {
  DuckDBArrayType,
  DuckDBDecimalType,
  DuckDBEnumType,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import type { ArrayDataType, DataType, Value } from "../data-type.ts";
import {
  type AnyInteger,
  bigNumbers,
  bitTexts,
  blobs,
  booleans,
  type CellLayout,
  days,
  decimalLayout,
  enumTexts,
  floatLayout,
  int64,
  integerLayout,
  intervals,
  mapCells,
  uuids,
} from "./duckdb-cells.ts";
import { decodeJsonColumn } from "./duckdb-json.ts";
import { decodeTexts } from "./duckdb-texts.ts";
import { listRanges, nullBits, validityOf } from "./duckdb-vectors.ts";
import { type Change, checkedInteger, floatChange, numericText } from "./number-changes.ts";
import { dividedHalfAway, scaledIntegerText } from "./numeric-text.ts";

/** Values of a vector's first `count` rows. */
export type ColumnDecoder = (vector: duckdb.Vector, count: number) => Value[];

/** The decoder from DuckDB's type to the wanted one; undefined where there is no sound one. */
export function columnDecoder(type: DuckDBType, wanted: DataType): ColumnDecoder | undefined {
  if (type.typeId === DuckDBTypeId.SQLNULL) return (_, count) => new Array<Value>(count).fill(null);
  if (wanted.kind === "array") return listDecoder(type, wanted);
  if (wanted.kind === "json" && isNested(type)) {
    return (vector, count) => decodeJsonColumn(type, vector, count);
  }
  if (type.typeId === DuckDBTypeId.VARCHAR) {
    return wanted.kind === "text" || wanted.kind === "json" ? decodeTexts : undefined;
  }
  const layout = cellLayout(type, wanted);
  return layout === undefined ? undefined : cellDecoder(layout);
}

function isNested(type: DuckDBType): boolean {
  return [DuckDBStructType, DuckDBMapType, DuckDBListType, DuckDBArrayType].some(
    (nested) => type instanceof nested,
  );
}

function cellDecoder(layout: CellLayout<Value>): ColumnDecoder {
  return (vector, count) => {
    const values = new Array<Value>(count);
    if (count === 0) return values;
    const read = layout.open(duckdb.vector_get_data(vector, count * layout.cellBytes));
    const validity = validityOf(vector, count);
    if (validity === undefined) {
      for (let row = 0; row < count; row += 1) values[row] = read(row);
      return values;
    }
    for (let row = 0; row < count; row += 1) {
      // The bytes of a NULL cell mean nothing; they must not be read.
      const isValid = ((validity[row >> 3] as number) & (1 << (row & 7))) !== 0;
      values[row] = isValid ? read(row) : null;
    }
    return values;
  };
}

function listDecoder(type: DuckDBType, wanted: ArrayDataType): ColumnDecoder | undefined {
  if (type instanceof DuckDBListType) {
    const decodeItems = columnDecoder(type.valueType, wanted.element);
    return decodeItems === undefined ? undefined : (vector, count) => decodeLists(vector, count, decodeItems);
  }
  if (type instanceof DuckDBArrayType) {
    const decodeItems = columnDecoder(type.valueType, wanted.element);
    if (decodeItems === undefined) return undefined;
    return (vector, count) => decodeFixedArrays(vector, count, type.length, decodeItems);
  }
  return undefined;
}

function decodeLists(vector: duckdb.Vector, count: number, decodeItems: ColumnDecoder): Value[] {
  if (count === 0) return [];
  const isNull = nullBits(vector, count);
  const ranges = listRanges(vector, count);
  const items = decodeItems(duckdb.list_vector_get_child(vector), duckdb.list_vector_get_size(vector));
  return Array.from({ length: count }, (_, row) => {
    if (isNull(row)) return null;
    const { start, end } = ranges(row);
    return items.slice(start, end);
  });
}

function decodeFixedArrays(
  vector: duckdb.Vector,
  count: number,
  length: number,
  decodeItems: ColumnDecoder,
): Value[] {
  if (count === 0) return [];
  const isNull = nullBits(vector, count);
  const items = decodeItems(duckdb.array_vector_get_child(vector), count * length);
  return Array.from({ length: count }, (_, row) =>
    isNull(row) ? null : items.slice(row * length, (row + 1) * length),
  );
}

function cellLayout(type: DuckDBType, wanted: DataType): CellLayout<Value> | undefined {
  const integers = type.typeId === DuckDBTypeId.BIGNUM ? bigNumbers : integerLayout(type);
  if (integers !== undefined) return mapped(integers, integerChange(type, wanted));
  if (type instanceof DuckDBDecimalType) return mapped(decimalLayout(type), decimalChange(type, wanted));
  const floats = floatLayout(type);
  if (floats !== undefined) {
    return mapped(floats, floatChange(wanted, type.typeId === DuckDBTypeId.FLOAT));
  }
  if (type instanceof DuckDBEnumType) return wanted.kind === "text" ? enumTexts(type) : undefined;
  return timeLayout(type, wanted) ?? plainLayout(type, wanted);
}

function mapped<T extends Value>(layout: CellLayout<T>, change: Change<T>): CellLayout<Value> | undefined {
  if (change === undefined) return undefined;
  return change === "same" ? layout : mapCells(layout, change);
}

const narrowIntegers: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.SMALLINT,
]);

function integerChange(type: DuckDBType, wanted: DataType): Change<AnyInteger> {
  switch (wanted.kind) {
    case "smallint":
      return narrowIntegers.has(type.typeId) ? "same" : (value) => checkedInteger(value, wanted);
    case "integer":
      return narrowIntegers.has(type.typeId) || type.typeId === DuckDBTypeId.INTEGER
        ? "same"
        : (value) => checkedInteger(value, wanted);
    case "bigint":
      return (value) => checkedInteger(value, wanted);
    case "numeric":
      return numericText(wanted, (value) => value.toString(), 0);
    case "double precision":
      return (value) => Number(value);
    case "real":
      return (value) => Math.fround(Number(value));
    default:
      return undefined;
  }
}

function decimalChange(type: DuckDBDecimalType, wanted: DataType): Change<AnyInteger> {
  const { scale } = type;
  switch (wanted.kind) {
    case "numeric":
      return numericText(wanted, (value) => scaledIntegerText(value, scale), scale);
    case "double precision":
      return (value) => Number(scaledIntegerText(value, scale));
    case "real":
      return (value) => Math.fround(Number(scaledIntegerText(value, scale)));
    case "smallint":
    case "integer":
    case "bigint":
      return scale === 0
        ? (value) => checkedInteger(value, wanted)
        : (value) => checkedInteger(dividedHalfAway(BigInt(value), scale), wanted);
    default:
      return undefined;
  }
}

/** The infinities of DuckDB: the largest value of the storage type, and its negative. */
const infinity64 = 2n ** 63n - 1n;
const infinityDays = 2_147_483_647;
const microsPerDay = 86_400_000_000n;

function timeLayout(type: DuckDBType, wanted: DataType): CellLayout<Value> | undefined {
  const pair = `${DuckDBTypeId[type.typeId]} ${wanted.kind}`;
  switch (pair) {
    case "DATE date":
      return mapCells(days, clientDays);
    case "DATE timestamp":
      return mapCells(days, (day) =>
        Math.abs(day) === infinityDays
          ? clientMicros(day > 0 ? infinity64 : -infinity64)
          : BigInt(day) * microsPerDay,
      );
    case "TIMESTAMP timestamp":
    case "TIMESTAMP_TZ timestamptz":
      return mapCells(int64, clientMicros);
    case "TIMESTAMP_S timestamp":
      return mapCells(int64, (value) => scaledMicros(value, (seconds) => seconds * 1_000_000n));
    case "TIMESTAMP_MS timestamp":
      return mapCells(int64, (value) => scaledMicros(value, (millis) => millis * 1000n));
    case "TIMESTAMP_NS timestamp":
      return mapCells(int64, (value) => scaledMicros(value, microsOfNanos));
    case "TIME time":
      return int64;
    case "TIME_NS time":
      return mapCells(int64, microsOfNanos);
    case "INTERVAL interval":
      return intervals;
    default:
      return undefined;
  }
}

function clientDays(day: number): number {
  return Math.abs(day) === infinityDays ? day * Number.POSITIVE_INFINITY : day;
}

function clientMicros(micros: bigint): bigint {
  // PostgreSQL's -infinity is one below DuckDB's.
  return micros === -infinity64 ? micros - 1n : micros;
}

function scaledMicros(value: bigint, scale: (value: bigint) => bigint): bigint {
  return value === infinity64 || value === -infinity64 ? clientMicros(value) : scale(value);
}

/** Digits below the microsecond are cut off towards the past, so that order is kept. */
function microsOfNanos(nanos: bigint): bigint {
  return (nanos - (((nanos % 1000n) + 1000n) % 1000n)) / 1000n;
}

function plainLayout(type: DuckDBType, wanted: DataType): CellLayout<Value> | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return wanted.kind === "boolean" ? booleans : undefined;
    case DuckDBTypeId.UUID:
      return wanted.kind === "uuid" || wanted.kind === "text" ? uuids : undefined;
    case DuckDBTypeId.BLOB:
      return wanted.kind === "bytea" ? blobs : undefined;
    case DuckDBTypeId.BIT:
      return wanted.kind === "text" ? bitTexts : undefined;
    default:
      return undefined;
  }
}
