// PostgreSQL's binary form of parameters into its text form. The text is then read as any other, so that there is one
// place that decides what a value means.
import { dataTypeOfOid } from "../data-type.ts";
import { formatDate, formatTime, formatTimestamp } from "./date-time-format.ts";
import type { DecodeText } from "./decode.ts";
import { formatInterval } from "./interval-format.ts";
import { incorrectBinary, insufficientData } from "./wire-errors.ts";

/** 2000-01-01 in days and microseconds since 1970-01-01. */
const epochDays = 10_957;
const epochMicros = 946_684_800_000_000n;
const int64Max = 9_223_372_036_854_775_807n;
const int64Min = -9_223_372_036_854_775_808n;

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
  const kind = typeOid === 3802 ? "jsonb" : dataTypeOfOid(typeOid)?.kind;
  switch (kind) {
    case "boolean":
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
      return numericText(bytes, parameter);
    case "date":
      return dateText(expect(bytes, 4, parameter).readInt32BE(0));
    case "timestamp":
      return formatTimestamp(sinceEpoch(expect(bytes, 8, parameter).readBigInt64BE(0)));
    case "timestamptz":
      return `${formatTimestamp(sinceEpoch(expect(bytes, 8, parameter).readBigInt64BE(0)))}`.replace(
        /(?<=\d)( BC)?$/,
        "+00$1",
      );
    case "time":
      return formatTime(expect(bytes, 8, parameter).readBigInt64BE(0));
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
      return arrayText(bytes, parameter, decode);
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
  return formatDate(days + epochDays);
}

function sinceEpoch(micros: bigint): bigint {
  return micros === int64Max || micros === int64Min ? micros : micros + epochMicros;
}

function numericText(bytes: Buffer, parameter: number): string {
  if (bytes.length < 8) throw insufficientData();
  const count = bytes.readUInt16BE(0);
  const weight = bytes.readInt16BE(2);
  const sign = bytes.readUInt16BE(4);
  const scale = bytes.readUInt16BE(6);
  if (sign === 0xc000) return "NaN";
  if (sign === 0xd000) return "Infinity";
  if (sign === 0xf000) return "-Infinity";
  if (bytes.length !== 8 + 2 * count || (sign !== 0 && sign !== 0x4000) || scale > 0x3fff)
    throw incorrectBinary(parameter);
  const group = (index: number): string => {
    if (index < 0 || index >= count) return "0000";
    const digits = bytes.readUInt16BE(8 + 2 * index);
    if (digits > 9999) throw incorrectBinary(parameter);
    return String(digits).padStart(4, "0");
  };
  let whole = "";
  for (let index = 0; index <= weight; index++) whole += group(index);
  let fraction = "";
  for (let index = weight + 1; fraction.length < scale; index++) fraction += group(index);
  const magnitude = (whole.replace(/^0+/, "") || "0") + (scale === 0 ? "" : `.${fraction.slice(0, scale)}`);
  return sign === 0x4000 && /[1-9]/.test(magnitude) ? `-${magnitude}` : magnitude;
}

/** Elements of every dimension in order; PostgreSQL's own limits are 6 dimensions and 134 million elements. */
function arrayText(bytes: Buffer, parameter: number, decode: DecodeText): string | undefined {
  if (bytes.length < 12) throw insufficientData();
  const dimensions = bytes.readInt32BE(0);
  const elementOid = bytes.readInt32BE(8);
  if (dimensions === 0) return "{}";
  if (dimensions !== 1) return undefined;
  if (bytes.length < 20) throw insufficientData();
  // Values have no bounds: PostgreSQL, which reads the parameters of catalog queries, gets the bytes as they are.
  if (bytes.readInt32BE(16) !== 1) return undefined;
  const count = bytes.readInt32BE(12);
  const items: string[] = [];
  let at = 20;
  for (let index = 0; index < count; index++) {
    if (at + 4 > bytes.length) throw incorrectBinary(parameter);
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length === -1) {
      items.push("NULL");
      continue;
    }
    if (length < 0 || at + length > bytes.length) throw incorrectBinary(parameter);
    const text = textOfBinary(elementOid, bytes.subarray(at, at + length), parameter, decode);
    if (text === undefined) return undefined;
    items.push(`"${text.replace(/["\\]/g, "\\$&")}"`);
    at += length;
  }
  if (at !== bytes.length) throw incorrectBinary(parameter);
  return `{${items.join(",")}}`;
}
