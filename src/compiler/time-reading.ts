// Expressions that cut a time dimension into periods: the dimension itself, date_trunc of it, casts between dates and
// times, AT TIME ZONE, one within the other.
import { type IntervalValue, typeOid } from "../data-type.ts";
import { assert } from "../errors.ts";
import type { Expression, FuncExpr } from "../query/query.ts";
import { oids } from "../query/type-oids.ts";
import type { Compilation } from "./compilation.ts";
import type { Inlined, ScanColumn } from "./scan-columns.ts";
import type { ScanAccess } from "./shape.ts";
import { call, castTime, fromZone, isTimeType, timeCast, toZone } from "./time-nodes.ts";

/** A change of form that has a way back. */
type Conversion =
  | { readonly kind: "cast"; readonly from: number; readonly to: number }
  | { readonly kind: "zone"; readonly zone: Expression; readonly from: number; readonly to: number };

export interface TimeUnit {
  readonly name: string;
  readonly length: IntervalValue;
}

/**
 * after(truncated by unit(before(dimension))). What stands between `before` and `after` is the time that is cut: a
 * timestamp or a timestamptz.
 */
export interface TimeReading {
  readonly access: ScanAccess;
  readonly dimension: string;
  readonly before: readonly Conversion[];
  /** Undefined: each instant is a period of its own. */
  readonly unit: TimeUnit | undefined;
  readonly after: readonly Conversion[];
  readonly type: number;
}

const length = (months: number, days: number, micros: bigint): IntervalValue => ({ months, days, micros });

/** From fine to coarse: each but the week is made of whole ones of those before it. */
const units: readonly TimeUnit[] = [
  { name: "microseconds", length: length(0, 0, 1n) },
  { name: "milliseconds", length: length(0, 0, 1000n) },
  { name: "second", length: length(0, 0, 1_000_000n) },
  { name: "minute", length: length(0, 0, 60_000_000n) },
  { name: "hour", length: length(0, 0, 3_600_000_000n) },
  { name: "day", length: length(0, 1, 0n) },
  { name: "week", length: length(0, 7, 0n) },
  { name: "month", length: length(1, 0, 0n) },
  { name: "quarter", length: length(3, 0, 0n) },
  { name: "year", length: length(12, 0, 0n) },
  { name: "decade", length: length(120, 0, 0n) },
  { name: "century", length: length(1200, 0, 0n) },
  { name: "millennium", length: length(12_000, 0, 0n) },
];

/** The time dimension that a column is; undefined for any other. */
export function timeDimension(
  compilation: Compilation,
  column: ScanColumn | undefined,
): { readonly access: ScanAccess; readonly name: string } | undefined {
  if (column?.kind !== "scan" || column.output.kind !== "dimension") return undefined;
  const { access, output } = column;
  const times = timeDimensions(compilation, access.table);
  return times.includes(output.name) ? { access, name: output.name } : undefined;
}

/** The names of a table's time dimensions. A time of day and an interval are in no period. */
export function timeDimensions(compilation: Compilation, table: string): readonly string[] {
  const { dimensionTypes } = compilation.typedTable(table);
  return compilation.linkedTable(table).dimensions.flatMap(({ name, type, unavailable }) => {
    const yielded = dimensionTypes.get(name);
    const isTime = yielded !== undefined && isTimeType(typeOid(yielded));
    return type === "time" && unavailable === undefined && isTime ? [name] : [];
  });
}

/** A time dimension as it stands. */
export function plainReading(access: ScanAccess, dimension: string): TimeReading {
  const { type } = access.demand({ kind: "dimension", name: dimension });
  const reading = { access, dimension, before: [], unit: undefined, after: [], type };
  if (type !== oids.date) return reading;
  // A date is a day of the calendar: its midnight is where the day begins.
  const day = unitOf("day");
  return { ...reading, unit: day, after: [{ kind: "cast", from: oids.timestamp, to: oids.date }] };
}

/** How the expression reads a time dimension; undefined where it is anything else than a cut into periods. */
export function timeReading(
  compilation: Compilation,
  { expression, columns }: Inlined,
): TimeReading | undefined {
  const reading = (node: Expression | undefined): TimeReading | undefined => {
    if (node?.kind === "Var") {
      const found = timeDimension(compilation, columns.get(node));
      return found && plainReading(found.access, found.name);
    }
    if (node?.kind !== "FuncExpr") return undefined;
    const isTrunc = truncFunctions.has(node.function);
    const isZone = node.function === toZone || node.function === fromZone;
    const inner = reading(node.args[isTrunc || isZone ? 1 : 0]);
    if (inner === undefined) return undefined;
    if (isTrunc) return truncation(node, inner);
    return isZone ? inZone(node, inner) : cast(node, inner);
  };
  return reading(expression);
}

const zonedTrunc = 1284;
const truncFunctions: ReadonlySet<number> = new Set([2020, 1217, zonedTrunc]);

function truncation(node: FuncExpr, inner: TimeReading): TimeReading | undefined {
  const [name, , zone] = node.args;
  const unit = name?.kind === "Const" && typeof name.value === "string" ? unitOf(name.value) : undefined;
  // Cut anew in another zone, or after a day of another zone, a period is no longer one of its unit.
  if (unit === undefined || inner.after.some(({ kind }) => kind === "zone")) return undefined;
  if (zone !== undefined) {
    if (zone.kind !== "Const" || inner.unit !== undefined) return undefined;
    const there: Conversion = { kind: "zone", zone, from: oids.timestamptz, to: oids.timestamp };
    const back: Conversion = { kind: "zone", zone, from: oids.timestamp, to: oids.timestamptz };
    return { ...inner, before: [...inner.before, there], unit, after: [back] };
  }
  return cutBy(inner, unit);
}

function cutBy(inner: TimeReading, unit: TimeUnit): TimeReading | undefined {
  if (inner.unit === undefined) return { ...inner, unit };
  const [first, second] = [inner.unit, unit].sort((a, b) => units.indexOf(a) - units.indexOf(b));
  assert(first !== undefined && second !== undefined, "two units are two");
  // No month begins with a week.
  if (first.name === "week" && second.name !== "week") return undefined;
  return { ...inner, unit: second };
}

function inZone(node: FuncExpr, inner: TimeReading): TimeReading | undefined {
  const [zone] = node.args;
  if (zone?.kind !== "Const") return undefined;
  return converted(inner, { kind: "zone", zone, from: inner.type, to: node.type });
}

function cast(node: FuncExpr, inner: TimeReading): TimeReading | undefined {
  const types = timeCast(node.function);
  if (types === undefined || types.from !== inner.type) return undefined;
  const conversion: Conversion = { kind: "cast", ...types };
  if (types.to !== oids.date) return converted(inner, conversion);
  if (inner.after.some(({ kind }) => kind === "zone")) return undefined;
  const day = cutBy(inner, unitOf("day") as TimeUnit);
  return day && { ...day, after: [...day.after, conversion], type: types.to };
}

function converted(inner: TimeReading, conversion: Conversion): TimeReading {
  return inner.unit === undefined
    ? { ...inner, before: [...inner.before, conversion], type: conversion.to }
    : { ...inner, after: [...inner.after, conversion], type: conversion.to };
}

function unitOf(name: string): TimeUnit | undefined {
  const wanted = name.trim().toLowerCase();
  return units.find((unit) => unit.name === wanted);
}

function applied(conversions: readonly Conversion[], value: Expression): Expression {
  return conversions.reduce((inner, step) => convert(step, inner, step.to), value);
}

function undone(conversions: readonly Conversion[], value: Expression): Expression {
  return [...conversions].reverse().reduce((inner, step) => convert(step, inner, step.from), value);
}

function convert(step: Conversion, value: Expression, to: number): Expression {
  if (step.kind === "cast") return castTime(value, to);
  return call(to === oids.timestamp ? toZone : fromZone, [step.zone, value], to);
}

/** The dimension's own time in a row: a date as its midnight. */
function ownTime(reading: TimeReading): Expression {
  const column = reading.access.demand({ kind: "dimension", name: reading.dimension });
  return column.type === oids.date ? castTime(column, oids.timestamp) : column;
}

/** The time of a row that is cut. */
export function timeOfRow(reading: TimeReading): Expression {
  return applied(reading.before, ownTime(reading));
}

/** The start of a period, as a time that is cut, from the value that the expression has in it. */
export function startOf(reading: TimeReading, value: Expression): Expression {
  return undone(reading.after, value);
}

/** The value that the expression has in the period that starts at a time that is cut. */
export function valueAt(reading: TimeReading, start: Expression): Expression {
  return applied(reading.after, start);
}

/** The dimension's own time, from a time that is cut, and the way there. */
export function toOwnTime(reading: TimeReading, time: Expression): Expression {
  return undone(reading.before, time);
}

export function fromOwnTime(reading: TimeReading, time: Expression): Expression {
  return applied(reading.before, time);
}
