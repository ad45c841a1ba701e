// ALTER TABLE, and CREATE, ALTER and DROP INDEX of a temporary table: PostgreSQL does it to the table with its rows, and says what there is
// then.
import type { AlterTableStmt, Node, RangeVar } from "@pgsql/types";
import type { Statement } from "../sql/statement.ts";
import { collectRows } from "./collect-rows.ts";
import { isTaken } from "./create-temporary.ts";
import { askDefinition, refuseSerial } from "./define-temporary.ts";
import { readOnly } from "./session-errors.ts";
import type { SessionState } from "./session-state.ts";
import { temporaryTableFeature } from "./temporary-errors.ts";
import { temporaryTableOfIndex } from "./temporary-names.ts";
import type { TemporaryTablesReader } from "./temporary-tables.ts";

const renamed = new Set(["OBJECT_TABLE", "OBJECT_COLUMN", "OBJECT_TABCONSTRAINT"]);

/** What such a statement acts on; undefined for any other. */
export function alteredRelation(node: Node): RangeVar | undefined {
  if ("IndexStmt" in node) return node.IndexStmt.relation;
  if ("AlterTableStmt" in node)
    return node.AlterTableStmt.objtype === "OBJECT_TABLE" ? node.AlterTableStmt.relation : undefined;
  if ("RenameStmt" in node)
    return renamed.has(node.RenameStmt.renameType ?? "") ? node.RenameStmt.relation : undefined;
  return undefined;
}

/** The table of the index that is renamed; undefined for any other statement. */
export function renamedIndex(tables: TemporaryTablesReader, node: Node): string | undefined {
  if (!("RenameStmt" in node) || node.RenameStmt.renameType !== "OBJECT_INDEX") return undefined;
  return temporaryTableOfIndex(tables, node.RenameStmt.relation ?? {});
}

function commandOf(node: Node): string {
  if ("IndexStmt" in node) return "CREATE INDEX";
  if ("DropStmt" in node) return "DROP INDEX";
  const isIndex = "RenameStmt" in node && node.RenameStmt.renameType === "OBJECT_INDEX";
  return isIndex ? "ALTER INDEX" : "ALTER TABLE";
}

/** `target`: the table; of an index that is dropped or renamed, the one that it is of. Returns the command tag. */
export async function runAlterTemporary(
  state: SessionState,
  statement: Statement,
  target: string,
): Promise<string> {
  const { node } = statement;
  const command = commandOf(node);
  if (state.settings.get("transaction_read_only") === "on") throw readOnly(command);
  if ("IndexStmt" in node) {
    if (node.IndexStmt.concurrent === true)
      throw temporaryTableFeature("CREATE INDEX CONCURRENTLY", "Leave CONCURRENTLY out.");
    const { idxname: name, if_not_exists: ifNotExists } = node.IndexStmt;
    if (name !== undefined && isTaken(state, name, ifNotExists)) return command;
  }
  if ("AlterTableStmt" in node) refuseAlterations(node.AlterTableStmt);
  const isTableRenamed = "RenameStmt" in node && node.RenameStmt.renameType === "OBJECT_TABLE";
  const name = isTableRenamed ? (node.RenameStmt.newname ?? target) : target;
  const { made, rows } = await askDefinition(state, statement, { name, target });
  state.temporaryTables.redefine(target, made, await collectRows(rows, made, state.options.readBinary));
  return command;
}

const alterations: ReadonlySet<string> = new Set([
  ...["AT_AddColumn", "AT_DropColumn", "AT_AlterColumnType", "AT_ColumnDefault"],
  ...["AT_SetNotNull", "AT_DropNotNull", "AT_AddConstraint", "AT_DropConstraint"],
]);

function refuseAlterations({ cmds }: AlterTableStmt): void {
  for (const each of cmds ?? []) {
    const { subtype = "", def } = "AlterTableCmd" in each ? each.AlterTableCmd : {};
    if (!alterations.has(subtype))
      throw temporaryTableFeature("this form of ALTER TABLE", "Make a new table with what is wanted.");
    if (def !== undefined && "ColumnDef" in def) refuseSerial(def.ColumnDef);
  }
}
