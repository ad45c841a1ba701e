// Temporary tables on their way to the instance of PostgreSQL that analyses or runs a statement.
import type { Value } from "../data-type.ts";
import { dataTypeOfOid, typeOid } from "../data-type.ts";
import { literal } from "../dialect/postgres/literals.ts";
import { createTemporaryTable, type TemporaryTableInput } from "../postgres/temporary-tables.ts";
import { quoteName } from "../sql/quote-name.ts";
import type { TemporaryColumn } from "../temporary-table.ts";
import type { TemporaryTable, TemporaryTablesReader } from "./temporary-tables.ts";

/** Strings that spell a character by its number. */
const hidingStrings = /\b(?:e'|u&['"])/i;

/** Those of the tables that a text may name. It errs on the side of yes. */
export function tablesNamedIn(text: string, tables: Iterable<TemporaryTable>): readonly TemporaryTable[] {
  const all = [...tables];
  if (all.length === 0 || hidingStrings.test(text)) return all;
  const lower = foldCase(text);
  return all.filter(({ definition: { name } }) => /['"\\]/.test(name) || lower.includes(foldCase(name)));
}

/** As PostgreSQL folds names; how toLowerCase() changes other letters depends on what stands beside them. */
function foldCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** What the tables that a text may name are now: "" for none. */
export function definitionsFor(
  text: string,
  { temporaryTables }: { readonly temporaryTables: TemporaryTablesReader },
): string {
  const named = tablesNamedIn(text, temporaryTables.all);
  return named.length === 0 ? "" : JSON.stringify(named.map((table) => table.definition));
}

/** The tables for PostgreSQL, with the rows of those in `filled`. */
export function temporaryInputs(
  tables: Iterable<TemporaryTable>,
  filled: ReadonlySet<string>,
): readonly TemporaryTableInput[] {
  return [...tables].map((table) => {
    const { name, oid, constraints } = table.definition;
    const checks = constraints.filter(({ kind }) => kind === "c").length;
    const definition = createTemporaryTable(table.definition);
    return { name, oid, definition, checks, rows: filled.has(name) ? insertRows(table) : undefined };
  });
}

/** Written once for each state of a table: a statement after the other reads it. */
const written = new WeakMap<TemporaryTable, string>();

/** SQL that puts the rows of a table into it; undefined for none. */
export function insertRows(table: TemporaryTable): string | undefined {
  if (table.rowCount === 0) return undefined;
  const known = written.get(table);
  if (known !== undefined) return known;
  const { definition, columns, rowCount } = table;
  const hasArrays = definition.columns.some((column) => dataTypeOfOid(column.typeOid)?.kind === "array");
  const rows = hasArrays
    ? `VALUES ${rowsOf(definition.columns, columns, rowCount)}`
    : `SELECT * FROM ROWS FROM (${definition.columns
        .map(
          (column, index) =>
            `pg_catalog.unnest(${arrayLiteral(column.typeOid, (columns[index] ?? []).slice(0, rowCount))})`,
        )
        .join(", ")})`;
  const sql = `INSERT INTO pg_temp.${quoteName(definition.name)} ${rows}`;
  written.set(table, sql);
  return sql;
}

/** All values of a column in one constant: PostgreSQL reads it four times as fast as a constant each. */
function arrayLiteral(columnType: number, values: readonly Value[]): string {
  const element = dataTypeOfOid(columnType);
  if (element === undefined) throw new TypeError(`a temporary column of type ${columnType}`);
  return constant(typeOid({ kind: "array", element }), values);
}

function rowsOf(
  definitions: readonly TemporaryColumn[],
  columns: readonly (readonly Value[])[],
  rowCount: number,
): string {
  const rows = Array.from({ length: rowCount }, (_, row) => {
    const cells = definitions.map((column, index) => constant(column.typeOid, columns[index]?.[row] ?? null));
    return `(${cells.join(", ")})`;
  });
  return rows.join(", ");
}

function constant(type: number, value: Value): string {
  return literal(
    { kind: "Const", type, modifier: -1, value, location: -1 },
    {
      refuse: (what) => {
        throw new TypeError(`a temporary table holds ${what}`);
      },
    },
  );
}
