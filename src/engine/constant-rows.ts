// Rows of INSERT ... VALUES that are constants and parameters of the columns' own types: they go into a temporary table as
// they are, so that batches of thousands of them ask PostgreSQL for nothing. Everything else is PostgreSQL's to evaluate.
import type { InsertStmt, Node } from "@pgsql/types";
import { literalsOfNow } from "../analysis/literals-of-now.ts";
import type { Value } from "../data-type.ts";
import { LensError } from "../errors.ts";
import { isFloat, isInteger, isString, oids } from "../query/type-oids.ts";
import type { TemporaryColumn, TemporaryTableDefinition } from "../temporary-table.ts";
import type { CollectedRows } from "./collect-rows.ts";
import { constantSql } from "./constant-sql.ts";
import type { ParameterValue } from "./query-engine.ts";
import { hasRules } from "./temporary-keys.ts";

/** Reads a text as a value of a type. Throws 22P02 and its like. */
type ReadText = (typeOid: number, text: string) => Value;

type Cell = { readonly value: Value } | { readonly parameter: number };

export interface ConstantRows {
  readonly hasParameters: boolean;
  /** Whether these parameter types, from 1, are those of the columns that the parameters go to. */
  takes(parameterTypes: readonly number[]): boolean;
  rows(parameters: readonly ParameterValue[]): CollectedRows;
}

/** Undefined for a statement that PostgreSQL has to look at, among them all that it would refuse. */
export function readConstantRows(
  tree: InsertStmt,
  table: TemporaryTableDefinition,
  read: ReadText,
): ConstantRows | undefined {
  if (hasRules(table)) return undefined;
  const columns = targetColumns(tree, table);
  const lists = columns === undefined ? undefined : valuesOf(tree);
  if (columns === undefined || lists === undefined) return undefined;
  const rows: Cell[][] = [];
  for (const list of lists) {
    const row = list.length === columns.length ? cellsOf(list, columns, read) : undefined;
    if (row === undefined) return undefined;
    rows.push(row);
  }
  const parameters = rows.flatMap((row) =>
    row.flatMap((cell, place) =>
      "parameter" in cell ? [{ number: cell.parameter, column: columns[place] as TemporaryColumn }] : [],
    ),
  );
  return {
    hasParameters: parameters.length > 0,
    takes: (types) => parameters.every(({ number, column }) => types[number - 1] === column.typeOid),
    rows: (given) => ({ columns: columnsOf(table, columns, rows, given), rowCount: rows.length }),
  };
}

/** The columns in the order of the values; those that are left out have no default. */
function targetColumns(
  { cols, onConflictClause, returningClause, withClause, override }: InsertStmt,
  table: TemporaryTableDefinition,
): readonly TemporaryColumn[] | undefined {
  const isPlain = onConflictClause === undefined && returningClause === undefined && withClause === undefined;
  if (!isPlain || (override ?? "OVERRIDING_NOT_SET") !== "OVERRIDING_NOT_SET") return undefined;
  if (cols === undefined) return table.columns.every(isPlainColumn) ? table.columns : undefined;
  const columns: TemporaryColumn[] = [];
  for (const node of cols) {
    const target = "ResTarget" in node ? node.ResTarget : {};
    const column = table.columns.find((each) => each.name === target.name);
    if (column === undefined || (target.indirection ?? []).length > 0 || columns.includes(column))
      return undefined;
    columns.push(column);
  }
  const isWhole = table.columns.every((column) => columns.includes(column) || column.default === undefined);
  return isWhole && columns.every(isPlainColumn) ? columns : undefined;
}

/** Whether a value goes into the column as it is; the length of varchar(n) is checked with the rows. */
function isPlainColumn({ typeOid, typeModifier }: TemporaryColumn): boolean {
  if (typeOid === oids.varchar) return true;
  const isKnown = isInteger(typeOid) || isFloat(typeOid) || plainTypes.has(typeOid);
  return isKnown && typeModifier === -1;
}

const plainTypes: ReadonlySet<number> = new Set([
  ...[oids.bool, oids.text, oids.numeric, oids.uuid, oids.bytea],
  ...[oids.date, oids.time, oids.timestamp, oids.timestamptz, oids.interval],
]);

function valuesOf({ selectStmt }: InsertStmt): readonly (readonly Node[])[] | undefined {
  const select = selectStmt !== undefined && "SelectStmt" in selectStmt ? selectStmt.SelectStmt : {};
  const { valuesLists, sortClause, limitCount, limitOffset, withClause, lockingClause } = select;
  const isBare = [sortClause, limitCount, limitOffset, withClause, lockingClause].every(
    (part) => part === undefined,
  );
  if (valuesLists === undefined || !isBare) return undefined;
  return valuesLists.map((list) => ("List" in list ? (list.List.items ?? []) : []));
}

function cellsOf(
  list: readonly Node[],
  columns: readonly TemporaryColumn[],
  read: ReadText,
): Cell[] | undefined {
  const cells: Cell[] = [];
  for (const [place, node] of list.entries()) {
    const cell = cellOf(node, (columns[place] as TemporaryColumn).typeOid, read);
    if (cell === undefined) return undefined;
    cells.push(cell);
  }
  return cells;
}

function cellOf(node: Node, typeOid: number, read: ReadText): Cell | undefined {
  if ("ParamRef" in node) return { parameter: node.ParamRef.number ?? 0 };
  if ("A_Const" in node && node.A_Const.isnull === true) return { value: null };
  const text = textFor(node, typeOid);
  if (text === undefined) return undefined;
  try {
    return { value: read(typeOid, text) };
  } catch (error) {
    // PostgreSQL says what is wrong with it, and where it stands.
    if (error instanceof LensError) return undefined;
    throw error;
  }
}

/** The text of a constant that is of the type, or of none yet. */
function textFor(node: Node, typeOid: number): string | undefined {
  const { sval, boolval } = "A_Const" in node ? node.A_Const : {};
  if (sval !== undefined) {
    const text = sval.sval ?? "";
    return !isString(typeOid) && literalsOfNow(text) ? undefined : text;
  }
  const sql = constantSql(node);
  if (sql === undefined) return undefined;
  if (boolval !== undefined) return typeOid === oids.bool ? sql : undefined;
  if (isInteger(typeOid)) return /^-?\d+$/.test(sql) ? sql : undefined;
  return (isFloat(typeOid) || typeOid === oids.numeric) && /^-?[\d.]+(?:e[+-]?\d+)?$/i.test(sql)
    ? sql
    : undefined;
}

/** Values column by column, in the table's order. */
function columnsOf(
  table: TemporaryTableDefinition,
  columns: readonly TemporaryColumn[],
  rows: readonly (readonly Cell[])[],
  parameters: readonly ParameterValue[],
): readonly Value[][] {
  return table.columns.map((column) => {
    const place = columns.indexOf(column);
    return rows.map((row) => {
      const cell = row[place];
      if (cell === undefined) return null;
      return "parameter" in cell ? (parameters[cell.parameter - 1]?.value ?? null) : cell.value;
    });
  });
}
