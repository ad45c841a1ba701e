// A query for a warehouse and what comes back: columns, and bounded batches of rows.
import type { DataType, Value } from "./data-type.ts";
import type { LensError } from "./errors.ts";

/** A column as RowDescription tells it. */
export interface ResultColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typeModifier: number;
  /** pg_type.typlen; negative for variable length. */
  readonly typeLength: number;
  /** pg_class oid and attnum where the column is one of a relation's, else 0. */
  readonly tableOid: number;
  readonly attributeNumber: number;
}

/** Values column by column: `columns[c][r]`. */
export interface ColumnBatch {
  readonly kind: "columns";
  readonly rowCount: number;
  readonly columns: readonly (readonly Value[])[];
  readonly onSent?: OnSent | undefined;
}

/** Told of the bytes that rows of a batch took on the wire, by whoever sends them. */
export type OnSent = (bytes: number) => void;

/** Rows that are already DataRow messages, one after the other (type byte and length included). */
export interface EncodedBatch {
  readonly kind: "encoded";
  readonly rowCount: number;
  /** Format codes of the columns as Bind gives them: none, one for all, or one each. Absent: all are text. */
  readonly formats?: readonly number[] | undefined;
  /** The settings that held when texts were written, by name as SHOW prints them. Absent: as a session begins. */
  readonly writtenUnder?: Readonly<Record<string, string>> | undefined;
  readonly bytes: Uint8Array;
  readonly onSent?: OnSent | undefined;
}

/** What the text of values depends on besides the values. */
export type TextAssumption =
  | "timeZoneIsUtc"
  | "floatsAreShortest"
  | "datesAreIso"
  | "intervalsArePostgres"
  | "bytesAreHexadecimal";

/** Rows as the warehouse sent them, DataRow messages one after the other, in the form that the client asked for. */
export interface RelayedBatch {
  readonly kind: "relayed";
  readonly rowCount: number;
  readonly formats: readonly number[];
  /** Whoever sends them makes sure that these still hold. */
  readonly assumes: readonly TextAssumption[];
  readonly bytes: Uint8Array;
  readonly onSent?: OnSent | undefined;
}

export type RowBatch = ColumnBatch | EncodedBatch | RelayedBatch;

/** Rows under way. Whoever stops reading early calls close(), which frees the warehouse's query. */
export interface RowStream {
  /** The next batch, or undefined at the end. Never more than one batch is held. */
  next(): Promise<RowBatch | undefined>;
  /** `failure`: the error that the client is told instead of the rest; without it the reader had enough. */
  close(failure?: LensError): Promise<void>;
}

/** SQL for one warehouse, parameters bound by the driver, never spliced. */
export interface RenderedQuery {
  readonly sql: string;
  readonly parameters: readonly BoundParameter[];
  /** The type in which each output column is wanted; the driver decodes its own to this one. */
  readonly columnTypes: readonly DataType[];
  /**
   * Milliseconds after which the signal will abort, for warehouses that keep time themselves; absent where the query
   * may take longer, since it is read in pieces.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Given where the rows go to a client in this form and nobody looks into them: a driver whose warehouse has them so may
   * pass them on as they are.
   */
  readonly client?: ClientForm | undefined;
}

export interface ClientForm {
  /** As Bind gives them: none, one for all, or one each. */
  readonly formats: readonly number[];
  /** PostgreSQL's type of each column, as the client was told. */
  readonly typeOids: readonly number[];
  /** The session's, as SHOW prints them. */
  readonly timeZone: string;
  readonly extraFloatDigits: number;
  readonly dateStyle: string;
  readonly intervalStyle: string;
  readonly byteaOutput: string;
}

export interface BoundParameter {
  readonly type: DataType;
  readonly value: Value;
}

/** Rows made here, for answers that no warehouse gives. */
export function rowsOf(columns: readonly (readonly Value[])[], rowCount: number): RowStream {
  let sent = rowCount === 0;
  return {
    async next() {
      if (sent) return undefined;
      sent = true;
      return { kind: "columns", rowCount, columns };
    },
    async close() {
      sent = true;
    },
  };
}
