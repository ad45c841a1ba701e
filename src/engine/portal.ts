// One portal or SQL cursor: a plan with its parameters, and where in its rows it stands.
import type { CopyFormat } from "../copy-format.ts";
import type { ResultColumn, RowBatch, RowStream } from "../result.ts";
import { NumberedRows } from "./numbered-rows.ts";
import type { ParameterValue } from "./query-engine.ts";
import type { RowSpool } from "./row-spool.ts";
import type { StatementPlan } from "./statement-plan.ts";

/** What DECLARE says of a cursor. */
export interface CursorOptions {
  /** "if free": neither SCROLL nor NO SCROLL was said, so it goes back where PostgreSQL could do that for nothing. */
  readonly scroll: "yes" | "no" | "if free";
  /** DECLARE ... WITH HOLD. */
  readonly holdable: boolean;
  /** DECLARE BINARY: a FETCH in a Query message gives its rows in binary form. */
  readonly isBinary: boolean;
}

export interface PortalOptions {
  readonly name: string;
  readonly plan: StatementPlan;
  /** What pg_cursors shows; absent: the plan's own text. */
  readonly text?: string;
  /** Wall-clock time in milliseconds. */
  readonly createdMs: number;
  readonly parameters: readonly ParameterValue[];
  readonly formats: readonly number[];
  /** Savepoints open when it was made. */
  readonly depth: number;
  /** Absent for a portal of the protocol, which reads forward only. */
  readonly cursor?: CursorOptions;
  /** Too many rows are an error whatever the limits say of results that are cut off. */
  readonly isWhole?: boolean;
}

/** What a started portal reads from. */
export interface PortalRows {
  readonly columns: readonly ResultColumn[];
  readonly stream: RowStream;
  /** The command tag for a number of rows. */
  tag(rows: number): string;
  /** Of a COPY. */
  readonly copy?: CopyFormat;
}

/** How a portal keeps its rows: for going back at any cost, or as long as they fit. */
export interface Keeping {
  readonly spool: RowSpool;
  readonly must: boolean;
}

const protocolPortal: CursorOptions = { scroll: "no", holdable: false, isBinary: false };

export class Portal {
  readonly name: string;
  readonly plan: StatementPlan;
  readonly text: string;
  readonly createdMs: number;
  readonly parameters: readonly ParameterValue[];
  readonly formats: readonly number[];
  readonly cursor: CursorOptions;
  readonly isWhole: boolean;
  /** Savepoints that it ends with. */
  depth: number;
  /** Its transaction was committed: it lives on until it is closed. */
  held = false;
  /** It has run to its end without rows, or failed: it cannot run again. */
  isDone = false;
  /** How many rows lie up to and with the current one, as PostgreSQL's portalPos. */
  position = 0;
  atStart = true;
  atEnd = false;
  private started: PortalRows | undefined;
  private numbered: NumberedRows | undefined;
  private readonly controller = new AbortController();

  constructor(options: PortalOptions) {
    this.name = options.name;
    this.plan = options.plan;
    this.text = options.text ?? (options.plan.kind === "empty" ? "" : options.plan.statement.text);
    this.createdMs = options.createdMs;
    this.parameters = options.parameters;
    this.formats = options.formats;
    this.depth = options.depth;
    this.cursor = options.cursor ?? protocolPortal;
    this.isWhole = options.isWhole ?? false;
  }

  /** Undefined before start() and after close(). */
  get rows(): PortalRows | undefined {
    return this.started;
  }

  /** Whether every row that it has passed is kept. */
  get keepsAll(): boolean {
    return this.numbered?.keepsAll === true;
  }

  /** Aborts when the statement that reads from it is ended early. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  start(rows: PortalRows, keeping?: Keeping): void {
    this.started = rows;
    this.numbered = new NumberedRows(rows.stream, keeping?.spool, keeping?.must === true);
  }

  /** Ends the portal's query together with a statement that reads from it. The returned function unties them. */
  tie(statement: AbortSignal): () => void {
    const abort = (): void => this.controller.abort(statement.reason);
    if (statement.aborted) abort();
    statement.addEventListener("abort", abort, { once: true });
    return () => statement.removeEventListener("abort", abort);
  }

  /** At most `rowsMax` further rows, undefined where there are none: then it stands behind the last. */
  async forward(rowsMax: number): Promise<RowBatch | undefined> {
    if (this.atEnd || this.numbered === undefined) return undefined;
    const batch = await this.numbered.from(this.position, rowsMax);
    if (batch === undefined) {
      this.atEnd = true;
      return undefined;
    }
    this.position += batch.rowCount;
    this.atStart = false;
    return batch;
  }

  /** At most `rowsMax` rows before the current one, the nearest first, undefined where there are none. */
  backward(rowsMax: number): RowBatch | undefined {
    if (this.atStart || this.numbered === undefined) return undefined;
    // Behind the last row, that one is the nearest.
    const current = this.atEnd ? this.position + 1 : this.position;
    const batch = this.numbered.before(current - 1, rowsMax);
    if (batch === undefined) {
      this.atStart = true;
      this.position = 0;
      return undefined;
    }
    this.atEnd = false;
    this.position = current - batch.rowCount;
    return batch;
  }

  /** To before the first row. */
  rewind(): void {
    this.position = 0;
    this.atStart = true;
    this.atEnd = false;
  }

  /** Reads what is left of its query, so that it can live on without its transaction. Rejects with 54000 and 53400. */
  async keepRest(spool: RowSpool): Promise<void> {
    await this.numbered?.keepRest(this.position, spool);
  }

  /** Frees what runs for it. Never rejects: there is nobody left to tell. */
  async close(): Promise<void> {
    const { numbered } = this;
    this.started = undefined;
    this.numbered = undefined;
    this.isDone = true;
    await numbered?.close().catch(() => {});
  }
}
