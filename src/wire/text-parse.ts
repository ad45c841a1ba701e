// PostgreSQL's text into values: what a client sends as a text parameter, or writes after EXECUTE.
import { type DataType, formatDataType, type Value } from "../data-type.ts";
import { unreachable } from "../errors.ts";
import type { TimeZone } from "../time-zone.ts";
import { parseArray } from "./array-parse.ts";
import { parseDate, parseTime, parseTimestamp } from "./date-time-parse.ts";
import { parseInterval } from "./interval-parse.ts";
import type { TextStyles } from "./text-styles.ts";
import {
  floatOutOfRange,
  invalidHexadecimal,
  invalidJson,
  invalidText,
  numberOutOfRange,
} from "./wire-errors.ts";

export interface TextParseSettings extends Pick<TextStyles, "dateOrder" | "intervalStyle"> {
  readonly timeZone: TimeZone;
  /** Wall-clock time in milliseconds, for `now` and `today`. */
  readonly nowMs: number;
}

/** Reads a parameter's text. Throws 22P02, 22003, 22007, 22008 as PostgreSQL's input functions do. */
export function parseText(type: DataType, text: string, settings: TextParseSettings): NonNullable<Value> {
  switch (type.kind) {
    case "smallint":
      return Number(parseInteger(type, text, -32_768n, 32_767n));
    case "integer":
      return Number(parseInteger(type, text, -2_147_483_648n, 2_147_483_647n));
    case "bigint":
      return parseInteger(type, text, -9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n);
    case "numeric":
      return parseNumeric(text);
    case "double precision":
      return parseFloatText("double precision", text);
    case "real":
      return parseReal(text);
    case "text":
      return text;
    case "json":
      return parseJson(text);
    case "boolean":
      return parseBoolean(text);
    case "date":
      return parseDate(text, settings);
    case "timestamp":
      return parseTimestamp("timestamp", text, settings);
    case "timestamptz":
      return parseTimestamp("timestamp with time zone", text, settings);
    case "time":
      return parseTime(text, settings);
    case "interval":
      return parseInterval(text, settings.intervalStyle);
    case "uuid":
      return parseUuid(text);
    case "bytea":
      return parseBytea(text);
    case "array":
      return parseArray(text, (item) => parseText(type.element, item, settings));
    default:
      return unreachable(type);
  }
}

const whitespace = "[ \\t\\n\\v\\f\\r]*";
const integerPattern = new RegExp(
  `^${whitespace}([+-]?)(\\d+(?:_\\d+)*|0[xX](?:_?[0-9a-fA-F]+)+|0[oO](?:_?[0-7]+)+|0[bB](?:_?[01]+)+)${whitespace}$`,
);

function parseInteger(type: DataType, text: string, min: bigint, max: bigint): bigint {
  const match = integerPattern.exec(text);
  if (match === null) throw invalidText(formatDataType(type), text);
  const magnitude = BigInt((match[2] as string).replaceAll("_", ""));
  const value = match[1] === "-" ? -magnitude : magnitude;
  if (value < min || value > max) throw numberOutOfRange(formatDataType(type), text);
  return value;
}

/** Digits before and after the point that PostgreSQL's numeric can hold. */
const numericWeightMax = 131_072;
const numericScaleMax = 16_383;

const numericPattern =
  /^[ \t\n\v\f\r]*([+-]?)(?:(\d+(?:_\d+)*)?(?:\.(\d+(?:_\d+)*)?)?)(?:[eE]([+-]?\d+))?[ \t\n\v\f\r]*$/;

/** The canonical text: no sign for plus, no exponent, zeros as written. */
function parseNumeric(text: string): string {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "nan") return "NaN";
  if (/^\+?inf(inity)?$/.test(trimmed)) return "Infinity";
  if (/^-inf(inity)?$/.test(trimmed)) return "-Infinity";
  const match = numericPattern.exec(text);
  if (match === null || (match[2] === undefined && match[3] === undefined))
    throw invalidText("numeric", text);
  const whole = (match[2] ?? "").replaceAll("_", "");
  const fraction = (match[3] ?? "").replaceAll("_", "");
  const exponent = Number(match[4] ?? 0);
  if (Math.abs(exponent) > numericWeightMax || whole.length > numericWeightMax) throw numericOverflow(text);
  return placePoint(match[1] === "-", whole, fraction, exponent, text);
}

function placePoint(
  negative: boolean,
  whole: string,
  fraction: string,
  exponent: number,
  text: string,
): string {
  let digits = whole + fraction;
  let point = whole.length + exponent;
  if (point > digits.length) digits = digits.padEnd(point, "0");
  if (point < 0) {
    digits = "0".repeat(-point) + digits;
    point = 0;
  }
  const before = digits.slice(0, point).replace(/^0+(?=.)/, "") || "0";
  const after = digits.slice(point);
  if (after.length > numericScaleMax || before.length > numericWeightMax) throw numericOverflow(text);
  const magnitude = after === "" ? before : `${before}.${after}`;
  return negative && /[1-9]/.test(magnitude) ? `-${magnitude}` : magnitude;
}

function numericOverflow(text: string): Error {
  return numberOutOfRange("numeric", text);
}

const floatPattern = /^[ \t\n\v\f\r]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t\n\v\f\r]*$/;

function parseFloatText(type: "double precision" | "real", text: string): number {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "nan") return Number.NaN;
  if (/^\+?inf(inity)?$/.test(trimmed)) return Number.POSITIVE_INFINITY;
  if (/^-inf(inity)?$/.test(trimmed)) return Number.NEGATIVE_INFINITY;
  if (!floatPattern.test(text)) throw invalidText(type, text);
  const value = Number(text);
  if (!Number.isFinite(value) || (value === 0 && isNonZero(text))) throw floatOutOfRange(type, text);
  return value;
}

/** Whether the mantissa has a digit that is not zero. */
function isNonZero(text: string): boolean {
  return /[1-9]/.test(text.replace(/[eE].*$/s, ""));
}

function parseReal(text: string): number {
  const value = parseFloatText("real", text);
  const real = Math.fround(value);
  if (Number.isFinite(value) && (!Number.isFinite(real) || (real === 0 && value !== 0)))
    throw floatOutOfRange("real", text);
  return real;
}

function parseJson(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    throw invalidJson();
  }
  return text;
}

function parseBoolean(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (word === "1" || word === "on" || (word !== "" && ("true".startsWith(word) || "yes".startsWith(word))))
    return true;
  // A lone "o" could be on or off, so PostgreSQL wants two letters.
  if (word === "0" || word === "of" || word === "off") return false;
  if (word !== "" && ("false".startsWith(word) || "no".startsWith(word))) return false;
  throw invalidText("boolean", text);
}

function parseUuid(text: string): string {
  const inner = text.startsWith("{") && text.endsWith("}") ? text.slice(1, -1) : text;
  // A hyphen may stand after any group of four digits.
  if (!/^([0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}$/.test(inner)) throw invalidText("uuid", text);
  const digits = inner.replaceAll("-", "").toLowerCase();
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

function parseBytea(text: string): Uint8Array {
  if (text.startsWith("\\x")) {
    const digits = text.slice(2).replace(/[ \t\n\r]/g, "");
    const wrong = /[^0-9a-fA-F]/u.exec(digits);
    if (wrong !== null) throw invalidHexadecimal(`digit: "${wrong[0]}"`);
    if (digits.length % 2 !== 0) throw invalidHexadecimal("data: odd number of digits");
    return Buffer.from(digits, "hex");
  }
  return parseEscapedBytea(text);
}

/** The old format: `\\` is a backslash, `\ooo` an octal byte. */
function parseEscapedBytea(text: string): Uint8Array {
  const bytes: number[] = [];
  const source = Buffer.from(text);
  for (let at = 0; at < source.length; at++) {
    const byte = source[at] as number;
    if (byte !== 0x5c) {
      bytes.push(byte);
      continue;
    }
    if (source[at + 1] === 0x5c) {
      bytes.push(0x5c);
      at += 1;
      continue;
    }
    const octal = source.toString("latin1", at + 1, at + 4);
    if (!/^[0-3][0-7]{2}$/.test(octal)) throw invalidText("bytea", text);
    bytes.push(Number.parseInt(octal, 8));
    at += 3;
  }
  return Uint8Array.from(bytes);
}
