// What users see of themselves in the schema `lenswire`: limits, sessions, statements. Nobody else's, and of the lens
// what the group sees.
import type { RecentStatement } from "../audit/audit-record.ts";
import type { LimitState } from "../limits/admission.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import { shownDecision } from "../policy/shown-decision.ts";
import type { OwnState } from "../postgres/own-relations.ts";
import type { SessionContext } from "./query-engine.ts";
import type { SessionInfo } from "./session-info.ts";

/** Where it comes from, for one user by name. */
export interface OwnStateSources {
  limitsOf(user: string): Promise<readonly LimitState[]>;
  sessionsOf(user: string): readonly SessionInfo[];
  /** The oldest first. */
  statementsOf(user: string): readonly RecentStatement[];
}

export async function ownStateOf(
  sources: OwnStateSources,
  context: SessionContext,
  visible: VisibleModel,
): Promise<OwnState> {
  const { user } = context.identity;
  const limits = await sources.limitsOf(user);
  const sessions = sources.sessionsOf(user);
  const statements = sources.statementsOf(user);
  return {
    limits: JSON.stringify(limits.map(limitRow)),
    sessions: JSON.stringify(sessions.map((session) => sessionRow(session, context.sessionId))),
    queries: JSON.stringify(statements.map(queryRow)),
    lineage: JSON.stringify(
      statements
        .filter(({ lens }) => lens === context.lens)
        .flatMap((statement) => lineageRows(statement, visible)),
    ),
  };
}

function limitRow({ limit, max, used, resetsInMs }: LimitState) {
  return { limit, max, used, remaining: Math.max(0, max - used), resets_in_ms: resetsInMs };
}

function sessionRow(session: SessionInfo, current: number) {
  const { id, lens, databaseName, clientAddress, applicationName, sinceMs, state, statement } = session;
  return {
    id,
    is_current: id === current,
    lens,
    database: databaseName,
    client_address: clientAddress,
    application_name: applicationName,
    since: new Date(sinceMs).toISOString(),
    state,
    statement: statement?.text,
    statement_ms: statement?.durationMs,
  };
}

function queryRow({ id, time, lens, sql, closed }: RecentStatement) {
  return {
    id,
    started: time,
    lens,
    statement: sql,
    outcome: closed?.outcome,
    rows: closed?.rows,
    duration_ms: closed?.durationMs,
  };
}

/** Of a model that has changed since, what is still shown. */
function lineageRows({ id, tables, members, segments, masked }: RecentStatement, visible: VisibleModel) {
  const decision = {
    group: visible.group.name,
    tables,
    members,
    segments,
    masked,
    columns: [],
    unmasked: [],
  };
  const shown = shownDecision(decision, visible);
  const rows = (kind: string, names: readonly string[]) =>
    names.map((name) => ({ query_id: id, kind, name }));
  return [
    ...rows("table", shown.tables),
    ...rows("member", shown.members),
    ...rows("segment", shown.segments),
    ...rows("masked", shown.masked),
  ];
}
