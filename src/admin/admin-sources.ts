// What the endpoints ask of the rest of the program.
import type { ActivitySummary } from "../audit/recent-activity.ts";
import type { LineageDescription, PlanDescription } from "../engine/describe-plan.ts";
import type { LensMeta } from "../engine/lens-meta.ts";
import type { SessionInfo } from "../engine/session-info.ts";

export interface ListedSession extends SessionInfo {
  /** Undefined where the model has none for the user any more. */
  readonly group: string | undefined;
}

export interface ListedLens {
  readonly name: string;
  readonly databases: readonly string[];
  readonly version: string;
  readonly groups: readonly string[];
  readonly tables: number;
  readonly views: number;
}

export interface ExplainRequest {
  readonly lens: string;
  /** For a user of users.yml, or for a group. */
  readonly reader: { readonly user: string } | { readonly group: string };
  readonly sql: string;
  readonly clientAddress: string;
  readonly signal: AbortSignal;
}

export interface Explained extends PlanDescription {
  readonly lineage: LineageDescription;
}

export interface AuditQuery {
  readonly user: string | undefined;
  readonly table: string | undefined;
  readonly sinceMs: number | undefined;
  readonly limit: number;
}

export interface LimitUse {
  /** Its name in the configuration or the group. */
  readonly limit: string;
  readonly used: number;
  readonly max: number;
  /** Milliseconds until there is room again; undefined for what does not go by time. */
  readonly resetsInMs: number | undefined;
}

export interface ReloadResult {
  readonly done: boolean;
  /** `FILE:LINE:COL: message`; warnings too. */
  readonly problems: readonly string[];
}

export interface AdminSources {
  sessions(): readonly ListedSession[];
  /** False where there is no such session. */
  cancel(session: number): boolean;
  terminate(session: number): boolean;
  lenses(): readonly ListedLens[];
  /** "lens" or "group": there is none of that name. */
  meta(lens: string, group: string): LensMeta | "lens" | "group";
  /** Plans without running; recorded. Rejects with the client's error. */
  explain(request: ExplainRequest): Promise<Explained | "lens" | "group" | "user">;
  /** Undefined where no audit is written. */
  audit(
    query: AuditQuery,
  ): Promise<
    { readonly records: readonly Readonly<Record<string, unknown>>[]; readonly complete: boolean } | undefined
  >;
  limits(user: string): Promise<readonly LimitUse[]>;
  activity(): ActivitySummary;
  reload(): Promise<ReloadResult>;
}
