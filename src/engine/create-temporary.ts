// CREATE TEMP TABLE: from the parse tree to a definition. PostgreSQL itself is asked what the types are.
import type { ColumnDef, Constraint, CreateStmt, Node, RangeVar, TypeName } from "@pgsql/types";
import { dataTypeOfOid } from "../data-type.ts";
import { typeName } from "../dialect/postgres/types.ts";
import { LensError, withOptions } from "../errors.ts";
import { elementType, oids } from "../query/type-oids.ts";
import type { ResultColumn } from "../result.ts";
import { quoteName } from "../sql/quote-name.ts";
import type { Statement } from "../sql/statement.ts";
import type { TemporaryColumn } from "../temporary-table.ts";
import { constantSql } from "./constant-sql.ts";
import { readOnly } from "./session-errors.ts";
import { parseOne, type SessionState } from "./session-state.ts";
import { positionIn } from "./statement-places.ts";
import {
  duplicateColumn,
  duplicateTable,
  notInTemporarySchema,
  systemColumnName,
  temporaryColumnType,
  temporaryTableFeature,
  temporaryTableWithoutColumns,
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
  const wanted = (tree.tableElts ?? []).map(wantedColumn);
  if (isTaken(state, name, tree.if_not_exists)) return "CREATE TABLE";
  if (wanted.length === 0) throw temporaryTableWithoutColumns();
  refuseColumnNames(wanted.map((column) => column.name));
  const types = await typesOf(state, wanted, statement);
  const columns = wanted.map((column, index): TemporaryColumn => {
    const { typeOid, typeModifier } = types[index] as ResultColumn;
    const type = supportedType(column.name, typeOid, typeModifier);
    const { name: own, notNull, default: constant } = column;
    return { name: own, typeOid, typeModifier, typeName: type, notNull, default: constant };
  });
  state.temporaryTables.create({ name, columns, indexes: [] }, onCommitOf(tree.oncommit));
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

const storableTypes: ReadonlySet<number> = new Set([
  ...[oids.bool, oids.int2, oids.int4, oids.int8, oids.float4, oids.float8, oids.numeric],
  ...[oids.text, oids.varchar, oids.bpchar, oids.uuid, oids.bytea, oids.json],
  ...[oids.date, oids.time, oids.timestamp, oids.timestamptz, oids.interval],
]);

/** The type as SQL spells it. Throws 0A000 for one that no column of a lens has. */
export function supportedType(column: string, oid: number, modifier: number, position?: number): string {
  const name = storableTypes.has(elementType(oid) ?? oid) ? typeName(oid, modifier) : undefined;
  if (name === undefined || dataTypeOfOid(oid) === undefined)
    throw temporaryColumnType(column, typeName(oid, modifier) ?? `number ${oid}`, position);
  return name;
}

function refuseTableFeatures(tree: CreateStmt): void {
  const [constraint] = tree.constraints ?? [];
  if (constraint !== undefined && "Constraint" in constraint) throw refusedConstraint(constraint.Constraint);
  if ((tree.inhRelations ?? []).length > 0) throw temporaryTableFeature("INHERITS");
  if (tree.partspec !== undefined || tree.partbound !== undefined) throw temporaryTableFeature("PARTITION");
  if (tree.ofTypename !== undefined) throw temporaryTableFeature("OF");
  if ((tree.options ?? []).length > 0) throw temporaryTableFeature("WITH");
}

interface WantedColumn {
  readonly name: string;
  readonly type: TypeName;
  readonly notNull: boolean;
  readonly default: string | undefined;
}

function wantedColumn(node: Node): WantedColumn {
  if ("Constraint" in node) throw refusedConstraint(node.Constraint);
  if (!("ColumnDef" in node)) throw temporaryTableFeature("LIKE", "Use CREATE TEMP TABLE ... AS SELECT.");
  const { colname: name = "", typeName: type = {}, constraints = [], collClause }: ColumnDef = node.ColumnDef;
  if (collClause !== undefined) throw temporaryTableFeature("COLLATE");
  let notNull = false;
  let defaultSql: string | undefined;
  for (const each of constraints) {
    const constraint = "Constraint" in each ? each.Constraint : {};
    if (constraint.contype === "CONSTR_NOTNULL") notNull = true;
    else if (constraint.contype === "CONSTR_DEFAULT") defaultSql = defaultOf(constraint);
    else if (constraint.contype !== "CONSTR_NULL") throw refusedConstraint(constraint);
  }
  return { name, type, notNull, default: defaultSql };
}

function defaultOf({ raw_expr: expression }: Constraint): string {
  const sql = expression === undefined ? undefined : constantSql(expression);
  if (sql === undefined)
    throw temporaryTableFeature("a DEFAULT that is no constant", "Insert the value itself.");
  return sql;
}

const constraintNames: Readonly<Record<string, string>> = {
  CONSTR_PRIMARY: "PRIMARY KEY",
  CONSTR_UNIQUE: "UNIQUE",
  CONSTR_CHECK: "CHECK",
  CONSTR_FOREIGN: "FOREIGN KEY",
  CONSTR_EXCLUSION: "EXCLUDE",
  CONSTR_IDENTITY: "IDENTITY",
  CONSTR_GENERATED: "GENERATED",
};

function refusedConstraint({ contype }: Constraint): LensError {
  return temporaryTableFeature(constraintNames[contype ?? ""] ?? "this constraint", "Leave it out.");
}

/** Asks PostgreSQL. Errors have the place of the type in the client's text. */
async function typesOf(
  state: SessionState,
  wanted: readonly WantedColumn[],
  statement: Statement,
): Promise<readonly ResultColumn[]> {
  const questions = [
    ...wanted.map((column) => ({ column, sql: `NULL::${typeSql(column.type)}` })),
    ...wanted.flatMap((column) => defaultQuestion(column)),
  ];
  const starts: number[] = [];
  let text = "SELECT ";
  questions.forEach(({ sql }, index) => {
    if (index > 0) text += ", ";
    starts.push(text.length);
    text += sql;
  });
  try {
    const question = await parseOne(state, text);
    const { context, signal } = state;
    const asked = { statement: question, parameterTypes: [], context, signal, recordedText: statement.text };
    return (await state.raced(state.options.queries.prepare(asked))).columns;
  } catch (error) {
    if (!(error instanceof LensError) || error.position === undefined) throw error;
    const at = error.position - 1;
    const column = questions[starts.findLastIndex((start) => start <= at)]?.column;
    throw withOptions(error, { position: positionIn(state.clientText, statement, column?.type.location) });
  }
}

/** Whether the default is a value of the column's type. */
function defaultQuestion(column: WantedColumn): { readonly column: WantedColumn; readonly sql: string }[] {
  if (column.default === undefined) return [];
  return [{ column, sql: `CASE WHEN true THEN NULL::${typeSql(column.type)} ELSE ${column.default} END` }];
}

const serials = new Set(["serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"]);

/** The type as it was parsed: `pg_catalog.int4`, with its modifiers and brackets. */
function typeSql(type: TypeName): string {
  const names = (type.names ?? []).map((each) => ("String" in each ? (each.String.sval ?? "") : ""));
  if (names.length === 1 && serials.has(names[0] ?? ""))
    throw temporaryTableFeature(`a column of type ${names[0]}`);
  if (type.setof === true) throw temporaryTableFeature("SETOF");
  const modifiers = (type.typmods ?? []).map((each) => constantSql(each) ?? "");
  const name = names.map(quoteName).join(".");
  const bracketed = modifiers.length === 0 ? name : `${name}(${modifiers.join(", ")})`;
  return bracketed + "[]".repeat((type.arrayBounds ?? []).length);
}
