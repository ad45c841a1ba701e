// How large a plan may become: de-duplicated rows repeat a block's FROM, and a transparent subquery that is read twice
// repeats its tables, so that a short statement can stand for a plan that doubles at every level of a nest.
import type { Query } from "../query/query.ts";
import { visitQuery } from "../query/walk.ts";
import { tooManyQueries, tooManyTables } from "./compiler-errors.ts";
import { type JoinShape, scansOf } from "./shape.ts";

/** Queries of a plan, nested ones counted as often as they are printed. */
const queriesMax = 5_000;

/** Instances of lens tables that stand in one FROM, through transparent subqueries. */
const tablesMax = 100;

const sizes = new WeakMap<Query, number>();

/** The query itself. Throws 54001. */
export function boundedPlan(query: Query): Query {
  if (sizeOf(query) > queriesMax) throw tooManyQueries(queriesMax);
  return query;
}

/** Throws 54001. */
export function boundedShape(shape: JoinShape): JoinShape {
  if (scansOf(shape).length > tablesMax) throw tooManyTables(tablesMax);
  return shape;
}

function sizeOf(query: Query): number {
  const known = sizes.get(query);
  if (known !== undefined) return known;
  let size = 1;
  visitQuery(query, {
    query: (nested) => {
      if (nested === query) return true;
      size += sizeOf(nested);
      return false;
    },
  });
  sizes.set(query, size);
  return size;
}
