// Which members a mask or a forced segment falls on for one effective group, and what a mask does to a column.
import type { DataType } from "../data-type.ts";
import { attributesOf } from "../model/member-sql.ts";
import type { LinkedDimension, LinkedSegment, LinkedTable, Secure, TypedTable } from "../model/model.ts";

export type MaskFunction = "redact" | "md5";

/** Whether a `meta.secure` falls on the group: it is in includes and not in excludes. */
export function appliesTo(secure: Secure | undefined, group: string): boolean {
  if (secure === undefined || secure.excludes.includes(group)) return false;
  return secure.includes === "*" || secure.includes.includes(group);
}

/** The mask on a dimension for the group. A mask without a function redacts: never less than was asked. */
export function dimensionMask(dimension: LinkedDimension, group: string): MaskFunction | undefined {
  return appliesTo(dimension.secure, group) ? (dimension.secure?.func ?? "redact") : undefined;
}

/** The masked base columns of a table, lower case: those of masked dimensions that are plain columns. */
export function maskedColumns(table: LinkedTable, group: string): ReadonlyMap<string, MaskFunction> {
  const masked = new Map<string, MaskFunction>();
  for (const dimension of table.dimensions) {
    const mask = dimensionMask(dimension, group);
    const column = dimension.plainColumn?.toLowerCase();
    if (mask === undefined || column === undefined) continue;
    if (masked.get(column) !== "redact") masked.set(column, mask);
  }
  return masked;
}

export function forcedSegments(table: LinkedTable, group: string): readonly LinkedSegment[] {
  return table.segments.filter((segment) => appliesTo(segment.secure, group));
}

/** Whether a condition is more than one over columns of its row: a list of an attribute is read by a subquery. */
export function mayHoldSubquery({ sql }: LinkedSegment): boolean {
  return sql.reads === "all" || attributesOf(sql).some(({ isList }) => isList);
}

export function baseColumnType(table: TypedTable, column: string): DataType | undefined {
  const wanted = column.toLowerCase();
  return table.baseColumns.find((item) => item.name.toLowerCase() === wanted)?.type;
}
