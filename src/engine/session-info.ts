// What operators see of a session: who it is, and what it does at this moment. No rows.
import type { Identity } from "../identity.ts";
import type { TransactionStatus } from "./transaction.ts";

export interface StatementActivity {
  readonly text: string;
  /** On the monotonic clock. */
  readonly startedMs: number;
}

/** As pg_stat_activity calls them. */
export type SessionActivity = "active" | "idle" | "idle in transaction" | "idle in transaction (aborted)";

export interface SessionInfo {
  readonly id: number;
  readonly identity: Identity;
  /** The lens's name as configured. */
  readonly lens: string;
  readonly databaseName: string;
  readonly clientAddress: string;
  readonly applicationName: string;
  /** Milliseconds since 1970 at which it was opened. */
  readonly sinceMs: number;
  readonly state: SessionActivity;
  /** What runs. */
  readonly statement: { readonly text: string; readonly durationMs: number } | undefined;
}

export function activityOf(isRunning: boolean, status: TransactionStatus): SessionActivity {
  if (isRunning) return "active";
  if (status === "I") return "idle";
  return status === "E" ? "idle in transaction (aborted)" : "idle in transaction";
}
