// The form of a query that M5 calls transparent, as far as its text says: its rows are the rows of its FROM.
import type { Query } from "../query/query.ts";
import { someExpression } from "../query/walk.ts";

/**
 * Decided before anything is compiled, whatever FROM joins, so that no block is compiled twice at every level of a deep
 * nest.
 */
export function hasTransparentForm(query: Query): boolean {
  let answer = answers.get(query);
  if (answer === undefined) {
    answer = findForm(query);
    answers.set(query, answer);
  }
  return answer;
}

/** A deep nest asks about each of its queries from every level above it. */
const answers = new WeakMap<Query, boolean>();

function findForm(query: Query): boolean {
  return (
    query.group === undefined &&
    !query.hasAggregates &&
    query.windows.length === 0 &&
    query.distinct === undefined &&
    query.limit === undefined &&
    query.offset === undefined &&
    query.setOperation === undefined &&
    query.having === undefined &&
    query.from.length > 0 &&
    !query.targets.some(({ expression }) =>
      someExpression(expression, (node) => node.kind === "FuncExpr" && node.returnsSet),
    )
  );
}
