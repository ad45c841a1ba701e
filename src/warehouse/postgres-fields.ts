// Fields in PostgreSQL's binary form, read to values.
import type { Value } from "../data-type.ts";
import { valueOutOfRange } from "./warehouse-errors.ts";

/** Reads `length` bytes from `at` on. */
export type FieldReader = (bytes: Buffer, at: number, length: number) => NonNullable<Value>;

/** 2000-01-01, from which PostgreSQL counts, in days and microseconds since 1970-01-01. */
export const epochDays = 10_957;
export const epochMicros = 946_684_800_000_000n;

const int64Max = 2n ** 63n - 1n;
const int64Min = -(2n ** 63n);
const infinityDays = 2_147_483_647;
const infinityDaysNegative = -2_147_483_648;

/** High words between these hold numbers that a double holds exactly; a bigint costs an allocation. */
const highWordMax = 0x200000;

const readInt64: FieldReader = (bytes, at) => {
  const high = bytes.readInt32BE(at);
  if (high >= highWordMax || high <= -highWordMax) return bytes.readBigInt64BE(at);
  return high * 4_294_967_296 + bytes.readUInt32BE(at + 4);
};

const readDate: FieldReader = (bytes, at) => {
  const days = bytes.readInt32BE(at);
  if (days === infinityDays) return Number.POSITIVE_INFINITY;
  return days === infinityDaysNegative ? Number.NEGATIVE_INFINITY : days + epochDays;
};

const readTimestamp =
  (kind: "timestamp" | "timestamptz"): FieldReader =>
  (bytes, at) => {
    const micros = bytes.readBigInt64BE(at);
    // The infinities are the same numbers on both sides.
    if (micros === int64Max || micros === int64Min) return micros;
    const moved = micros + epochMicros;
    if (moved === int64Max) throw valueOutOfRange({ kind });
    return moved;
  };

export const readUtf8: FieldReader = (bytes, at, length) => bytes.toString("utf8", at, at + length);

/** jsonb's binary form is a version and then its text. */
const readJsonb: FieldReader = (bytes, at, length) => bytes.toString("utf8", at + 1, at + length);

const readUuid: FieldReader = (bytes, at) => {
  const hex = bytes.toString("hex", at, at + 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

const specialNumerics: Readonly<Record<number, string>> = {
  49152: "NaN",
  53248: "Infinity",
  61440: "-Infinity",
};

/** Groups of four decimal digits; the first one counts 10000 to the power of the weight. */
const readNumeric: FieldReader = (bytes, at) => {
  const sign = bytes.readUInt16BE(at + 4);
  const special = specialNumerics[sign];
  if (special !== undefined) return special;
  const groupCount = bytes.readInt16BE(at);
  const weight = bytes.readInt16BE(at + 2);
  const scale = bytes.readUInt16BE(at + 6);
  const group = (index: number): string =>
    index < 0 || index >= groupCount
      ? "0000"
      : String(bytes.readInt16BE(at + 8 + index * 2)).padStart(4, "0");
  let whole = "";
  for (let index = 0; index <= weight; index += 1) whole += group(index);
  let fraction = "";
  for (let index = weight + 1; fraction.length < scale; index += 1) fraction += group(index);
  const text = whole.replace(/^0+(?=\d)/, "") || "0";
  return `${sign === 0x4000 ? "-" : ""}${text}${scale > 0 ? `.${fraction.slice(0, scale)}` : ""}`;
};

const readers: Readonly<Record<number, FieldReader>> = {
  16: (bytes, at) => bytes[at] !== 0,
  17: (bytes, at, length) => bytes.subarray(at, at + length),
  18: readUtf8,
  19: readUtf8,
  20: readInt64,
  21: (bytes, at) => bytes.readInt16BE(at),
  23: (bytes, at) => bytes.readInt32BE(at),
  25: readUtf8,
  114: readUtf8,
  700: (bytes, at) => bytes.readFloatBE(at),
  701: (bytes, at) => bytes.readDoubleBE(at),
  705: readUtf8,
  1042: readUtf8,
  1043: readUtf8,
  1082: readDate,
  1083: (bytes, at) => bytes.readBigInt64BE(at),
  1114: readTimestamp("timestamp"),
  1184: readTimestamp("timestamptz"),
  1186: (bytes, at) => ({
    micros: bytes.readBigInt64BE(at),
    days: bytes.readInt32BE(at + 8),
    months: bytes.readInt32BE(at + 12),
  }),
  1700: readNumeric,
  2950: readUuid,
  3802: readJsonb,
};

/** Undefined for a type whose binary form is not known here. */
export function readBinary(oid: number): FieldReader | undefined {
  return readers[oid];
}
