// The configuration as one checked value: absolute paths, durations in milliseconds, defaults filled in.
import type { SourceLocation } from "../problem.ts";
import type { RedisStore } from "../redis-store.ts";

export interface Config {
  readonly name: string | undefined;
  /** Never empty; the first is the default. */
  readonly sources: readonly SourceConfig[];
  /** Never empty. */
  readonly lenses: readonly LensConfig[];
  readonly server: ServerConfig;
  readonly admin: AdminConfig;
  readonly auth: AuthConfig;
  readonly limits: LimitsConfig;
  /** undefined: no audit is written. */
  readonly audit: AuditConfig | undefined;
  /** undefined: no lineage is sent. */
  readonly lineage: LineageConfig | undefined;
}

/** Where data lives; `type` is the key of the driver registry. */
export type SourceConfig = DuckDbSourceConfig | PostgresSourceConfig;

export interface DuckDbSourceConfig {
  readonly name: string;
  readonly type: "duckdb";
  /** The file. */
  readonly path: string;
  readonly location: SourceLocation;
}

export interface PostgresSourceConfig {
  readonly name: string;
  readonly type: "postgres";
  readonly server: PostgresAddress;
  /** Connections at once. */
  readonly poolMax: number;
  readonly location: SourceLocation;
}

/** A PostgreSQL server and how it is reached; the words of `tls` are libpq's. */
export interface PostgresAddress {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  readonly tls: {
    readonly mode: "disable" | "prefer" | "require" | "verify-ca" | "verify-full";
    /** A PEM file; `system`: the authorities that Node.js trusts. */
    readonly rootCert: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
  };
  readonly connectTimeoutMs: number;
}

export interface LensConfig {
  /** As configured. */
  readonly name: string;
  /** All names that clients may connect to it by. */
  readonly databaseNames: readonly string[];
  /** The model folder. */
  readonly model: string;
  /** Name of one of the sources. */
  readonly source: string;
  readonly measureAggregates: "any" | "strict";
  readonly location: SourceLocation;
}

export interface TlsConfig {
  readonly cert: string;
  readonly key: string;
  readonly mode: "off" | "allow" | "require";
  readonly channelBinding: boolean;
  /** Authorities that sign certificates of clients (PEM). */
  readonly clientCa: string | undefined;
  readonly clientCertificates: "accept" | "require";
}

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsConfig | undefined;
  /** Whether a change of the model, the users or the certificates is served without being asked for. */
  readonly watch: boolean;
}

export interface AdminConfig {
  readonly host: string;
  readonly port: number;
  readonly token: string | undefined;
}

export interface JwtConfig {
  readonly issuer: string;
  readonly audience: string;
  /** A URL, or the path of a file. */
  readonly jwks: string;
  readonly userClaim: string;
  readonly groupsClaim: string;
  /** The claim of each attribute. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly algorithms: readonly string[];
  readonly clockSkewMs: number;
}

export interface HeimdallConfig {
  readonly url: string;
  /** Where in `result` each attribute is. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly timeoutMs: number;
  /** For how long an answer holds. */
  readonly cacheMs: number;
}

export interface AuthConfig {
  /** Path of users.yml. */
  readonly users: string | undefined;
  readonly jwt: JwtConfig | undefined;
  readonly heimdall: HeimdallConfig | undefined;
  /** scram: listed users authenticate with SCRAM even where tokens are configured. */
  readonly method: "scram" | undefined;
}

export interface LimitsConfig {
  readonly connectionsPerUser: number;
  readonly connectionsMax: number;
  readonly idleTimeoutMs: number;
  readonly queriesPerMinute: number;
  readonly catalogQueriesPerMinute: number;
  readonly catalogTimeoutMs: number;
  readonly catalogInstancesMax: number;
  readonly statementTimeoutMs: number;
  readonly rowsMax: number;
  readonly onRowsMax: "error" | "notice";
  readonly connectionsPerAddress: number;
  /** Statements at once in one source. */
  readonly statementsPerSource: number;
  /** Statements of one user that wait for their turn. */
  readonly waitingPerUser: number;
  /** A URL that is told of limits that are nearly reached. */
  readonly webhook: string | undefined;
  readonly loginFailuresPerUser: number;
  readonly loginFailuresPerAddress: number;
  /** Where limits are counted: in each process, or in a Redis for all replicas together. */
  readonly store: "memory" | RedisStore;
  /** Whether each process counts for itself while the store is away, in place of refusing. */
  readonly failOpen: boolean;
}

/** A service that takes OpenLineage events. */
export interface LineageConfig {
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly apiKey: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Of jobs and datasets. */
  readonly namespace: string;
  /** Whether events have the text of statements. */
  readonly sql: boolean;
  /** Events that wait to be sent. */
  readonly eventsMax: number;
}

export interface AuditConfig {
  readonly file: string;
  readonly required: boolean;
  readonly fsync: "off" | "interval" | "always";
  readonly parameters: boolean;
  readonly rotateBytes: number;
  readonly rotateDaily: boolean;
  readonly keepFiles: number | undefined;
}
