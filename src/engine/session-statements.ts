// How a session's statements are planned, started, read and ended, whichever message asked for them.
import { LensError } from "../errors.ts";
import type { StatementKind } from "../events.ts";
import { capRows } from "../limits/row-cap.ts";
import type { SpoolSpace } from "../limits/spool-space.ts";
import { StatementRate } from "../limits/statement-rate.ts";
import { effectiveTimeoutMs } from "../limits/statement-timeout.ts";
import { versionNumber } from "../postgres/postgres-version.ts";
import type { RowBatch } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import { sqlstates } from "../sqlstate.ts";
import { readExplain } from "./explain-statement.ts";
import { listObjects } from "./list-objects.ts";
import type { Notice } from "./outcome.ts";
import { planStatement } from "./plan-session-statement.ts";
import type { Keeping, Portal, PortalRows } from "./portal.ts";
import { Portals } from "./portals.ts";
import type { RunRequest, SessionContext } from "./query-engine.ts";
import { RowSpool, spooled } from "./row-spool.ts";
import { runUtility } from "./run-utility.ts";
import { portalCannotRun } from "./session-errors.ts";
import type { StatementActivity } from "./session-info.ts";
import type { SessionOptions } from "./session-options.ts";
import {
  type CopyIn,
  parseOne,
  type SessionState,
  type TextAround,
  type UtilityResult,
} from "./session-state.ts";
import { millisecondsOf } from "./setting-values.ts";
import { Settings } from "./settings.ts";
import { applyStartupSettings } from "./startup-settings.ts";
import { moved } from "./statement-places.ts";
import { type StatementPlan, statementKindOf, tagOf } from "./statement-plan.ts";
import { StatementScope } from "./statement-scope.ts";
import { TemporaryTables } from "./temporary-tables.ts";
import { Transaction } from "./transaction.ts";
import { commitHolding } from "./transaction-statement.ts";

/** Notices that wait for their place in the message order. */
const noticesMax = 100;

/** In the order of client_min_messages. */
const severityOrder = ["debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"];

/** What is being run, for the event at its end. */
interface Running extends StatementActivity {
  statementKind: StatementKind;
  rows: number;
}

export class SessionStatements implements SessionState {
  readonly options: SessionOptions;
  readonly settings: Settings;
  readonly transaction: Transaction;
  readonly portals = new Portals();
  readonly temporaryTables: TemporaryTables;
  readonly context: SessionContext;
  readonly spoolSpace: SpoolSpace;
  /** Several statements, or what was executed before since the last Sync, make an implicit block. */
  isInSequence = false;
  /** Whether a statement was executed in this transaction by the extended protocol. */
  isPipelined = false;
  private readonly lensRate: StatementRate;
  private readonly catalogRate: StatementRate;
  private scope: StatementScope | undefined;
  private running: Running | undefined;
  private begunMs = 0;
  private transactionBeganMs = 0;
  private notices: Notice[] = [];
  clientText = "";
  /** Portals that end with the running statement, and how to let them go. */
  private readonly ties = new Map<Portal, () => void>();

  constructor(options: SessionOptions) {
    this.options = options;
    this.spoolSpace = options.spoolSpace.forSession();
    this.temporaryTables = new TemporaryTables(options.spoolSpace);
    const { identity, limits, clock, postgresVersion } = options;
    this.settings = new Settings(identity.user, {
      server_version: `${postgresVersion} (Lenswire)`,
      server_version_num: versionNumber(postgresVersion),
    });
    applyStartupSettings(this.settings, options.startupParameters);
    this.transaction = new Transaction(this.settings, this.temporaryTables, {
      transactionBegan: () => {
        this.transactionBeganMs = clock.monotonicMs();
        this.isPipelined = false;
      },
      transactionEnded: (committed) => this.endTransactionPortals(committed),
      savepointsEnded: (depth) => this.portals.closeWhere((portal) => !portal.held && portal.depth >= depth),
      savepointsReleased: (depth) => {
        for (const portal of this.portals.all()) portal.depth = Math.min(portal.depth, depth);
      },
    });
    const { sessionId, processId, lens, databaseName, clientAddress } = options;
    this.context = {
      sessionId,
      processId,
      identity,
      lens,
      databaseName,
      clientAddress,
      settings: this.settings,
      listObjects: () => listObjects(this.portals, this.settings, options.tls),
      temporaryTables: this.temporaryTables,
    };
    this.lensRate = new StatementRate("queriesPerMinute", limits.queriesPerMinute, clock);
    this.catalogRate = new StatementRate("catalogQueriesPerMinute", limits.catalogQueriesPerMinute, clock);
  }

  get isInBlock(): boolean {
    return this.transaction.isBlock || this.isInSequence;
  }

  /** A message that runs something arrived: its time begins to count, unless one before it has begun already. */
  begin(text: string | undefined): void {
    if (text !== undefined) this.clientText = text;
    this.transaction.enter();
    if (this.scope !== undefined) return;
    this.begunMs = this.options.clock.monotonicMs();
    const asked = millisecondsOf(this.settings.get("statement_timeout") ?? "0");
    const timeoutMs = effectiveTimeoutMs(asked, this.options.limits.statementTimeoutMs);
    this.scope = new StatementScope(timeoutMs, this.transactionLeftMs());
  }

  /** Undefined between statements. */
  get activity(): StatementActivity | undefined {
    if (this.running !== undefined || this.scope === undefined) return this.running;
    return { text: this.clientText, startedMs: this.begunMs };
  }

  /**
   * Milliseconds that the transaction may still take; undefined outside one, or where it may take any time. Differs from
   * PostgreSQL: a transaction_timeout that is set inside a transaction counts from its beginning.
   */
  transactionLeftMs(): number | undefined {
    const limitMs = millisecondsOf(this.settings.get("transaction_timeout") ?? "0");
    if (limitMs === 0 || this.transaction.isIdle) return undefined;
    return this.transactionBeganMs + limitMs - this.options.clock.monotonicMs();
  }

  /** The statement is over: its time ends, and what is done is told. */
  finish(error: LensError | undefined): void {
    for (const untie of this.ties.values()) untie();
    this.ties.clear();
    this.scope?.end();
    this.scope = undefined;
    const { running } = this;
    this.running = undefined;
    if (running === undefined) return;
    const { identity, lens, clock, emit } = this.options;
    emit({
      kind: "statementFinished",
      statementKind: running.statementKind,
      user: identity.user,
      lens,
      sqlstate: error?.sqlstate ?? sqlstates.successful_completion,
      rows: running.rows,
      durationMs: clock.monotonicMs() - running.startedMs,
      limit: error?.limit,
    });
  }

  cancel(reason: LensError): void {
    this.scope?.cancel(reason);
  }

  notify(notice: Notice): void {
    const level = severityOrder.indexOf(this.settings.get("client_min_messages") ?? "notice");
    if (severityOrder.indexOf(notice.severity.toLowerCase()) < level && notice.severity !== "INFO") return;
    if (this.notices.length < noticesMax) this.notices.push(notice);
  }

  takeNotices(): readonly Notice[] {
    const taken = this.notices;
    if (taken.length > 0) this.notices = [];
    return taken;
  }

  rowsSent(count: number): void {
    if (this.running !== undefined) this.running.rows += count;
  }

  parse(text: string): Promise<readonly Statement[]> {
    return this.raced(this.options.parseStatements(text));
  }

  plan(statement: Statement, parameterTypes: readonly number[]): Promise<StatementPlan> {
    return planStatement(this, { statement, parameterTypes });
  }

  async planInner(
    text: string,
    offset: number,
    parameterTypes: readonly number[],
    around?: TextAround,
  ): Promise<StatementPlan> {
    const inner = await parseOne(this, text);
    const statement = { ...inner, offset: offset + inner.offset };
    return planStatement(this, { statement, parameterTypes, ...around });
  }

  startInner<T>(
    start: (run: RunRequest) => Promise<T>,
    portal: Portal,
    formats: readonly number[],
  ): Promise<T> {
    const { parameters, signal } = portal;
    return this.raced(start({ parameters, formats, context: this.context, signal, readAtOnce: undefined }));
  }

  async startPortal(portal: Portal): Promise<UtilityResult> {
    const { plan } = portal;
    if (plan.kind === "empty") return "";
    this.count(portal);
    this.tie(portal);
    if (plan.kind === "utility") {
      return this.recordingWrites(plan.statement, () => runUtility(this, plan.statement, portal));
    }
    await this.takeRate(plan);
    if (plan.kind === "write") return this.runWrite(plan, portal);
    return this.startQuery(plan, portal);
  }

  async openPortal(portal: Portal, rowsMax = Number.POSITIVE_INFINITY): Promise<string | CopyIn | undefined> {
    if (portal.isDone) throw portalCannotRun(portal.name);
    if (portal.rows !== undefined) return undefined;
    try {
      const started = await this.startPortal(portal);
      if (typeof started !== "string" && !("receiver" in started)) {
        portal.start(await this.wholeFetch(started, portal, rowsMax), this.keepingOf(portal));
        return undefined;
      }
      portal.isDone = true;
      return started;
    } catch (error) {
      portal.isDone = true;
      throw error;
    }
  }

  /** A FETCH moves its cursor as far as it says, however few of its rows an Execute asks for. */
  private async wholeFetch(rows: PortalRows, { plan }: Portal, rowsMax: number): Promise<PortalRows> {
    const isFetch = plan.kind === "utility" && "FetchStmt" in plan.statement.node;
    if (!isFetch || rowsMax === Number.POSITIVE_INFINITY) return rows;
    return { ...rows, stream: await spooled(rows.stream, this.spoolSpace) };
  }

  async scansBackward(portal: Portal): Promise<boolean> {
    const { plan, cursor, parameters } = portal;
    if (cursor.scroll !== "if free") return cursor.scroll === "yes";
    if (!portal.keepsAll || plan.kind !== "query") return false;
    const { signal } = this.currentScope();
    const asked = plan.prepared.scansBackward?.({ parameters, context: this.context, signal });
    return asked !== undefined && (await this.raced(asked));
  }

  async holdCursors(): Promise<void> {
    for (const portal of this.portals.toHold) {
      await this.openPortal(portal);
      await this.raced(portal.keepRest(new RowSpool(this.spoolSpace)));
    }
  }

  /** The end of a Query message, or Sync: what was implicit is committed. */
  async endImplicit(): Promise<void> {
    if (this.transaction.isImplicit) await commitHolding(this);
  }

  async readPortal(portal: Portal, rowsMax: number): Promise<RowBatch | undefined> {
    this.count(portal);
    this.tie(portal);
    try {
      return await this.raced(portal.forward(rowsMax));
    } catch (error) {
      portal.isDone = true;
      throw error;
    }
  }

  /** Cursors go back to rows that they passed; those that need not are kept as long as they fit. */
  private keepingOf({ plan, cursor }: Portal): Keeping | undefined {
    const must = cursor.scroll === "yes";
    const may =
      cursor.scroll === "if free" && plan.kind === "query" && plan.prepared.scansBackward !== undefined;
    return must || may ? { spool: new RowSpool(this.spoolSpace), must } : undefined;
  }

  private async runWrite(
    plan: StatementPlan & { kind: "write" },
    portal: Portal,
  ): Promise<PortalRows | string> {
    try {
      return await plan.run(portal);
    } catch (error) {
      throw moved(error, plan.charactersBefore);
    }
  }

  private async startQuery(plan: StatementPlan & { kind: "query" }, portal: Portal): Promise<PortalRows> {
    const { prepared, tag, charactersBefore } = plan;
    const { parameters, formats, signal } = portal;
    // Named portals and cursors may be read by several statements, each with a time and settings of its own.
    const readAtOnce = portal.name === "" ? { timeoutMs: this.currentScope().timeoutMs } : undefined;
    const starting = prepared.start({ parameters, formats, context: this.context, signal, readAtOnce });
    try {
      const stream = await this.raced(starting);
      const { rowsMax, onRowsMax } = this.options.limits;
      const onCut = onRowsMax === "notice" && !portal.isWhole ? () => this.notifyCut(rowsMax) : undefined;
      const onNear = (rows: number) => this.near("rowsMax", rows, rowsMax);
      return {
        columns: prepared.columns,
        stream: capRows(stream, { rowsMax, onCut, onNear }),
        tag: (rows) => tagOf(tag, rows),
      };
    } catch (error) {
      // A query that begins after its statement was given up has no other reader.
      starting.then((stream) => stream.close()).catch(() => {});
      throw moved(error, charactersBefore);
    }
  }

  private async takeRate(plan: StatementPlan & { kind: "query" | "write" }): Promise<void> {
    if (statementKindOf(plan) === "session") return;
    const isWarehouseQuery = statementKindOf(plan) === "lens";
    // A lens's plain EXPLAIN asks the warehouse nothing.
    if (isWarehouseQuery && readExplain(plan.statement)?.analyze === false) return;
    try {
      const rate = isWarehouseQuery ? this.lensRate : this.catalogRate;
      rate.take();
      this.near(rate.limit, rate.state().used, rate.max);
    } catch (error) {
      throw error instanceof LensError ? await this.refused(plan.statement, error) : error;
    }
  }

  /** Writes that are found out only when they are looked at closely are recorded as refused like any other. */
  async recordingWrites<T>(statement: Statement, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const isWrite = error instanceof LensError && error.sqlstate === sqlstates.read_only_sql_transaction;
      throw isWrite ? await this.refused(statement, error) : error;
    }
  }

  async refused(statement: Statement, error: LensError): Promise<LensError> {
    await this.options.onRefused({ sql: statement.text, error, context: this.context });
    return error;
  }

  /** What a connection uses is told of its user. */
  private near(limit: string, used: number, max: number): void {
    const subject = this.options.identity.user;
    this.options.nearLimits.told({ limit, subject, used, max, windowMs: undefined });
  }

  private notifyCut(rowsMax: number): void {
    this.notify({
      severity: "NOTICE",
      sqlstate: sqlstates.warning,
      message: `result was cut off after ${rowsMax} rows`,
      hint: "Aggregate or filter more, or add a LIMIT.",
    });
  }

  /** What began first is the statement that counts, but for COPY, which is of its query's kind. */
  private count({ plan, isWhole, text }: Portal): void {
    const statementKind = statementKindOf(plan);
    this.running ??= { statementKind, text, startedMs: this.options.clock.monotonicMs(), rows: 0 };
    if (isWhole) this.running.statementKind = statementKind;
  }

  private tie(portal: Portal): void {
    if (!this.ties.has(portal)) this.ties.set(portal, portal.tie(this.currentScope().signal));
  }

  raced<T>(work: Promise<T>): Promise<T> {
    return this.currentScope().race(work);
  }

  get signal(): AbortSignal {
    return this.currentScope().signal;
  }

  private currentScope(): StatementScope {
    if (this.scope === undefined) this.begin(undefined);
    return this.scope as StatementScope;
  }

  private endTransactionPortals(committed: boolean): void {
    const lives = ({ cursor, isDone }: Portal): boolean => committed && cursor.holdable && !isDone;
    this.portals.closeWhere((portal) => !portal.held && !lives(portal));
    if (!committed) return;
    for (const portal of this.portals.all()) portal.held = true;
  }
}
