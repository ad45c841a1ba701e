// M15 by its definition: for each group, the rows of the block in the window of the group's period, the rows of the
// measure's table among them, each once.
import type { Interval, Line, RollingMeasure, Sale, Shop, Window } from "./rolling-lens.ts";

export interface JoinedRow {
  readonly shops: Shop | undefined;
  readonly sales: Sale | undefined;
  readonly lines: Line | undefined;
}

export type Cell = string | number | null;

/** A condition on the time alone: which times it lets through, and what range it bounds. */
export interface TimeCondition {
  readonly sql: string;
  holds(time: number): boolean;
  /** Undefined: no range can be told. */
  readonly range: { readonly from?: number; readonly before?: number } | undefined;
}

export interface TimeKey {
  readonly sql: string;
  /** Undefined: each time is a period of its own. */
  readonly granularity: string | undefined;
}

export interface Statement {
  readonly rows: readonly JoinedRow[];
  readonly others: readonly OtherKey[];
  readonly time: TimeKey | undefined;
  /** Where the time stands among the keys. */
  readonly timeFirst: boolean;
  readonly rollup: boolean;
  readonly conditions: readonly TimeCondition[];
  readonly measures: readonly { readonly measure: RollingMeasure; readonly onlyX: boolean }[];
}

export interface OtherKey {
  readonly sql: string;
  of(row: JoinedRow): Cell;
}

/** Smaller than every step between the times of the data and of conditions. */
const instant = 0.001;

interface Level {
  readonly others: readonly number[];
  readonly hasTime: boolean;
}

/** A group: the values of its keys, undefined where its level has none. */
interface Group {
  readonly level: Level;
  readonly others: readonly Cell[];
  readonly period: number | null | undefined;
}

export function rollingRows(statement: Statement): Cell[][] {
  const groups = levelsOf(statement).flatMap((level) => groupsOf(statement, level));
  return groups.map((group) => {
    const others = statement.others.map((_, place) => {
      const at = group.level.others.indexOf(place);
      return at < 0 ? null : (group.others[at] ?? null);
    });
    const keys = statement.time === undefined ? others : withTime(statement, others, group.period ?? null);
    const values = statement.measures.map(({ measure, onlyX }) => {
      const rows = statement.rows.filter((row) => {
        if (onlyX && row.sales?.kind !== "x") return false;
        if (!group.level.others.every((place, at) => statement.others[place]?.of(row) === group.others[at]))
          return false;
        return measure.window === undefined
          ? isShown(statement, row) &&
              (!group.level.hasTime || periodOf(statement, timeOf(row)) === group.period)
          : isInWindow(statement, group, measure.window, timeOf(row));
      });
      const own = new Set(rows.map((row) => row[measure.table]));
      own.delete(undefined);
      return measure.aggregate.value([...own].filter((row) => row !== undefined));
    });
    return [...keys, ...values];
  });

  function withTime(of: Statement, others: readonly Cell[], period: Cell): Cell[] {
    return of.timeFirst ? [period, ...others] : [...others, period];
  }
}

function timeOf(row: JoinedRow): number | null {
  return row.sales?.at ?? null;
}

function isShown(statement: Statement, row: JoinedRow): boolean {
  const time = timeOf(row);
  return statement.conditions.every((condition) => time !== null && condition.holds(time));
}

/** ROLLUP's levels, or the one of all keys. */
function levelsOf(statement: Statement): Level[] {
  const others = statement.others.map((_, place) => place);
  const full: Level = { others, hasTime: statement.time !== undefined };
  if (!statement.rollup) return [full];
  const keys: (number | "time")[] =
    statement.time === undefined ? others : statement.timeFirst ? ["time", ...others] : [...others, "time"];
  return Array.from({ length: keys.length + 1 }, (_, length) => {
    const kept = keys.slice(0, length);
    return { others: kept.filter((key) => key !== "time"), hasTime: kept.includes("time") };
  });
}

function groupsOf(statement: Statement, level: Level): Group[] {
  const shown = statement.rows.filter((row) => isShown(statement, row));
  if (level.others.length === 0 && !level.hasTime)
    return statement.rollup || statement.others.length + (statement.time ? 1 : 0) === 0
      ? [{ level, others: [], period: undefined }]
      : [];
  const groups = new Map<string, Group>();
  const add = (others: readonly Cell[], period: number | null | undefined) => {
    groups.set(JSON.stringify([others, period ?? null]), { level, others, period });
  };
  const combinations = new Map<string, readonly Cell[]>(level.others.length === 0 ? [["[]", []]] : []);
  for (const row of shown) {
    const others = level.others.map((place) => statement.others[place]?.of(row) ?? null);
    combinations.set(JSON.stringify(others), others);
    add(others, level.hasTime ? periodOf(statement, timeOf(row)) : undefined);
  }
  const filled = level.hasTime ? filledPeriods(statement) : [];
  for (const others of combinations.values()) for (const period of filled) add(others, period);
  return [...groups.values()];
}

function periodOf(statement: Statement, time: number | null): number | null {
  const granularity = statement.time?.granularity;
  return time === null || granularity === undefined ? time : truncate(granularity, time);
}

/** The periods of a range with two ends, where a measure has a window. */
function filledPeriods(statement: Statement): number[] {
  const granularity = statement.time?.granularity;
  const hasWindow = statement.measures.some(({ measure }) => measure.window !== undefined);
  const range = rangeOf(statement);
  if (granularity === undefined || !hasWindow || statement.rollup || range === undefined) return [];
  const { from, before } = range;
  if (from === undefined || before === undefined) return [];
  const periods: number[] = [];
  for (let period = truncate(granularity, from); period < before; period = next(granularity, period))
    periods.push(period);
  return periods;
}

function rangeOf(statement: Statement): { from: number | undefined; before: number | undefined } | undefined {
  const ranges = statement.conditions.map(({ range }) => range);
  if (ranges.includes(undefined)) return undefined;
  const starts = ranges.flatMap((range) => range?.from ?? []);
  const ends = ranges.flatMap((range) => range?.before ?? []);
  return {
    from: starts.length === 0 ? undefined : Math.max(...starts),
    before: ends.length === 0 ? undefined : Math.min(...ends),
  };
}

/** The period of a group; an end that is not there is undefined. Undefined as a whole: a group without a time. */
function ends(
  statement: Statement,
  group: Group,
): { readonly start: number | undefined; readonly end: number | undefined } | undefined {
  if (!group.level.hasTime) {
    const range = rangeOf(statement);
    if (range === undefined) throw new Error("a total needs a range");
    return { start: range.from, end: range.before };
  }
  const { period } = group;
  if (period === null || period === undefined) return undefined;
  const granularity = statement.time?.granularity;
  return { start: period, end: granularity === undefined ? period + instant : next(granularity, period) };
}

function isInWindow(statement: Statement, group: Group, window: Window, time: number | null): boolean {
  const period = ends(statement, group);
  if (time === null || period === undefined) return false;
  const { start, end } = period;
  if (window.kind === "toDate") {
    const from = start === undefined ? -Infinity : truncate(window.granularity, start);
    return time >= from && time < (end ?? Infinity);
  }
  const base = window.offset === "start" ? start : end;
  const { trailing, leading } = window;
  const from = trailing === "unbounded" || base === undefined ? -Infinity : moved(base, trailing, -1);
  const before = leading === "unbounded" || base === undefined ? Infinity : moved(base, leading, 1);
  return time >= from && time < before;
}

export function truncate(granularity: string, time: number): number {
  const date = new Date(time);
  const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  switch (granularity) {
    case "hour":
      return Math.floor(time / 3_600_000) * 3_600_000;
    case "day":
      return Date.UTC(year, month, dayOfMonth);
    case "week":
      return Date.UTC(year, month, dayOfMonth - ((date.getUTCDay() + 6) % 7));
    case "month":
      return Date.UTC(year, month);
    case "quarter":
      return Date.UTC(year, month - (month % 3));
    case "year":
      return Date.UTC(year, 0);
    default:
      throw new Error(`no granularity ${granularity}`);
  }
}

export function next(granularity: string, period: number): number {
  return moved(period, [1, granularity], 1);
}

const milliseconds: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
};

const months: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };

/** As PostgreSQL adds: months keep the day of the month, or its last one. */
function moved(time: number, interval: Interval | undefined, sign: 1 | -1): number {
  if (interval === undefined) return time;
  const [count, unit] = interval;
  const fixed = milliseconds[unit];
  if (fixed !== undefined) return time + sign * count * fixed;
  const fraction = time - Math.floor(time);
  const date = new Date(Math.floor(time));
  const month = date.getUTCMonth() + sign * count * (months[unit] ?? 0);
  const last = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const dayStart = Date.UTC(date.getUTCFullYear(), month, Math.min(date.getUTCDate(), last));
  return dayStart + (Math.floor(time) % 86_400_000) + fraction;
}
