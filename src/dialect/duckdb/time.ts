// Functions over dates, times and intervals.

import type { IntervalValue } from "../../data-type.ts";
import type { timeFunctions } from "../../query/offered-time-functions.ts";
import type { FuncExpr } from "../../query/query.ts";
import { oids, typeNameOf } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { hints } from "../hints.ts";
import { isUtc } from "../utc.ts";
import { argument, constantText, raisingWhen, requiredText } from "./arguments.ts";
import { datePart, extract } from "./date-parts.ts";
import { addInterval } from "./interval-arithmetic.ts";
import { daysOf, intervalOf, microsOf, monthsOf } from "./interval-parts.ts";
import { once } from "./once.ts";
import { toDate, toTimestamp } from "./parse-formatted.ts";
import { justifyDays, justifyHours, justifyInterval, overlaps } from "./periods.ts";
import { raise } from "./raise.ts";
import { atNamedZone, atZoneOf, fromLocal, namedZone, toLocal } from "./time-zone.ts";
import { toChar } from "./to-char.ts";
import { toNumber } from "./to-char-number.ts";

const microsPerDay = 86_400_000_000n;

const calendarUnits = new Set(["day", "week", "month", "quarter", "year", "decade", "century", "millennium"]);
const clockUnits = new Set(["microseconds", "milliseconds", "second", "minute", "hour"]);

/** A constant unit; refuses those that PostgreSQL has not. */
function truncUnit(call: Call): string {
  const unit = requiredText(call, 0, "a unit of date_trunc()").toLowerCase().trim();
  const known = calendarUnits.has(unit) || clockUnits.has(unit);
  return known
    ? unit
    : call.refuse(
        `the unit "${unit}" of date_trunc()`,
        call.location,
        `Use one of ${[...calendarUnits, ...clockUnits].join(", ")}.`,
      );
}

/** Years of the units that begin with a year 1: 2001 is the first of its century and millennium. */
const spans: Readonly<Record<string, number>> = { century: 100, millennium: 1000 };

/** A timestamp cut to a unit; DuckDB begins centuries in the year 0. */
function cut(unit: string, value: string): string {
  const years = spans[unit];
  if (years === undefined) return `date_trunc('${unit}', ${value})`;
  return once([value], (time) => {
    const first = `(extract(year FROM ${time}) + ${years - 1}) // ${years} * ${years} - ${years - 1}`;
    const made = `make_timestamp(${first}, 1, 1, 0, 0, 0)`;
    const early = `extract(year FROM ${time}) < 1 THEN ${raise("datetime_field_overflow")}`;
    return `CASE WHEN isinf(${time}) THEN ${time} WHEN ${early} ELSE ${made} END`;
  });
}

/** Months that make a unit of an interval, or microseconds. */
const monthsOfUnit: Readonly<Record<string, number>> = {
  month: 1,
  quarter: 3,
  year: 12,
  decade: 120,
  century: 1200,
  millennium: 12_000,
};
const microsOfUnit: Readonly<Record<string, number>> = {
  microseconds: 1,
  milliseconds: 1000,
  second: 1_000_000,
  minute: 60_000_000,
  hour: 3_600_000_000,
};

/** Towards zero; days are not months, and hours not days. */
function intervalTrunc(call: Call): string {
  const unit = truncUnit(call);
  if (unit === "week")
    return call.refuse(
      'the unit "week" of date_trunc() of an interval',
      call.location,
      'Use the unit "day".',
    );
  return once([argument(call, 1)], (interval) => {
    const [months, micros] = [monthsOf(interval), microsOf(interval)];
    const inMonths = monthsOfUnit[unit];
    if (inMonths !== undefined) return `to_months(CAST(${months} // ${inMonths} * ${inMonths} AS INTEGER))`;
    const inMicros = microsOfUnit[unit];
    const rest = inMicros === undefined ? "0" : `${micros} // ${inMicros} * ${inMicros}`;
    return intervalOf(months, daysOf(interval), rest);
  });
}

/** A unit that is a parameter is checked when it is known. */
function checkedUnit(call: Call): string {
  const unit = `lower(${argument(call, 0)})`;
  const known = [...calendarUnits, ...clockUnits]
    .filter((name) => spans[name] === undefined)
    .map((name) => `'${name}'`)
    .join(", ");
  return `CASE WHEN ${unit} NOT IN (${known}) THEN ${raise("invalid_parameter_value")} ELSE ${unit} END`;
}

const dateTrunc: Rendering = (call) => {
  if (call.types[1] === oids.interval) return intervalTrunc(call);
  if (call.nodes[0]?.kind === "Param" && call.args.length === 2) {
    const unit = checkedUnit(call);
    if (call.types[1] === oids.timestamp) return `date_trunc(${unit}, ${argument(call, 1)})`;
    if (isUtc(call.settings.timeZone)) {
      const local = toLocal(argument(call, 1), call, call.location);
      return fromLocal(`date_trunc(${unit}, ${local})`, call, call.location);
    }
  }
  const unit = truncUnit(call);
  if (call.types[1] === oids.timestamp) return cut(unit, argument(call, 1));
  if (call.args.length === 3) {
    const zone = namedZone(requiredText(call, 2, "a time zone"), call);
    return zonedTrunc({ ...call, settings: { ...call.settings, timeZone: zone } }, unit, argument(call, 1));
  }
  return zonedTrunc(call, unit, argument(call, 1));
};

/** The start of the stride that the time lies in, counted from the origin. */
const dateBin: Rendering = (call) => {
  const [stride] = call.nodes;
  const value = stride?.kind === "Const" ? (stride.value as IntervalValue | null) : undefined;
  const isFixed = value !== undefined && value !== null && value.months === 0;
  if (!isFixed || BigInt(value.days) * microsPerDay + value.micros <= 0n) {
    return call.refuse(
      "date_bin() of a stride that is not a constant of days and hours",
      call.location,
      "Write a literal such as INTERVAL '15 minutes'; for months use date_trunc().",
    );
  }
  const [width, source, origin] = [argument(call, 0), argument(call, 1), argument(call, 2)];
  const binned = (text: string) =>
    `CASE WHEN isinf(${source}) THEN ${source} WHEN isinf(${origin}) THEN ${raise("datetime_field_overflow")} ELSE ${text} END`;
  if (call.type === oids.timestamp) return binned(`time_bucket(${width}, ${source}, ${origin})`);
  const instant = (text: string) => `timezone('UTC', ${text})`;
  return binned(instant(`time_bucket(${width}, ${instant(source)}, ${instant(origin)})`));
};

/** A date cast to the session's midnight, of which only the date is asked. */
function dateBehind(call: Call): string | undefined {
  const node = call.nodes[1];
  if (node?.kind !== "FuncExpr" || !isUtc(call.settings.timeZone)) return undefined;
  const inner = (node as FuncExpr).args[0];
  return inner?.type === oids.date && node.args.length === 1 ? call.print(inner) : undefined;
}

function zonedTrunc(call: Call, unit: string, value: string): string {
  const date = call.args.length === 2 ? dateBehind(call) : undefined;
  if (date !== undefined) return fromLocal(cut(unit, `CAST(${date} AS TIMESTAMP)`), call, call.location);
  const local = toLocal(value, call, call.location);
  if (calendarUnits.has(unit) || isUtc(call.settings.timeZone)) {
    return fromLocal(cut(unit, local), call, call.location);
  }
  // Within an hour that a clock repeats only the offset of the value itself tells which one is meant.
  return `CASE WHEN isinf(${value}) THEN ${value} ELSE ${value} - (${local} - date_trunc('${unit}', ${local})) END`;
}

/** The start of the statement as the session's midnight. */
function today(call: Call): string {
  return `CAST(CAST(${toLocal(call.boundValue("now"), call, call.location)} AS DATE) AS TIMESTAMP)`;
}

const age: Rendering = (call) => {
  const local = call.args.map((text, index) =>
    call.types[index] === oids.timestamptz ? toLocal(text, call, call.location) : text,
  );
  const infinite = local.map((text) => `isinf(${text})`).join(" OR ");
  const between = local.length === 1 ? `${today(call)}, ${local[0]}` : local.join(", ");
  // DuckDB has no endless interval.
  return `CASE WHEN ${infinite} THEN ${raise("datetime_field_overflow")} ELSE age(${between}) END`;
};

/** There is no year 0: the year before 1 is -1. */
const makeDate: Rendering = (call) => {
  const [year, month, day] = call.args;
  const astronomical = `CASE WHEN ${year} < 0 THEN ${year} + 1 ELSE ${year} END`;
  const date = `make_date(CAST(${astronomical} AS BIGINT), ${month}, ${day})`;
  return raisingWhen(call, `${year} = 0`, "datetime_field_overflow", date);
};

const makeTimestamp: Rendering = (call) => {
  const parts = call.args.slice(0, 6).join(", ");
  const invalid = `(${call.args[0]} <= 0 OR ${call.args[5]} < 0 OR ${call.args[5]} >= 60)`;
  return raisingWhen(call, invalid, "datetime_field_overflow", `make_timestamp(${parts})`);
};

const makeTimestamptz: Rendering = (call) => {
  if (typeof makeTimestamp !== "function") return "";
  const local = makeTimestamp(call);
  if (call.args.length === 6) return fromLocal(local, call, call.location);
  return atNamedZone(requiredText(call, 6, "a time zone"), local, false, call, call.location);
};

/** 60 seconds are a minute and 24 hours the end of the day. */
const makeTime: Rendering = (call) => {
  const [hour, minute, second] = call.args;
  const micros = `((CAST(${hour} AS BIGINT) * 60 + ${minute}) * 60000000 + CAST(round_even(${second} * 1e6, 0) AS BIGINT))`;
  const invalid = `(${hour} < 0 OR ${minute} < 0 OR ${minute} > 59 OR ${second} < 0 OR ${second} > 60 OR ${micros} > 86400000000)`;
  const made = `CASE WHEN ${micros} = 86400000000 THEN TIME '24:00:00' ELSE TIME '00:00:00' + to_microseconds(${micros}) END`;
  return raisingWhen(call, invalid, "datetime_field_overflow", made);
};

/** Arguments that are left out are 0. */
const makeInterval: Rendering = (call) => {
  const part = (index: number) => (index < call.nodes.length ? argument(call, index) : "0");
  const sum = [
    `to_months(${part(0)} * 12 + ${part(1)})`,
    `to_days(${part(2)} * 7 + ${part(3)})`,
    `to_hours(${part(4)})`,
    `to_minutes(${part(5)})`,
    `to_microseconds(CAST(round_even(${part(6)} * 1e6, 0) AS BIGINT))`,
  ];
  return `(${sum.join(" + ")})`;
};

/** AT TIME ZONE, and AT LOCAL in its form with one argument. */
const timezone: Rendering = (call) => {
  if (call.args.length === 1) {
    return call.types[0] === oids.timestamptz
      ? toLocal(argument(call, 0), call, call.location)
      : fromLocal(argument(call, 0), call, call.location);
  }
  const isInstant = call.types[1] === oids.timestamptz;
  if (call.types[0] === oids.interval) return atOffset(call, isInstant);
  const zone = constantText(call, 0);
  if (zone === undefined) return atZoneOf(argument(call, 0), argument(call, 1));
  return atNamedZone(zone, argument(call, 1), isInstant, call, call.location);
};

/** AT TIME ZONE with an interval of hours and less: how far east it is. */
function atOffset(call: Call, isInstant: boolean): string {
  return once([argument(call, 0), argument(call, 1)], (offset, time) => {
    const local = isInstant ? `timezone('UTC', ${time}) + ${offset}` : `timezone('UTC', ${time} - ${offset})`;
    const refused = `(${monthsOf(offset)} <> 0 OR ${daysOf(offset)} <> 0) AND ${time} IS NOT NULL`;
    return `CASE WHEN ${refused} THEN ${raise("invalid_parameter_value")} ELSE ${local} END`;
  });
}

const now: Rendering = (call) => call.boundValue("now");

const finite: Rendering = (call) =>
  call.types[0] === oids.interval
    ? `(${argument(call, 0)} IS NOT NULL OR NULL)`
    : `isfinite(${argument(call, 0)})`;

function dateAdd(sign: "+" | "-"): Rendering {
  return (call) => {
    if (call.args.length === 2) return addInterval(call, sign);
    const name =
      constantText(call, 2) ?? call.refuse("a time zone that is not a constant", call.location, hints.zone);
    const zone = namedZone(name, call);
    const [nodes, args, types] = [call.nodes.slice(0, 2), call.args.slice(0, 2), call.types.slice(0, 2)];
    return addInterval({ ...call, nodes, args, types, settings: { ...call.settings, timeZone: zone } }, sign);
  };
}

const toTimestampOf: Rendering = (call) => {
  if (call.args.length === 2) return toTimestamp(call);
  if (call.types[0] !== oids.float8)
    return call.refuse(
      `to_timestamp() of ${typeNameOf(call.types[0] ?? 0)}`,
      call.location,
      "Cast the argument to double precision.",
    );
  const seconds = argument(call, 0);
  const made = `make_timestamptz(CAST(round_even(${seconds} * 1000000, 0) AS BIGINT))`;
  const endless = `CASE WHEN ${seconds} > 0 THEN TIMESTAMPTZ 'infinity' ELSE TIMESTAMPTZ '-infinity' END`;
  const notANumber = `WHEN isnan(${seconds}) THEN ${raise("datetime_field_overflow")}`;
  return `CASE ${notANumber} WHEN isinf(${seconds}) THEN ${endless} ELSE ${made} END`;
};

export const time: Readonly<Record<keyof typeof timeFunctions, Rendering>> = {
  date_trunc: dateTrunc,
  date_part: datePart,
  extract,
  age,
  make_date: makeDate,
  make_timestamp: makeTimestamp,
  make_timestamptz: makeTimestamptz,
  make_time: makeTime,
  make_interval: makeInterval,
  timezone,
  now,
  statement_timestamp: now,
  transaction_timestamp: now,
  to_char: toChar,
  to_date: toDate,
  to_timestamp: toTimestampOf,
  to_number: toNumber,
  isfinite: finite,
  justify_days: justifyDays,
  justify_hours: justifyHours,
  justify_interval: justifyInterval,
  date_bin: dateBin,
  overlaps,
  date_add: dateAdd("+"),
  date_subtract: dateAdd("-"),
};
