// The state of compiling one block (one SELECT): its FROM, its grouping, and the side plans its measures need.
import { assert } from "../errors.ts";
import type { RollingWindow } from "../model/model.ts";
import type { EntryId, Expression, FromItem, GroupKey, JoinItem } from "../query/query.ts";
import { type Compilation, expressionKey, placeAmong } from "./compilation.ts";
import type { JoinShape, MemberColumn, ScanAccess } from "./shape.ts";
import type { TimeFilter } from "./time-filter.ts";
import type { TimeReading } from "./time-reading.ts";

/**
 * rows: expressions are over the rows of FROM (WHERE, keys, arguments of aggregates).
 * grouped: over groups; a column is a key, or determined by the keys.
 * bare: over groups that a bare measure made (M3); a column outside the keys is an error.
 */
export type Phase = "rows" | "grouped" | "bare";

/** Where an expression stands, for the errors about measures. */
export type Clause = "where" | "on" | "group" | "value";

export class Block {
  readonly id: EntryId;
  readonly compilation: Compilation;
  phase: Phase = "rows";
  from: readonly FromItem[] = [];
  shape: JoinShape = { kind: "opaque" };
  /** What the WHERE of a subquery says that was taken apart: its FROM stands in this block's. */
  unfolded: Expression | undefined;
  where: Expression | undefined;
  /** Group keys over the rows of FROM. Grows by columns that the keys determine. */
  readonly keys: Expression[] = [];
  sets: number[][] | undefined;
  /** Select expressions of a bare block that are keys: by expressionKey of the client's tree. */
  readonly bareKeys = new Map<string, number>();
  /** The dimensions among those keys. */
  readonly keyMembers: MemberColumn[] = [];
  /** How many of the keys the statement names, first; later ones are determined by them. */
  writtenKeys = 0;
  /** What the block says of a time dimension, by instance and name. */
  readonly timeFilters = new Map<string, TimeFilter>();
  readonly sides = new Map<string, SidePlan>();
  readonly extensions = new Map<string, Extension>();

  constructor(id: EntryId, compilation: Compilation) {
    this.id = id;
    this.compilation = compilation;
  }

  /** The key that an expression over the rows is; a new one where a functional dependency allows it. */
  keyOf(expression: Expression): GroupKey {
    const wanted = expressionKey(expression);
    let place = placeAmong(this.keys, wanted, expressionKey);
    if (place < 0) {
      place = this.keys.push(expression) - 1;
      for (const set of this.sets ?? []) set.push(place);
    }
    return this.key(place, expression.location);
  }

  /** Whether a bare block's keys hold the primary key of the instance, and so determine all its columns (M3). */
  determines(access: ScanAccess): boolean {
    if (!this.compilation.input.visible.clearKeys.has(access.table)) return false;
    return this.compilation
      .linkedTable(access.table)
      .primaryKey.every((name) =>
        this.keyMembers.some(
          (key) => key.kind === "dimension" && key.access.key === access.key && key.name === name,
        ),
      );
  }

  key(place: number, location = -1): GroupKey {
    const key = this.keys[place];
    assert(key !== undefined, "a group key exists");
    return {
      kind: "GroupKey",
      block: this.id,
      index: place,
      type: key.type,
      modifier: "modifier" in key ? key.modifier : -1,
      location,
    };
  }

  /** Runs `compile` with expressions meant over the rows, whatever the phase. */
  overRows<T>(compile: () => T): T {
    const phase = this.phase;
    this.phase = "rows";
    try {
      return compile();
    } finally {
      this.phase = phase;
    }
  }
}

/** Tables that FROM does not hold and a measure needs: joined by the model in the side plan alone. */
export interface Extension {
  readonly access: ScanAccess;
  readonly shape: JoinShape;
  readonly joins: readonly { readonly item: FromItem; readonly on: Expression }[];
}

export interface AggregateLeaf {
  readonly kind: "aggregate";
  readonly aggregate: "count" | "count_distinct" | "count_distinct_approx" | "sum" | "avg" | "min" | "max";
  /** Over the rows of FROM. */
  readonly argument: Expression;
  readonly filter: Expression | undefined;
  readonly type: number;
  readonly measure: string;
}

export interface RawLeaf {
  readonly kind: "raw";
  /** Text, expressions over the rows of FROM, and the alias of the subselect that the text is computed over. */
  readonly parts: readonly (string | Expression | "alias")[];
  readonly type: number;
  readonly modifier: number;
  readonly measure: string;
}

export interface RollingPeriod {
  /** The place of the key that names the period; undefined: the period is the range of the filter. */
  readonly place: number | undefined;
  readonly reading: TimeReading;
  readonly filter: TimeFilter;
}

/**
 * Measures that are computed apart from the block's own aggregates, over the same FROM and WHERE, and joined back on
 * the group keys: those whose rows a join multiplies, those of raw aggregate text, those of tables outside FROM, those of a window.
 */
export interface SidePlan {
  readonly id: EntryId;
  readonly access: ScanAccess;
  readonly extension: Extension | undefined;
  /** The window and the period that it belongs to, for rolling measures. */
  readonly rolling: { readonly window: RollingWindow; readonly period: RollingPeriod } | undefined;
  /** De-duplicate by the primary key before aggregating. */
  readonly multiplied: boolean;
  /** Further conditions on the rows. */
  readonly conditions: readonly Expression[];
  /** Base columns that raw text names bare, under exactly these names. */
  readonly bareColumns: Set<string>;
  readonly leaves: (AggregateLeaf | RawLeaf)[];
}

/** The items of FROM as one, so that something can be joined to all of them. */
export function asOneItem(items: readonly FromItem[]): FromItem {
  const [first, ...rest] = items;
  assert(first !== undefined, "FROM has an item");
  return rest.reduce<FromItem>(
    (left, right): JoinItem => ({ kind: "join", type: "inner", left, right, on: undefined, location: -1 }),
    first,
  );
}
