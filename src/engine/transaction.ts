// The transaction state of a session. Nothing is written but the session's own temporary tables, so a transaction is what
// a client can see of one: its status, its savepoints, the settings, temporary tables and cursors that end with it.
import { inFailedTransaction, tooManySavepoints, unknownSavepoint } from "./session-errors.ts";
import type { Settings, SettingsSnapshot } from "./settings.ts";
import type { TemporarySnapshot, TemporaryTables } from "./temporary-tables.ts";

/** I: idle, T: in a transaction block, E: in a failed one. */
export type TransactionStatus = "I" | "T" | "E";

/** implicit: statements up to the end of one Query message, or up to Sync. */
type State = "idle" | "implicit" | "block" | "failed";

/** What a rollback goes back to. */
interface Moment {
  readonly settings: SettingsSnapshot;
  readonly temporaryTables: TemporarySnapshot;
}

interface Savepoint extends Moment {
  readonly name: string;
}

/** Savepoints of one transaction: far beyond what drivers nest. */
const savepointsMax = 1000;

export interface TransactionListener {
  transactionBegan(): void;
  /** Portals of the transaction end. */
  transactionEnded(committed: boolean): void;
  /** Portals made at this savepoint depth or deeper end. */
  savepointsEnded(depth: number): void;
  /** No savepoints beyond this depth are left: what was made there belongs to it now. */
  savepointsReleased(depth: number): void;
}

export class Transaction {
  private readonly settings: Settings;
  private readonly temporaryTables: TemporaryTables;
  private readonly listener: TransactionListener;
  private state: State = "idle";
  private begun: Moment | undefined;
  private savepoints: Savepoint[] = [];

  constructor(settings: Settings, temporaryTables: TemporaryTables, listener: TransactionListener) {
    this.settings = settings;
    this.temporaryTables = temporaryTables;
    this.listener = listener;
  }

  get status(): TransactionStatus {
    if (this.state === "block") return "T";
    return this.state === "failed" ? "E" : "I";
  }

  get isBlock(): boolean {
    return this.state === "block" || this.state === "failed";
  }

  /** Whether there is none, not even an implicit one. */
  get isIdle(): boolean {
    return this.state === "idle";
  }

  /** Statements up to the end of the Query message, or up to Sync. */
  get isImplicit(): boolean {
    return this.state === "implicit";
  }

  get isFailed(): boolean {
    return this.state === "failed";
  }

  /** How many savepoints are open. */
  get depth(): number {
    return this.savepoints.length;
  }

  /** A statement is about to run: an implicit transaction begins where there is none. */
  enter(): void {
    if (this.state !== "idle") return;
    this.state = "implicit";
    this.listener.transactionBegan();
    this.begun = this.moment();
  }

  /** Makes the implicit transaction a block. */
  begin(): void {
    this.enter();
    this.state = "block";
  }

  commit(): void {
    this.settings.endTransaction();
    this.end(true);
  }

  rollback(): void {
    if (this.begun !== undefined) this.goBackTo(this.begun);
    this.settings.endTransaction();
    this.end(false);
  }

  /** A statement failed. */
  fail(): void {
    if (this.state === "implicit") this.rollback();
    else if (this.state === "block") {
      this.state = "failed";
      const undone = this.savepoints.at(-1) ?? this.begun;
      if (undone !== undefined) this.goBackTo(undone);
      this.listener.savepointsEnded(this.savepoints.length);
    }
  }

  /** Throws 25P02 for a statement that does not end a failed transaction. */
  refuseWhenFailed(): void {
    if (this.state === "failed") throw inFailedTransaction();
  }

  /** Throws 53400. */
  savepoint(name: string): void {
    if (this.savepoints.length >= savepointsMax) throw tooManySavepoints(savepointsMax);
    this.savepoints.push({ name, ...this.moment() });
  }

  /** Throws 3B001. */
  release(name: string): void {
    this.savepoints.length = this.indexOf(name);
    this.listener.savepointsReleased(this.savepoints.length);
  }

  /** Back to the savepoint, which stays. Throws 3B001. */
  rollbackTo(name: string): void {
    const index = this.indexOf(name);
    const savepoint = this.savepoints[index] as Savepoint;
    this.listener.savepointsEnded(index + 1);
    this.goBackTo(savepoint);
    this.savepoints.length = index + 1;
    this.state = "block";
  }

  private indexOf(name: string): number {
    const index = this.savepoints.findLastIndex((savepoint) => savepoint.name === name);
    if (index === -1) throw unknownSavepoint(name);
    return index;
  }

  private moment(): Moment {
    return { settings: this.settings.snapshot(), temporaryTables: this.temporaryTables.snapshot() };
  }

  private goBackTo({ settings, temporaryTables }: Moment): void {
    this.settings.restore(settings);
    this.temporaryTables.restore(temporaryTables);
  }

  private end(committed: boolean): void {
    this.state = "idle";
    this.begun = undefined;
    this.savepoints = [];
    this.temporaryTables.endTransaction(committed);
    this.listener.transactionEnded(committed);
  }
}
