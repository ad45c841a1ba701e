// One portal or SQL cursor: a plan with its parameters, and how far its rows have been read.
import { sliceBatch } from "../limits/row-cap.ts";
import type { ResultColumn, RowBatch, RowStream } from "../result.ts";
import type { ParameterValue } from "./query-engine.ts";
import type { StatementPlan } from "./statement-plan.ts";

export interface PortalOptions {
  readonly name: string;
  readonly plan: StatementPlan;
  readonly parameters: readonly ParameterValue[];
  readonly formats: readonly number[];
  /** Savepoints open when it was made. */
  readonly depth: number;
  /** DECLARE ... WITH HOLD. */
  readonly holdable: boolean;
  /** DECLARE BINARY: a FETCH in a Query message gives its rows in binary form. */
  readonly isBinary: boolean;
}

/** What a started portal reads from. */
export interface PortalRows {
  readonly columns: readonly ResultColumn[];
  readonly stream: RowStream;
  /** The command tag for a number of rows. */
  tag(rows: number): string;
}

export class Portal {
  readonly name: string;
  readonly plan: StatementPlan;
  readonly parameters: readonly ParameterValue[];
  readonly formats: readonly number[];
  readonly depth: number;
  readonly holdable: boolean;
  readonly isBinary: boolean;
  /** Its transaction was committed: it lives on until it is closed. */
  held = false;
  /** A statement without rows ran: it cannot run again. */
  isDone = false;
  rows: PortalRows | undefined;
  /** Rows read so far, and whether there are no more. */
  position = 0;
  private atEnd = false;
  private rest: RowBatch | undefined;
  private readonly controller = new AbortController();

  constructor(options: PortalOptions) {
    this.name = options.name;
    this.plan = options.plan;
    this.parameters = options.parameters;
    this.formats = options.formats;
    this.depth = options.depth;
    this.holdable = options.holdable;
    this.isBinary = options.isBinary;
  }

  /** Aborts when the statement that reads from it is ended early. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Ends the portal's query together with a statement that reads from it. The returned function unties them. */
  tie(statement: AbortSignal): () => void {
    const abort = (): void => this.controller.abort(statement.reason);
    if (statement.aborted) abort();
    statement.addEventListener("abort", abort, { once: true });
    return () => statement.removeEventListener("abort", abort);
  }

  /** At most `rowsMax` further rows, undefined where there are none. */
  async read(rowsMax: number): Promise<RowBatch | undefined> {
    const batch = this.rest ?? (await this.nextBatch());
    this.rest = undefined;
    if (batch === undefined) return undefined;
    if (batch.rowCount <= rowsMax) {
      this.position += batch.rowCount;
      return batch;
    }
    this.rest = sliceBatch(batch, rowsMax, batch.rowCount);
    this.position += rowsMax;
    return sliceBatch(batch, 0, rowsMax);
  }

  private async nextBatch(): Promise<RowBatch | undefined> {
    if (this.atEnd || this.rows === undefined) return undefined;
    for (;;) {
      const batch = await this.rows.stream.next();
      if (batch === undefined) this.atEnd = true;
      else if (batch.rowCount === 0) continue;
      return batch;
    }
  }

  /** Frees what runs for it. Never rejects: there is nobody left to tell. */
  async close(): Promise<void> {
    this.rest = undefined;
    const { rows, atEnd } = this;
    this.rows = undefined;
    this.isDone = true;
    if (rows !== undefined && !atEnd) await rows.stream.close().catch(() => {});
  }
}
