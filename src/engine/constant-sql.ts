// Constants of a parse tree as SQL text again.
import type { A_Const, Node } from "@pgsql/types";
import { quoteString } from "../sql/quote-name.ts";

/** Undefined for what is no constant, with or without a sign. */
export function constantSql(node: Node): string | undefined {
  if ("A_Const" in node) return unsignedSql(node.A_Const);
  if (!("A_Expr" in node) || node.A_Expr.lexpr !== undefined || node.A_Expr.rexpr === undefined)
    return undefined;
  const [operator] = node.A_Expr.name ?? [];
  const isMinus = operator !== undefined && "String" in operator && operator.String.sval === "-";
  const value = isMinus ? constantSql(node.A_Expr.rexpr) : undefined;
  return value === undefined ? undefined : `-${value}`;
}

function unsignedSql({ ival, fval, sval, boolval, isnull }: A_Const): string | undefined {
  if (isnull === true) return "NULL";
  if (sval !== undefined) return quoteString(sval.sval ?? "");
  if (fval !== undefined) return fval.fval;
  if (boolval !== undefined) return boolval.boolval === true ? "true" : "false";
  return ival === undefined ? undefined : String(ival.ival ?? 0);
}
