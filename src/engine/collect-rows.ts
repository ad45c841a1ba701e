// Rows on their way into a temporary table: from the warehouse in values, from PostgreSQL inside in binary form.
import type { Value } from "../data-type.ts";
import { readDataRow } from "../postgres/protocol-bytes.ts";
import { oids } from "../query/type-oids.ts";
import type { RowBatch, RowStream } from "../result.ts";
import type { TemporaryTableDefinition } from "../temporary-table.ts";
import type { ReadBinary } from "./session-options.ts";
import { notNullViolated, tooManyTemporaryRows, valueTooLong } from "./temporary-errors.ts";
import { temporaryRowsMax } from "./temporary-tables.ts";

export interface CollectedRows {
  readonly columns: readonly (readonly Value[])[];
  readonly rowCount: number;
}

/** Reads them to the end and checks them. Throws 54000 as soon as there are too many, 23502 and 22001. */
export async function collectRows(
  stream: RowStream,
  table: TemporaryTableDefinition,
  readBinary: ReadBinary,
): Promise<CollectedRows> {
  const columns: Value[][] = table.columns.map(() => []);
  let rowCount = 0;
  let batch = await stream.next();
  for (; batch !== undefined; batch = await stream.next()) {
    rowCount += batch.rowCount;
    if (rowCount > temporaryRowsMax) {
      const error = tooManyTemporaryRows(table.name, temporaryRowsMax);
      await stream.close(error);
      throw error;
    }
    addBatch(batch, table, columns, readBinary);
  }
  checkRows(table, columns);
  return { columns, rowCount };
}

function addBatch(
  batch: RowBatch,
  table: TemporaryTableDefinition,
  columns: readonly Value[][],
  readBinary: ReadBinary,
): void {
  if (batch.kind === "columns") {
    columns.forEach((column, index) => {
      for (const value of (batch.columns[index] ?? []).slice(0, batch.rowCount)) column.push(value);
    });
    return;
  }
  if (batch.kind === "relayed") throw new TypeError("rows for a temporary table were asked for in values");
  for (const row of batch.dataRows) {
    // Behind the type byte and the length.
    readDataRow(row.subarray(5)).forEach((bytes, index) => {
      const typeOid = table.columns[index]?.typeOid ?? oids.text;
      columns[index]?.push(bytes === null ? null : readBinary(typeOid, bytes));
    });
  }
}

/** Of a type modifier: VARHDRSZ. */
const modifierOffset = 4;

function checkRows(table: TemporaryTableDefinition, columns: readonly Value[][]): void {
  table.columns.forEach((column, index) => {
    const values = columns[index] ?? [];
    if (column.notNull && values.includes(null)) throw notNullViolated(table.name, column.name);
    if (column.typeOid !== oids.varchar || column.typeModifier < modifierOffset) return;
    const lengthMax = column.typeModifier - modifierOffset;
    values.forEach((value, row) => {
      if (typeof value === "string") values[row] = withinLength(value, lengthMax, column.typeName);
    });
  });
}

/** As an assignment to varchar(n): spaces beyond it are cut, all else is refused. */
function withinLength(text: string, lengthMax: number, type: string): string {
  if (text.length <= lengthMax) return text;
  const characters = Array.from(text);
  if (characters.length <= lengthMax) return text;
  if (characters.slice(lengthMax).some((character) => character !== " ")) throw valueTooLong(type);
  return characters.slice(0, lengthMax).join("");
}
