// The composition root: builds every part, connects them, and knows in which order they start and stop.
import { type Readiness, startAdminServer } from "./admin/admin-server.ts";
import { createAnalyse } from "./analysis/analyse.ts";
import type { AuditLog } from "./audit/audit-log.ts";
import { openFileAuditLog } from "./audit/file-audit-log.ts";
import { noAuditLog } from "./audit/no-audit-log.ts";
import { createAuthentication } from "./authentication/authentication.ts";
import { type StaticUser, StaticUsers } from "./authentication/static-users.ts";
import { openCatalog } from "./catalog/answer-catalog-query.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Config } from "./config/config.ts";
import type { StaticUser as ConfiguredUser } from "./config/load-users.ts";
import { formatScramVerifier } from "./config/scram-verifier.ts";
import { spoolBytesMax } from "./constants.ts";
import { createQueryEngine } from "./engine/create-query-engine.ts";
import type { Lens } from "./engine/lens.ts";
import type { QueryEngine, SessionContext } from "./engine/query-engine.ts";
import { noGroup, unknownLens } from "./engine/query-errors.ts";
import { auditBase } from "./engine/run-lens-statement.ts";
import { Session } from "./engine/session.ts";
import type { EmitEvent } from "./events.ts";
import { SpoolSpace } from "./limits/spool-space.ts";
import { combineListeners } from "./observe/combine-listeners.ts";
import { createMetrics } from "./observe/metrics.ts";
import { type CatalogInstances, openCatalogInstances } from "./postgres/catalog-instances.ts";
import { serverVersion, versionText } from "./postgres/postgres-version.ts";
import type { LoginRecord, SessionRequest } from "./server/connection.ts";
import { createListener, type ListenerOptions } from "./server/listener.ts";
import { createReadBinary, createReadParameter } from "./server/read-parameter.ts";
import { parseStatements } from "./sql/parse.ts";
import { sqlstates } from "./sqlstate.ts";
import type { Warehouse } from "./warehouse/warehouse.ts";

/** Time that running statements have to finish when the server stops. */
const drainMs = 10_000;

export interface AppOptions {
  readonly config: Config;
  readonly lenses: readonly Lens[];
  readonly warehouses: readonly Warehouse[];
  readonly users: ReadonlyMap<string, ConfiguredUser>;
  /** Certificate and key in PEM. */
  readonly tls: ListenerOptions["tls"];
  /** Told of every event, beside the metrics. */
  readonly onEvent: EmitEvent;
}

export interface App {
  readonly address: { readonly host: string; readonly port: number };
  readonly admin: { readonly host: string; readonly port: number };
  /** Lets running statements finish, then closes everything. */
  close(): Promise<void>;
}

/** Starts both ports. Rejects when one of them cannot be had. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, lenses } = options;
  const clock = systemClock;
  const metrics = createMetrics();
  const emit = combineListeners(metrics.listen, options.onEvent);
  const users = new StaticUsers(staticUsers(options.users), clock);
  const authentication = await createAuthentication(config.auth, { users, clock, emit });
  const audit = await openAudit(config, emit);
  const opening = openCatalogInstances({
    catalogInstancesMax: config.limits.catalogInstancesMax,
    catalogTimeoutMs: config.limits.catalogTimeoutMs,
    clock,
    onFailure: (error) => emit({ kind: "internalError", error, where: "catalog worker" }),
  });
  // The parser's thread takes a third of a second to start, which no client is to wait for.
  const [instances] = await Promise.all([opening, parseStatements("SELECT 1")]);
  const lensByDatabase = new Map(
    lenses.flatMap((lens) => lens.options.databaseNames.map((name) => [name, lens] as const)),
  );
  const queries = createQueryEngine({
    lensOf: (name) => lenses.find((lens) => lens.name === name),
    analyse: createAnalyse(instances),
    catalog: openCatalog(instances),
    audit,
    auditParameters: config.audit?.parameters ?? false,
    clock,
    emit,
    rowsMax: config.limits.rowsMax,
    version: versionText,
    databasesOf: (context) =>
      lensesOf(lenses, context)
        .map((lens) => lens.name)
        .filter((name) => name !== context.lens),
  });
  const openSession = sessionOpener({ config, lensByDatabase, instances, queries, audit, clock, emit });
  const onLogin = (login: LoginRecord) => recordLogin(login, { audit, clock, emit, lensByDatabase });
  const listener = await createListener({
    host: config.server.host,
    port: config.server.port,
    tls: options.tls,
    authentication,
    limits: config.limits,
    openSession,
    onLogin,
    emit,
    clock,
  });
  let draining = false;
  const admin = await startAdminServer({
    ...config.admin,
    metrics,
    readiness: (signal) => readiness(options.warehouses, draining, signal),
  });
  return {
    address: listener,
    admin,
    async close() {
      draining = true;
      await listener.close(drainMs);
      await admin.close();
      await instances.close();
      for (const warehouse of options.warehouses) await warehouse.close();
      await audit.close();
    },
  };
}

function sessionOpener(parts: {
  readonly config: Config;
  readonly lensByDatabase: ReadonlyMap<string, Lens>;
  readonly instances: CatalogInstances;
  readonly queries: QueryEngine;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly emit: EmitEvent;
}): (request: SessionRequest) => Promise<Session> {
  const { config, lensByDatabase, instances, queries, audit, clock, emit } = parts;
  const spoolSpace = new SpoolSpace(spoolBytesMax.together);
  return async (request) => {
    const lens = lensByDatabase.get(request.databaseName);
    if (lens === undefined) throw unknownLens(request.databaseName);
    if (lens.groupOf(request.identity) === undefined) throw noGroup(request.identity.user);
    instances.prepare(lens.visibleTo(request.identity), request.identity.user);
    return new Session({
      ...request,
      lens: lens.name,
      postgresVersion: serverVersion,
      limits: config.limits,
      spoolSpace,
      parseStatements,
      queries,
      readParameter: createReadParameter(clock),
      readBinary: createReadBinary(clock),
      clock,
      emit,
      onRefused: ({ sql, error, context }) => {
        const base = auditBase(context, lens.visibleTo(context.identity), clock);
        const { sqlstate: outcome, message } = error;
        return audit.write({ event: "refused", ...base, sql, outcome, message });
      },
    });
  };
}

async function readiness(
  warehouses: readonly Warehouse[],
  draining: boolean,
  signal: AbortSignal,
): Promise<Readiness> {
  if (draining) return { ready: false, waitingFor: ["the server is stopping"] };
  const answers = await Promise.allSettled(warehouses.map((warehouse) => warehouse.ping(signal)));
  const silent = answers.filter((answer) => answer.status === "rejected").length;
  return { ready: silent === 0, waitingFor: silent === 0 ? [] : [`${silent} of the warehouses`] };
}

function lensesOf(lenses: readonly Lens[], context: SessionContext): readonly Lens[] {
  return lenses.filter((lens) => lens.groupOf(context.identity) !== undefined);
}

/** As authentication knows them: verifiers in their text form. */
function staticUsers(users: AppOptions["users"]): ReadonlyMap<string, StaticUser> {
  return new Map(
    [...users].map(([name, user]) => [
      name,
      { ...user, scram: user.scram && formatScramVerifier(user.scram) },
    ]),
  );
}

async function openAudit(config: Config, emit: EmitEvent): Promise<AuditLog> {
  if (config.audit !== undefined) return openFileAuditLog({ ...config.audit, emit });
  return noAuditLog;
}

async function recordLogin(
  login: LoginRecord,
  parts: {
    readonly audit: AuditLog;
    readonly clock: Clock;
    readonly emit: EmitEvent;
    readonly lensByDatabase: ReadonlyMap<string, Lens>;
  },
): Promise<void> {
  const { user, databaseName, clientAddress, sqlstate, identity } = login;
  const lens = parts.lensByDatabase.get(databaseName);
  const succeeded = sqlstate === sqlstates.successful_completion;
  const group = identity && lens?.groupOf(identity)?.name;
  await parts.audit.write({
    event: "login",
    time: new Date(parts.clock.now()).toISOString(),
    user,
    lens: lens?.name ?? databaseName,
    group,
    clientAddress,
    applicationName: undefined,
    outcome: sqlstate,
  });
  if (succeeded) parts.emit({ kind: "loginSucceeded", user, group: group ?? "", lens: lens?.name ?? "" });
  else parts.emit({ kind: "loginFailed", user, address: clientAddress, sqlstate });
}
