// What the HTTP port shows of the server and does to it, put together out of the parts.
import type { AdminSources, ExplainRequest, LimitUse } from "./admin/admin-sources.ts";
import type { Analyse } from "./analysis/analyse.ts";
import { noAttributes } from "./attributes.ts";
import type { AuditLog } from "./audit/audit-log.ts";
import { readAuditTail } from "./audit/read-audit-tail.ts";
import type { RecentActivity } from "./audit/recent-activity.ts";
import type { RecentStatements } from "./audit/recent-statements.ts";
import type { StaticUsers } from "./authentication/static-users.ts";
import type { Clock } from "./clock.ts";
import type { LimitsConfig } from "./config/config.ts";
import { explainForOperator } from "./engine/explain-for-operator.ts";
import type { Lens, LensSource } from "./engine/lens.ts";
import { lensMeta } from "./engine/lens-meta.ts";
import type { OwnStateSources } from "./engine/own-state.ts";
import type { ServedLenses } from "./engine/served-lenses.ts";
import { identityOf } from "./identity.ts";
import type { Admission } from "./limits/admission.ts";
import type { ConnectionLimit } from "./limits/connection-limit.ts";
import type { LineageFeed } from "./lineage/lineage-feed.ts";
import type { VisibleModel } from "./model/visible-model.ts";
import type { Metrics } from "./observe/metrics.ts";
import type { CatalogInstances } from "./postgres/catalog-instances.ts";
import type { Reloader } from "./reload/reloader.ts";
import type { Listener } from "./server/listener.ts";

export interface OperationsParts {
  readonly lenses: ServedLenses;
  readonly users: StaticUsers;
  readonly listener: Listener;
  readonly analyse: Analyse;
  readonly audit: AuditLog;
  /** Undefined where no audit is written. */
  readonly auditFile: string | undefined;
  readonly limits: LimitsConfig;
  readonly admission: Admission;
  readonly connectionLimit: ConnectionLimit;
  readonly activity: RecentActivity;
  readonly reloader: Reloader;
  readonly clock: Clock;
}

export function createOperations(parts: OperationsParts): AdminSources {
  const { lenses, listener, auditFile, reloader } = parts;
  return {
    sessions: () =>
      listener.sessions().map((session) => ({
        ...session,
        group: lenses.named(session.lens)?.groupOf(session.identity)?.name,
      })),
    cancel: (session) => listener.cancel(session),
    terminate: (session) => listener.terminate(session),
    lenses: () => lenses.all.map(listed),
    meta(database, group) {
      const lens = lenses.ofDatabase(database);
      if (lens === undefined) return "lens";
      const visible = lens.visibleToGroup(group);
      return visible === undefined ? "group" : lensMeta(visible);
    },
    async explain({ lens: database, reader, sql, clientAddress, signal }) {
      const lens = lenses.ofDatabase(database);
      if (lens === undefined) return "lens";
      const visible = seenBy(lens, reader, parts.users);
      if (typeof visible === "string") return visible;
      return explainForOperator({ lens, visible, sql, clientAddress, signal }, parts);
    },
    audit: async (query) => (auditFile === undefined ? undefined : readAuditTail(auditFile, query)),
    limits: (user) => limitsOf(user, parts),
    activity: () => parts.activity.summary(),
    reload: () => reloader.reload("request"),
  };
}

type LimitParts = Pick<
  OperationsParts,
  "lenses" | "listener" | "users" | "admission" | "connectionLimit" | "limits"
>;

/**
 * Those of the user's connections, and of the groups that decide for the user in the lenses. Rejects with a LensError
 * where limits that servers share cannot be counted.
 */
async function limitsOf(user: string, parts: LimitParts): Promise<readonly LimitUse[]> {
  const { lenses, listener, users, admission, connectionLimit, limits } = parts;
  const sessions = listener.sessions().filter(({ identity }) => identity.user === user);
  // Whom an identity provider knows is known here while logged in.
  const known = users.find(user) ?? { name: user, groups: [], attributes: noAttributes };
  const identity = sessions[0]?.identity ?? identityOf(known);
  const max = limits.connectionsPerUser;
  const used = await connectionLimit.usedBy(user);
  const all: LimitUse[] = [{ limit: "connectionsPerUser", used, max, resetsInMs: undefined }];
  for (const lens of lenses.openTo(identity)) {
    const states = await admission.statesOf(user, lens.groupOf(identity)?.rateLimits);
    all.push(
      ...states.filter(
        (state) => !all.some((other) => other.limit === state.limit && other.max === state.max),
      ),
    );
  }
  return all;
}

/** What users see of themselves. The parts are asked for by sessions, which are there once all parts are. */
export function ownStateOfUsers(
  parts: () => LimitParts,
  statements: Pick<RecentStatements, "of">,
): OwnStateSources {
  return {
    limitsOf: (user) => limitsOf(user, parts()),
    sessionsOf: (user) =>
      parts()
        .listener.sessions()
        .filter(({ identity }) => identity.user === user),
    statementsOf: (user) => statements.of(user),
  };
}

/** Throws 28000 for a user whom no group takes. */
function seenBy(
  lens: Lens,
  reader: ExplainRequest["reader"],
  users: StaticUsers,
): VisibleModel | "group" | "user" {
  if ("group" in reader) return lens.visibleToGroup(reader.group) ?? "group";
  const user = users.find(reader.user);
  return user === undefined ? "user" : lens.visibleTo(identityOf(user));
}

function listed({ name, options: { databaseNames, model } }: Lens) {
  const { version, groups, tables, views } = model.linked;
  return {
    name,
    databases: databaseNames,
    version,
    groups: groups.map((group) => group.name),
    tables: tables.size,
    views: views.size,
  };
}

const poolWords = {
  busy: "in use",
  waiting: "statements that wait for one",
  max: "how many there may be",
};

/** What is counted by asking, not by events. */
export function addGauges(
  metrics: Metrics,
  parts: {
    readonly instances: CatalogInstances;
    readonly listener: Listener;
    readonly sources: ReadonlyMap<string, LensSource>;
    readonly lineage: LineageFeed | undefined;
  },
): void {
  const { instances, listener, sources, lineage } = parts;
  metrics.addGauge({
    name: "lenswire_lineage_waiting",
    help: "OpenLineage events that wait to be sent",
    label: "to",
    read: () => (lineage === undefined ? [] : [["service", lineage.waiting()]]),
  });
  metrics.addGauge({
    name: "lenswire_catalog_instances",
    help: "Embedded PostgreSQL instances that are open",
    label: "of",
    read: () => [["all", instances.load().instances]],
  });
  metrics.addGauge({
    name: "lenswire_catalog_statements",
    help: "Statements in the catalog workers or waiting for them",
    label: "worker",
    read: () => {
      const { analysing, executing } = instances.load();
      return [
        ["analysis", analysing],
        ["execution", executing],
      ];
    },
  });
  for (const state of ["busy", "waiting", "max"] as const)
    metrics.addGauge({
      name: `lenswire_warehouse_connections_${state}`,
      help: `Connections to the warehouse: ${poolWords[state]}`,
      label: "source",
      read: () =>
        [...sources].map(([source, { warehouse }]) => [source, warehouse.load?.()[state] ?? 0] as const),
    });
  metrics.addGauge({
    name: "lenswire_sessions",
    help: "Sessions that are logged in, by what they do",
    label: "state",
    read: () => {
      const counts = new Map<string, number>();
      for (const { state } of listener.sessions()) counts.set(state, (counts.get(state) ?? 0) + 1);
      return counts;
    },
  });
  metrics.addGauge({
    name: "lenswire_sent_bytes",
    help: "Bytes sent to clients since the start",
    label: "to",
    read: () => [["clients", listener.sentBytes()]],
  });
}
