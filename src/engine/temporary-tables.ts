// The temporary tables of one session and their rows. What is there at one moment is one value that never changes, so
// that a transaction or savepoint goes back to it by taking it up again.
import type { Value } from "../data-type.ts";
import type { NewTemporaryTable, TemporaryTableDefinition } from "../temporary-table.ts";
import { tooManyTemporaryBytes, tooManyTemporaryRows, tooManyTemporaryTables } from "./temporary-errors.ts";

/** Of one session. */
const tablesMax = 100;
/** Of one table. */
export const temporaryRowsMax = 10_000;
/** Bytes of all rows of one session, as values in memory, estimated. */
export const temporaryBytesMax = 10 * 1024 * 1024;

/** Beyond those of a lens, and below what clients that read an oid as a signed number can take. */
const oidMin = 100_000_000;
/** More than a table of 1600 columns has for itself, its types, defaults, constraints and indexes. */
const oidsOfTable = 20_000;
/** After so many tables a session begins anew. */
const oidRanges = 100_000;

/** Of a value that is no text, and of a text besides its characters. */
const valueBytes = 16;

export type OnCommit = "preserve" | "delete" | "drop";

export interface TemporaryTable {
  readonly definition: TemporaryTableDefinition;
  readonly onCommit: OnCommit;
  readonly rowCount: number;
  /** Values column by column. May be longer than `rowCount`: what lies behind belongs to other moments. */
  readonly columns: readonly (readonly Value[])[];
  readonly bytes: number;
}

/** Values column by column. */
export interface AddedRows {
  readonly columns: readonly (readonly Value[])[];
  readonly rowCount: number;
}

/** What a statement may look at. */
export interface TemporaryTablesReader {
  readonly all: Iterable<TemporaryTable>;
  get(name: string): TemporaryTable | undefined;
}

/** Bytes that all sessions share. */
export interface TemporarySpace {
  /** Throws 53400 where there are none left. */
  take(bytes: number): void;
  giveBack(bytes: number): void;
}

export type TemporarySnapshot = ReadonlyMap<string, TemporaryTable>;

export class TemporaryTables implements TemporaryTablesReader {
  private tables: TemporarySnapshot = new Map();
  private readonly space: TemporarySpace;
  /** Rows that a running transaction gave up are still there for its rollback: they count until it ends. */
  private addedBytes = 0;
  private takenBytes = 0;
  private isClosed = false;
  private createdTables = 0;

  /** `space`: that of all sessions. */
  constructor(space: TemporarySpace) {
    this.space = space;
  }

  get all(): Iterable<TemporaryTable> {
    return this.tables.values();
  }

  get(name: string): TemporaryTable | undefined {
    return this.tables.get(name);
  }

  snapshot(): TemporarySnapshot {
    return this.tables;
  }

  restore(snapshot: TemporarySnapshot): void {
    this.tables = snapshot;
  }

  /** ON COMMIT takes effect; what was given up is gone. */
  endTransaction(committed: boolean): void {
    this.addedBytes = 0;
    if (committed) {
      for (const table of this.tables.values()) {
        if (table.onCommit === "drop") this.drop(table.definition.name);
        if (table.onCommit === "delete" && table.rowCount > 0) this.truncate(table.definition.name);
      }
    }
    this.giveBack(this.bytes());
  }

  /** The session ends. */
  close(): void {
    this.isClosed = true;
    this.dropAll();
    this.addedBytes = 0;
    this.giveBack(0);
  }

  /** Throws 53400. */
  create(made: NewTemporaryTable, onCommit: OnCommit): void {
    if (this.tables.size >= tablesMax) throw tooManyTemporaryTables(tablesMax);
    const columns = made.columns.map(() => []);
    const definition = { ...made, oid: this.newOid() };
    this.put({ definition, onCommit, columns, rowCount: 0, bytes: 0 });
  }

  /** Another definition, under the same oid, perhaps with another name, and the rows as it has them. */
  redefine(name: string, made: NewTemporaryTable, rows: AddedRows): void {
    const table = this.tables.get(name);
    if (table === undefined) return;
    const before = this.tables;
    this.drop(name);
    const columns = made.columns.map(() => []);
    const definition = { ...made, oid: table.definition.oid };
    this.put({ ...table, definition, columns, rowCount: 0, bytes: 0 });
    try {
      this.append(made.name, rows);
    } catch (error) {
      this.tables = before;
      throw error;
    }
  }

  drop(name: string): void {
    const left = new Map(this.tables);
    left.delete(name);
    this.tables = left;
  }

  dropAll(): void {
    this.tables = new Map();
  }

  truncate(name: string): void {
    const table = this.tables.get(name);
    if (table !== undefined)
      this.put({ ...table, columns: table.columns.map(() => []), rowCount: 0, bytes: 0 });
  }

  /** Adds rows, column by column. Throws 54000 and 53400 over the bounds; then nothing is added. */
  append(name: string, rows: AddedRows): void {
    const table = this.tables.get(name);
    if (table === undefined || rows.rowCount === 0 || this.isClosed) return;
    if (table.rowCount + rows.rowCount > temporaryRowsMax) throw tooManyTemporaryRows(name, temporaryRowsMax);
    const added = rows.columns.reduce((sum, column) => sum + bytesOfValues(column), 0);
    if (this.bytes() + added > temporaryBytesMax) throw tooManyTemporaryBytes(temporaryBytesMax);
    this.space.take(added);
    this.takenBytes += added;
    this.addedBytes += added;
    this.put({
      ...table,
      columns: table.columns.map((column, index) =>
        extended(column, table.rowCount, rows.columns[index] ?? []),
      ),
      rowCount: table.rowCount + rows.rowCount,
      bytes: table.bytes + added,
    });
  }

  /** Not given back by a rollback, as in PostgreSQL. */
  private newOid(): number {
    this.createdTables += 1;
    return oidMin + ((this.createdTables - 1) % oidRanges) * oidsOfTable;
  }

  private giveBack(leftBytes: number): void {
    this.space.giveBack(this.takenBytes - leftBytes);
    this.takenBytes = leftBytes;
  }

  private put(table: TemporaryTable): void {
    this.tables = new Map(this.tables).set(table.definition.name, table);
  }

  /** At least what is held: rows that were added in this transaction are counted whether they are still there or not. */
  private bytes(): number {
    let bytes = 0;
    for (const table of this.tables.values()) bytes += table.bytes;
    return Math.max(bytes, this.addedBytes);
  }
}

/**
 * The first `length` values and those behind. They are put into the same array where nobody else has done so already:
 * a thousand INSERTs of one row would copy half a million values.
 */
function extended(column: readonly Value[], length: number, values: readonly Value[]): readonly Value[] {
  const target = (column.length === length ? column : column.slice(0, length)) as Value[];
  for (const value of values) target.push(value);
  return target;
}

/** Of the values from a place on. */
export function bytesOfValues(values: readonly Value[], from = 0): number {
  let bytes = 0;
  for (let place = from; place < values.length; place++) bytes += bytesOfValue(values[place] ?? null);
  return bytes;
}

function bytesOfValue(value: Value): number {
  if (typeof value === "string") return valueBytes + 2 * value.length;
  if (value instanceof Uint8Array) return valueBytes + value.length;
  if (Array.isArray(value)) return valueBytes + bytesOfValues(value as readonly Value[]);
  return valueBytes;
}
