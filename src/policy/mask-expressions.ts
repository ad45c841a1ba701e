// What stands in a scan in the place of a masked value.
import { type DataType, typeModifier, typeOid } from "../data-type.ts";
import type { ScanExpression } from "../query/query.ts";
import type { MaskFunction } from "./masks.ts";

export function redacted(type: DataType): ScanExpression {
  return type.kind === "text"
    ? { kind: "redacted" }
    : { kind: "nullOf", type: typeOid(type), modifier: typeModifier(type) };
}

/** What stands in the place of a masked base column for every member that reads it; its type never changes. */
export function maskedColumn(
  raw: ScanExpression,
  mask: MaskFunction | undefined,
  type: DataType,
): ScanExpression {
  if (mask === undefined) return raw;
  return mask === "md5" && type.kind === "text" ? { kind: "md5", argument: raw } : redacted(type);
}
