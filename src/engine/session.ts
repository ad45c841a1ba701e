// One client's session: what the server calls for each message, and nothing of sockets or bytes.
import type { LensError } from "../errors.ts";
import type { ResultColumn, RowBatch } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import { formatsOfQuery } from "./cursor-statement.ts";
import type { Notice, Outcome, RowReader } from "./outcome.ts";
import { Portal, type PortalRows } from "./portal.ts";
import type { PreparedStatement } from "./portals.ts";
import type { ParameterValue, SettingsReader } from "./query-engine.ts";
import {
  duplicateCursor,
  duplicateStatement,
  inFailedTransaction,
  portalCannotRun,
  severalStatements,
  unknownParameter,
  unknownPortal,
  unknownStatement,
  wrongParameterCount,
  wrongParameterFormatCount,
  wrongResultFormatCount,
} from "./session-errors.ts";
import { activityOf, type SessionInfo } from "./session-info.ts";
import type { SessionOptions } from "./session-options.ts";
import { SessionStatements } from "./session-statements.ts";
import { millisecondsOf } from "./setting-values.ts";
import { columnsOf, isCatalogPlan, parameterTypesOf, type StatementPlan } from "./statement-plan.ts";
import type { TransactionStatus } from "./transaction.ts";
import { endsFailedTransaction } from "./transaction-statement.ts";

export interface BindRequest {
  readonly portal: string;
  readonly statement: string;
  readonly parameterFormatCount: number;
  readonly parameterCount: number;
  readonly resultFormats: readonly number[];
  /**
   * Decodes the parameters once their types are known; those of a catalog statement are PostgreSQL's to read. Throws
   * 22P02 and its like.
   */
  readParameters(types: readonly number[], isCatalog: boolean): readonly ParameterValue[];
}

export interface DescribedStatement {
  readonly parameterTypes: readonly number[];
  /** Undefined where the statement has no rows. */
  readonly columns: readonly ResultColumn[] | undefined;
}

export interface DescribedPortal {
  readonly columns: readonly ResultColumn[] | undefined;
  readonly formats: readonly number[];
  /** Rows come in these formats; PostgreSQL refuses those that it does not have. */
  readonly isCatalog: boolean;
}

export interface IdleTimeouts {
  /** 0: the session asks for none. */
  readonly idleMs: number;
  readonly idleInTransactionMs: number;
  /** What is left of the transaction's own time, undefined where it has no end. */
  readonly transactionLeftMs: number | undefined;
}

const noNames: ReadonlySet<string> = new Set();

/**
 * The server calls one method at a time and waits for it, but for cancel() and close(). After an error it calls fail();
 * at the end of a Query message, and for Sync, endCycle(). Every method rejects with LensError alone, or with a bug.
 */
export class Session {
  private readonly statements: SessionStatements;
  private readonly openedMs: number;
  /** Portals that there were when the transaction failed: PostgreSQL knows their names until it ends. */
  private lostPortals: ReadonlySet<string> = noNames;

  /** Throws FATAL 42704, 22023 and their like for startup parameters. */
  constructor(options: SessionOptions) {
    this.statements = new SessionStatements(options);
    this.openedMs = options.clock.now();
  }

  /** The session as it is at this moment. */
  info(): SessionInfo {
    const { context, activity, options } = this.statements;
    const { sessionId, identity, lens, databaseName, clientAddress, settings } = context;
    return {
      id: sessionId,
      identity,
      lens,
      databaseName,
      clientAddress,
      applicationName: settings.get("application_name") ?? "",
      sinceMs: this.openedMs,
      state: activityOf(activity !== undefined, this.transactionStatus),
      statement: activity && {
        text: activity.text,
        durationMs: options.clock.monotonicMs() - activity.startedMs,
      },
    };
  }

  get transactionStatus(): TransactionStatus {
    return this.statements.transaction.status;
  }

  /** Whether rows of a suspended portal or a held cursor wait. */
  get hasOpenPortal(): boolean {
    return this.statements.portals.hasOpen;
  }

  get settings(): SettingsReader {
    return this.statements.settings;
  }

  idleTimeouts(): IdleTimeouts {
    const read = (name: string): number => millisecondsOf(this.settings.get(name) ?? "0");
    return {
      idleMs: read("idle_session_timeout"),
      idleInTransactionMs: read("idle_in_transaction_session_timeout"),
      transactionLeftMs: this.statements.transactionLeftMs(),
    };
  }

  /** Notices since the last call, in order. */
  takeNotices(): readonly Notice[] {
    return this.statements.takeNotices();
  }

  /** Reported settings that changed since the last call; all of them at the first. */
  takeReports(): readonly { readonly name: string; readonly value: string }[] {
    return this.statements.settings.takeReports();
  }

  /** Runs each statement of a text when its answer is asked for; the rows of one are read before the next is. */
  async *simpleQuery(text: string): AsyncGenerator<Outcome> {
    const { portals, transaction } = this.statements;
    portals.statements.delete("");
    portals.close("");
    this.statements.begin(text);
    const parsed = await this.statements.parse(text);
    if (parsed.length === 0) yield { kind: "empty" };
    for (const [index, statement] of parsed.entries()) {
      const isLast = index === parsed.length - 1;
      this.statements.begin(text);
      this.statements.isInSequence = parsed.length > 1;
      this.refuseInFailedTransaction(statement);
      const plan = await this.statements.plan(statement, []);
      const [first] = parameterTypesOf(plan);
      if (first !== undefined) throw unknownParameter(1, positionOfParameter(statement, text));
      const { depth } = transaction;
      const portal = new Portal({
        name: "",
        plan,
        createdMs: this.statements.options.clock.now(),
        parameters: [],
        formats: formatsOfQuery(this.statements, statement),
        depth,
      });
      try {
        const outcome = await this.run(portal, Number.POSITIVE_INFINITY);
        yield isLast ? await this.committed(outcome) : outcome;
      } finally {
        await portal.close();
      }
      this.statements.finish(undefined);
    }
  }

  async parse(name: string, text: string, parameterTypes: readonly number[]): Promise<void> {
    const { portals } = this.statements;
    this.statements.begin(text);
    if (name === "") portals.statements.delete("");
    const parsed = await this.statements.parse(text);
    if (parsed.length > 1) throw severalStatements();
    const [statement] = parsed;
    if (statement !== undefined) this.refuseInFailedTransaction(statement);
    const plan: StatementPlan =
      statement === undefined ? { kind: "empty" } : await this.statements.plan(statement, parameterTypes);
    if (portals.statements.has(name)) throw duplicateStatement(name);
    // PostgreSQL keeps types that were given for parameters which the statement does not have.
    const own = parameterTypesOf(plan);
    portals.addStatement(name, {
      plan,
      parameterTypes: [...own, ...parameterTypes.slice(own.length)],
      text,
      fromSql: false,
      preparedMs: this.statements.options.clock.now(),
    });
  }

  bind(request: BindRequest): void {
    const { portals, transaction } = this.statements;
    this.statements.begin(undefined);
    const { plan, parameterTypes } = this.prepared(request.statement);
    const { parameterFormatCount, parameterCount } = request;
    if (parameterFormatCount > 1 && parameterFormatCount !== parameterCount) {
      throw wrongParameterFormatCount(parameterFormatCount, parameterCount);
    }
    if (parameterCount !== parameterTypes.length) {
      throw wrongParameterCount(parameterCount, request.statement, parameterTypes.length);
    }
    if (transaction.isFailed && (!isTransactionExit(plan) || parameterCount > 0)) throw inFailedTransaction();
    if (request.portal !== "" && portals.get(request.portal) !== undefined)
      throw duplicateCursor(request.portal);
    const parameters = request.readParameters(
      parameterTypes,
      isCatalogPlan(plan.kind === "utility" ? (plan.cursorPlan ?? plan) : plan),
    );
    const columns = columnsOf(plan);
    const formats = request.resultFormats;
    if (columns !== undefined && formats.length > 1 && formats.length !== columns.length) {
      throw wrongResultFormatCount(formats.length, columns.length);
    }
    const { depth } = transaction;
    const name = request.portal;
    const createdMs = this.statements.options.clock.now();
    portals.add(new Portal({ name, plan, createdMs, parameters, formats, depth }));
  }

  describeStatement(name: string): DescribedStatement {
    this.statements.begin(undefined);
    const { plan, parameterTypes } = this.prepared(name);
    const columns = columnsOf(plan);
    if (columns !== undefined) this.statements.transaction.refuseWhenFailed();
    return { parameterTypes, columns };
  }

  describePortal(name: string): DescribedPortal {
    this.statements.begin(undefined);
    const portal = this.portal(name);
    const columns = columnsOf(portal.plan);
    if (columns !== undefined) this.statements.transaction.refuseWhenFailed();
    return { columns, formats: portal.formats, isCatalog: isCatalogPlan(portal.plan) };
  }

  /** `rowsMax` of 0 or less: all rows. */
  async execute(name: string, rowsMax: number): Promise<Outcome> {
    this.statements.begin(undefined);
    this.statements.isInSequence = this.statements.isPipelined;
    const portal = this.portal(name);
    if (portal.plan.kind === "empty") return { kind: "empty" };
    if (this.statements.transaction.isFailed && !isTransactionExit(portal.plan)) throw inFailedTransaction();
    const outcome = await this.run(portal, rowsMax > 0 ? rowsMax : Number.POSITIVE_INFINITY);
    if (outcome.kind !== "rows" && outcome.kind !== "copyIn") this.statements.finish(undefined);
    if (!isTransactionStatement(portal.plan)) this.statements.isPipelined = true;
    return outcome;
  }

  /** Closing what is not there is no error. */
  closeStatement(name: string): void {
    this.statements.portals.statements.delete(name);
  }

  closePortal(name: string): void {
    this.statements.portals.close(name);
  }

  /** An Execute that waited for the client's data has come to its end. */
  copied(): void {
    this.statements.finish(undefined);
  }

  /** The end of a Query message, or Sync. */
  async endCycle(): Promise<void> {
    await this.statements.endImplicit();
    this.statements.finish(undefined);
    await this.statements.portals.settled();
  }

  /** A message of this session was answered with this error. */
  async fail(error: LensError): Promise<void> {
    const { transaction, portals } = this.statements;
    this.statements.finish(error);
    const names = transaction.isFailed ? this.lostPortals : new Set(portals.names());
    transaction.fail();
    this.lostPortals = transaction.isFailed ? names : noNames;
    await portals.settled();
  }

  /** Ends the running statement with this error; without one, nothing happens. */
  cancel(reason: LensError): void {
    this.statements.cancel(reason);
  }

  /** Ends everything that runs for the session. */
  async close(reason: LensError): Promise<void> {
    this.statements.cancel(reason);
    const { portals, temporaryTables } = this.statements;
    portals.closeWhere(() => true);
    portals.statements.clear();
    temporaryTables.close();
    await portals.settled();
  }

  private async run(portal: Portal, rowsMax: number): Promise<Outcome> {
    const done = await this.statements.openPortal(portal, rowsMax);
    if (typeof done === "string") return { kind: "complete", tag: done };
    if (done !== undefined) return done;
    const { rows } = portal;
    if (rows === undefined) throw portalCannotRun(portal.name);
    return {
      kind: "rows",
      columns: rows.columns,
      formats: portal.formats,
      copy: rows.copy,
      // As in PostgreSQL, COPY gives all rows however few Execute asks for.
      rows: this.readerOf(portal, rows, rows.copy === undefined ? rowsMax : Number.POSITIVE_INFINITY),
    };
  }

  /**
   * The last statement of a Query message, whose implicit transaction is committed before it counts as complete: rows of
   * cursors WITH HOLD may not come to be kept.
   */
  private async committed(outcome: Outcome): Promise<Outcome> {
    const { statements } = this;
    if (!statements.transaction.isImplicit || statements.portals.toHold.length === 0) return outcome;
    if (outcome.kind !== "rows") {
      await statements.endImplicit();
      return outcome;
    }
    const { rows } = outcome;
    const next = async (): Promise<RowBatch | undefined> => {
      const batch = await rows.next();
      if (batch === undefined) await statements.endImplicit();
      return batch;
    };
    return { ...outcome, rows: { next, end: () => rows.end() } };
  }

  private readerOf(portal: Portal, rows: PortalRows, rowsMax: number): RowReader {
    const { statements } = this;
    let count = 0;
    let suspended = false;
    return {
      async next(): Promise<RowBatch | undefined> {
        // As PostgreSQL, a portal that gave as many rows as asked for is suspended, even if it has no more.
        suspended = count >= rowsMax;
        const batch = suspended ? undefined : await statements.readPortal(portal, rowsMax - count);
        count += batch?.rowCount ?? 0;
        statements.rowsSent(batch?.rowCount ?? 0);
        if (batch === undefined) statements.finish(undefined);
        if (batch === undefined && rows.copy !== undefined) portal.isDone = true;
        return batch;
      },
      end: () => (suspended ? { kind: "suspended" } : { kind: "complete", tag: rows.tag(count) }),
    };
  }

  private prepared(name: string): PreparedStatement {
    const prepared = this.statements.portals.statements.get(name);
    if (prepared === undefined) throw unknownStatement(name);
    return prepared;
  }

  private portal(name: string): Portal {
    const portal = this.statements.portals.get(name);
    if (portal !== undefined) return portal;
    const isLost = this.statements.transaction.isFailed && this.lostPortals.has(name);
    throw isLost ? inFailedTransaction() : unknownPortal(name);
  }

  private refuseInFailedTransaction(statement: Statement): void {
    const { node } = statement;
    if ("TransactionStmt" in node && endsFailedTransaction(node.TransactionStmt)) return;
    this.statements.transaction.refuseWhenFailed();
  }
}

function isTransactionStatement(plan: StatementPlan): boolean {
  return plan.kind === "utility" && "TransactionStmt" in plan.statement.node;
}

function isTransactionExit(plan: StatementPlan): boolean {
  if (plan.kind !== "utility") return false;
  const { node } = plan.statement;
  return "TransactionStmt" in node && endsFailedTransaction(node.TransactionStmt);
}

/** Where the first `$1` stands, as a 1-based character of the whole text. */
function positionOfParameter(statement: Statement, text: string): number | undefined {
  const at = statement.text.indexOf("$1");
  return at === -1 ? undefined : Array.from(text.slice(0, statement.offset + at)).length + 1;
}
