// Everything worth knowing that can happen, as one union; the log and the metrics subscribe.

export type StatementKind = "lens" | "catalog" | "session";

/** SIGHUP, somebody at the HTTP port, or a file that changed. */
export type ReloadCause = "signal" | "request" | "change";

export type LensEvent =
  | { readonly kind: "connectionOpened"; readonly connection: number; readonly address: string }
  | { readonly kind: "connectionClosed"; readonly connection: number; readonly reason: string }
  | { readonly kind: "loginSucceeded"; readonly user: string; readonly group: string; readonly lens: string }
  | {
      readonly kind: "loginFailed";
      readonly user: string;
      readonly address: string;
      readonly sqlstate: string;
      /** The limit that it ran into, by its name in the configuration. */
      readonly limit?: string | undefined;
    }
  | {
      readonly kind: "statementFinished";
      readonly statementKind: StatementKind;
      readonly user: string;
      readonly lens: string;
      /** SQLSTATE, 00000 for success. */
      readonly sqlstate: string;
      readonly rows: number;
      readonly durationMs: number;
      /** The limit that it ran into, by its name in the configuration. */
      readonly limit?: string | undefined;
    }
  | {
      readonly kind: "limitNear";
      /** The limit's name in the configuration. */
      readonly limit: string;
      /** Whose it is. */
      readonly subject: string;
      readonly used: number;
      readonly max: number;
    }
  /** Whether a plan, or a catalog's answer, was there already. */
  | { readonly kind: "cacheAsked"; readonly cache: "plan" | "catalog"; readonly hit: boolean }
  | { readonly kind: "stageTimed"; readonly stage: string; readonly durationMs: number }
  | {
      readonly kind: "workerReplaced";
      readonly lens: string;
      readonly group: string;
      readonly reason: string;
    }
  | { readonly kind: "internalError"; readonly error: unknown; readonly where: string }
  | {
      readonly kind: "warehouseFailed";
      readonly reference: string;
      readonly text: string;
      readonly sql: string;
    }
  | {
      readonly kind: "identityProviderFailed";
      readonly provider: "jwks" | "heimdall";
      readonly error: unknown;
    }
  /** A question to the store that replicas count their limits in. */
  | {
      readonly kind: "limitStoreAsked";
      readonly operation: string;
      readonly durationMs: number;
      readonly failed: boolean;
    }
  /** The store does not count: it cannot be reached, or refuses. The reason has nothing of what was sent. */
  | { readonly kind: "limitStoreLost"; readonly reason: string }
  | { readonly kind: "limitStoreBack"; readonly awayMs: number }
  | {
      readonly kind: "reloaded";
      readonly cause: ReloadCause;
      readonly durationMs: number;
    }
  | {
      readonly kind: "reloadFailed";
      readonly cause: ReloadCause;
      /** `FILE:LINE:COL: message`. */
      readonly problems: readonly string[];
    }
  | { readonly kind: "auditFailed"; readonly error: unknown }
  /** The audit file is written on under its name, or files beyond `audit.keepFiles` are still there. */
  | { readonly kind: "auditRotationFailed"; readonly error: unknown }
  | { readonly kind: "webhookFailed"; readonly error: unknown }
  /** An event of lineage was taken by the service, or was given up. */
  | { readonly kind: "lineageSent" }
  | { readonly kind: "lineageLeftOut" }
  /** How many were given up since it was last told, and why the last one was. */
  | { readonly kind: "lineageLost"; readonly events: number; readonly error: unknown };

export type EmitEvent = (event: LensEvent) => void;
