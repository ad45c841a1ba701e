// Which MEASURE() calls of an analysed tree are over a measure of the lens: tells wraps that landed from those that did not.
import type { VisibleRelation } from "../model/visible-model.ts";
import type { Aggref, EntryId, Expression, Query, RangeTableEntry } from "../query/query.ts";
import { visitQuery } from "../query/walk.ts";

/** The locations (bytes of the analysed text) of the calls of `measureFunctions` whose argument is a measure column. */
export function measureCallLocations(
  query: Query,
  relations: ReadonlyMap<number, VisibleRelation>,
  measureFunctions: ReadonlySet<number>,
): ReadonlySet<number> {
  const entries = new Map<EntryId, RangeTableEntry>();
  const ctes = new Map<EntryId, Query>();
  const calls: Aggref[] = [];
  visitQuery(query, {
    query: (block) => {
      for (const cte of block.ctes) ctes.set(cte.id, cte.query);
      return undefined;
    },
    entry: (entry) => {
      entries.set(entry.id, entry);
    },
    expression: (node) => {
      if (node.kind === "Aggref" && measureFunctions.has(node.function)) calls.push(node);
      return undefined;
    },
  });
  const isMeasure = (expression: Expression | undefined): boolean => {
    const column = withoutCasts(expression);
    if (column?.kind !== "Var") return false;
    const entry = entries.get(column.entry);
    switch (entry?.kind) {
      case "relation":
        return relations.get(entry.relationOid)?.columns[column.column - 1]?.kind === "measure";
      case "subquery":
        return isMeasure(passedColumn(entry.query, column.column));
      case "cte":
        return isMeasure(passedColumn(ctes.get(entry.cte), column.column));
      default:
        return false;
    }
  };
  return new Set(calls.filter((call) => isMeasure(call.args[0])).map((call) => call.location));
}

/** A column of a subquery that hands its rows on as they are (M5); undefined where the subquery makes rows of its own. */
function passedColumn(query: Query | undefined, column: number): Expression | undefined {
  if (query === undefined || query.setOperation !== undefined || query.hasAggregates) return undefined;
  const own = [query.group, query.distinct, query.limit, query.offset];
  if (own.some((part) => part !== undefined) || query.windows.length > 0) return undefined;
  return query.targets.filter((target) => !target.junk)[column - 1]?.expression;
}

function withoutCasts(expression: Expression | undefined): Expression | undefined {
  let inner = expression;
  for (;;) {
    if (inner?.kind === "RelabelType" || inner?.kind === "CoerceViaIo") inner = inner.arg;
    else if (inner?.kind === "FuncExpr" && inner.format !== "call") inner = inner.args[0];
    else return inner;
  }
}
