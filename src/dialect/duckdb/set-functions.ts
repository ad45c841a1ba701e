// Set-returning functions, as lists that are unnested.

import type { IntervalValue } from "../../data-type.ts";
import type { SetFunctionId } from "../../query/offered-functions.ts";
import type { Expression } from "../../query/query.ts";
import { elementType, isInteger, oids } from "../../query/type-oids.ts";
import type { Call, SetFunctionRendering } from "../dialect.ts";
import { hints } from "../hints.ts";
import { isUtc } from "../utc.ts";
import { argument, constantInteger, requiredText } from "./arguments.ts";
import { stringToArray } from "./arrays.ts";
import { once } from "./once.ts";
import { raise } from "./raise.ts";
import { regexpMatches, regexpSplitToArray } from "./regexp-functions.ts";
import { fromLocal, namedZone, toLocal } from "./time-zone.ts";
import { typeName } from "./types.ts";

/** A step of nothing would go on for ever; DuckDB yields nothing. */
function checkedStep(step: string, zero: string): string {
  return `CASE WHEN ${step} = ${zero} THEN ${raise("invalid_parameter_value")} ELSE ${step} END`;
}

/** The values of generate_series() as a list. */
function series(call: Call): string {
  const [type = 0] = call.types;
  if (type === oids.numeric) return numericSeries(call);
  if (type === oids.timestamptz) return instants(call);
  const bounds = `${argument(call, 0)}, ${argument(call, 1)}`;
  if (!isInteger(type)) return `generate_series(${bounds}, ${checkedStep(argument(call, 2), noInterval)})`;
  if (call.args.length === 2) return `generate_series(${bounds})`;
  const step = constantInteger(call, 2);
  const isSafe = step !== undefined && step !== 0;
  return `generate_series(${bounds}, ${isSafe ? step : checkedStep(argument(call, 2), "0")})`;
}

const noInterval = "INTERVAL '0 days'";

/** As many steps as the range may have, less what lies outside it. */
function numericSeries(call: Call): string {
  const step = call.args[2] ?? "1";
  return once([argument(call, 0), argument(call, 1), step], (from, to, by) => {
    const steps = `CAST(floor(CAST(${to} - ${from} AS DOUBLE) / CAST(${by} AS DOUBLE)) AS BIGINT)`;
    const all = `list_transform(range(0, ${steps} + 2), lambda i: ${from} + CAST(i AS INTEGER) * ${by})`;
    const inside = `list_filter(${all}, lambda x: CASE WHEN ${by} > 0 THEN x <= ${to} ELSE x >= ${to} END)`;
    return `CASE WHEN ${by} = 0 THEN ${raise("invalid_parameter_value")} ELSE ${inside} END`;
  });
}

/**
 * Instants: steps of hours and less go by the clock of the world, days and months by the zone's calendar. PostgreSQL
 * adds each step to the value before it, so that one in an hour which a clock skips would move all that follow.
 */
function instants(outer: Call): string {
  const zone = outer.args.length > 3 ? namedZone(requiredText(outer, 3, "a time zone"), outer) : undefined;
  const call = zone === undefined ? outer : { ...outer, settings: { ...outer.settings, timeZone: zone } };
  const step = checkedStep(argument(call, 2), noInterval);
  const utc = (text: string) => `timezone('UTC', ${text})`;
  if (isUtc(call.settings.timeZone) || hasClockOnly(call.nodes[2])) {
    const times = `generate_series(${utc(argument(call, 0))}, ${utc(argument(call, 1))}, ${step})`;
    return `list_transform(${times}, lambda t: ${utc("t")})`;
  }
  if (!hasCalendarOnly(call.nodes[2])) {
    return call.refuse(
      "generate_series() of times with time zone by a step that is not a constant of either days or hours",
      call.location,
      "Write the step as a literal, such as INTERVAL '1 day'.",
    );
  }
  const local = (text: string) => toLocal(text, call, call.location);
  const back = (text: string) => fromLocal(text, call, call.location);
  return once([argument(call, 0), argument(call, 1)], (from, to) => {
    const times = `generate_series(${local(from)}, ${local(to)}, ${step})`;
    return once([times], (list) => {
      const skipped = `len(list_filter(${list}, lambda t: ${local(back("t"))} <> t)) > 0`;
      const values = `list_transform(${list}, lambda t: ${back("t")})`;
      return `CASE WHEN ${skipped} THEN ${raise("datetime_field_overflow")} ELSE ${values} END`;
    });
  });
}

function intervalOf(node: Expression | undefined): IntervalValue | undefined {
  return node?.kind === "Const" && node.value !== null ? (node.value as IntervalValue) : undefined;
}

function hasClockOnly(node: Expression | undefined): boolean {
  const step = intervalOf(node);
  return step !== undefined && step.months === 0 && step.days === 0;
}

function hasCalendarOnly(node: Expression | undefined): boolean {
  return intervalOf(node)?.micros === 0n;
}

const generateSeries: SetFunctionRendering = {
  rows: (call) => {
    const rows = `unnest(${series(call)})`;
    return call.type === oids.int4 ? `CAST(${rows} AS INTEGER)` : rows;
  },
  count: (call) => `len(${series(call)})`,
  // Of constants it is a table function, which yields its rows one by one and holds no list.
  select: (call, column) => {
    const isConstant = call.nodes.every((node) => node.kind === "Const" && typeof node.value === "number");
    if (!isConstant || !isInteger(call.type) || constantInteger(call, 2) === 0) return undefined;
    return `SELECT CAST(generate_series AS ${typeName(call.type, -1)}) AS ${column} FROM generate_series(${call.args.join(", ")})`;
  },
};

function list(call: Call): string {
  if (elementType(call.types[0] ?? 0) === undefined)
    return call.refuse("unnest() of this type", call.location, hints.inModel);
  return argument(call, 0);
}

const unnest: SetFunctionRendering = {
  rows: (call) => `unnest(${list(call)})`,
  count: (call) => `len(${list(call)})`,
};

/** The rows of a list that a function of one value makes. */
function rowsOfList(make: (call: Call) => string): SetFunctionRendering {
  return {
    rows: (call) => `unnest(${make(call)})`,
    count: (call) => `len(${make(call)})`,
  };
}

function subscripts(call: Call): string {
  if (constantInteger(call, 1) !== 1)
    return call.refuse("an array of more than one dimension", call.location, hints.oneDimension);
  return `CAST(generate_series(1, len(${argument(call, 0)})) AS INTEGER[])`;
}

export const setFunctions: Readonly<Record<SetFunctionId, SetFunctionRendering>> = {
  generate_series: generateSeries,
  unnest,
  string_to_table: rowsOfList(stringToArray),
  regexp_split_to_table: rowsOfList(regexpSplitToArray),
  regexp_matches: rowsOfList(regexpMatches),
  generate_subscripts: rowsOfList(subscripts),
};
