// Intervals: PostgreSQL's units, `1-2` and `3 4:05:06`, and ISO 8601 (`P1Y2M3DT4H5M6S`).
import type { IntervalValue } from "../data-type.ts";
import type { IntervalStyle } from "./text-styles.ts";
import { intervalOutOfRange, invalidDateTime } from "./wire-errors.ts";

interface Parts {
  months: number;
  days: number;
  micros: number;
}

const second = 1_000_000;
const int32Max = 2_147_483_647;

/** Infinite in each of its parts. */
const intervalMax = { months: int32Max, days: int32Max, micros: 9_223_372_036_854_775_807n };
const intervalMin = { months: -int32Max - 1, days: -int32Max - 1, micros: -9_223_372_036_854_775_808n };

/** What one of a unit is worth. A fraction of a month flows into days of 30, a fraction of a day into time. */
const units: readonly (readonly [names: RegExp, field: keyof Parts, size: number])[] = [
  [/^(millenniums?|millennia|mils?)$/, "months", 12_000],
  [/^(centur(y|ies)|cent|c)$/, "months", 1200],
  [/^(decades?|decs?)$/, "months", 120],
  [/^(years?|yrs?|y)$/, "months", 12],
  [/^(months?|mons?)$/, "months", 1],
  [/^(weeks?|w)$/, "days", 7],
  [/^(days?|d)$/, "days", 1],
  [/^(hours?|hrs?|h)$/, "micros", 3600 * second],
  [/^(minutes?|mins?|m)$/, "micros", 60 * second],
  [/^(seconds?|secs?|s)$/, "micros", second],
  [/^(milliseconds?|msecs?|ms)$/, "micros", 1000],
  [/^(microseconds?|usecs?|us)$/, "micros", 1],
];

/** Throws 22007, and 22015 where a part does not fit. */
export function parseInterval(text: string, style: IntervalStyle): IntervalValue {
  const trimmed = text.trim();
  const infinite = /^([+-]?)infinity$/i.exec(trimmed);
  if (infinite !== null) return infinite[1] === "-" ? intervalMin : intervalMax;
  const parts: Parts = { months: 0, days: 0, micros: 0 };
  const understood = trimmed.startsWith("P") ? readIso(trimmed, parts) : readUnits(trimmed, parts, style);
  if (!understood) throw invalidDateTime("interval", text);
  const { months, days, micros } = parts;
  if (Math.abs(months) > int32Max || Math.abs(days) > int32Max || !Number.isSafeInteger(Math.round(micros))) {
    throw intervalOutOfRange(text);
  }
  return { months, days, micros: BigInt(Math.round(micros)) };
}

function add(parts: Parts, field: keyof Parts, amount: number): void {
  if (field === "micros") {
    parts.micros += amount;
    return;
  }
  const whole = Math.trunc(amount);
  parts[field] += whole;
  const fraction = amount - whole;
  if (fraction === 0) return;
  // Rounded to a microsecond of the unit, so that 0.1 + 0.2 artefacts do not appear.
  if (field === "months") add(parts, "days", Number((fraction * 30).toFixed(10)));
  else add(parts, "micros", Math.round(fraction * 86_400 * second));
}

const tokenPattern =
  /^\s*(?:@\s*)?(?:([+-])?\s*(?:(\d+):(\d{2})(?::(\d{2}(?:\.\d*)?))?(?![\d:])|(\d+)-(\d{1,2})(?!\d)|(\d+(?:\.\d*)?|\.\d+)\s*([a-zA-Z]+)?)|(ago)$)/i;

function readUnits(text: string, parts: Parts, style: IntervalStyle): boolean {
  const tokens: Token[] = [];
  let rest = text;
  let isAgo = false;
  while (rest.trim() !== "") {
    const match = tokenPattern.exec(rest);
    if (match === null || isAgo) return false;
    rest = rest.slice(match[0].length);
    if (match[9] === undefined) tokens.push({ match, rest });
    else isAgo = true;
  }
  const isNegative = style === "sql_standard" && isNegativeThroughout(tokens);
  if (tokens.length === 0 || !tokens.every((token) => addToken(token, isNegative, parts))) return false;
  if (isAgo) negate(parts);
  return true;
}

interface Token {
  readonly match: RegExpExecArray;
  /** What stands behind it. */
  readonly rest: string;
}

/** The standard's `-1 2:03` is negative in both parts: a minus before the first is for all, where no other sign is. */
function isNegativeThroughout(tokens: readonly Token[]): boolean {
  const [first, ...others] = tokens.map(({ match }) => match[1]);
  return first === "-" && others.every((sign) => sign === undefined);
}

function negate(parts: Parts): void {
  parts.months = 0 - parts.months;
  parts.days = 0 - parts.days;
  parts.micros = 0 - parts.micros;
}

function addToken({ match, rest }: Token, isNegative: boolean, parts: Parts): boolean {
  const sign = isNegative || match[1] === "-" ? -1 : 1;
  if (match[2] !== undefined) {
    const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    if (Number(match[3]) > 59 || Number(match[4] ?? 0) >= 60) return false;
    parts.micros += sign * Math.round(seconds * second);
    return true;
  }
  if (match[5] !== undefined) {
    if (Number(match[6]) > 11) return false;
    parts.months += sign * (Number(match[5]) * 12 + Number(match[6]));
    return true;
  }
  const amount = sign * Number(match[7]);
  const name = match[8]?.toLowerCase();
  if (name === undefined) {
    // A bare number before a time counts days, at the end seconds.
    add(
      parts,
      /^\s*[+-]?\d+:/.test(rest) ? "days" : "micros",
      /^\s*[+-]?\d+:/.test(rest) ? amount : amount * second,
    );
    return true;
  }
  const unit = units.find(([names]) => names.test(name));
  if (unit === undefined) return false;
  add(parts, unit[1], amount * unit[2]);
  return true;
}

const isoPattern =
  /^P(?:([+-]?[\d.]+)Y)?(?:([+-]?[\d.]+)M)?(?:([+-]?[\d.]+)W)?(?:([+-]?[\d.]+)D)?(?:T(?:([+-]?[\d.]+)H)?(?:([+-]?[\d.]+)M)?(?:([+-]?[\d.]+)S)?)?$/;

const isoUnits: readonly (readonly [field: keyof Parts, size: number])[] = [
  ["months", 12],
  ["months", 1],
  ["days", 7],
  ["days", 1],
  ["micros", 3600 * second],
  ["micros", 60 * second],
  ["micros", second],
];

function readIso(text: string, parts: Parts): boolean {
  const match = isoPattern.exec(text);
  if (match === null || match.slice(1).every((field) => field === undefined)) return false;
  for (const [index, [field, size]] of isoUnits.entries()) {
    const amount = Number(match[index + 1] ?? 0);
    if (Number.isNaN(amount)) return false;
    add(parts, field, amount * size);
  }
  return true;
}
