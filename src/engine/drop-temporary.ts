// DROP TABLE, and what else acts on temporary tables: TRUNCATE, ANALYZE, VACUUM; CREATE INDEX and ALTER in
// alter-temporary.ts.
import type { DropStmt, Node, RangeVar, VacuumStmt } from "@pgsql/types";
import type { Statement } from "../sql/statement.ts";
import { sqlstates } from "../sqlstate.ts";
import { alteredRelation, runAlterTemporary } from "./alter-temporary.ts";
import { notInTransactionBlock, readOnly } from "./session-errors.ts";
import type { SessionState } from "./session-state.ts";
import { unknownTable } from "./temporary-errors.ts";
import { temporaryNameOf, temporarySchema } from "./temporary-names.ts";
import type { TemporaryTablesReader } from "./temporary-tables.ts";

function relations(nodes: readonly Node[] | undefined): readonly RangeVar[] {
  return (nodes ?? []).map((node) => ("RangeVar" in node ? node.RangeVar : {}));
}

function vacuumedNames({ rels }: VacuumStmt): readonly RangeVar[] | undefined {
  return rels?.map((node) => ("VacuumRelation" in node ? (node.VacuumRelation.relation ?? {}) : {}));
}

/** The names that a statement of this kind acts on; undefined for any other statement. */
function namesOf(node: Node): readonly RangeVar[] | undefined {
  if ("TruncateStmt" in node) return relations(node.TruncateStmt.relations);
  if ("VacuumStmt" in node) return vacuumedNames(node.VacuumStmt);
  const altered = alteredRelation(node);
  return altered === undefined ? undefined : [altered];
}

/** Whether the statement acts on temporary tables and on nothing else. */
export function actsOnTemporary(tables: TemporaryTablesReader, node: Node): boolean {
  const names = namesOf(node);
  if (names === undefined || names.length === 0) return false;
  return names.every((name) => temporaryNameOf(tables, name) !== undefined);
}

/** Runs a statement of which actsOnTemporary() says yes. Returns the command tag. */
export async function runOnTemporary(state: SessionState, statement: Statement): Promise<string> {
  const { node } = statement;
  const names = (namesOf(node) ?? []).map((name) => name.relname ?? "");
  if ("VacuumStmt" in node) return runVacuum(state, node.VacuumStmt);
  if (!("TruncateStmt" in node)) return runAlterTemporary(state, statement, names[0] ?? "");
  if (state.settings.get("transaction_read_only") === "on") throw readOnly("TRUNCATE TABLE");
  for (const name of names) state.temporaryTables.truncate(name);
  return "TRUNCATE TABLE";
}

/** Nothing is there to be cleaned or counted. */
function runVacuum(state: SessionState, { is_vacuumcmd: isVacuum }: VacuumStmt): string {
  if (isVacuum !== true) return "ANALYZE";
  if (state.isInBlock) throw notInTransactionBlock("VACUUM");
  return "VACUUM";
}

/** Of a DROP TABLE. Throws 25006 for a table of the lens, 42P01 for none. Returns the command tag. */
export function runDropTable(state: SessionState, { objects, missing_ok: ifExists }: DropStmt): string {
  if (state.settings.get("transaction_read_only") === "on") throw readOnly("DROP TABLE");
  const dropped: string[] = [];
  for (const object of objects ?? []) {
    const relation = relationOf(object);
    const { schemaname, relname = "" } = relation;
    const found = temporaryNameOf(state.temporaryTables, relation);
    if (found !== undefined) {
      dropped.push(found);
      continue;
    }
    const isOurs = schemaname === undefined || schemaname === "public" || schemaname === temporarySchema;
    if (!isOurs || (schemaname !== temporarySchema && state.options.queries.hasTable(state.context, relname)))
      throw readOnly("DROP TABLE");
    const error = unknownTable(relname);
    if (ifExists !== true) throw error;
    state.notify({
      severity: "NOTICE",
      sqlstate: sqlstates.successful_completion,
      message: `${error.message}, skipping`,
    });
  }
  for (const name of dropped) state.temporaryTables.drop(name);
  return "DROP TABLE";
}

function relationOf(object: Node): RangeVar {
  const parts = "List" in object ? (object.List.items ?? []) : [];
  const names = parts.map((part) => ("String" in part ? (part.String.sval ?? "") : ""));
  const relname = names.at(-1) ?? "";
  const schemaname = names.at(-2);
  return schemaname === undefined ? { relname } : { relname, schemaname };
}
