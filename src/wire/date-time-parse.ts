// Dates and times in the forms that drivers send: ISO 8601, slashes in DateStyle's order, and PostgreSQL's words.
//
// Differs from PostgreSQL: month names, Julian days and other free spellings are 22007.
import { findTimeZone, type TimeZone } from "../time-zone.ts";
import { daysInMonth, daysOfDate } from "./calendar.ts";
import type { TextParseSettings } from "./text-parse.ts";
import {
  dateTimeFieldOverflow,
  dateTimeOutOfRange,
  invalidDateTime,
  timeZoneNotRecognized,
} from "./wire-errors.ts";

const int64Max = 9_223_372_036_854_775_807n;
const int64Min = -9_223_372_036_854_775_808n;
const microsPerSecond = 1_000_000;
const microsPerDay = 86_400_000_000n;

/** PostgreSQL's dates end with 5874897-12-31, its timestamps with 294276-12-31; both begin 4714-11-24 BC. */
const daysMin = daysOfDate(-4713, 11, 24);
const dateDaysMax = daysOfDate(5_874_898, 1, 1) - 1;
const timestampMin = BigInt(daysMin) * microsPerDay;
const timestampEnd = BigInt(daysOfDate(294_277, 1, 1)) * microsPerDay;

interface DateTime {
  readonly days: number;
  /** Since midnight; up to 24:00:00. */
  readonly micros: number;
  /** As written, undefined without one. */
  readonly zone: TimeZone | undefined;
}

/** Days since 1970-01-01. A time and a zone may follow and do not count. */
export function parseDate(text: string, settings: TextParseSettings): number {
  const word = text.trim().toLowerCase();
  if (word === "infinity") return Number.POSITIVE_INFINITY;
  if (word === "-infinity") return Number.NEGATIVE_INFINITY;
  const { days } = dayOfWord(word, settings) ?? readDateTime("date", text, settings);
  if (days < daysMin || days > dateDaysMax) throw dateTimeOutOfRange("date", text);
  return days;
}

/** Microseconds since 1970-01-01: of the wall clock for timestamp (a zone is ignored), UTC with a time zone. */
export function parseTimestamp(
  type: "timestamp" | "timestamp with time zone",
  text: string,
  settings: TextParseSettings,
): bigint {
  const word = text.trim().toLowerCase();
  if (word === "infinity") return int64Max;
  if (word === "-infinity") return int64Min;
  if (word === "epoch") return 0n;
  const withZone = type === "timestamp with time zone";
  if (word === "now") return nowMicros(settings, withZone);
  const { days, micros, zone } = dayOfWord(word, settings) ?? readDateTime(type, text, settings);
  const local = BigInt(days) * microsPerDay + BigInt(micros);
  const offset = withZone ? offsetOfLocal(zone ?? settings.timeZone, local) : 0;
  const instant = local - BigInt(offset) * 1_000_000n;
  if (instant < timestampMin || instant >= timestampEnd) throw dateTimeOutOfRange("timestamp", text);
  return instant;
}

/** Microseconds since midnight. A zone may follow and does not count. */
export function parseTime(text: string, settings: TextParseSettings): bigint {
  const match = timePattern.exec(text.trim());
  if (match === null) {
    if (!/^\s*\d+-/.test(text)) throw invalidDateTime("time", text);
    return BigInt(readDateTime("time", text, settings).micros);
  }
  const rest = text.trim().slice(match[0].length).trim();
  if (rest !== "") zoneOf("time", rest, text);
  return BigInt(microsOfTime(match, text));
}

/**
 * Seconds east of UTC for a wall-clock instant. As PostgreSQL, one that a change skipped is read with the offset before
 * the change, one that came twice with the offset after it.
 */
function offsetOfLocal(zone: TimeZone, localMicros: bigint): number {
  const local = Number(localMicros / 1_000_000n);
  const before = zone.offsetSecondsAt(local - 86_400);
  const after = zone.offsetSecondsAt(local + 86_400);
  if (before === after) return zone.offsetSecondsAt(local - before);
  return zone.offsetSecondsAt(local - after) === after ? after : before;
}

function nowMicros(settings: TextParseSettings, withZone: boolean): bigint {
  const offset = withZone ? 0 : settings.timeZone.offsetSecondsAt(Math.floor(settings.nowMs / 1000));
  return BigInt(Math.floor(settings.nowMs * 1000)) + BigInt(offset) * 1_000_000n;
}

function dayOfWord(word: string, settings: TextParseSettings): DateTime | undefined {
  const steps = { epoch: 0, today: 0, now: 0, tomorrow: 1, yesterday: -1 } as const;
  if (!Object.hasOwn(steps, word)) return undefined;
  if (word === "epoch") return { days: 0, micros: 0, zone: undefined };
  const seconds = Math.floor(settings.nowMs / 1000);
  const local = seconds + settings.timeZone.offsetSecondsAt(seconds);
  return { days: Math.floor(local / 86_400) + steps[word as keyof typeof steps], micros: 0, zone: undefined };
}

const isoDatePattern = /^(\d{4,7})-(\d{1,2})-(\d{1,2})/;
const packedDatePattern = /^(\d{4})(\d{2})(\d{2})(?!\d)/;
const slashDatePattern = /^(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})/;
const timePattern = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d*))?)?(?!\d)(?:\s*([ap]m)\b)?/i;
const packedTimePattern = /^(\d{2})(\d{2})(\d{2})(?:\.(\d*))?(?!\d)()/;

function readDateTime(type: string, text: string, settings: TextParseSettings): DateTime {
  let rest = text.trim();
  const era = /\s*\b(bc|ad)$/i.exec(rest);
  if (era !== null) rest = rest.slice(0, era.index);
  const beforeChrist = era?.[1]?.toLowerCase() === "bc";
  const date = dateFieldsOf(rest, settings.dateOrder);
  if (date === undefined) throw invalidDateTime(type, text);
  rest = rest.slice(date.length);
  const days = daysOfFields(beforeChrist, date.fields, text);
  if (/^[Tt]\d/.test(rest)) rest = rest.slice(1);
  rest = rest.trimStart();
  const time = timePattern.exec(rest) ?? packedTimePattern.exec(rest);
  if (time !== null) rest = rest.slice(time[0].length).trim();
  const zone = rest === "" ? undefined : zoneOf(type, rest, text);
  return { days, micros: time === null ? 0 : microsOfTime(time, text), zone };
}

interface DateFields {
  readonly fields: readonly [year: number, month: number, day: number];
  readonly length: number;
}

function dateFieldsOf(text: string, order: TextParseSettings["dateOrder"]): DateFields | undefined {
  const iso = isoDatePattern.exec(text) ?? packedDatePattern.exec(text);
  if (iso !== null)
    return { fields: [Number(iso[1]), Number(iso[2]), Number(iso[3])], length: iso[0].length };
  const match = slashDatePattern.exec(text);
  if (match === null) return undefined;
  const [first, second, third] = [match[1] as string, Number(match[2]), match[3] as string];
  const length = match[0].length;
  if (first.length >= 3 || order === "YMD")
    return { fields: [fullYear(first), second, Number(third)], length };
  if (order === "DMY") return { fields: [fullYear(third), second, Number(first)], length };
  return { fields: [fullYear(third), Number(first), second], length };
}

/** Two digits mean 1970 to 2069. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length > 2) return year;
  return year < 70 ? year + 2000 : year + 1900;
}

function daysOfFields(beforeChrist: boolean, fields: DateFields["fields"], text: string): number {
  const [written, month, day] = fields;
  // There is no year 0: 1 BC is followed by 1 AD.
  if (written === 0 || month < 1 || month > 12 || day < 1) throw dateTimeFieldOverflow(text);
  const year = beforeChrist ? 1 - written : written;
  if (day > daysInMonth(year, month)) throw dateTimeFieldOverflow(text);
  return daysOfDate(year, month, day);
}

function microsOfTime(match: RegExpExecArray, text: string): number {
  let hours = Number(match[1]);
  const minutes = Number(match[2]);
  const seconds = Number(match[3] ?? 0);
  const half = match[5]?.toLowerCase();
  if (half !== undefined && half !== "") {
    if (hours < 1 || hours > 12) throw dateTimeFieldOverflow(text);
    hours = (hours % 12) + (half === "pm" ? 12 : 0);
  }
  const fraction = roundHalfEven(
    Number(`0.${match[4] === undefined || match[4] === "" ? "0" : match[4]}`) * microsPerSecond,
  );
  const micros = ((hours * 60 + minutes) * 60 + seconds) * microsPerSecond + fraction;
  if (minutes > 59 || seconds > 60 || micros > 86_400 * microsPerSecond) throw dateTimeFieldOverflow(text);
  return micros;
}

/** As C's rint, which PostgreSQL uses here. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function zoneOf(type: string, spelling: string, text: string): TimeZone {
  const match = /^([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$/.exec(spelling);
  if (match !== null) {
    const size = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
    if (size >= 16 * 3600) throw dateTimeFieldOverflow(text);
    const offset = match[1] === "-" ? -size : size;
    return { name: spelling, offsetSecondsAt: () => offset };
  }
  if (/^z(ulu)?$/i.test(spelling)) return { name: "UTC", offsetSecondsAt: () => 0 };
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(spelling)) throw invalidDateTime(type, text);
  const zone = findTimeZone(spelling);
  if (zone === undefined) throw timeZoneNotRecognized(spelling.toLowerCase());
  return zone;
}
