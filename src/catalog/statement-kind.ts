// Which statements the catalog runs: SELECT, VALUES, TABLE, and EXPLAIN of one, with nothing in them that writes; and an
// INSERT, UPDATE, DELETE or MERGE with nothing else in it that writes, in a transaction that can write to temporary tables alone;
// and what defines a temporary table.
import type { Node } from "@pgsql/types";

/** Keys of raw parse nodes that may stand nowhere in a catalog statement. */
const refusedKeys = new Set([
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "intoClause",
  "lockingClause",
  "CreateTableAsStmt",
  "ExecuteStmt",
  "DeclareCursorStmt",
  "RefreshMatViewStmt",
]);

/** Calls `visit` for each key and value of a raw tree. Without recursion: client text decides how deep it is. */
export function visitRawTree(node: unknown, visit: (key: string, value: unknown) => void): void {
  const waiting: unknown[] = [node];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (Array.isArray(value)) {
      for (const item of value) waiting.push(item);
    } else if (typeof value === "object" && value !== null) {
      for (const key in value) {
        const child = (value as Readonly<Record<string, unknown>>)[key];
        visit(key, child);
        if (typeof child === "object") waiting.push(child);
      }
    }
  }
}

function isSelect(node: Node | undefined): boolean {
  return node !== undefined && Object.keys(node).length === 1 && "SelectStmt" in node;
}

export function isCatalogStatement(node: Node): boolean {
  const kind = "ExplainStmt" in node ? isSelect(node.ExplainStmt.query) : isSelect(node);
  return kind && onlyReads(node);
}

const temporaryWrites = new Set(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);

export function isTemporaryWrite(node: Node): boolean {
  const [kind, ...others] = Object.keys(node);
  if (kind === undefined || others.length > 0 || !temporaryWrites.has(kind)) return false;
  return onlyReads(Object.values(node)[0]);
}

/** COPY of what a client sends; a file or a program is nothing that the server reads. */
export function isCopyIn(node: Node): boolean {
  const [kind, ...others] = Object.keys(node);
  if (kind !== "CopyStmt" || others.length > 0 || !("CopyStmt" in node)) return false;
  const { is_from: isFrom, filename, is_program: isProgram, query } = node.CopyStmt;
  const isFromClient = isFrom === true && filename === undefined && isProgram !== true;
  return isFromClient && query === undefined && onlyReads(node.CopyStmt);
}

const temporaryDefinitions = new Set(["CreateStmt", "IndexStmt", "AlterTableStmt", "RenameStmt"]);

/** What makes or alters a table, by its kind alone: that the table is a temporary one, the caller has seen. */
export function isTemporaryDefinition(node: Node): boolean {
  const [kind, ...others] = Object.keys(node);
  if (kind === undefined || others.length > 0) return false;
  return (
    temporaryDefinitions.has(kind) || ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_INDEX")
  );
}

function onlyReads(node: unknown): boolean {
  let allowed = true;
  visitRawTree(node, (key) => {
    if (refusedKeys.has(key)) allowed = false;
  });
  return allowed;
}
