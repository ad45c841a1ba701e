// DROP TABLE, INDEX, VIEW and their like: temporary tables and their indexes go, everything else stays.
import type { DropStmt, Node, RangeVar } from "@pgsql/types";
import type { LensError } from "../errors.ts";
import type { Statement } from "../sql/statement.ts";
import { sqlstates } from "../sqlstate.ts";
import { runAlterTemporary } from "./alter-temporary.ts";
import { missingRelation } from "./refuse-target.ts";
import { readOnly } from "./session-errors.ts";
import type { SessionState } from "./session-state.ts";
import { temporaryTableFeature, unknownObject, wrongKindOfRelation } from "./temporary-errors.ts";
import { temporaryNameOf, temporaryTableOfIndex } from "./temporary-names.ts";

/** PostgreSQL's words for what is dropped. */
const kinds: Readonly<Record<string, string>> = {
  OBJECT_TABLE: "table",
  OBJECT_INDEX: "index",
  OBJECT_VIEW: "view",
  OBJECT_MATVIEW: "materialized view",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_FOREIGN_TABLE: "foreign table",
};

export function dropsRelations(node: Node): boolean {
  return "DropStmt" in node && kinds[node.DropStmt.removeType ?? ""] !== undefined;
}

/** Throws 25006 for a relation that is not the session's own, 42P01 and 42704 for none. Returns the command tag. */
export async function runDrop(state: SessionState, tree: DropStmt, statement: Statement): Promise<string> {
  const { objects = [], missing_ok: ifExists, removeType = "" } = tree;
  const kind = kinds[removeType] ?? "";
  const command = `DROP ${kind.toUpperCase()}`;
  if (state.settings.get("transaction_read_only") === "on") throw readOnly(command);
  const dropped: string[] = [];
  const indexed = new Set<string>();
  for (const relation of objects.map(relationOf)) {
    const table = temporaryNameOf(state.temporaryTables, relation);
    const owner = temporaryTableOfIndex(state.temporaryTables, relation);
    const own = table === undefined ? "index" : "table";
    if ((table ?? owner) !== undefined && kind !== own)
      throw wrongKindOfRelation(relation.relname ?? "", kind, own);
    if (table !== undefined) dropped.push(table);
    else if (owner !== undefined) indexed.add(owner);
    else await refuseOrSkip(state, relation, { statement, kind, command, ifExists: ifExists === true });
  }
  for (const name of dropped) state.temporaryTables.drop(name);
  const [owner] = indexed;
  if (owner === undefined) return command;
  if (objects.length > 1)
    throw temporaryTableFeature("DROP INDEX of several indexes", "Drop one after the other.");
  if (tree.concurrent === true)
    throw temporaryTableFeature("DROP INDEX CONCURRENTLY", "Leave CONCURRENTLY out.");
  return runAlterTemporary(state, statement, owner);
}

interface Asked {
  readonly statement: Statement;
  readonly kind: string;
  readonly command: string;
  readonly ifExists: boolean;
}

async function refuseOrSkip(
  state: SessionState,
  relation: RangeVar,
  { statement, kind, command, ifExists }: Asked,
): Promise<void> {
  const missing = await missingRelation(state, relation, statement);
  if (missing === undefined) throw readOnly(command);
  const error = spelled(missing, kind, relation.relname ?? "");
  if (!ifExists) throw error;
  state.notify({
    severity: "NOTICE",
    sqlstate: sqlstates.successful_completion,
    message: `${error.message}, skipping`,
  });
}

function spelled(missing: LensError, kind: string, name: string): LensError {
  return missing.sqlstate === sqlstates.undefined_table ? unknownObject(kind, name) : missing;
}

function relationOf(object: Node): RangeVar {
  const parts = "List" in object ? (object.List.items ?? []) : [];
  const names = parts.map((part) => ("String" in part ? (part.String.sval ?? "") : ""));
  const relname = names.at(-1) ?? "";
  const schemaname = names.at(-2);
  return schemaname === undefined ? { relname } : { relname, schemaname };
}
