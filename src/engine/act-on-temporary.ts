// What acts on temporary tables: TRUNCATE, ANALYZE, VACUUM; CREATE INDEX and ALTER in alter-temporary.ts.
import type { Node, RangeVar, VacuumStmt } from "@pgsql/types";
import type { Statement } from "../sql/statement.ts";
import { alteredRelation, runAlterTemporary } from "./alter-temporary.ts";
import { notInTransactionBlock, readOnly } from "./session-errors.ts";
import type { SessionState } from "./session-state.ts";
import { temporaryNameOf } from "./temporary-names.ts";
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
