// Scans without the columns that nothing reads any more, such as the keys of joins that were left out.
import type { EntryId, FromItem, Query } from "../query/query.ts";
import { type Mapper, mapChildren, mapQueryParts, visitQuery } from "../query/walk.ts";

export function dropUnreadColumns(query: Query): Query {
  const kept = keptColumns(query);
  if (kept.size === 0) return query;
  const mapper: Mapper = {
    expression: (node) => {
      if (node.kind !== "Var") return mapChildren(node, mapper);
      const column = kept.get(node.entry)?.indexOf(node.column);
      return column === undefined ? node : { ...node, column: column + 1 };
    },
    query: (nested) => {
      const mapped = mapQueryParts(nested, mapper);
      return { ...mapped, from: mapped.from.map((item) => withColumns(item, kept)) };
    },
  };
  return mapper.query(query);
}

/** The columns that are read, from 1, of each scan that has others too. */
function keptColumns(query: Query): ReadonlyMap<EntryId, readonly number[]> {
  const read = new Map<EntryId, Set<number>>();
  const counts = new Map<EntryId, number>();
  visitQuery(query, {
    entry: (entry) => {
      if (entry.kind === "lensScan") counts.set(entry.id, entry.outputs.length);
    },
    expression: (node) => {
      if (node.kind === "Var") read.set(node.entry, (read.get(node.entry) ?? new Set()).add(node.column));
      return true;
    },
  });
  const kept = new Map<EntryId, readonly number[]>();
  for (const [entry, count] of counts) {
    const columns = [...(read.get(entry) ?? [])].sort((one, other) => one - other);
    if (columns.length < count) kept.set(entry, columns);
  }
  return kept;
}

function withColumns(item: FromItem, kept: ReadonlyMap<EntryId, readonly number[]>): FromItem {
  if (item.kind === "join")
    return { ...item, left: withColumns(item.left, kept), right: withColumns(item.right, kept) };
  const { entry } = item;
  const places = kept.get(entry.id);
  if (entry.kind !== "lensScan" || places === undefined) return item;
  const only = <T>(values: readonly T[]) => values.filter((_, place) => places.includes(place + 1));
  return { kind: "entry", entry: { ...entry, outputs: only(entry.outputs), columns: only(entry.columns) } };
}
