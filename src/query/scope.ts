// What the variables of a block of the printed tree refer to: its range table, its common table expressions and the
// blocks round it. A scope lives only while its tree is read.
import type { Value } from "../data-type.ts";
import type { DumpNode } from "./dump-node.ts";
import type { ColumnType, EntryId, Expression, Query } from "./query.ts";
import { unreadableTree } from "./query-errors.ts";

/** A place in the range table of a block. */
export type RangeTableSlot =
  | { readonly kind: "entry"; readonly id: EntryId; readonly node: DumpNode }
  /** Stands for its columns' expressions, read when one is first referred to. */
  | { readonly kind: "join"; readonly column: (index: number) => Expression; readonly columnCount: number }
  /** The result of grouping: its columns are the keys. */
  | { readonly kind: "group"; readonly keys: readonly DumpNode[] };

export interface ScopeCte {
  readonly id: EntryId;
}

export interface Scope {
  readonly outer: Scope | undefined;
  /** The block's own id. */
  readonly block: EntryId;
  readonly ctes: Map<string, ScopeCte>;
  readonly slots: readonly RangeTableSlot[];
  /** From tleSortGroupRef to the place in Grouping.keys. */
  readonly keyOfReference: ReadonlyMap<number, number>;
  /** From winref to the place in Query.windows. */
  readonly windowOfReference: ReadonlyMap<number, number>;
}

/** What reading needs besides the nodes. */
export interface Reading {
  /** The analysed text, which positions count in. */
  readonly text: string;
  /** Columns of a relation by pg_class OID; undefined for relations that only have names. */
  readonly columnsOf: (relationOid: number) => readonly ColumnType[] | undefined;
  /** The columns of a temporary table by pg_class OID, each as the array that holds its values. */
  readonly arraysOf: (relationOid: number) => readonly Expression[] | undefined;
  readonly arrayFor: (type: number, array: readonly Value[]) => readonly Value[] | undefined;
  /** A number not given before in this statement. */
  readonly nextId: () => EntryId;
  readonly readQuery: (node: DumpNode, outer: Scope | undefined) => Query;
}

export function scopeAt(scope: Scope, levelsUp: number): Scope {
  let at: Scope | undefined = scope;
  for (let level = 0; level < levelsUp && at !== undefined; level++) at = at.outer;
  if (at === undefined) throw unreadableTree(`no block ${levelsUp} levels up`);
  return at;
}

/** The slot with a range table index, which counts from 1. */
export function slotAt(scope: Scope, index: number): RangeTableSlot {
  const slot = scope.slots[index - 1];
  if (slot === undefined) throw unreadableTree(`no range table entry ${index}`);
  return slot;
}

/** Reads the expressions of one block. */
export interface ExpressionReader {
  readonly scope: Scope;
  readonly reading: Reading;
  one(node: DumpNode): Expression;
  maybe(node: DumpNode | undefined): Expression | undefined;
  many(nodes: readonly DumpNode[]): readonly Expression[];
}
