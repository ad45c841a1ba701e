// DROP TABLE, and what else acts on temporary tables: TRUNCATE, CREATE INDEX, ANALYZE.
import type { DropStmt, IndexStmt, Node, RangeVar, VacuumStmt } from "@pgsql/types";
import { sqlstates } from "../sqlstate.ts";
import { isTaken } from "./create-temporary.ts";
import { readOnly } from "./session-errors.ts";
import type { SessionState } from "./session-state.ts";
import { noIndexOrder, temporaryTableFeature, unknownColumn, unknownTable } from "./temporary-errors.ts";
import { temporaryNameOf, temporarySchema } from "./temporary-names.ts";
import type { TemporaryTablesReader } from "./temporary-tables.ts";

function relations(nodes: readonly Node[] | undefined): readonly RangeVar[] {
  return (nodes ?? []).map((node) => ("RangeVar" in node ? node.RangeVar : {}));
}

function analysedNames({ is_vacuumcmd: isVacuum, rels }: VacuumStmt): readonly RangeVar[] | undefined {
  if (isVacuum === true || rels === undefined) return undefined;
  return rels.map((node) => ("VacuumRelation" in node ? (node.VacuumRelation.relation ?? {}) : {}));
}

/** The names that a statement of this kind acts on; undefined for any other statement. */
function namesOf(node: Node): readonly RangeVar[] | undefined {
  if ("TruncateStmt" in node) return relations(node.TruncateStmt.relations);
  if ("IndexStmt" in node) return [node.IndexStmt.relation ?? {}];
  if ("VacuumStmt" in node) return analysedNames(node.VacuumStmt);
  return undefined;
}

/** Whether the statement acts on temporary tables and on nothing else. */
export function actsOnTemporary(tables: TemporaryTablesReader, node: Node): boolean {
  const names = namesOf(node);
  if (names === undefined || names.length === 0) return false;
  return names.every((name) => temporaryNameOf(tables, name) !== undefined);
}

/** Runs a statement of which actsOnTemporary() says yes. Returns the command tag. */
export function runOnTemporary(state: SessionState, node: Node): string {
  const names = (namesOf(node) ?? []).map((name) => name.relname ?? "");
  if ("VacuumStmt" in node) return "ANALYZE";
  const command =
    "DropStmt" in node ? "DROP TABLE" : "TruncateStmt" in node ? "TRUNCATE TABLE" : "CREATE INDEX";
  if (state.settings.get("transaction_read_only") === "on") throw readOnly(command);
  if ("IndexStmt" in node) return createIndex(state, names[0] ?? "", node.IndexStmt);
  for (const name of names) state.temporaryTables.truncate(name);
  return command;
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

/** An index is kept for the catalog alone: ten thousand rows need none. */
function createIndex(state: SessionState, table: string, tree: IndexStmt): string {
  const definition = state.temporaryTables.get(table)?.definition;
  if (definition === undefined) throw new TypeError("an index on no temporary table");
  if (tree.unique === true) throw temporaryTableFeature("a UNIQUE index", "Leave UNIQUE out.");
  if (tree.whereClause !== undefined) throw temporaryTableFeature("a partial index", "Leave WHERE out.");
  const method = tree.accessMethod ?? "btree";
  if (method !== "btree" && method !== "hash") throw temporaryTableFeature(`an index by ${method}`);
  const columns = (tree.indexParams ?? []).map((param) => {
    const name = "IndexElem" in param ? param.IndexElem.name : undefined;
    if (name === undefined) throw temporaryTableFeature("an index over an expression", "Name columns.");
    const column = definition.columns.find((each) => each.name === name);
    if (column === undefined) throw unknownColumn(name);
    if (column.typeName.startsWith("json")) throw noIndexOrder(column.typeName);
    return name;
  });
  const name = tree.idxname ?? freeName(state, `${table}_${columns.join("_")}_idx`);
  if (isTaken(state, name, tree.if_not_exists)) return "CREATE INDEX";
  state.temporaryTables.redefine({ ...definition, indexes: [...definition.indexes, { name, columns }] });
  return "CREATE INDEX";
}

/** As PostgreSQL numbers names that it makes up. */
function freeName(state: SessionState, wanted: string): string {
  const taken = new Set<string>();
  for (const { definition } of state.temporaryTables.all) {
    taken.add(definition.name);
    for (const index of definition.indexes) taken.add(index.name);
  }
  let name = wanted;
  for (let number = 1; taken.has(name); number += 1) name = `${wanted}${number}`;
  return name;
}
