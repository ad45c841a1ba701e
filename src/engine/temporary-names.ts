// Which names in a statement are those of temporary tables.
import type { Node, RangeVar } from "@pgsql/types";
import type { TemporaryTablesReader } from "./temporary-tables.ts";

export const temporarySchema = "pg_temp";

/** Whether a name without a table behind it yet is meant for a temporary one. */
export function isMeantAsTemporary({ relpersistence, schemaname }: RangeVar): boolean {
  return relpersistence === "t" || schemaname === temporarySchema;
}

/**
 * The temporary table that a name stands for.
 * Differs from PostgreSQL: also where search_path names pg_temp behind other schemas.
 */
export function temporaryNameOf(
  tables: TemporaryTablesReader,
  { schemaname, relname = "" }: RangeVar,
): string | undefined {
  if (schemaname !== undefined && schemaname !== temporarySchema) return undefined;
  return tables.get(relname) === undefined ? undefined : relname;
}

/** The temporary table of which a name is an index, those of its constraints included. */
export function temporaryTableOfIndex(
  tables: TemporaryTablesReader,
  { schemaname, relname = "" }: RangeVar,
): string | undefined {
  if (schemaname !== undefined && schemaname !== temporarySchema) return undefined;
  for (const { definition } of tables.all) {
    const { constraints, indexes, name } = definition;
    const isOwn = indexes.some((index) => index.name === relname);
    if (isOwn || constraints.some((each) => "pux".includes(each.kind) && each.name === relname)) return name;
  }
  return undefined;
}

/** What an INSERT, UPDATE, DELETE or MERGE writes to; undefined for any other statement. */
export function writtenRelation(node: Node): RangeVar | undefined {
  if ("InsertStmt" in node) return node.InsertStmt.relation;
  if ("UpdateStmt" in node) return node.UpdateStmt.relation;
  if ("MergeStmt" in node) return node.MergeStmt.relation;
  return "DeleteStmt" in node ? node.DeleteStmt.relation : undefined;
}

/** An INSERT that leaves the rows that are there as they are. */
export function isPlainInsert(node: Node): boolean {
  return "InsertStmt" in node && node.InsertStmt.onConflictClause?.action !== "ONCONFLICT_UPDATE";
}

/** Whether a statement that writes to a temporary table needs the rows that it has. */
export function readsTable(node: Node, table: string): boolean {
  if (!("InsertStmt" in node)) return true;
  let mentions = 0;
  const waiting: unknown[] = [node];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null) continue;
    if ((value as RangeVar).relname === table) mentions += 1;
    for (const child of Object.values(value)) waiting.push(child);
  }
  // Once as what it writes to.
  return mentions > 1;
}
