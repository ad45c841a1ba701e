// The configuration as one checked value: absolute paths, durations in milliseconds, defaults filled in.
import type { SourceLocation } from "../problem.ts";
import type { WarehouseKind } from "../warehouse-kind.ts";

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
}

/** Where data lives; `type` is the key of the driver registry. */
export interface SourceConfig {
  readonly name: string;
  readonly type: WarehouseKind;
  /** The DuckDB file. */
  readonly path: string;
  readonly location: SourceLocation;
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
}

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsConfig | undefined;
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
}

export interface AuthConfig {
  /** Path of users.yml. */
  readonly users: string | undefined;
  readonly jwt: JwtConfig | undefined;
  readonly heimdall: { readonly url: string } | undefined;
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
  /** `memory`, or a redis:// URL. */
  readonly store: string;
}

export interface AuditConfig {
  readonly file: string;
  readonly required: boolean;
  readonly fsync: "off" | "interval" | "always";
  readonly parameters: boolean;
}
