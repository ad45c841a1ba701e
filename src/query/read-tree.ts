// From the bytes of an analysed statement, as PostgreSQL 18 prints it under debug_print_parse, to our Query.
import type { Value } from "../data-type.ts";
import { type DumpNode, parseDump } from "./dump-node.ts";
import type { ColumnType, EntryId, Expression, Query } from "./query.ts";
import { treeTooDeep } from "./query-errors.ts";
import { readQuery } from "./read-query.ts";
import type { Reading } from "./scope.ts";
import { unwrapDump } from "./unwrap-dump.ts";

export interface ReadOptions {
  /** The text that was analysed: for the positions of errors. */
  readonly text: string;
  /**
   * The columns of a relation of the lens by pg_class OID, in the order of attribute numbers. Undefined for other
   * relations: their columns come out with names and the type 0.
   */
  readonly columnsOf?: (relationOid: number) => readonly ColumnType[] | undefined;
  /**
   * The columns of a temporary table by pg_class OID, each as the array that holds its values: the table is read as
   * unnest() of them. Undefined for other relations.
   */
  readonly arraysOf?: (relationOid: number) => readonly Expression[] | undefined;
  /** Whether the statement is an INSERT: it is read as the SELECT of its rows, named after the columns they go to. */
  readonly isInsert?: boolean;
  /** What an array constant stands for, where it stands for another. */
  readonly arrayFor?: (type: number, array: readonly Value[]) => readonly Value[] | undefined;
}

/** The printed tree as nodes. Throws XX000 where the text is not one tree, 54001 where it is too deep. */
export function parseTree(dump: Uint8Array): DumpNode {
  return withinStack(() => parseDump(unwrapDump(dump)));
}

/**
 * The typed form of a parsed tree. Throws 0A000 for what a SELECT may hold and a lens does not offer (with its
 * position in `text`), 25006 for a write, 54001 where it is too deep, XX000 for any field or node not known here.
 */
export function readTree(tree: DumpNode, options: ReadOptions): Query {
  let last: EntryId = 0;
  const reading: Reading = {
    text: options.text,
    columnsOf: options.columnsOf ?? (() => undefined),
    arraysOf: options.arraysOf ?? (() => undefined),
    arrayFor: options.arrayFor ?? (() => undefined),
    nextId: () => ++last,
    readQuery: (node, outer) => readQuery(node, reading, outer),
  };
  const kind = options.isInsert === true ? "insert" : "select";
  return withinStack(() => readQuery(tree, reading, undefined, kind));
}

function withinStack<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw treeTooDeep(error);
    throw error;
  }
}
