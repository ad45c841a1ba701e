// Constants of a printed tree: the bytes of a PostgreSQL datum in memory, decoded by type.
// Little-endian, as WebAssembly is. Sources: src/include/varatt.h, utils/numeric.c, utils/array.h, datatype/timestamp.h.
import type { Value } from "../data-type.ts";
import { numericText } from "./numeric-datum.ts";
import { unreadableTree } from "./query-errors.ts";

/** Days and microseconds between 1970-01-01 and PostgreSQL's epoch, 2000-01-01. */
const epochDays = 10_957;
const epochMicros = 946_684_800_000_000n;
const infiniteDate = 0x7fffffff;
const minusInfiniteDate = -0x80000000;
const infiniteTimestamp = 0x7fffffffffffffffn;
const minusInfiniteTimestamp = -0x8000000000000000n;

interface ElementType {
  readonly oid: number;
  readonly length: number;
  readonly alignment: 1 | 2 | 4 | 8;
}

const variableLength = -1;
/** The element types of arrays that can be read: array OID, element OID, pg_type.typlen, pg_type.typalign. */
const arrays = new Map<number, ElementType>(
  (
    [
      [1000, 16, 1, 1],
      [1001, 17, variableLength, 4],
      [1002, 18, 1, 1],
      [1003, 19, 64, 1],
      [1005, 21, 2, 2],
      [1007, 23, 4, 4],
      [1009, 25, variableLength, 4],
      [1014, 1042, variableLength, 4],
      [1015, 1043, variableLength, 4],
      [1016, 20, 8, 8],
      [1021, 700, 4, 4],
      [1022, 701, 8, 8],
      [1028, 26, 4, 4],
      [1115, 1114, 8, 8],
      [1182, 1082, 4, 4],
      [1183, 1083, 8, 8],
      [1185, 1184, 8, 8],
      [1187, 1186, 16, 8],
      [1231, 1700, variableLength, 4],
      [199, 114, variableLength, 4],
      [2951, 2950, 16, 1],
      [2210, 2205, 4, 4],
    ] as const
  ).map(([array, oid, length, alignment]) => [array, { oid, length, alignment }]),
);

const arrayOfElement = new Map([...arrays].map(([array, element]) => [element.oid, array]));

/** The OID of the array type over an element type; undefined where arrays of it are not read. */
export function arrayTypeOf(elementType: number): number | undefined {
  return arrays.has(elementType) ? elementType : arrayOfElement.get(elementType);
}

/** Oid, xid, and the types that are an OID with a name. */
const unsignedTypes = new Set([24, 26, 28, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191]);

/** The value of a datum; undefined where the type is none that is read. */
export function readConstant(type: number, bytes: Uint8Array): Value | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const element = arrays.get(type);
    return element === undefined ? scalar(type, view) : array(element, view);
  } catch (error) {
    if (error instanceof RangeError) throw unreadableTree(`a datum of type ${type} that is too short`);
    throw error;
  }
}

function scalar(type: number, view: DataView): Value | undefined {
  if (unsignedTypes.has(type)) return view.getUint32(0, true);
  switch (type) {
    case 16:
      return view.getUint8(0) !== 0;
    case 17:
      return varlena(view).slice();
    case 18:
      return String.fromCharCode(view.getUint8(0));
    case 19:
    case 705:
    case 2275:
      return text(untilNul(view));
    case 20:
      return view.getBigInt64(0, true);
    case 21:
      return view.getInt16(0, true);
    case 23:
      return view.getInt32(0, true);
    case 25:
    case 114:
    case 1042:
    case 1043:
      return text(varlena(view));
    case 700:
      return view.getFloat32(0, true);
    case 701:
      return view.getFloat64(0, true);
    case 1082:
      return date(view.getInt32(0, true));
    case 1083:
      return view.getBigInt64(0, true);
    case 1114:
    case 1184:
      return timestamp(view.getBigInt64(0, true));
    case 1186:
      return {
        months: view.getInt32(12, true),
        days: view.getInt32(8, true),
        micros: view.getBigInt64(0, true),
      };
    case 1700:
      return numericText(varlena(view));
    case 2950:
      return uuid(view);
    default:
      return undefined;
  }
}

function date(days: number): number {
  if (days === infiniteDate) return Number.POSITIVE_INFINITY;
  if (days === minusInfiniteDate) return Number.NEGATIVE_INFINITY;
  return days + epochDays;
}

function timestamp(micros: bigint): bigint {
  if (micros === infiniteTimestamp || micros === minusInfiniteTimestamp) return micros;
  return micros + epochMicros;
}

function uuid(view: DataView): string {
  const hex = Buffer.from(view.buffer, view.byteOffset, 16).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function untilNul(view: DataView): Uint8Array {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** What a variable-length value holds: after a header of one byte (odd) or four (the two low bits zero). */
function varlena(view: DataView): Uint8Array {
  const header = varlenaHeader(view, 0);
  return new Uint8Array(view.buffer, view.byteOffset + header.bytes, header.length - header.bytes);
}

function varlenaHeader(view: DataView, at: number): { readonly bytes: number; readonly length: number } {
  const first = view.getUint8(at);
  if (first === 1) throw unreadableTree("a datum that is stored elsewhere");
  const header =
    (first & 1) === 1
      ? { bytes: 1, length: first >> 1 }
      : { bytes: 4, length: view.getUint32(at, true) >>> 2 };
  if ((first & 3) === 2) throw unreadableTree("a compressed datum");
  if (header.length < header.bytes || at + header.length > view.byteLength) {
    throw unreadableTree("a datum that is longer than its bytes");
  }
  return header;
}

/** Bytes of ArrayType before its dimensions: length, dimensions, offset of the data, element type. */
const arrayHeaderBytes = 16;

function array(element: ElementType, view: DataView): Value | undefined {
  const dimensionCount = view.getInt32(4, true);
  if (dimensionCount === 0) return [];
  const dataOffset = view.getInt32(8, true);
  const lengths: number[] = [];
  for (let i = 0; i < dimensionCount; i++) {
    lengths.push(view.getInt32(arrayHeaderBytes + 4 * i, true));
    // An array that does not begin at 1 has no counterpart in a Value.
    if (view.getInt32(arrayHeaderBytes + 4 * (dimensionCount + i), true) !== 1) return undefined;
  }
  const bitmapAt = arrayHeaderBytes + 8 * dimensionCount;
  const count = lengths.reduce((product, length) => product * length, 1);
  let at = dataOffset === 0 ? align(bitmapAt, 8) : dataOffset;
  const values: Value[] = [];
  for (let i = 0; i < count; i++) {
    if (dataOffset !== 0 && (view.getUint8(bitmapAt + (i >> 3)) & (1 << (i & 7))) === 0) {
      values.push(null);
      continue;
    }
    at = elementStart(element, view, at);
    const length = element.length === variableLength ? varlenaHeader(view, at).length : element.length;
    const value = scalar(element.oid, new DataView(view.buffer, view.byteOffset + at, length));
    if (value === undefined) return undefined;
    values.push(value);
    at += length;
  }
  return nest(values, lengths);
}

/** A variable-length element with a one-byte header is not aligned; padding bytes are zero, such a header never is. */
function elementStart(element: ElementType, view: DataView, at: number): number {
  if (element.length === variableLength && at < view.byteLength && view.getUint8(at) !== 0) return at;
  return align(at, element.alignment);
}

function align(at: number, to: number): number {
  return Math.ceil(at / to) * to;
}

function nest(values: readonly Value[], lengths: readonly number[]): readonly Value[] {
  let nested = values;
  for (const length of lengths.slice(1).reverse()) {
    const rows: Value[] = [];
    for (let i = 0; i < nested.length; i += length) rows.push(nested.slice(i, i + length));
    nested = rows;
  }
  return nested;
}
