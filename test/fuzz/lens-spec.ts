// What is drawn of a random lens; its members follow from it.
import { type DataRow, type FuzzJoin, type FuzzView, matches } from "./fuzz-lens.ts";

export interface TableSpec {
  readonly name: string;
  readonly primaryKey: readonly string[];
  readonly keyColumns: readonly string[];
  readonly foreign: readonly string[];
  readonly rows: readonly DataRow[];
  /** Joins that lead each row of this table to at most one row of another. */
  readonly through: readonly FuzzJoin[] | undefined;
  /** A measure of another table, for calculated ones. */
  readonly far: { readonly table: string; readonly measure: string } | undefined;
  /** The measure of another table that a sub-query dimension reads, and the joins that lead to that table. */
  readonly below: { readonly path: readonly FuzzJoin[]; readonly measure: string } | undefined;
}

/** What is drawn of a lens; its members follow from it. */
export interface LensSpec {
  readonly tables: readonly TableSpec[];
  readonly joins: readonly FuzzJoin[];
  readonly views: readonly FuzzView[];
}

/** Follows to-one joins from a raw row to the raw row of another table that the reader sees. */
export type Follow = (row: DataRow) => DataRow | undefined;

export function followOf(
  path: readonly FuzzJoin[],
  spec: LensSpec,
  sees: (table: string, row: DataRow) => boolean,
): Follow {
  const rowsOf = (name: string) => spec.tables.find((table) => table.name === name)?.rows ?? [];
  return (start) =>
    path.reduce<DataRow | undefined>(
      (row, join) =>
        row && rowsOf(join.to).find((other) => sees(join.to, other) && matches(join, row, other)),
      start,
    );
}

/** The distinct rows of another table that the reader sees and that joins lead to from a raw row. */
export function rowsBelow(
  path: readonly FuzzJoin[],
  spec: LensSpec,
  sees: (table: string, row: DataRow) => boolean,
  start: DataRow,
): readonly DataRow[] {
  const rowsOf = (name: string) => spec.tables.find((table) => table.name === name)?.rows ?? [];
  return path.reduce<readonly DataRow[]>(
    (rows, join) => {
      const next = rowsOf(join.to).filter((other) => sees(join.to, other));
      return next.filter((other) => rows.some((row) => matches(join, row, other)));
    },
    [start],
  );
}

export function targetOf(table: TableSpec): string | undefined {
  return table.through?.at(-1)?.to;
}
