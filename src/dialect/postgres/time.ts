// Functions over times with a zone, where PostgreSQL's own would take the zone of the warehouse's session.

import type { timeFunctions } from "../../query/offered-time-functions.ts";
import { isString, oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { hints } from "../hints.ts";
import { isUtc } from "../utc.ts";
import { builtIn } from "./identifiers.ts";
import { fromLocal, toLocal, zoneLiteral } from "./time-zone.ts";
import { hasZonedArithmetic, newestServer } from "./versions.ts";

/** The text of an argument that is a constant; undefined for any other. */
function constantText(call: Call, index: number): string | undefined {
  const node = call.nodes[index];
  return node?.kind === "Const" && typeof node.value === "string" ? node.value : undefined;
}

function zone(call: Call): string {
  return zoneLiteral(call, call.location);
}

/** The last argument that says the zone is added where the session's would be taken. */
function withZone(name: keyof typeof timeFunctions, without: number): Rendering {
  return (call) =>
    call.args.length !== without || isUtc(call.settings.timeZone)
      ? builtIn(name, call.args)
      : builtIn(name, [...call.args, zone(call)]);
}

const dateTrunc: Rendering = (call) =>
  call.types[1] !== oids.timestamptz || call.args.length > 2 || isUtc(call.settings.timeZone)
    ? builtIn("date_trunc", call.args)
    : builtIn("date_trunc", [...call.args, zone(call)]);

/** extract() and date_part(), which differ in the type of their result. */
function field(name: "extract" | "date_part"): Rendering {
  return (call) => {
    if (call.types[1] !== oids.timestamptz || isUtc(call.settings.timeZone)) return builtIn(name, call.args);
    const unit = constantText(call, 0)?.toLowerCase();
    if (unit === undefined)
      return call.refuse(`a field of ${name}() that is not a constant`, call.location, hints.literal);
    const [, value = ""] = call.args;
    if (unit === "epoch") return builtIn(name, call.args);
    const local = toLocal(value, call, call.location);
    if (!unit.startsWith("timezone")) return builtIn(name, [call.arg(0), local]);
    const difference = `(${local} - CAST(${value} AS timestamp without time zone))`;
    const seconds = `CAST(pg_catalog.date_part('epoch', ${difference}) AS integer)`;
    const type = name === "extract" ? "numeric" : "double precision";
    const offset = offsetField(unit, seconds);
    if (offset === undefined) return builtIn(name, call.args);
    return `CASE WHEN ${builtIn("isfinite", [value])} THEN CAST(${offset} AS ${type}) END`;
  };
}

/** PostgreSQL compares the first ten letters of a field's name. */
function offsetField(unit: string, seconds: string): string | undefined {
  if (unit === "timezone") return seconds;
  if (unit.startsWith("timezone_h")) return `(${seconds} / 3600)`;
  return unit.startsWith("timezone_m") ? `(${seconds} / 60 % 60)` : undefined;
}

/** The age at the midnight that began the session's day, or between two. */
const age: Rendering = (call) => {
  const local = call.args.map((text, index) =>
    call.types[index] === oids.timestamptz ? toLocal(text, call, call.location) : text,
  );
  if (local.length > 1) return builtIn("age", isUtc(call.settings.timeZone) ? call.args : local);
  const today = `CAST(${toLocal(call.boundValue("now"), call, call.location)} AS date)`;
  return builtIn("age", [`CAST(${today} AS timestamp without time zone)`, ...local]);
};

/** AT TIME ZONE, and AT LOCAL in its form with one argument. */
const timezone: Rendering = (call) => {
  if (call.args.length > 1) return builtIn("timezone", call.args);
  return call.types[0] === oids.timestamptz
    ? toLocal(call.arg(0), call, call.location)
    : fromLocal(call.arg(0), call, call.location);
};

const now: Rendering = (call) => call.boundValue("now");

/** Patterns that show or read a zone. */
const zonePatterns = /tz|of/i;

function hasZonePattern(call: Call): boolean {
  const format = constantText(call, 1);
  return format === undefined || zonePatterns.test(format.replace(/"[^"]*"/g, ""));
}

const toChar: Rendering = (call) => {
  if (call.types[0] !== oids.timestamptz) return builtIn("to_char", call.args);
  const isNamedUtc = /^(etc\/)?utc$/i.test(call.settings.timeZone);
  if (isNamedUtc) return builtIn("to_char", call.args);
  if (hasZonePattern(call)) {
    return call.refuse(
      "to_char() with a pattern that shows the time zone, or of no constant",
      call.location,
      hints.literal,
    );
  }
  return builtIn("to_char", [toLocal(call.arg(0), call, call.location), call.arg(1)]);
};

const toTimestamp: Rendering = (call) => {
  const plain = builtIn("to_timestamp", call.args);
  if (!isString(call.types[0] ?? 0) || isUtc(call.settings.timeZone)) return plain;
  if (hasZonePattern(call)) {
    return call.refuse(
      "to_timestamp() with a pattern that reads a time zone, or of no constant",
      call.location,
      hints.literal,
    );
  }
  return fromLocal(`CAST(${plain} AS timestamp without time zone)`, call, call.location);
};

/** A time with a zone and an interval: days and months are those of the session's calendar. */
export function addToInstant(sign: "+" | "-", instant: string, interval: string, call: Call): string {
  if (isUtc(call.settings.timeZone)) return `(${instant} ${sign} ${interval})`;
  if (!hasZonedArithmetic(call.server ?? newestServer))
    return stepByStep(sign, instant, interval, zone(call));
  return builtIn(sign === "+" ? "date_add" : "date_subtract", [instant, interval, zone(call)]);
}

/** As PostgreSQL adds an interval: months, then days in the zone's calendar, each where there are any, then the time. */
function stepByStep(sign: "+" | "-", instant: string, interval: string, zoneName: string): string {
  const part = (field: string) => `CAST(${builtIn("date_part", [`'${field}'`, interval])} AS integer)`;
  const monthCount = `(12 * ${part("year")} + ${part("month")})`;
  const months = `pg_catalog.make_interval(months => ${monthCount})`;
  const days = `pg_catalog.make_interval(days => ${part("day")})`;
  const local = (from: string) => builtIn("timezone", [zoneName, from]);
  const moved = (from: string, count: string, by: string) =>
    `CASE WHEN ${count} = 0 THEN ${from} ELSE ${local(`${local(from)} ${sign} ${by}`)} END`;
  const afterMonths = moved(instant, monthCount, months);
  const afterDays = moved(afterMonths, part("day"), days);
  return `(${afterDays} ${sign} (${interval} - ${months} - ${days}))`;
}

const dateAdd: Rendering = withZone("date_add", 2);
const dateSubtract: Rendering = withZone("date_subtract", 2);

/** The end of a span that is told as an interval is counted in the session's calendar. */
const overlaps: Rendering = (call) => {
  if (call.types[0] !== oids.timestamptz || isUtc(call.settings.timeZone)) {
    return builtIn("overlaps", call.args);
  }
  const args = call.args.map((text, index) =>
    call.types[index] === oids.interval ? addToInstant("+", call.arg(index - 1), text, call) : text,
  );
  return builtIn("overlaps", args);
};

export const zonedFunctions = {
  date_trunc: dateTrunc,
  date_part: field("date_part"),
  extract: field("extract"),
  age,
  make_timestamptz: withZone("make_timestamptz", 6),
  timezone,
  now,
  statement_timestamp: now,
  transaction_timestamp: now,
  to_char: toChar,
  to_timestamp: toTimestamp,
  overlaps,
  date_add: dateAdd,
  date_subtract: dateSubtract,
} as const satisfies Partial<Record<keyof typeof timeFunctions, Rendering>>;
