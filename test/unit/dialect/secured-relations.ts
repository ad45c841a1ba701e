// Relations of an analysed tree in the place of lens tables: each becomes a secured scan of the same columns.
import type { Query, RelationEntry, SecuredScan } from "../../../src/query/query.ts";

/** The tree with a scan for each relation; `make` gives the scan for a relation under the name of the entry. */
export function secureRelations(query: Query, make: (entry: RelationEntry) => SecuredScan): Query {
  return replaced(query, make) as Query;
}

function replaced(value: unknown, make: (entry: RelationEntry) => SecuredScan): unknown {
  if (Array.isArray(value)) return value.map((item) => replaced(item, make));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if ("kind" in value && value.kind === "relation") {
    const { relationOid: _, ...entry } = value as RelationEntry;
    return { ...entry, kind: "securedScan", scan: make(value as RelationEntry) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, make)]));
}

/** A scan that yields the relation's columns as they are. */
export function wholeScan(table: string, columns: readonly string[]): SecuredScan {
  return {
    table,
    baseSql: `SELECT * FROM ${table}`,
    alias: table,
    inner: undefined,
    forced: [],
    forcedJoins: [],
    joins: [],
    outputs: columns.map((column) => ({
      name: column,
      expression: { kind: "sql", sql: [{ alias: table, column }] },
    })),
    barrier: false,
  };
}
