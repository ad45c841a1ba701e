// to_char() of dates and times, its pattern read here and written out part by part.

import { oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { patternHint } from "../hints.ts";
import { argument, requiredText } from "./arguments.ts";
import { formatParts } from "./format-pattern.ts";
import { textLiteral } from "./identifiers.ts";
import { once } from "./once.ts";
import { raise } from "./raise.ts";
import { toLocal } from "./time-zone.ts";
import { intervalToChar } from "./to-char-interval.ts";
import { numberToChar } from "./to-char-number.ts";

type Part = (value: string) => string;

/** A number field of a fixed width. */
function digits(field: string, width: number): Part {
  return (value) => `lpad(CAST(extract(${field} FROM ${value}) AS VARCHAR), ${width}, '0')`;
}

function formatted(code: string): Part {
  return (value) => `strftime(${value}, '${code}')`;
}

/** A name with blanks up to the longest, as PostgreSQL pads names of months and days. */
function padded(part: Part, width = 9): Part {
  return (value) => `rpad(${part(value)}, ${width}, ' ')`;
}

function upper(part: Part): Part {
  return (value) => `upper(${part(value)})`;
}

function lower(part: Part): Part {
  return (value) => `lower(${part(value)})`;
}

const hour12: Part = (value) => `lpad(CAST((extract(hour FROM ${value}) + 11) % 12 + 1 AS VARCHAR), 2, '0')`;
const month = formatted("%B");
const day = formatted("%A");
const shortMonth = formatted("%b");
const shortDay = formatted("%a");
const year: Part = (value) => `lpad(CAST(extract(year FROM ${value}) AS VARCHAR), 4, '0')`;
const isoYear: Part = (value) => `lpad(CAST(extract(isoyear FROM ${value}) AS VARCHAR), 4, '0')`;
const meridian =
  (am: string, pm: string): Part =>
  (value) =>
    `CASE WHEN extract(hour FROM ${value}) < 12 THEN '${am}' ELSE '${pm}' END`;

/** The last digits of a year. */
function lastDigits(part: Part, count: number): Part {
  return (value) => `right(${part(value)}, ${count})`;
}

/** Week of the year (WW) and of the month (W) begin with its first day. */
const weekOfYear: Part = (value) =>
  `lpad(CAST((extract(doy FROM ${value}) - 1) // 7 + 1 AS VARCHAR), 2, '0')`;
const weekOfMonth: Part = (value) => `CAST((extract(day FROM ${value}) - 1) // 7 + 1 AS VARCHAR)`;

interface Field {
  readonly part: Part;
  /** Without leading zeros or trailing blanks, under FM. */
  readonly filled: Part;
  /** A number, which may have an ordinal's ending. */
  readonly counts?: boolean;
}

function numberField(part: Part): Field {
  return { part, filled: (value) => `CAST(CAST(${part(value)} AS BIGINT) AS VARCHAR)`, counts: true };
}

function textField(part: Part, filled = part): Field {
  return { part, filled };
}

const fields: Readonly<Record<string, Field>> = {
  YYYY: numberField(year),
  YYY: textField(lastDigits(year, 3)),
  YY: textField(lastDigits(year, 2)),
  Y: textField(lastDigits(year, 1)),
  IYYY: numberField(isoYear),
  IYY: textField(lastDigits(isoYear, 3)),
  IY: textField(lastDigits(isoYear, 2)),
  I: textField(lastDigits(isoYear, 1)),
  MM: numberField(digits("month", 2)),
  MONTH: textField(upper(padded(month)), upper(month)),
  Month: textField(padded(month), month),
  month: textField(lower(padded(month)), lower(month)),
  MON: textField(upper(shortMonth)),
  Mon: textField(shortMonth),
  mon: textField(lower(shortMonth)),
  DAY: textField(upper(padded(day)), upper(day)),
  Day: textField(padded(day), day),
  day: textField(lower(padded(day)), lower(day)),
  DY: textField(upper(shortDay)),
  Dy: textField(shortDay),
  dy: textField(lower(shortDay)),
  DDD: numberField(digits("doy", 3)),
  DD: numberField(digits("day", 2)),
  D: textField((value) => `CAST(extract(dow FROM ${value}) + 1 AS VARCHAR)`),
  ID: textField((value) => `CAST(extract(isodow FROM ${value}) AS VARCHAR)`),
  Q: textField((value) => `CAST(extract(quarter FROM ${value}) AS VARCHAR)`),
  WW: numberField(weekOfYear),
  W: textField(weekOfMonth),
  IW: numberField(digits("week", 2)),
  HH24: numberField(digits("hour", 2)),
  HH12: numberField(hour12),
  HH: numberField(hour12),
  MI: numberField(digits("minute", 2)),
  SS: numberField(digits("second", 2)),
  MS: textField(
    (value) => `lpad(CAST(extract(microsecond FROM ${value}) % 1000000 // 1000 AS VARCHAR), 3, '0')`,
  ),
  US: textField((value) => `lpad(CAST(extract(microsecond FROM ${value}) % 1000000 AS VARCHAR), 6, '0')`),
  AM: textField(meridian("AM", "PM")),
  PM: textField(meridian("AM", "PM")),
  am: textField(meridian("am", "pm")),
  pm: textField(meridian("am", "pm")),
  "A.M.": textField(meridian("A.M.", "P.M.")),
  "P.M.": textField(meridian("A.M.", "P.M.")),
  "a.m.": textField(meridian("a.m.", "p.m.")),
  "p.m.": textField(meridian("a.m.", "p.m.")),
};

const fieldNames = Object.keys(fields);

/** 1st, 2nd, 3rd, 4th, and 11th to 13th. */
function withOrdinal(number: string, letters: "TH" | "th"): string {
  return once([number], (text) => {
    const last = `CASE right(${text}, 1) WHEN '1' THEN 'st' WHEN '2' THEN 'nd' WHEN '3' THEN 'rd' ELSE 'th' END`;
    const isTeen = `length(${text}) > 1 AND substring(${text}, length(${text}) - 1, 1) = '1'`;
    const ending = `CASE WHEN ${isTeen} THEN 'th' ELSE ${last} END`;
    return `(${text} || ${letters === "TH" ? `upper(${ending})` : ending})`;
  });
}

export const toChar: Rendering = (call: Call) => {
  const type = call.types[0];
  if (type === oids.interval) return intervalToChar(call);
  if (type !== oids.timestamp && type !== oids.timestamptz) return numberToChar(call);
  const given = argument(call, 0);
  const value = type === oids.timestamptz ? toLocal(given, call, call.location) : given;
  const pattern = requiredText(call, 1, "a pattern of to_char()");
  const parts = formatParts(pattern, fieldNames, true, true);
  if (parts === undefined) return call.refuse("this pattern of to_char()", call.location, patternHint);
  const texts = parts.map((part) => {
    if (part.kind === "text") return textLiteral(part.text);
    const field = fields[part.name];
    if (field === undefined)
      return call.refuse(`"${part.name}" in a pattern of to_char()`, call.location, patternHint);
    const shown = part.fill ? field.part(value) : field.filled(value);
    if (part.ordinal === undefined) return shown;
    if (field.counts !== true)
      return call.refuse(
        `"${part.name}${part.ordinal}" in a pattern of to_char()`,
        call.location,
        patternHint,
      );
    return withOrdinal(shown, part.ordinal);
  });
  // Differs from PostgreSQL: a year before Christ and infinity are refused, not shown.
  const shown = texts.length === 0 ? "''" : texts.join(" || ");
  return `CASE WHEN ${value} IS NULL THEN NULL WHEN isinf(${value}) OR extract(year FROM ${value}) < 1 OR extract(year FROM ${value}) > 9999 THEN ${raise("datetime_field_overflow")} ELSE ${shown} END`;
};
