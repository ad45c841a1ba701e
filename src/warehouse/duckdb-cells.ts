// How DuckDB lays the cells of a column out in memory, read to the plainest JavaScript value that holds them.
import { type DuckDBDecimalType, type DuckDBEnumType, type DuckDBType, DuckDBTypeId } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import type { IntervalValue } from "../data-type.ts";

/** Cells of one width; `open` gives a reader of the cell in a row that is not NULL. */
export interface CellLayout<T> {
  readonly cellBytes: number;
  readonly open: (data: Uint8Array) => (row: number) => T;
}

export type AnyInteger = number | bigint;

function typedCells<T>(
  cellBytes: number,
  view: (buffer: ArrayBufferLike, offset: number, count: number) => { readonly [row: number]: T },
): CellLayout<T> {
  return {
    cellBytes,
    open: (data) => {
      const cells = view(data.buffer, data.byteOffset, data.byteLength / cellBytes);
      return (row) => cells[row] as T;
    },
  };
}

const int8 = typedCells(1, (buffer, at, count) => new Int8Array(buffer, at, count));
const uint8 = typedCells(1, (buffer, at, count) => new Uint8Array(buffer, at, count));
const int16 = typedCells(2, (buffer, at, count) => new Int16Array(buffer, at, count));
const uint16 = typedCells(2, (buffer, at, count) => new Uint16Array(buffer, at, count));
const int32 = typedCells(4, (buffer, at, count) => new Int32Array(buffer, at, count));
const uint32 = typedCells(4, (buffer, at, count) => new Uint32Array(buffer, at, count));
const uint64 = typedCells(8, (buffer, at, count) => new BigUint64Array(buffer, at, count));
/** Always bigint. */
export const int64 = typedCells(8, (buffer, at, count) => new BigInt64Array(buffer, at, count));
const float32 = typedCells(4, (buffer, at, count) => new Float32Array(buffer, at, count));
const float64 = typedCells(8, (buffer, at, count) => new Float64Array(buffer, at, count));

/** High words between these hold numbers that a double holds exactly; a bigint costs an allocation each. */
const highWordMax = 0x200000;

/** A number where it is exact, else a bigint. */
const compactInt64: CellLayout<AnyInteger> = {
  cellBytes: 8,
  open: (data) => {
    const words = new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
    const wide = new BigInt64Array(data.buffer, data.byteOffset, data.byteLength / 8);
    return (row) => {
      const high = words[row * 2 + 1] as number;
      if (high >= highWordMax || high <= -highWordMax) return wide[row] as bigint;
      return high * 4_294_967_296 + ((words[row * 2] as number) >>> 0);
    };
  },
};

function int128Cells(
  highHalf: (words: BigInt64Array | BigUint64Array, at: number) => bigint,
): CellLayout<AnyInteger> {
  return {
    cellBytes: 16,
    open: (data) => {
      const words = new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
      const halves = new BigUint64Array(data.buffer, data.byteOffset, data.byteLength / 8);
      return (row) => {
        const second = words[row * 4 + 1] as number;
        const isSmall = words[row * 4 + 2] === 0 && words[row * 4 + 3] === 0;
        if (isSmall && second >= 0 && second < highWordMax) {
          return second * 4_294_967_296 + ((words[row * 4] as number) >>> 0);
        }
        return (highHalf(halves, row * 2 + 1) << 64n) | (halves[row * 2] as bigint);
      };
    },
  };
}

const int128 = int128Cells((halves, at) => BigInt.asIntN(64, halves[at] as bigint));
const uint128 = int128Cells((halves, at) => halves[at] as bigint);

const integerLayouts: Partial<Record<DuckDBTypeId, CellLayout<AnyInteger>>> = {
  [DuckDBTypeId.TINYINT]: int8,
  [DuckDBTypeId.UTINYINT]: uint8,
  [DuckDBTypeId.SMALLINT]: int16,
  [DuckDBTypeId.USMALLINT]: uint16,
  [DuckDBTypeId.INTEGER]: int32,
  [DuckDBTypeId.UINTEGER]: uint32,
  [DuckDBTypeId.BIGINT]: compactInt64,
  [DuckDBTypeId.UBIGINT]: uint64,
  [DuckDBTypeId.HUGEINT]: int128,
  [DuckDBTypeId.UHUGEINT]: uint128,
};

export function integerLayout(type: DuckDBType): CellLayout<AnyInteger> | undefined {
  return integerLayouts[type.typeId];
}

/** The integer that is the decimal times ten to its scale. */
export function decimalLayout(type: DuckDBDecimalType): CellLayout<AnyInteger> {
  if (type.width <= 4) return int16;
  if (type.width <= 9) return int32;
  return type.width <= 18 ? compactInt64 : int128;
}

export function floatLayout(type: DuckDBType): CellLayout<number> | undefined {
  if (type.typeId === DuckDBTypeId.DOUBLE) return float64;
  return type.typeId === DuckDBTypeId.FLOAT ? float32 : undefined;
}

export const booleans: CellLayout<boolean> = {
  cellBytes: 1,
  open: (data) => (row) => data[row] !== 0,
};

export const days: CellLayout<number> = int32;

/** The longest string that lies in the cell itself. */
const inlineBytesMax = 12;

function openBytes(data: Uint8Array): (row: number) => Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return (row) => {
    const length = view.getUint32(row * 16, true);
    if (length <= inlineBytesMax) return data.subarray(row * 16 + 4, row * 16 + 4 + length);
    return duckdb.get_data_from_pointer(data.buffer as ArrayBuffer, data.byteOffset + row * 16 + 8, length);
  };
}

/** A copy: DuckDB's memory is gone when the next chunk is fetched. */
export const blobs: CellLayout<Uint8Array> = {
  cellBytes: 16,
  open: (data) => {
    const read = openBytes(data);
    return (row) => Uint8Array.from(read(row));
  },
};

/** `0101`: the first byte counts the padding bits with which the second begins. */
export const bitTexts: CellLayout<string> = {
  cellBytes: 16,
  open: (data) => {
    const read = openBytes(data);
    return (row) => {
      const [padding = 0, ...bytes] = read(row);
      return bytes
        .map((byte) => byte.toString(2).padStart(8, "0"))
        .join("")
        .slice(padding);
    };
  },
};

/** Arbitrarily long integers: a three-byte header whose top bit is the sign, then the magnitude. */
export const bigNumbers: CellLayout<AnyInteger> = {
  cellBytes: 16,
  open: (data) => {
    const read = openBytes(data);
    return (row) => {
      const bytes = read(row);
      const positive = ((bytes[0] ?? 0) & 0x80) !== 0;
      const magnitude = bytes.subarray(3).map((byte) => (positive ? byte : byte ^ 0xff));
      const value = BigInt(`0x${Buffer.from(magnitude).toString("hex")}`);
      return positive ? value : -value;
    };
  },
};

export const intervals: CellLayout<IntervalValue> = {
  cellBytes: 16,
  open: (data) => {
    const words = new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
    const wide = new BigInt64Array(data.buffer, data.byteOffset, data.byteLength / 8);
    return (row) => ({
      months: words[row * 4] as number,
      days: words[row * 4 + 1] as number,
      micros: wide[row * 2 + 1] as bigint,
    });
  },
};

/** UUIDs are kept with the top bit flipped, so that their order as integers is their order as text. */
export const uuids: CellLayout<string> = {
  cellBytes: 16,
  open: (data) => {
    const halves = new BigUint64Array(data.buffer, data.byteOffset, data.byteLength / 8);
    return (row) => {
      const high = ((halves[row * 2 + 1] as bigint) ^ (1n << 63n)).toString(16).padStart(16, "0");
      const low = (halves[row * 2] as bigint).toString(16).padStart(16, "0");
      return `${high.slice(0, 8)}-${high.slice(8, 12)}-${high.slice(12)}-${low.slice(0, 4)}-${low.slice(4)}`;
    };
  },
};

export function enumTexts(type: DuckDBEnumType): CellLayout<string> {
  const narrow = type.internalTypeId === DuckDBTypeId.UTINYINT ? uint8 : uint16;
  const numbers = type.internalTypeId === DuckDBTypeId.UINTEGER ? uint32 : narrow;
  return mapCells(numbers, (at) => type.values[at] as string);
}

/** The same cells, each value changed. */
export function mapCells<A, B>(layout: CellLayout<A>, change: (value: A) => B): CellLayout<B> {
  return {
    cellBytes: layout.cellBytes,
    open: (data) => {
      const read = layout.open(data);
      return (row) => change(read(row));
    },
  };
}
