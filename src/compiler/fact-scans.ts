// A fact in a FROM of facts that do not lie on one path: its scan, the conditions that are about it alone, and what
// stands in its place when only some of what it holds is read.
import type { EntryId, Expression, FromItem, LensScanEntry, SubqueryEntry } from "../query/query.ts";
import { replaceExpressions, someExpression, visitExpression } from "../query/walk.ts";
import { booleanOid, conjunction } from "./compilation.ts";

/** Whether FROM holds scans alone and nothing reads another query: the rest is rare, and what it shares must stay shared. */
export function readsScansAlone(
  from: readonly FromItem[],
  expressions: readonly (Expression | undefined)[],
): boolean {
  const hasSubquery = (expression: Expression | undefined) =>
    expression !== undefined && someExpression(expression, (node) => node.kind === "SubLink");
  const isScans = (item: FromItem): boolean =>
    item.kind === "entry"
      ? item.entry.kind === "lensScan" || (item.entry.kind === "subquery" && !item.entry.lateral)
      : isScans(item.left) && isScans(item.right) && !hasSubquery(item.on);
  return from.every(isScans) && !expressions.some(hasSubquery);
}

/** The scan; undefined where FROM holds none, or one that WHERE reaches into. */
export function factIn(items: readonly FromItem[], id: EntryId): LensScanEntry | undefined {
  for (const item of items) {
    if (item.kind === "join") {
      const found = factIn([item.left, item.right], id);
      if (found !== undefined) return found;
    } else if (item.entry.id === id && item.entry.kind === "lensScan")
      return item.entry.filters.length === 0 ? item.entry : undefined;
  }
  return undefined;
}

/** FROM with something else in the place of the entry. */
export function replacedIn(item: FromItem, id: EntryId, entry: SubqueryEntry): FromItem {
  if (item.kind === "join")
    return { ...item, left: replacedIn(item.left, id, entry), right: replacedIn(item.right, id, entry) };
  return item.entry.id === id ? { kind: "entry", entry } : item;
}

/** Which of these an expression reads: columns of the entry, columns of others. */
export function readsOfEntry(expression: Expression, id: EntryId): { own: boolean; others: boolean } {
  const reads = { own: false, others: false };
  visitExpression(expression, {
    expression: (node) => {
      if (node.kind === "Var") reads[node.entry === id ? "own" : "others"] = true;
      return true;
    },
  });
  return reads;
}

/**
 * A condition over an entry that an outer join may have no row of: `asked` where there is one, else what the condition
 * is of NULLs.
 */
export function askedOrOfNulls(
  condition: Expression,
  id: EntryId,
  { asked, present }: { readonly asked: Expression; readonly present: Expression },
): Expression {
  const isPresent = (negated: boolean): Expression => ({
    kind: "NullTest",
    arg: present,
    negated,
    type: booleanOid,
    location: -1,
  });
  const ofNulls = replaceExpressions(condition, (node) =>
    node.kind === "Var" && node.entry === id
      ? { kind: "Const", value: null, type: node.type, modifier: node.modifier, location: -1 }
      : undefined,
  );
  const args = [conjunction([isPresent(true), asked]), conjunction([isPresent(false), ofNulls])].filter(
    (arg) => arg !== undefined,
  );
  return { kind: "BoolExpr", operation: "or", args, type: booleanOid, location: -1 };
}
