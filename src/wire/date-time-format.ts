// Dates and times as PostgreSQL's text, under each DateStyle.
import { offsetSpelling, type TimeZone } from "../time-zone.ts";
import { zoneAbbreviation } from "../zone-abbreviations.ts";
import { type CalendarDate, dateOfDays } from "./calendar.ts";
import { plainStyles, type TextStyles } from "./text-styles.ts";

const microsPerDay = 86_400_000_000n;
const microsPerSecond = 1_000_000n;
const int64Max = 9_223_372_036_854_775_807n;
const int64Min = -9_223_372_036_854_775_808n;

/** PostgreSQL prints no more characters of a zone's name. */
const zoneCharsMax = 10;

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** 1970-01-01 was one of the first. */
const weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/** Days since 1970-01-01. */
export function formatDate(days: number, styles: TextStyles = plainStyles): string {
  if (days === Number.POSITIVE_INFINITY) return "infinity";
  if (days === Number.NEGATIVE_INFINITY) return "-infinity";
  const date = dateOfDays(days);
  const text = dateFields(date, styles);
  return date.year > 0 ? text : `${text} BC`;
}

function dateFields(date: CalendarDate, { dateStyle, dateOrder }: TextStyles): string {
  const year = yearText(date);
  const [month, day] = [twoDigits(date.month), twoDigits(date.day)];
  switch (dateStyle) {
    case "ISO":
      return `${year}-${month}-${day}`;
    case "German":
      return `${day}.${month}.${year}`;
    case "SQL":
      return dateOrder === "DMY" ? `${day}/${month}/${year}` : `${month}/${day}/${year}`;
    case "Postgres":
      return dateOrder === "DMY" ? `${day}-${month}-${year}` : `${month}-${day}-${year}`;
    default:
      return dateStyle satisfies never;
  }
}

function yearText({ year }: CalendarDate): string {
  return String(year > 0 ? year : 1 - year).padStart(4, "0");
}

export function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

/** Microseconds since 1970-01-01 00:00. */
export function formatTimestamp(micros: bigint, styles: TextStyles = plainStyles): string {
  return formatInstant(micros, "", styles);
}

export function formatTimestampTz(micros: bigint, zone: TimeZone, styles: TextStyles): string {
  if (micros === int64Max || micros === int64Min) return formatInstant(micros, "", styles);
  const seconds = Number(floorDivide(micros, microsPerSecond));
  const offset = zone.offsetSecondsAt(seconds);
  const local = micros + BigInt(offset) * microsPerSecond;
  return formatInstant(local, zoneSuffix(zone, seconds, offset, styles), styles);
}

/** ISO dates have an offset behind them, all others the name of the zone. */
function zoneSuffix(zone: TimeZone, seconds: number, offset: number, { dateStyle }: TextStyles): string {
  if (dateStyle === "ISO") return offsetSpelling(offset);
  const name = zoneAbbreviation(zone, seconds);
  if (name !== undefined) return ` ${name.slice(0, zoneCharsMax)}`;
  return dateStyle === "Postgres" ? ` ${offsetSpelling(offset)}` : offsetSpelling(offset);
}

function formatInstant(micros: bigint, suffix: string, styles: TextStyles): string {
  if (micros === int64Max) return "infinity";
  if (micros === int64Min) return "-infinity";
  const days = floorDivide(micros, microsPerDay);
  const time = formatTime(micros - days * microsPerDay);
  const date = dateOfDays(Number(days));
  const era = date.year > 0 ? "" : " BC";
  if (styles.dateStyle !== "Postgres") return `${dateFields(date, styles)} ${time}${suffix}${era}`;
  const month = months[date.month - 1] as string;
  const day = twoDigits(date.day);
  const monthAndDay = styles.dateOrder === "DMY" ? `${day} ${month}` : `${month} ${day}`;
  const weekday = weekdays[((Number(days) % 7) + 7) % 7] as string;
  return `${weekday} ${monthAndDay} ${time} ${yearText(date)}${suffix}${era}`;
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
export function fractionText(micros: number): string {
  if (micros === 0) return "";
  let digits = String(micros).padStart(6, "0");
  while (digits.endsWith("0")) digits = digits.slice(0, -1);
  return `.${digits}`;
}
