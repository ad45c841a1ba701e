// CREATE TEMP TABLE. PostgreSQL makes the table, which is then described and made anew for every statement.
import type { CreateStmt, RangeVar } from "@pgsql/types";
import type { Statement } from "../sql/statement.ts";
import { askDefinition, refuseSerial } from "./define-temporary.ts";
import { readOnly } from "./session-errors.ts";
import type { SessionState } from "./session-state.ts";
import { positionIn } from "./statement-places.ts";
import {
  duplicateColumn,
  duplicateTable,
  notInTemporarySchema,
  systemColumnName,
  temporaryTableFeature,
  tooManyColumns,
} from "./temporary-errors.ts";
import { isMeantAsTemporary, temporarySchema } from "./temporary-names.ts";
import type { OnCommit } from "./temporary-tables.ts";

/** Returns the command tag. */
export async function runCreateTemporary(
  state: SessionState,
  tree: CreateStmt,
  statement: Statement,
): Promise<string> {
  const relation = tree.relation ?? {};
  const name = relation.relname ?? "";
  refuseCreation(state, statement, relation, "CREATE TABLE");
  refuseTableFeatures(tree);
  if (isTaken(state, name, tree.if_not_exists)) return "CREATE TABLE";
  const { made } = await askDefinition(state, statement, { name, target: undefined });
  state.temporaryTables.create(made, onCommitOf(tree.oncommit));
  return "CREATE TABLE";
}

/** Throws 25006 and 42P16. */
export function refuseCreation(
  state: SessionState,
  statement: Statement,
  relation: RangeVar,
  command: string,
): void {
  if (relation.schemaname !== undefined && relation.schemaname !== temporarySchema)
    throw notInTemporarySchema(positionIn(state.clientText, statement, relation.location));
  if (!isMeantAsTemporary(relation) || state.settings.get("transaction_read_only") === "on")
    throw readOnly(command);
}

/** Whether IF NOT EXISTS finds one; throws 42P07 without it. */
export function isTaken(state: SessionState, name: string, ifNotExists: boolean | undefined): boolean {
  const { temporaryTables } = state;
  const isIndex = [...temporaryTables.all].some(({ definition }) =>
    definition.indexes.some((index) => index.name === name),
  );
  if (temporaryTables.get(name) === undefined && !isIndex) return false;
  const error = duplicateTable(name);
  if (ifNotExists !== true) throw error;
  state.notify({ severity: "NOTICE", sqlstate: error.sqlstate, message: `${error.message}, skipping` });
  return true;
}

/** PostgreSQL's limit. */
const columnsMax = 1600;

const systemColumns = new Set(["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"]);

/** Throws 42701 and 54000. */
export function refuseColumnNames(names: readonly string[]): void {
  if (names.length > columnsMax) throw tooManyColumns(columnsMax);
  const reserved = names.find((name) => systemColumns.has(name));
  if (reserved !== undefined) throw systemColumnName(reserved);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw duplicateColumn(repeated);
}

export function onCommitOf(action: string | undefined): OnCommit {
  if (action === "ONCOMMIT_DELETE_ROWS") return "delete";
  return action === "ONCOMMIT_DROP" ? "drop" : "preserve";
}

function refuseTableFeatures(tree: CreateStmt): void {
  if ((tree.inhRelations ?? []).length > 0) throw temporaryTableFeature("INHERITS");
  if (tree.partspec !== undefined || tree.partbound !== undefined) throw temporaryTableFeature("PARTITION");
  if (tree.ofTypename !== undefined) throw temporaryTableFeature("OF");
  if ((tree.options ?? []).length > 0) throw temporaryTableFeature("WITH");
  for (const element of tree.tableElts ?? []) if ("ColumnDef" in element) refuseSerial(element.ColumnDef);
}
