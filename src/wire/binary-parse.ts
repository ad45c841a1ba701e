// PostgreSQL's binary form of parameters into its text form. The text is then read as any other, so that there is one
// place that decides what a value means.

import { dataTypeOfOid } from "../data-type.ts";
import { isKnownArray, textOfBinaryArray } from "./binary-array-parse.ts";
import { textOfBinaryNumeric } from "./binary-numeric-parse.ts";
import { formatDate, formatTime, formatTimestamp } from "./date-time-format.ts";
import type { DecodeText } from "./decode.ts";
import { formatInterval } from "./interval-format.ts";
import { binaryOutOfRange, incorrectBinary, insufficientData, noDataLeft } from "./wire-errors.ts";

/** 2000-01-01 in days and microseconds since 1970-01-01. */
const epochDays = 10_957;
const epochMicros = 946_684_800_000_000n;
const int64Max = 9_223_372_036_854_775_807n;
const int64Min = -9_223_372_036_854_775_808n;
/** PostgreSQL's ranges, since 2000: its dates begin with the Julian day 0. */
const dateMin = -2_451_545;
const dateMax = 2_145_031_948;
const timestampMin = -211_813_488_000_000_000n;
const timestampMax = 9_223_371_331_199_999_999n;
const dayMicros = 86_400_000_000n;

/** OIDs whose binary form is the text itself: "char", name, unknown, bpchar, varchar, and json's. */
const textOids = new Set([18, 19, 25, 114, 705, 1042, 1043]);

/**
 * The value's text, which timestamptz spells in UTC; undefined for a type whose binary form is not known here.
 * `parameter` counts from 1, for 22P03.
 */
export function textOfBinary(
  typeOid: number,
  bytes: Buffer,
  parameter: number,
  decode: DecodeText,
): string | undefined {
  if (textOids.has(typeOid)) return decode(bytes);
  if (typeOid === 26) return String(expect(bytes, 4, parameter).readUInt32BE(0));
  const kind = typeOid === 3802 ? "jsonb" : isKnownArray(typeOid) ? "array" : dataTypeOfOid(typeOid)?.kind;
  switch (kind) {
    case "boolean":
      if (bytes.length === 0) throw noDataLeft();
      return expect(bytes, 1, parameter)[0] === 0 ? "f" : "t";
    case "smallint":
      return String(expect(bytes, 2, parameter).readInt16BE(0));
    case "integer":
      return String(expect(bytes, 4, parameter).readInt32BE(0));
    case "bigint":
      return String(expect(bytes, 8, parameter).readBigInt64BE(0));
    case "real":
      return floatText(expect(bytes, 4, parameter).readFloatBE(0));
    case "double precision":
      return floatText(expect(bytes, 8, parameter).readDoubleBE(0));
    case "numeric":
      return textOfBinaryNumeric(bytes, parameter);
    case "date":
      return dateText(expect(bytes, 4, parameter).readInt32BE(0));
    case "timestamp":
      return formatTimestamp(timestampOf(bytes, parameter));
    case "timestamptz":
      return `${formatTimestamp(timestampOf(bytes, parameter))}`.replace(/(?<=\d)( BC)?$/, "+00$1");
    case "time":
      return timeText(expect(bytes, 8, parameter).readBigInt64BE(0));
    case "interval":
      expect(bytes, 16, parameter);
      return formatInterval({
        micros: bytes.readBigInt64BE(0),
        days: bytes.readInt32BE(8),
        months: bytes.readInt32BE(12),
      });
    case "uuid":
      return expect(bytes, 16, parameter)
        .toString("hex")
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    case "bytea":
      return `\\x${bytes.toString("hex")}`;
    case "jsonb":
      if (bytes[0] !== 1) throw incorrectBinary(parameter);
      return decode(bytes.subarray(1));
    case "array":
      return textOfBinaryArray(typeOid, bytes, parameter, (element, item) =>
        textOfBinary(element, item, parameter, decode),
      );
    default:
      return undefined;
  }
}

function expect(bytes: Buffer, length: number, parameter: number): Buffer {
  if (bytes.length < length) throw insufficientData();
  if (bytes.length > length) throw incorrectBinary(parameter);
  return bytes;
}

function floatText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function dateText(days: number): string {
  if (days === 0x7fffffff) return "infinity";
  if (days === -0x80000000) return "-infinity";
  if (days < dateMin || days > dateMax) throw binaryOutOfRange("date");
  return formatDate(days + epochDays);
}

function timestampOf(bytes: Buffer, parameter: number): bigint {
  const micros = expect(bytes, 8, parameter).readBigInt64BE(0);
  if (micros === int64Max || micros === int64Min) return micros;
  if (micros < timestampMin || micros > timestampMax) throw binaryOutOfRange("timestamp");
  return micros + epochMicros;
}

function timeText(micros: bigint): string {
  if (micros < 0n || micros > dayMicros) throw binaryOutOfRange("time");
  return formatTime(micros);
}
