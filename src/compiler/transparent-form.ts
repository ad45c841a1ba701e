// The form of a query that M5 calls transparent, as far as its text says: its rows are the rows of its FROM.
import type { FromItem, Query } from "../query/query.ts";
import { someExpression } from "../query/walk.ts";

export function hasTransparentForm(query: Query): boolean {
  return (
    query.group === undefined &&
    !query.hasAggregates &&
    query.windows.length === 0 &&
    query.distinct === undefined &&
    query.limit === undefined &&
    query.offset === undefined &&
    query.setOperation === undefined &&
    query.ctes.length === 0 &&
    query.having === undefined &&
    mayBeOneFrom(query.from) &&
    !query.targets.some(({ expression }) =>
      someExpression(expression, (node) => node.kind === "FuncExpr" && node.returnsSet),
    )
  );
}

/**
 * A single entry, or relations only. Asked before anything is compiled, so that no block is entered twice at every
 * level of a deep nest.
 */
function mayBeOneFrom(from: readonly FromItem[]): boolean {
  const [only, ...more] = from;
  if (only === undefined) return false;
  if (more.length === 0 && only.kind === "entry")
    return only.entry.kind === "relation" || only.entry.kind === "subquery" || only.entry.kind === "cte";
  const relations = (item: FromItem): boolean =>
    item.kind === "entry" ? item.entry.kind === "relation" : relations(item.left) && relations(item.right);
  return from.every(relations);
}
