// Intervals as PostgreSQL's text, under each IntervalStyle.
import type { IntervalValue } from "../data-type.ts";
import { fractionText, twoDigits } from "./date-time-format.ts";
import type { IntervalStyle } from "./text-styles.ts";

const int64Max = 9_223_372_036_854_775_807n;
const int64Min = -9_223_372_036_854_775_808n;
/** An infinite interval is infinite in each of its parts: since PostgreSQL 17. */
const int32Max = 2_147_483_647;
const int32Min = -2_147_483_648;

/** Hours, minutes, seconds and microseconds have one sign, years and months another. */
interface Fields {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly micros: number;
}

export function formatInterval(interval: IntervalValue, style: IntervalStyle = "postgres"): string {
  const infinity = infiniteInterval(interval);
  if (infinity !== undefined) return infinity;
  const fields = fieldsOf(interval);
  switch (style) {
    case "postgres":
      return postgresText(fields);
    case "postgres_verbose":
      return verboseText(fields);
    case "sql_standard":
      return standardText(fields);
    case "iso_8601":
      return isoText(fields);
    default:
      return style satisfies never;
  }
}

function infiniteInterval({ months, micros }: IntervalValue): string | undefined {
  if (micros === int64Max && months === int32Max) return "infinity";
  return micros === int64Min && months === int32Min ? "-infinity" : undefined;
}

function fieldsOf({ months, days, micros }: IntervalValue): Fields {
  const seconds = micros / 1_000_000n;
  const minutes = seconds / 60n;
  return {
    years: whole(months / 12),
    months: whole(months % 12),
    days,
    hours: Number(minutes / 60n),
    minutes: Number(minutes % 60n),
    seconds: Number(seconds % 60n),
    micros: Number(micros % 1_000_000n),
  };
}

/** Without a fraction, and without a negative zero. */
function whole(value: number): number {
  return Math.trunc(value) + 0;
}

function clockOf({ hours, minutes, seconds, micros }: Fields): readonly number[] {
  return [hours, minutes, seconds, micros];
}

/** `3:04:05.6`, without a sign. */
function clockText(fields: Fields, hourDigits: number): string {
  const [hours, minutes, seconds, micros] = clockOf(fields).map(Math.abs) as [number, number, number, number];
  return `${String(hours).padStart(hourDigits, "0")}:${twoDigits(minutes)}:${twoDigits(seconds)}${fractionText(micros)}`;
}

function isNegative(value: number): boolean {
  return value < 0;
}

/** `1 year 2 mons 3 days 04:05:06.7`, each part with a sign of its own. */
function postgresText(fields: Fields): string {
  const parts: string[] = [];
  let negativeBefore = false;
  for (const [count, unit] of [
    [fields.years, "year"],
    [fields.months, "mon"],
    [fields.days, "day"],
  ] as const) {
    if (count === 0) continue;
    parts.push(`${negativeBefore && count > 0 ? "+" : ""}${count} ${unit}${count === 1 ? "" : "s"}`);
    negativeBefore = count < 0;
  }
  if (clockOf(fields).some(Boolean) || parts.length === 0) {
    const sign = clockOf(fields).some(isNegative) ? "-" : negativeBefore ? "+" : "";
    parts.push(sign + clockText(fields, 2));
  }
  return parts.join(" ");
}

/** `@ 1 year -2 mons 3 secs ago`: what comes first says whether it is ago, and signs are relative to that. */
function verboseText(fields: Fields): string {
  const { seconds, micros } = fields;
  let text = "@";
  let isAgo: boolean | undefined;
  const append = (isNegativeValue: boolean, size: string, unit: string): void => {
    isAgo ??= isNegativeValue;
    text += ` ${isNegativeValue === isAgo ? "" : "-"}${size} ${unit}${unitEnding(isNegativeValue === isAgo, size)}`;
  };
  for (const [count, unit] of [
    [fields.years, "year"],
    [fields.months, "mon"],
    [fields.days, "day"],
    [fields.hours, "hour"],
    [fields.minutes, "min"],
  ] as const) {
    if (count !== 0) append(count < 0, String(Math.abs(count)), unit);
  }
  if (seconds !== 0 || micros !== 0) {
    const size = `${Math.abs(seconds)}${fractionText(Math.abs(micros))}`;
    // Of seconds the sign does not count: 1 and -1 are both singular.
    const isMinus = seconds < 0 || micros < 0;
    isAgo ??= isMinus;
    text += ` ${isMinus === isAgo ? "" : "-"}${size} sec${unitEnding(true, size)}`;
  }
  if (isAgo === undefined) return `${text} 0`;
  return isAgo ? `${text} ago` : text;
}

function unitEnding(isPositive: boolean, size: string): string {
  return isPositive && size === "1" ? "" : "s";
}

/** `1-2` or `3 4:05:06` with one sign before all; what the standard has no form for has a sign before each part. */
function standardText(fields: Fields): string {
  const { years, months, days } = fields;
  const clock = clockOf(fields);
  const values = [years, months, days, ...clock];
  const hasNegative = values.some(isNegative);
  const hasPositive = values.some((value) => value > 0);
  const hasYearMonth = years !== 0 || months !== 0;
  const hasDayTime = days !== 0 || clock.some(Boolean);
  if (!hasNegative && !hasPositive) return "0";
  const yearMonth = `${Math.abs(years)}-${Math.abs(months)}`;
  const time = clockText(fields, 1);
  if ((hasNegative && hasPositive) || (hasYearMonth && hasDayTime)) {
    const signOf = (...parts: readonly number[]) => (parts.some(isNegative) ? "-" : "+");
    return `${signOf(years, months)}${yearMonth} ${signOf(days)}${Math.abs(days)} ${signOf(...clock)}${time}`;
  }
  const sign = hasNegative ? "-" : "";
  if (hasYearMonth) return sign + yearMonth;
  return days === 0 ? sign + time : `${sign}${Math.abs(days)} ${time}`;
}

/** `P1Y2M3DT4H5M6.7S`, each part with a sign of its own. */
function isoText(fields: Fields): string {
  const { years, months, days, hours, minutes, seconds, micros } = fields;
  const part = (value: number, letter: string) => (value === 0 ? "" : `${value}${letter}`);
  const sign = seconds < 0 || micros < 0 ? "-" : "";
  const shown = `${sign}${Math.abs(seconds)}${fractionText(Math.abs(micros))}S`;
  const clock = part(hours, "H") + part(minutes, "M") + (seconds === 0 && micros === 0 ? "" : shown);
  const date = part(years, "Y") + part(months, "M") + part(days, "D");
  if (date === "" && clock === "") return "PT0S";
  return `P${date}${clock === "" ? "" : `T${clock}`}`;
}
