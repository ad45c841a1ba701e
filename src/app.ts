// The composition root: builds every part, connects them, and knows in which order they start and stop.
import { type Readiness, startAdminServer } from "./admin/admin-server.ts";
import { createAnalyse } from "./analysis/analyse.ts";
import type { AuditLog } from "./audit/audit-log.ts";
import { openFileAuditLog } from "./audit/file-audit-log.ts";
import { noAuditLog } from "./audit/no-audit-log.ts";
import { RecentActivity } from "./audit/recent-activity.ts";
import { RecentStatements } from "./audit/recent-statements.ts";
import { createAuthentication } from "./authentication/authentication.ts";
import { type StaticUser, StaticUsers } from "./authentication/static-users.ts";
import { openCatalog } from "./catalog/answer-catalog-query.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Config } from "./config/config.ts";
import type { StaticUser as ConfiguredUser } from "./config/load-users.ts";
import { formatScramVerifier } from "./config/scram-verifier.ts";
import { spoolBytesMax } from "./constants.ts";
import { createQueryEngine } from "./engine/create-query-engine.ts";
import { operator } from "./engine/explain-for-operator.ts";
import type { Lens, LensSource } from "./engine/lens.ts";
import type { QueryEngine, SessionContext } from "./engine/query-engine.ts";
import { noGroup, unknownLens } from "./engine/query-errors.ts";
import { auditBase } from "./engine/run-lens-statement.ts";
import { ServedLenses } from "./engine/served-lenses.ts";
import { Session } from "./engine/session.ts";
import type { EmitEvent, ReloadCause } from "./events.ts";
import type { NearLimits } from "./limits/near-limits.ts";
import { type Limits, openLimits } from "./limits/open-limits.ts";
import { SpoolSpace } from "./limits/spool-space.ts";
import { type LineageFeed, openLineageFeed } from "./lineage/lineage-feed.ts";
import { combineListeners } from "./observe/combine-listeners.ts";
import { createMetrics } from "./observe/metrics.ts";
import { createWebhook, type Webhook } from "./observe/webhook.ts";
import { addGauges, createOperations, ownStateOfUsers } from "./operations.ts";
import { type CatalogInstances, openCatalogInstances } from "./postgres/catalog-instances.ts";
import { serverVersion, versionText } from "./postgres/postgres-version.ts";
import { FileWatch } from "./reload/file-watch.ts";
import { Reloader, type ReloadResult } from "./reload/reloader.ts";
import type { LoginRecord, SessionRequest } from "./server/connection.ts";
import { createListener, type ListenerOptions } from "./server/listener.ts";
import { createReadBinary, createReadParameter } from "./server/read-parameter.ts";
import { parseStatements } from "./sql/parse.ts";
import { sqlstates } from "./sqlstate.ts";
import type { Warehouse } from "./warehouse/warehouse.ts";

/** Time that running statements have to finish when the server stops. */
const drainMs = 10_000;

/** By name, as users.yml has them. */
export type StaticUsersMap = ReadonlyMap<string, ConfiguredUser>;

export interface AppOptions {
  readonly config: Config;
  readonly lenses: readonly Lens[];
  /** By name. */
  readonly sources: ReadonlyMap<string, LensSource>;
  readonly users: StaticUsersMap;
  readonly tls: ListenerOptions["tls"];
  /** Reads everything that a reload reads. Rejects only when the signal aborts. */
  readonly readAnew: (signal: AbortSignal) => Promise<{
    /** Undefined where a problem is an error. */
    readonly files:
      | { readonly lenses: readonly Lens[]; readonly users: StaticUsersMap; readonly useTls: () => void }
      | undefined;
    readonly problems: readonly string[];
  }>;
  /** Files whose change is a reload, and what they were before they were read; undefined: none. */
  readonly watched: { readonly paths: readonly string[]; readonly seen: string } | undefined;
  /** Told of every event, beside the metrics. */
  readonly onEvent: EmitEvent;
}

export interface App {
  readonly address: { readonly host: string; readonly port: number };
  readonly admin: { readonly host: string; readonly port: number };
  reload(cause: ReloadCause): Promise<ReloadResult>;
  /** Lets running statements finish, then closes everything. */
  close(): Promise<void>;
}

/** Starts both ports. Rejects when one of them cannot be had. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config } = options;
  const lenses = new ServedLenses(options.lenses);
  const warehouses = [...options.sources.values()].map(({ warehouse }) => warehouse);
  const clock = systemClock;
  const metrics = createMetrics();
  const webhook = openWebhook(options, clock);
  const emit = combineListeners(metrics.listen, options.onEvent, webhook?.listen ?? (() => {}));
  const users = new StaticUsers(staticUsers(options.users), clock);
  const authentication = await createAuthentication(config.auth, { users, clock, emit });
  const activity = new RecentActivity(clock);
  const statements = new RecentStatements();
  const lineage = openLineage(config, lenses, { clock, emit });
  const audit = statements.watching(activity.watching(await openAudit(config, emit, lineage)));
  const instances = await openInstances(config, clock, emit);
  const analyse = createAnalyse(instances);
  const limits = await openLimits(config.limits, { clock, emit });
  const { nearLimits, admission } = limits;
  // Its connection would keep a process alive that cannot serve.
  const closeLimits = (error: unknown) => limits.close().then(() => Promise.reject(error));
  const queries = createQueryEngine({
    lensOf: (name) => lenses.named(name),
    analyse,
    catalog: openCatalog(instances, emit),
    audit,
    auditParameters: config.audit?.parameters ?? false,
    clock,
    emit,
    rowsMax: config.limits.rowsMax,
    admit: (request) => admission.admit(request),
    version: versionText,
    databasesOf: (context) => otherLenses(lenses, context),
    own: ownStateOfUsers(() => ({ lenses, listener, users, ...limits, limits: config.limits }), statements),
  });
  const openSession = sessionOpener({ config, lenses, instances, queries, audit, clock, emit, nearLimits });
  const onLogin = (login: LoginRecord) => recordLogin(login, { audit, clock, emit, lenses });
  const listener = await createListener({
    ...config.server,
    tls: options.tls,
    authentication,
    limits: config.limits,
    connectionLimit: limits.connectionLimit,
    openSession,
    onLogin,
    emit,
    clock,
  }).catch(closeLimits);
  const reloader = createReloader(options, { lenses, users, instances, clock, emit });
  const watch = watchFiles(options, reloader);
  addGauges(metrics, { instances, listener, sources: options.sources, lineage });
  const parts = { lenses, users, listener, analyse, audit, activity, reloader, clock, ...limits };
  const sources = createOperations({ ...parts, limits: config.limits, auditFile: config.audit?.file });
  let draining = false;
  const admin = await startAdminServer({
    ...config.admin,
    metrics,
    readiness: (signal) => readiness({ warehouses, limits, draining }, signal),
    emit,
    sources,
  }).catch((error: unknown) => listener.close(0).then(() => closeLimits(error)));
  return {
    address: listener,
    admin,
    reload: (cause) => reloader.reload(cause),
    async close() {
      draining = true;
      watch?.close();
      await reloader.close();
      await listener.close(drainMs);
      await admin.close();
      await instances.close();
      for (const warehouse of warehouses) await warehouse.close();
      await limits.close();
      await Promise.all([webhook?.settled(), lineage?.close()]);
      await audit.close();
    },
  };
}

function otherLenses(lenses: ServedLenses, { identity, lens: own }: SessionContext): readonly string[] {
  const names = lenses.openTo(identity).map((lens) => lens.name);
  return names.filter((name) => name !== own);
}

async function openInstances(
  { limits: { catalogInstancesMax, catalogTimeoutMs } }: Config,
  clock: Clock,
  emit: EmitEvent,
): Promise<CatalogInstances> {
  const onFailure = (error: unknown) => emit({ kind: "internalError", error, where: "catalog worker" });
  const opening = openCatalogInstances({ catalogInstancesMax, catalogTimeoutMs, clock, onFailure });
  // The parser's thread takes a third of a second to start, which no client is to wait for.
  const [instances] = await Promise.all([opening, parseStatements("SELECT 1")]);
  return instances;
}

function watchFiles({ watched }: AppOptions, reloader: Reloader): FileWatch | undefined {
  if (watched === undefined) return undefined;
  const watch = new FileWatch(watched.paths, watched.seen, () => void reloader.reload("change"));
  watch.start();
  return watch;
}

function createReloader(
  { readAnew }: AppOptions,
  parts: {
    readonly lenses: ServedLenses;
    readonly users: StaticUsers;
    readonly instances: CatalogInstances;
    readonly clock: Clock;
    readonly emit: EmitEvent;
  },
): Reloader {
  const { lenses, users, instances, clock, emit } = parts;
  const read = async (signal: AbortSignal) => {
    const { files, problems } = await readAnew(signal);
    const apply =
      files &&
      (() => {
        lenses.replace(files.lenses);
        users.replace(staticUsers(files.users));
        files.useTls();
        instances.retain(
          files.lenses.map(({ name, options: { model } }) => ({ lens: name, version: model.linked.version })),
        );
      });
    return { apply, problems };
  };
  return new Reloader({ read, clock, emit });
}

function openWebhook({ config, onEvent }: AppOptions, clock: Clock): Webhook | undefined {
  const { webhook: url } = config.limits;
  return url === undefined ? undefined : createWebhook({ url, name: config.name, clock, emit: onEvent });
}

function sessionOpener(parts: {
  readonly config: Config;
  readonly lenses: ServedLenses;
  readonly instances: CatalogInstances;
  readonly queries: QueryEngine;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly emit: EmitEvent;
  readonly nearLimits: NearLimits;
}): (request: SessionRequest) => Promise<Session> {
  const { config, lenses, instances, queries, audit, clock, emit, nearLimits } = parts;
  const spoolSpace = new SpoolSpace(spoolBytesMax.together);
  return async (request) => {
    const lens = lenses.ofDatabase(request.databaseName);
    if (lens === undefined) throw unknownLens(request.databaseName);
    if (lens.groupOf(request.identity) === undefined) throw noGroup(request.identity.user);
    instances.prepare(lens.visibleTo(request.identity), request.identity.user);
    return new Session({
      ...request,
      lens: lens.name,
      postgresVersion: serverVersion,
      limits: config.limits,
      nearLimits,
      spoolSpace,
      parseStatements,
      queries,
      readParameter: createReadParameter(clock),
      readBinary: createReadBinary(clock),
      clock,
      emit,
      onRefused: ({ sql, error, context }) => {
        const group = lenses.named(context.lens)?.groupOf(context.identity);
        const base = auditBase(context, group && { group }, clock);
        const { sqlstate: outcome, message } = error;
        return audit.write({ event: "refused", ...base, sql, outcome, message });
      },
    });
  };
}

async function readiness(
  parts: { readonly warehouses: readonly Warehouse[]; readonly limits: Limits; readonly draining: boolean },
  signal: AbortSignal,
): Promise<Readiness> {
  if (parts.draining) return { ready: false, waitingFor: ["the server is stopping"] };
  const pings = parts.warehouses.map((warehouse) => warehouse.ping(signal));
  const [answers, limits] = await Promise.all([Promise.allSettled(pings), parts.limits.readiness()]);
  const silent = answers.filter((answer) => answer.status === "rejected").length;
  const waitingFor = silent === 0 ? [] : [`${silent} of the warehouses`];
  if (limits === "refusing") waitingFor.push("the store of limits");
  return {
    ready: waitingFor.length === 0,
    waitingFor,
    without: limits === "without the store" ? ["the store of limits"] : [],
  };
}

/** As authentication knows them: verifiers in their text form. */
function staticUsers(users: StaticUsersMap): ReadonlyMap<string, StaticUser> {
  return new Map(
    [...users].map(([name, user]) => [
      name,
      { ...user, scram: user.scram && formatScramVerifier(user.scram) },
    ]),
  );
}

function openLineage(
  { lineage }: Config,
  lenses: ServedLenses,
  parts: { readonly clock: Clock; readonly emit: EmitEvent },
): LineageFeed | undefined {
  if (lineage === undefined) return undefined;
  const typeOf = (lens: string, member: string) => lenses.named(lens)?.typeOf(member);
  return openLineageFeed({ ...lineage, ...parts, operator: operator.user, typeOf });
}

async function openAudit(
  { audit }: Config,
  emit: EmitEvent,
  lineage: LineageFeed | undefined,
): Promise<AuditLog> {
  const log = audit === undefined ? noAuditLog : await openFileAuditLog({ ...audit, emit });
  return lineage?.telling(log) ?? log;
}

async function recordLogin(
  login: LoginRecord,
  parts: {
    readonly audit: AuditLog;
    readonly clock: Clock;
    readonly emit: EmitEvent;
    readonly lenses: ServedLenses;
  },
): Promise<void> {
  const { user, databaseName, clientAddress, sqlstate, identity } = login;
  const lens = parts.lenses.ofDatabase(databaseName);
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
  else parts.emit({ kind: "loginFailed", user, address: clientAddress, sqlstate, limit: login.limit });
}
