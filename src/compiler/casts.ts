// Casts in the analysed tree, in all their forms.
import type { Expression } from "../query/query.ts";

export function isCast(node: Expression): boolean {
  if (node.kind === "RelabelType" || node.kind === "CoerceViaIo") return true;
  return node.kind === "FuncExpr" && (node.format === "explicitCast" || node.format === "implicitCast");
}

export function castArgument(node: Expression): Expression | undefined {
  if (node.kind === "RelabelType" || node.kind === "CoerceViaIo") return node.arg;
  return node.kind === "FuncExpr" ? node.args[0] : undefined;
}
