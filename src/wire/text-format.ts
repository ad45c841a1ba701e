// Values as PostgreSQL's text: what a client reads in a text-format column.
import type { DataType, IntervalValue, Value } from "../data-type.ts";
import { unreachable } from "../errors.ts";
import { offsetSpelling, type TimeZone } from "../time-zone.ts";
import { dateOfDays } from "./calendar.ts";
import { formatDouble, formatReal } from "./float-format.ts";

/** The session settings that the text of a value depends on. */
export interface TextFormatSettings {
  readonly timeZone: TimeZone;
  readonly extraFloatDigits: number;
}

const microsPerDay = 86_400_000_000n;
const int64Max = 9_223_372_036_854_775_807n;
const int64Min = -9_223_372_036_854_775_808n;
/** An infinite interval is infinite in each of its parts: since PostgreSQL 17. */
const int32Max = 2_147_483_647;
const int32Min = -2_147_483_648;

/** A value that is not NULL, in PostgreSQL's text form. */
export function formatText(type: DataType, value: NonNullable<Value>, settings: TextFormatSettings): string {
  switch (type.kind) {
    case "bigint":
    case "integer":
    case "smallint":
    case "numeric":
    case "text":
    case "uuid":
    case "json":
      return String(value);
    case "double precision":
      return formatDouble(Number(value), settings.extraFloatDigits);
    case "real":
      return formatReal(Number(value), settings.extraFloatDigits);
    case "boolean":
      return value === true ? "t" : "f";
    case "date":
      return formatDate(Number(value));
    case "timestamp":
      return formatTimestamp(BigInt(value as bigint));
    case "timestamptz":
      return formatTimestampTz(BigInt(value as bigint), settings.timeZone);
    case "time":
      return formatTime(BigInt(value as bigint));
    case "interval":
      return formatInterval(value as IntervalValue);
    case "bytea":
      return `\\x${Buffer.from(value as Uint8Array).toString("hex")}`;
    case "array":
      return formatArray(type.element, value as readonly Value[], settings);
    default:
      return unreachable(type);
  }
}

/** Days since 1970-01-01. */
export function formatDate(days: number): string {
  if (days === Number.POSITIVE_INFINITY) return "infinity";
  if (days === Number.NEGATIVE_INFINITY) return "-infinity";
  const { year, month, day } = dateOfDays(days);
  const text = `${yearText(year)}-${twoDigits(month)}-${twoDigits(day)}`;
  return year > 0 ? text : `${text} BC`;
}

function yearText(year: number): string {
  return String(year > 0 ? year : 1 - year).padStart(4, "0");
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** Microseconds since 1970-01-01 00:00. */
export function formatTimestamp(micros: bigint): string {
  return formatInstant(micros, "");
}

function formatTimestampTz(micros: bigint, zone: TimeZone): string {
  if (micros === int64Max || micros === int64Min) return formatInstant(micros, "");
  const offset = zone.offsetSecondsAt(Number(floorDivide(micros, 1_000_000n)));
  return formatInstant(micros + BigInt(offset) * 1_000_000n, offsetSpelling(offset));
}

function formatInstant(micros: bigint, suffix: string): string {
  if (micros === int64Max) return "infinity";
  if (micros === int64Min) return "-infinity";
  const days = floorDivide(micros, microsPerDay);
  const time = formatTime(micros - days * microsPerDay);
  const date = formatDate(Number(days));
  return date.endsWith(" BC") ? `${date.slice(0, -3)} ${time}${suffix} BC` : `${date} ${time}${suffix}`;
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}

/** Microseconds since midnight; 24:00:00 is a legal time. */
export function formatTime(micros: bigint): string {
  const total = Number(micros);
  const seconds = Math.floor(total / 1_000_000);
  const fraction = fractionText(total % 1_000_000);
  return `${twoDigits(Math.floor(seconds / 3600))}:${twoDigits(Math.floor(seconds / 60) % 60)}:${twoDigits(seconds % 60)}${fraction}`;
}

/** `.5`, `.000001`, or nothing. */
function fractionText(micros: number): string {
  if (micros === 0) return "";
  let digits = String(micros).padStart(6, "0");
  while (digits.endsWith("0")) digits = digits.slice(0, -1);
  return `.${digits}`;
}

function infiniteInterval({ months, micros }: IntervalValue): string | undefined {
  if (micros === int64Max && months === int32Max) return "infinity";
  return micros === int64Min && months === int32Min ? "-infinity" : undefined;
}

/** IntervalStyle postgres: `1 year 2 mons 3 days 04:05:06.7`, each part with a sign of its own. */
export function formatInterval(interval: IntervalValue): string {
  const infinity = infiniteInterval(interval);
  if (infinity !== undefined) return infinity;
  const years = Math.trunc(interval.months / 12);
  const parts: string[] = [];
  let negativeBefore = false;
  for (const [count, unit] of [
    [years, "year"],
    [interval.months - years * 12, "mon"],
    [interval.days, "day"],
  ] as const) {
    if (count === 0) continue;
    parts.push(`${negativeBefore && count > 0 ? "+" : ""}${count} ${unit}${count === 1 ? "" : "s"}`);
    negativeBefore = count < 0;
  }
  const micros = interval.micros;
  if (micros !== 0n || parts.length === 0) {
    const sign = micros < 0n ? "-" : negativeBefore ? "+" : "";
    parts.push(sign + formatLongTime(micros < 0n ? -micros : micros));
  }
  return parts.join(" ");
}

/** As formatTime, for hours beyond a day. */
function formatLongTime(micros: bigint): string {
  const seconds = micros / 1_000_000n;
  const minutes = seconds / 60n;
  const hours = String(minutes / 60n).padStart(2, "0");
  const fraction = fractionText(Number(micros % 1_000_000n));
  return `${hours}:${twoDigits(Number(minutes % 60n))}:${twoDigits(Number(seconds % 60n))}${fraction}`;
}

function formatArray(element: DataType, values: readonly Value[], settings: TextFormatSettings): string {
  const items = values.map((value) => {
    if (value === null) return "NULL";
    if (Array.isArray(value)) return formatArray(element, value, settings);
    return quoteArrayItem(formatText(element, value, settings));
  });
  return `{${items.join(",")}}`;
}

function quoteArrayItem(text: string): string {
  if (text !== "" && !/[{}",\\\s]/.test(text) && text.toUpperCase() !== "NULL") return text;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
