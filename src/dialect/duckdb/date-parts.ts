// extract() and date_part(): one field of a date, time or interval.
import { oids, typeNameOf } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { argument, requiredText } from "./arguments.ts";
import { daysOf, microsOf, monthsOf } from "./interval-parts.ts";
import { once } from "./once.ts";
import { raise } from "./raise.ts";
import { toLocal } from "./time-zone.ts";

const synonyms: Readonly<Record<string, string>> = {
  years: "year",
  yr: "year",
  yrs: "year",
  y: "year",
  months: "month",
  mon: "month",
  mons: "month",
  days: "day",
  d: "day",
  hours: "hour",
  hr: "hour",
  hrs: "hour",
  h: "hour",
  minutes: "minute",
  min: "minute",
  mins: "minute",
  m: "minute",
  seconds: "second",
  sec: "second",
  secs: "second",
  s: "second",
  weeks: "week",
  w: "week",
  quarters: "quarter",
  qtr: "quarter",
  milliseconds: "millisecond",
  msec: "millisecond",
  msecs: "millisecond",
  ms: "millisecond",
  microseconds: "microsecond",
  usec: "microsecond",
  usecs: "microsecond",
  us: "microsecond",
  decades: "decade",
  centuries: "century",
  c: "century",
  millennia: "millennium",
};

const dateFields = ["year", "month", "day", "dow", "isodow", "doy", "week", "isoyear", "quarter"];
const yearSpans = ["decade", "century", "millennium"];
const clockFields = ["hour", "minute", "second", "millisecond", "microsecond"];

const fieldsOf = new Map<number, ReadonlySet<string>>([
  [oids.date, new Set([...dateFields, ...yearSpans, "epoch"])],
  [oids.timestamp, new Set([...dateFields, ...yearSpans, ...clockFields, "epoch"])],
  [oids.timestamptz, new Set([...dateFields, ...yearSpans, ...clockFields, "epoch"])],
  [oids.time, new Set([...clockFields, "epoch"])],
  [oids.interval, new Set(["year", "month", "day", "quarter", ...yearSpans, ...clockFields, "epoch"])],
]);

function fieldOf(call: Call): string {
  const written = requiredText(call, 0, "a field of extract()").toLowerCase().trim();
  const field = synonyms[written] ?? written;
  const type = call.types[1] ?? 0;
  if (fieldsOf.get(type)?.has(field) === true) return field;
  return call.refuse(
    `the field "${written}" of ${typeNameOf(type)}`,
    call.location,
    `The fields of ${typeNameOf(type)} are ${[...(fieldsOf.get(type) ?? [])].join(", ")}.`,
  );
}

/** The value to read fields of: of an instant, the session's local time. */
function source(call: Call): string {
  const value = argument(call, 1);
  return call.types[1] === oids.timestamptz ? toLocal(value, call, call.location) : value;
}

const intervalYears = (value: string) => `extract(year FROM ${value})`;

/** Whole numbers; years before Christ have no year 0 in PostgreSQL. */
function wholeField(field: string, value: string, type: number): string {
  if (type === oids.interval) {
    if (field === "decade") return `(${intervalYears(value)} // 10)`;
    if (field === "century") return `(${intervalYears(value)} // 100)`;
    if (field === "millennium") return `(${intervalYears(value)} // 1000)`;
    if (field === "quarter") {
      const months = `extract(month FROM ${value})`;
      const isNegative = `${intervalYears(value)} * 12 + ${months} < 0`;
      return `CASE WHEN ${isNegative} THEN ${months} // 3 - 1 ELSE ${months} // 3 + 1 END`;
    }
  }
  return `extract(${field} FROM ${value})`;
}

/** Microseconds since 1970, or within the interval. */
function epochMicros(call: Call): string {
  const value = argument(call, 1);
  return `epoch_us(${value})`;
}

/** Seconds: a year has 365.25 days, a month 30. */
function intervalEpoch(call: Call): string {
  return once([argument(call, 1)], (interval) => {
    const [months, days] = [`CAST(${monthsOf(interval)} AS BIGINT)`, daysOf(interval)];
    const quarters = `(1461 * (${months} // 12) + 120 * (${months} % 12) + 4 * ${days})`;
    return `(CAST(${quarters} * 21600 AS DECIMAL(25,6)) + ${microsOf(interval)} * 0.000001)`;
  });
}

/** numeric, with as many digits after the point as PostgreSQL prints. */
export const extract: Rendering = (call) => finite(call, extracted);

/** Fields that grow without end, as a time of infinity does; the others have no value of it. */
const endless: ReadonlySet<string> = new Set(["year", "isoyear", "epoch", ...yearSpans]);
const calendar: ReadonlySet<number> = new Set([oids.date, oids.timestamp, oids.timestamptz]);

/** Differs from PostgreSQL: the infinite field of an infinite time is out of range. */
function finite(call: Call, print: (call: Call) => string): string {
  const text = print(call);
  if (!calendar.has(call.types[1] ?? 0) || !endless.has(fieldOf(call))) return text;
  const isInfinite = `isinf(${argument(call, 1)})`;
  return `CASE WHEN ${isInfinite} THEN ${raise("numeric_value_out_of_range")} ELSE ${text} END`;
}

function extracted(call: Call): string {
  const field = fieldOf(call);
  const type = call.types[1] ?? 0;
  if (field === "epoch") {
    if (type === oids.date) return `CAST(epoch(${argument(call, 1)}) AS BIGINT)`;
    if (type === oids.interval) return `CAST(${intervalEpoch(call)} AS DECIMAL(25,6))`;
    return `CAST(${epochMicros(call)} * 0.000001 AS DECIMAL(25,6))`;
  }
  const value = source(call);
  if (field === "second") return `CAST(extract(microsecond FROM ${value}) * 0.000001 AS DECIMAL(18,6))`;
  if (field === "millisecond") return `CAST(extract(microsecond FROM ${value}) * 0.001 AS DECIMAL(18,3))`;
  return wholeField(field, value, type);
}

export const datePart: Rendering = (call) => finite(call, dated);

function dated(call: Call): string {
  const field = fieldOf(call);
  const type = call.types[1] ?? 0;
  if (field === "epoch") {
    if (type === oids.interval) return `date_part('epoch', ${argument(call, 1)})`;
    return type === oids.date
      ? `CAST(epoch(${argument(call, 1)}) AS DOUBLE)`
      : `(epoch_us(${argument(call, 1)}) / 1e6)`;
  }
  const value = source(call);
  if (field === "second") return `(extract(microsecond FROM ${value}) / 1e6)`;
  if (field === "millisecond") return `(extract(microsecond FROM ${value}) / 1e3)`;
  return `CAST(${wholeField(field, value, type)} AS DOUBLE)`;
}
