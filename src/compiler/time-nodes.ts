// Expressions over times as PostgreSQL's own functions and operators, which every dialect prints. A time here is a
// timestamp, or a timestamptz, whose days and months are those of the session's zone.
import type { IntervalValue } from "../data-type.ts";
import { assert } from "../errors.ts";
import type { Const, Expression } from "../query/query.ts";
import { oids } from "../query/type-oids.ts";
import { booleanOid, textOid } from "./compilation.ts";

/** PostgreSQL's OIDs. Source: pg_operator.dat, pg_proc.dat. */
const forms = {
  [oids.timestamp]: {
    add: 2066,
    subtract: 2068,
    before: 2062,
    from: 2065,
    equal: 2060,
    trunc: 2020,
    finite: 2048,
  },
  [oids.timestamptz]: {
    add: 1327,
    subtract: 1329,
    before: 1322,
    from: 1325,
    equal: 1320,
    trunc: 1217,
    finite: 1389,
  },
} as const;

function formOf(type: number): (typeof forms)[keyof typeof forms] {
  assert(type === oids.timestamp || type === oids.timestamptz, "a time is a timestamp or a timestamptz");
  return forms[type];
}

/** The casts between dates and times, by their types. */
const casts = new Map<string, number>([
  [`${oids.date}>${oids.timestamp}`, 2024],
  [`${oids.timestamp}>${oids.date}`, 2029],
  [`${oids.date}>${oids.timestamptz}`, 1174],
  [`${oids.timestamptz}>${oids.date}`, 1178],
  [`${oids.timestamp}>${oids.timestamptz}`, 2028],
  [`${oids.timestamptz}>${oids.timestamp}`, 2027],
]);
const castTypes = new Map([...casts].map(([pair, oid]) => [oid, pair.split(">").map(Number)]));

/** AT TIME ZONE with the name of a zone: of a timestamptz, and of a timestamp. */
export const toZone = 1159;
export const fromZone = 2069;

/** The types of a cast between dates and times, by its function; undefined for any other function. */
export function timeCast(oid: number): { readonly from: number; readonly to: number } | undefined {
  const [from, to] = castTypes.get(oid) ?? [];
  return from === undefined || to === undefined ? undefined : { from, to };
}

export function isTimeType(type: number): boolean {
  return type === oids.date || type === oids.timestamp || type === oids.timestamptz;
}

export function call(oid: number, args: readonly Expression[], type: number): Expression {
  return {
    kind: "FuncExpr",
    function: oid,
    args,
    format: "call",
    returnsSet: false,
    variadic: false,
    type,
    location: -1,
  };
}

export function castTime(value: Expression, to: number): Expression {
  if (value.type === to) return value;
  const oid = casts.get(`${value.type}>${to}`);
  assert(oid !== undefined, `there is a cast from ${value.type} to ${to}`);
  return call(oid, [value], to);
}

function operation(operator: number, left: Expression, right: Expression, type: number): Expression {
  return { kind: "OpExpr", operator, args: [left, right], type, location: -1 };
}

export function interval(value: IntervalValue): Const {
  return { kind: "Const", value, type: oids.interval, modifier: -1, location: -1 };
}

function isNothing({ months, days, micros }: IntervalValue): boolean {
  return months === 0 && days === 0 && micros === 0n;
}

export function later(time: Expression, by: IntervalValue): Expression {
  return isNothing(by) ? time : operation(formOf(time.type).add, time, interval(by), time.type);
}

export function earlier(time: Expression, by: IntervalValue): Expression {
  return isNothing(by) ? time : operation(formOf(time.type).subtract, time, interval(by), time.type);
}

export function truncated(unit: string, time: Expression): Expression {
  const name: Const = { kind: "Const", value: unit, type: textOid, modifier: -1, location: -1 };
  return call(formOf(time.type).trunc, [name, time], time.type);
}

/** `time < limit`. */
export function isBefore(time: Expression, limit: Expression): Expression {
  return operation(formOf(time.type).before, time, limit, booleanOid);
}

/** `time >= start`. */
export function isFrom(time: Expression, start: Expression): Expression {
  return operation(formOf(time.type).from, time, start, booleanOid);
}

export function areEqual(left: Expression, right: Expression): Expression {
  return operation(formOf(left.type).equal, left, right, booleanOid);
}

export function isPresent(arg: Expression): Expression {
  return { kind: "NullTest", arg, negated: true, type: booleanOid, location: -1 };
}

/** The time, NULL where it is infinite. */
export function finite(time: Expression): Expression {
  if (time.kind === "Const") return time;
  const when = call(formOf(time.type).finite, [time], booleanOid);
  return {
    kind: "CaseExpr",
    arg: undefined,
    // biome-ignore lint/suspicious/noThenProperty: the word of SQL; it is never awaited.
    whens: [{ when, then: time }],
    otherwise: undefined,
    type: time.type,
    location: -1,
  };
}
