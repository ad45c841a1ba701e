// What a session asks of the engine for a statement that reads: SELECT, VALUES, TABLE, EXPLAIN.

import type { DefinedTable, SessionObjects, WrittenRows } from "../catalog/answer-catalog-query.ts";
import type { Value } from "../data-type.ts";
import type { Identity } from "../identity.ts";
import type { CopyShape } from "../postgres/worker-protocol.ts";
import type { ResultColumn, RowStream } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import type { TemporaryTablesReader } from "./temporary-tables.ts";

/** Values of the session settings that a reading statement depends on. */
export interface SettingsReader {
  /** The value as SHOW prints it; undefined for a name that is not set. Case-insensitive. */
  get(name: string): string | undefined;
  /** Changes a setting for `SELECT set_config(...)`. Errors as SET. */
  set(name: string, value: string, local: boolean): void;
}

/** Everything about a session that a statement may depend on. */
export interface SessionContext {
  readonly sessionId: number;
  readonly identity: Identity;
  /** The lens's name as configured. */
  readonly lens: string;
  /** The database name that the client connected with. */
  readonly databaseName: string;
  readonly clientAddress: string;
  readonly settings: SettingsReader;
  /** The key of BackendKeyData, for pg_backend_pid(). */
  readonly processId: number;
  /** The session's cursors and prepared statements, as they are now. */
  readonly listObjects: () => SessionObjects;
  readonly temporaryTables: TemporaryTablesReader;
}

export interface ParameterValue {
  readonly typeOid: number;
  /**
   * What a client sent to a catalog statement in the binary form of a type that no lens has. PostgreSQL reads it;
   * `text` and `value` are null then.
   */
  readonly binary?: Uint8Array | undefined;
  /** The value in PostgreSQL's text form. */
  readonly text: string | null;
  /** Decoded as data-type.ts says; equal to `text` for types that have no DataType. */
  readonly value: Value;
}

export interface PrepareRequest {
  readonly statement: Statement;
  /** From Parse; 0 and absent mean: infer. */
  readonly parameterTypes: readonly number[];
  readonly context: SessionContext;
  readonly signal: AbortSignal;
  /** The client's text, for the records, where the statement is a part of it. */
  readonly recordedText?: string | undefined;
}

export interface RunRequest {
  /** Given where all rows are read by one statement, under the settings it began with, and in its time. */
  readonly readAtOnce: { readonly timeoutMs: number | undefined } | undefined;
  readonly parameters: readonly ParameterValue[];
  readonly formats: readonly number[];
  readonly context: SessionContext;
  readonly signal: AbortSignal;
}

/** A statement that writes to a temporary table. */
export interface PrepareWriteRequest extends PrepareRequest {
  /** The table. */
  readonly target: string;
}

/** COPY FROM STDIN into a temporary table. */
export interface AskCopyRequest {
  readonly statement: Statement;
  /** The table. */
  readonly target: string;
  readonly context: SessionContext;
  readonly signal: AbortSignal;
}

export interface CopyRequest extends AskCopyRequest {
  /** In UTF-8, where it is text. */
  readonly data: Uint8Array;
  /** What the client said when it gave up behind the data. */
  readonly failure: string | undefined;
}

/** A statement that makes or alters a temporary table. */
export interface DefineRequest {
  readonly statement: Statement;
  /** The table's name afterwards. */
  readonly name: string;
  /** Its name before; undefined where it is made. */
  readonly target: string | undefined;
  readonly context: SessionContext;
  readonly signal: AbortSignal;
}

export interface PreparedWrite {
  readonly kind: "lens" | "catalog";
  readonly parameterTypes: readonly number[];
  /** Of RETURNING. */
  readonly columns: readonly ResultColumn[] | undefined;
  /** Runs it. The tables of the session are left to the caller. */
  start(request: RunRequest): Promise<Written>;
}

export interface Written {
  /** The rows of the table, in values or in binary form: in the order of its columns. */
  readonly rows: RowStream;
  /** Whether they are all rows of the table from now on, or new ones. */
  readonly areAll: boolean;
  /** Of RETURNING. */
  readonly returned: RowStream | undefined;
  /** Undefined for an INSERT of so many rows as there are in `rows`. */
  readonly commandTag: string | undefined;
}

export interface PreparedQuery {
  readonly kind: "lens" | "catalog";
  readonly parameterTypes: readonly number[];
  readonly columns: readonly ResultColumn[];
  /**
   * Runs it. The stream's next() has written the audit's `closed` record when it says "no more"; close() writes it
   * for a reader that stops early. `signal` aborts with a LensError as its reason (57014 and its text). `formats` are
   * Bind's; a catalog statement's rows come in them, a lens statement's are encoded by whoever sends them, unless they
   * come so from the warehouse.
   */
  start(request: RunRequest): Promise<RowStream>;
  /**
   * Whether a cursor that says neither SCROLL nor NO SCROLL goes back, as PostgreSQL's plan decides. Absent where it
   * never does.
   */
  scansBackward?(request: Pick<RunRequest, "parameters" | "context" | "signal">): Promise<boolean>;
}

export interface QueryEngine {
  /** Analyses without running. Rejects with the client's error; positions count from the statement's own text. */
  prepare(request: PrepareRequest): Promise<PreparedQuery>;
  /** The same of an INSERT into a temporary table, or an UPDATE or DELETE of one. */
  prepareWrite(request: PrepareWriteRequest): Promise<PreparedWrite>;
  /** Runs it. The tables of the session are left to the caller. Rejects as prepare(). */
  define(request: DefineRequest): Promise<DefinedTable>;
  /** Whether it may begin, and what it waits for then. Rejects as prepare(). */
  askCopy(request: AskCopyRequest): Promise<CopyShape>;
  /** New rows of the table, which is left to the caller. Rejects as prepare(), with where in the data the error lies. */
  copy(request: CopyRequest): Promise<WrittenRows>;
}
