// A query made by the compiler.
import type { Query } from "../query/query.ts";

/** A query of which everything that is not named is absent. */
export function plainQuery(
  parts: Pick<Query, "id" | "from" | "where" | "targets" | "group" | "hasAggregates">,
): Query {
  return {
    kind: "Query",
    ctes: [],
    recursive: false,
    having: undefined,
    windows: [],
    distinct: undefined,
    orderBy: [],
    limit: undefined,
    withTies: false,
    offset: undefined,
    setOperation: undefined,
    ...parts,
  };
}
