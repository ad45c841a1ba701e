// Rows on their way into a temporary table: from the warehouse in values, from PostgreSQL inside in binary form.
import { splitDataRows } from "../data-rows.ts";
import type { Value } from "../data-type.ts";
import type { LensError } from "../errors.ts";
import { readDataRow } from "../postgres/protocol-bytes.ts";
import { oids } from "../query/type-oids.ts";
import type { RowBatch, RowStream } from "../result.ts";
import type { NewTemporaryTable } from "../temporary-table.ts";
import type { ReadBinary } from "./session-options.ts";
import {
  notNullViolated,
  tooManyTemporaryBytes,
  tooManyTemporaryRows,
  valueTooLong,
} from "./temporary-errors.ts";
import { bytesOfValues, temporaryBytesMax, temporaryRowsMax } from "./temporary-tables.ts";

export interface CollectedRows {
  readonly columns: readonly Value[][];
  readonly rowCount: number;
}

/** Reads them to the end and checks them. Throws 54000 as soon as they are too many or too large, 23502 and 22001. */
export async function collectRows(
  stream: RowStream,
  table: NewTemporaryTable,
  readBinary: ReadBinary,
): Promise<CollectedRows> {
  const columns: Value[][] = table.columns.map(() => []);
  let rowCount = 0;
  let bytes = 0;
  let batch = await stream.next();
  for (; batch !== undefined; batch = await stream.next()) {
    rowCount += batch.rowCount;
    if (rowCount > temporaryRowsMax)
      throw await closedBy(stream, tooManyTemporaryRows(table.name, temporaryRowsMax));
    const before = rowCount - batch.rowCount;
    addBatch(batch, table, columns, readBinary);
    for (const column of columns) bytes += bytesOfValues(column, before);
    if (bytes > temporaryBytesMax) throw await closedBy(stream, tooManyTemporaryBytes(temporaryBytesMax));
  }
  checkRows(table, columns);
  return { columns, rowCount };
}

async function closedBy(stream: RowStream, error: LensError): Promise<LensError> {
  await stream.close(error);
  return error;
}

function addBatch(
  batch: RowBatch,
  table: NewTemporaryTable,
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
  for (const row of splitDataRows(batch.bytes)) {
    // Behind the type byte and the length.
    readDataRow(row.subarray(5)).forEach((bytes, index) => {
      const typeOid = table.columns[index]?.typeOid ?? oids.text;
      columns[index]?.push(bytes === null ? null : readBinary(typeOid, bytes));
    });
  }
}

/** Of a type modifier: VARHDRSZ. */
const modifierOffset = 4;

/** Throws 23502, and 22001 for what is too long for varchar(n); spaces beyond it are cut. */
export function checkRows(table: NewTemporaryTable, columns: readonly Value[][]): void {
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
