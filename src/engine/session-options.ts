// What a session is made of: who it is for, what it asks, and what it may cost.
import type { Clock } from "../clock.ts";
import type { Value } from "../data-type.ts";
import type { LensError } from "../errors.ts";
import type { EmitEvent } from "../events.ts";
import type { Identity } from "../identity.ts";
import type { NearLimits } from "../limits/near-limits.ts";
import type { SpoolSpace } from "../limits/spool-space.ts";
import type { ParseStatements } from "../sql/statement.ts";
import type { ParameterValue, QueryEngine, SessionContext, SettingsReader } from "./query-engine.ts";

export interface StatementLimits {
  /** 0: none. The session's statement_timeout can only shorten it. */
  readonly statementTimeoutMs: number;
  readonly rowsMax: number;
  /** What happens to a result with more rows: 54000, or a NOTICE and an exact cut. */
  readonly onRowsMax: "error" | "notice";
  /** Statements that reach the warehouse, per connection. */
  readonly queriesPerMinute: number;
  readonly catalogQueriesPerMinute: number;
}

/** A statement that the query engine did not see, or did not start: it was refused here. */
export interface Refusal {
  readonly sql: string;
  readonly error: LensError;
  readonly context: SessionContext;
}

/** Reads a text as a value of a type, for SQL's EXECUTE. Throws 22P02 and its like. */
export type ReadParameter = (
  typeOid: number,
  text: string | null,
  settings: SettingsReader,
) => ParameterValue;

/** Reads PostgreSQL's binary form of a value of a type that a lens has. */
export type ReadBinary = (typeOid: number, bytes: Uint8Array) => Value;

/** What pg_stat_ssl says of a session. */
export interface TlsSession {
  /** As OpenSSL calls them: `TLSv1.3`, `TLS_AES_256_GCM_SHA384`. */
  readonly version: string;
  readonly cipher: string;
  /** Of the cipher's key. */
  readonly bits: number | undefined;
  /** Of the client's certificate, as `/O=Example/CN=reader`; undefined without one. */
  readonly clientName: string | undefined;
  /** In decimal digits. */
  readonly clientSerial: string | undefined;
  readonly issuerName: string | undefined;
}

export interface SessionOptions {
  readonly sessionId: number;
  /** The key of BackendKeyData. */
  readonly processId: number;
  readonly identity: Identity;
  readonly lens: string;
  readonly databaseName: string;
  readonly clientAddress: string;
  /** Undefined for a session that is not encrypted. */
  readonly tls: TlsSession | undefined;
  /** Of the StartupMessage: settings, `options`, and names that are not settings (user, database). */
  readonly startupParameters: ReadonlyMap<string, string>;
  /** PostgreSQL's number that this server speaks for, such as `18.3`. */
  readonly postgresVersion: string;
  readonly limits: StatementLimits;
  /** Told of how far limits are used. */
  readonly nearLimits: NearLimits;
  /** For rows that cursors of all sessions keep. */
  readonly spoolSpace: SpoolSpace;
  readonly parseStatements: ParseStatements;
  readonly queries: QueryEngine;
  readonly readParameter: ReadParameter;
  readonly readBinary: ReadBinary;
  readonly clock: Clock;
  readonly emit: EmitEvent;
  /** Records a refusal before the client is told. */
  readonly onRefused: (refusal: Refusal) => Promise<void>;
}
