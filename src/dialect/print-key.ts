// Keys of GROUP BY and DISTINCT ON, and what stands for them in the rest of the block.
import { assert } from "../errors.ts";
import type { Expression, GroupKey } from "../query/query.ts";
import type { Printer } from "./printer.ts";

/** A bare constant as a key would be read as an ordinal: it is cast to its type. */
export function printKey(printer: Printer, node: Expression): string {
  if (node.kind !== "Const" && node.kind !== "Param") return printer.bare(node);
  const text = printer.print(node);
  if (text.startsWith("CAST(")) return text;
  return `CAST(${text} AS ${printer.dialect.typeName(node.type, -1) ?? "VARCHAR"})`;
}

/** The key's expression: spelt as in GROUP BY, so that the engine takes the one for the other in each grouping set. */
export function printGroupKey(printer: Printer, node: GroupKey): string {
  const [key] = printer.sources(node);
  assert(key !== undefined, "a grouping key has an expression");
  const isConstant = key.kind === "Const" || key.kind === "Param";
  const hasSets = printer.names.block(node.block).group?.sets !== undefined;
  return isConstant && hasSets ? printKey(printer, key) : printer.print(key);
}
