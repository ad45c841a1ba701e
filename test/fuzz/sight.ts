// What a reader sees of the rows of a lens: which are there, and what stands in their masked columns.
import { createHash } from "node:crypto";
import type { Cell, ColumnType, DataRow } from "./fuzz-lens.ts";

export type Mask = "redact" | "md5";

export interface Sight {
  /** Whether a row of the table is there at all. */
  sees(table: string, row: DataRow): boolean;
  /** The row as member SQL reads it. */
  masked(table: string, row: DataRow): DataRow;
  /** Whether a measure that reads the column is NULL. */
  redacts(table: string, column: string): boolean;
  /** The mask on a member itself: an expression dimension or a measure. */
  memberMask(table: string, member: string): Mask | undefined;
}

/** Everything, as it is. */
export const openSight: Sight = {
  sees: () => true,
  masked: (_, row) => row,
  redacts: () => false,
  memberMask: () => undefined,
};

const redactedText = "--redact--";

export function maskedValue(mask: Mask, type: ColumnType, value: Cell): Cell {
  if (mask === "redact") return type === "text" ? redactedText : null;
  return value === null ? null : createHash("md5").update(String(value)).digest("hex");
}
