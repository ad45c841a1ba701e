// What the statements of a session share: the parts that SET, DECLARE, COMMIT and the rest act on.
import type { LensError } from "../errors.ts";
import type { SpoolSpace } from "../limits/spool-space.ts";
import type { RowBatch } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import type { Notice, Outcome } from "./outcome.ts";
import type { Portal, PortalRows } from "./portal.ts";
import type { Portals } from "./portals.ts";
import type { RunRequest, SessionContext } from "./query-engine.ts";
import { severalStatements } from "./session-errors.ts";
import type { SessionOptions } from "./session-options.ts";
import type { Settings } from "./settings.ts";
import type { StatementPlan } from "./statement-plan.ts";
import type { TemporaryTables } from "./temporary-tables.ts";
import type { Transaction } from "./transaction.ts";

/** What stands round a statement that is planned. */
export interface TextAround {
  /** What its offset and the positions of errors count in; absent: the client's text. */
  readonly wholeText?: string;
  /** What is recorded in its place. */
  readonly recordedText?: string;
}

export interface SessionState {
  readonly options: SessionOptions;
  readonly context: SessionContext;
  readonly settings: Settings;
  readonly transaction: Transaction;
  readonly portals: Portals;
  readonly temporaryTables: TemporaryTables;
  /** For what it keeps besides. */
  readonly spoolSpace: SpoolSpace;
  notify(notice: Notice): void;
  /** Parses and plans a text that stands inside a statement, such as what follows DECLARE ... FOR. */
  planInner(
    text: string,
    offset: number,
    parameterTypes: readonly number[],
    around?: TextAround,
  ): Promise<StatementPlan>;
  /** The whole text that positions count in. */
  readonly clientText: string;
  /** Aborts when the running statement is ended early. */
  readonly signal: AbortSignal;
  /** As `work`, given up when the running statement is. */
  raced<T>(work: Promise<T>): Promise<T>;
  /** Records that a statement was refused. Returns the error. */
  refused(statement: Statement, error: LensError): Promise<LensError>;
  /** Does the work, and records a write that it refuses. */
  recordingWrites<T>(statement: Statement, work: () => Promise<T>): Promise<T>;
  /**
   * Whether the running statement belongs with others: a transaction block, several statements in a Query message, or
   * what was executed before it since the last Sync.
   */
  readonly isInBlock: boolean;
  /** At most `rowsMax` rows of a portal, given up when the running statement is. */
  readPortal(portal: Portal, rowsMax: number): Promise<RowBatch | undefined>;
  /** Starts a portal's query under this session's limits; for a utility, runs it. */
  startPortal(portal: Portal): Promise<UtilityResult>;
  /**
   * Starts a portal unless it has begun. For a statement without rows, runs it and gives its command tag, or what it
   * waits for. Rejects with 55000 where it has run to its end or failed before.
   */
  openPortal(portal: Portal): Promise<string | CopyIn | undefined>;
  /** Whether rows that the cursor has passed can be read again. */
  scansBackward(portal: Portal): Promise<boolean>;
  /** Keeps the rows of cursors WITH HOLD, as their transaction is about to be committed. */
  holdCursors(): Promise<void>;
  /** Work of a portal that another plan than its own does, given up when the running statement is. */
  startInner<T>(
    start: (run: RunRequest) => Promise<T>,
    portal: Portal,
    formats: readonly number[],
  ): Promise<T>;
}

/** A COPY FROM STDIN that waits for data. */
export type CopyIn = Extract<Outcome, { readonly kind: "copyIn" }>;

/** A statement's answer: its command tag, rows, or that it waits for the client's. */
export type UtilityResult = string | PortalRows | CopyIn;

export function warn(state: SessionState, sqlstate: string, message: string): void {
  state.notify({ severity: "WARNING", sqlstate, message });
}

/** The one statement of a text. Throws 42601 for more. */
export async function parseOne(state: SessionState, text: string): Promise<Statement> {
  const [only, ...others] = await state.raced(state.options.parseStatements(text));
  if (only === undefined || others.length > 0) throw severalStatements();
  return only;
}
