// What the main thread and a PostgreSQL worker say to each other: plain data.

import type { ResultColumn } from "../result.ts";
import type { OwnState } from "./own-relations.ts";
import type { TemporaryTableInput } from "./temporary-tables.ts";
import type { CompiledModule } from "./web-assembly.ts";

export interface WorkerData {
  /** PGlite's two modules, compiled once for all workers. */
  readonly pgliteModule: CompiledModule;
  readonly initdbModule: CompiledModule;
  /** The inflated data directory. */
  readonly directory: SharedArrayBuffer;
  /** Bytes that one instance may grow to; beyond, PostgreSQL says 53200. */
  readonly instanceBytesMax: number;
}

/** Creates the instance `key` from the data directory and fills it. */
export interface OpenRequest {
  readonly kind: "open";
  readonly key: string;
  readonly ddl: string;
}

export interface CloseRequest {
  readonly kind: "close";
  readonly key: string;
}

export interface AnalyseRequest {
  readonly kind: "analyse";
  readonly key: string;
  readonly databaseName: string;
  readonly user: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly text: string;
  readonly parameterTypes: readonly number[];
  /** Whether the analysed tree is wanted. */
  readonly tree: boolean;
  /** Those of the session, without rows. */
  readonly temporaryTables: readonly TemporaryTableInput[];
}

/** A parameter in PostgreSQL's text form, or its binary one as bytes. */
export type ParameterInput = string | Uint8Array | null;

export interface WrittenTable {
  readonly name: string;
  /** So many of its rows, which were there before, are not wanted. */
  readonly rowsSkipped: number;
  readonly rowsMax: number;
}

/** The answer to a COPY ... FROM STDIN. */
export type CopiedData =
  /** Whether it may begin, and the form of its data, are asked. */
  | { readonly kind: "asked" }
  /** In UTF-8, where it is text. `failure`: the client gave up behind it, with these words. */
  | { readonly kind: "sent"; readonly data: Uint8Array; readonly failure: string | undefined };

/** What a CopyInResponse says. */
export interface CopyShape {
  readonly format: 0 | 1;
  readonly columnCount: number;
}

/** What a session has and the instance has not, in JSON. */
export interface ListedObjects {
  readonly cursors: string;
  readonly statements: string;
  readonly settings: string;
  readonly said: string;
  readonly tls: string;
}

export interface ExecuteRequest {
  readonly kind: "execute";
  readonly key: string;
  readonly databaseName: string;
  /** Other databases for `\l`. */
  readonly otherDatabases: readonly string[];
  readonly user: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly processId: number;
  readonly objects?: ListedObjects;
  readonly own?: OwnState;
  readonly text: string;
  readonly parameterTypes: readonly number[];
  readonly parameters: readonly ParameterInput[];
  readonly resultFormats: readonly number[];
  readonly rowsMax: number;
  readonly bytesMax: number;
  readonly temporaryTables: readonly TemporaryTableInput[];
  /** The temporary table that the statement writes to: so many of its rows afterwards are wanted. */
  readonly written: WrittenTable | undefined;
  /** Of a COPY FROM STDIN: what the client sent. */
  readonly copied?: CopiedData | undefined;
  /** The temporary table that the statement makes or alters: what it is afterwards is wanted. */
  readonly defined: string | undefined;
}

export type WorkerRequest = OpenRequest | CloseRequest | AnalyseRequest | ExecuteRequest;

export interface OpenAnswer {
  readonly kind: "opened";
  /** pg_class oid and name of each lens relation. */
  readonly relations: readonly (readonly [oid: number, name: string])[];
  /** pg_proc oids of measure, agg and aggregate. */
  readonly measureFunctions: readonly number[];
}

export interface CloseAnswer {
  readonly kind: "closed";
}

export interface AnalyseAnswer {
  readonly kind: "analysed";
  readonly parameterTypes: readonly number[];
  readonly columns: readonly ResultColumn[];
  readonly tree: Uint8Array | undefined;
  /** pg_class oid and name of each temporary table. */
  readonly temporaryTables: readonly (readonly [oid: number, name: string])[];
}

/** A call of set_config() that the statement made. */
export interface SettingChange {
  readonly name: string;
  readonly value: string;
  readonly local: boolean;
}

/** What PostgreSQL says to a statement besides its answer. */
export interface StatementNotice {
  readonly severity: "NOTICE" | "WARNING";
  readonly sqlstate: string;
  readonly message: string;
  readonly context: string | undefined;
}

export interface ExecuteAnswer {
  readonly kind: "executed";
  readonly columns: readonly ResultColumn[];
  /** Whole DataRow messages, one after the other. */
  readonly rowBytes: Uint8Array;
  readonly rowCount: number;
  readonly commandTag: string;
  readonly settingChanges: readonly SettingChange[];
  readonly notices: readonly StatementNotice[];
  /** DataRow messages in binary format: all rows of the table that was written to. */
  readonly writtenBytes: Uint8Array;
  readonly writtenCount: number;
  /** Of a COPY that may begin. */
  readonly copyShape: CopyShape | undefined;
  /** A TableDescription as JSON. */
  readonly definition: string | undefined;
}

export type WorkerAnswer = OpenAnswer | CloseAnswer | AnalyseAnswer | ExecuteAnswer;

/** A failure that the client may see as it is. */
export interface WorkerError {
  readonly sqlstate: string;
  readonly message: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly position: number | undefined;
  readonly context?: string | undefined;
}

export type WorkerReply =
  | { readonly kind: "answer"; readonly id: number; readonly answer: WorkerAnswer }
  /** The statement failed; `closed` tells that the instance is gone and has to be opened anew. */
  | { readonly kind: "error"; readonly id: number; readonly error: WorkerError; readonly closed: boolean }
  /** Anything else that went wrong: for the log. The instance is gone. */
  | { readonly kind: "failure"; readonly id: number; readonly failure: string };

export interface WorkerCall {
  readonly id: number;
  readonly request: WorkerRequest;
}
