// Which conjuncts of a block speak of one time dimension alone, what range they leave, and the block without them.
import type { Expression, FromItem, OpExpr } from "../query/query.ts";
import { oids } from "../query/type-oids.ts";
import type { Block } from "./block.ts";
import { conjunction } from "./compilation.ts";
import { operatorName } from "./offered-names.ts";
import { ScanColumns, type Scope } from "./scan-columns.ts";
import type { ScanAccess } from "./shape.ts";
import { areEqual, castTime, isTimeType, later, truncated } from "./time-nodes.ts";
import { startOf, type TimeReading, timeDimension, timeReading, toOwnTime } from "./time-reading.ts";

/** Places in time as the dimension's own: the range begins at the latest of `from`, ends at the first of `before`. */
export interface TimeRange {
  readonly from: readonly Expression[];
  readonly before: readonly Expression[];
  /** Whether a conjunct is no bound (an OR, IN, extract()), so that what the filter leaves is not known. */
  readonly hasOthers: boolean;
}

export interface TimeDimension {
  readonly access: ScanAccess;
  readonly name: string;
}

/** What a block says of a time dimension, and its rows, had it not said so. */
export interface TimeFilter {
  readonly range: TimeRange;
  readonly from: readonly FromItem[];
  readonly where: Expression | undefined;
}

export function timeFilter(block: Block, time: TimeDimension): TimeFilter {
  const reader = new FilterReader(block, time);
  const where = reader.without(block.where);
  const from = block.from.map((item) => reader.item(item));
  const { from: starts, before, hasOthers } = reader;
  return { range: { from: starts, before, hasOthers }, from, where };
}

class FilterReader {
  readonly from: Expression[] = [];
  readonly before: Expression[] = [];
  hasOthers = false;
  readonly #block: Block;
  readonly #columns: ScanColumns;
  readonly #time: TimeDimension;

  constructor(block: Block, time: TimeDimension) {
    this.#block = block;
    this.#columns = new ScanColumns(block);
    this.#time = time;
  }

  /** The condition without its conjuncts on the time dimension, which are noted. */
  without(condition: Expression | undefined, scope: Scope = this.#columns.outermost): Expression | undefined {
    return conjunction(conjunctsOf(condition).filter((conjunct) => !this.#noted(conjunct, scope)));
  }

  /**
   * The item without such conjuncts. Where an outer join leaves a row unmatched for want of a conjunct, the row has no
   * time and so is in no window: it does not matter that it is matched now.
   */
  item(item: FromItem, scope: Scope = this.#columns.outermost): FromItem {
    if (item.kind === "join") {
      const left = this.item(item.left, scope);
      const right = this.item(item.right, scope);
      const filters =
        item.type === "inner" ||
        (item.type === "left" && this.#holdsTime(item.right, scope)) ||
        (item.type === "right" && this.#holdsTime(item.left, scope));
      return { ...item, left, right, on: filters ? this.#joined(item.on, scope) : item.on };
    }
    const { entry } = item;
    const inner = this.#holdsTime(item, scope) ? this.#columns.within(entry, scope) : undefined;
    if (inner === undefined) return item;
    const { id, name, columns, lateral } = entry;
    const query = {
      ...inner.query,
      where: this.without(inner.query.where, inner.scope),
      from: inner.query.from.map((below) => this.item(below, inner.scope)),
    };
    return { kind: "entry", entry: { kind: "subquery", id, name, columns, lateral, query } };
  }

  /** An outer join has a condition, if only TRUE. */
  #joined(on: Expression | undefined, scope: Scope): Expression | undefined {
    const rest = this.without(on, scope);
    if (on === undefined || rest !== undefined) return rest;
    return { kind: "Const", value: true, type: oids.bool, modifier: -1, location: -1 };
  }

  #holdsTime(item: FromItem, scope: Scope): boolean {
    if (item.kind === "join") return this.#holdsTime(item.left, scope) || this.#holdsTime(item.right, scope);
    const key = `${scope.prefix}${item.entry.id}`;
    return this.#time.access.key === key || this.#time.access.key.startsWith(`${key}/`);
  }

  /** Whether the conjunct reads the time dimension and nothing else; then its bounds are noted. */
  #noted(conjunct: Expression, scope: Scope): boolean {
    const columns = [...this.#columns.inlined(conjunct, scope).columns.values()];
    if (columns.length === 0) return false;
    const isTime = columns.every((column) => {
      const found = timeDimension(this.#block.compilation, column);
      return found?.access.key === this.#time.access.key && found.name === this.#time.name;
    });
    if (!isTime) return false;
    if (!this.#bound(conjunct, scope)) this.hasOthers = true;
    return true;
  }

  #reading(expression: Expression | undefined, scope: Scope): TimeReading | undefined {
    if (expression === undefined) return undefined;
    return timeReading(this.#block.compilation, this.#columns.inlined(expression, scope));
  }

  /** Notes what a comparison says of the range; false where it is none that can be read. */
  #bound(conjunct: Expression, scope: Scope): boolean {
    if (conjunct.kind === "NullTest")
      return conjunct.negated && this.#reading(conjunct.arg, scope) !== undefined;
    if (conjunct.kind !== "OpExpr") return false;
    const [left, right] = conjunct.args;
    const onLeft = this.#reading(left, scope);
    const reading = onLeft ?? this.#reading(right, scope);
    const limit = onLeft === undefined ? left : right;
    if (reading === undefined || limit === undefined || !isTimeType(limit.type)) return false;
    if (this.#columns.inlined(limit, scope).columns.size > 0) return false;
    const comparison = comparisonOf(conjunct, onLeft === undefined);
    if (comparison !== undefined && isInfinite(limit)) return true;
    const edges = comparison && edgesOf(reading, limit);
    if (comparison === undefined || edges === undefined) return false;
    const own = (time: Expression) => toOwnTime(reading, time);
    if (comparison === ">=" || comparison === "=") this.from.push(own(edges.reached));
    if (comparison === ">") this.from.push(own(edges.passed));
    if (comparison === "<") this.before.push(own(edges.reached));
    if (comparison === "<=" || comparison === "=") this.before.push(own(edges.passed));
    return true;
  }
}

/** Each comparison, as it reads from its other side. */
const mirrored = { "<": ">", "<=": ">=", "=": "=", ">=": "<=", ">": "<" } as const;

function comparisonOf(node: OpExpr, isMirrored: boolean): keyof typeof mirrored | undefined {
  const name = operatorName(node.operator);
  if (name !== "<" && name !== "<=" && name !== "=" && name !== ">=" && name !== ">") return undefined;
  return isMirrored ? mirrored[name] : name;
}

/**
 * Where, in times that are cut, the periods begin that are not before the limit (`reached`) and that are after it
 * (`passed`).
 */
function edgesOf(
  reading: TimeReading,
  limit: Expression,
): { readonly reached: Expression; readonly passed: Expression } | undefined {
  const start = startOfLimit(reading, limit);
  if (start === undefined) return undefined;
  const { unit } = reading;
  if (unit === undefined) return { reached: start, passed: later(start, oneMicrosecond) };
  if (limit.type === oids.date && unit.name === "day")
    return { reached: start, passed: later(start, unit.length) };
  const first = truncated(unit.name, start);
  const passed = later(first, unit.length);
  const reached: Expression = {
    kind: "CaseExpr",
    arg: undefined,
    // biome-ignore lint/suspicious/noThenProperty: the word of SQL; it is never awaited.
    whens: [{ when: areEqual(first, start), then: start }],
    otherwise: passed,
    type: start.type,
    location: -1,
  };
  return { reached, passed };
}

/** The limit as a time that is cut; undefined where types are compared that PostgreSQL compares by other rules. */
function startOfLimit(reading: TimeReading, limit: Expression): Expression | undefined {
  if (limit.type === reading.type) return startOf(reading, limit);
  if (reading.type !== oids.date) return startOf(reading, castTime(limit, reading.type));
  // A date that is compared with a time is its midnight.
  return reading.after.length === 1 ? castTime(limit, oids.timestamp) : undefined;
}

export const oneMicrosecond = { months: 0, days: 0, micros: 1n };

const largestTime = 2n ** 63n - 1n;

/** Infinity bounds nothing. */
function isInfinite(limit: Expression): boolean {
  if (limit.kind !== "Const") return false;
  const { value } = limit;
  if (typeof value === "number") return !Number.isFinite(value);
  return typeof value === "bigint" && (value >= largestTime || value <= -largestTime);
}

function conjunctsOf(condition: Expression | undefined): readonly Expression[] {
  if (condition === undefined) return [];
  if (condition.kind !== "BoolExpr" || condition.operation !== "and") return [condition];
  return condition.args.flatMap(conjunctsOf);
}
