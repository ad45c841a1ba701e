// The rows of a started portal by their numbers: read from its query as they are asked for, and kept where it goes back.

import { toLensError } from "../errors.ts";
import { sliceBatch } from "../limits/row-cap.ts";
import type { RowBatch, RowStream } from "../result.ts";
import type { RowSpool } from "./row-spool.ts";

export class NumberedRows {
  private readonly stream: RowStream;
  private spool: RowSpool | undefined;
  /** Whether rows that do not fit are an error; otherwise they are kept no longer. */
  private mustKeep: boolean;
  /** The number of the first row in the spool. */
  private first = 0;
  /** Without a spool: what was read and not yet asked for. */
  private rest: RowBatch | undefined;
  private ended = false;

  constructor(stream: RowStream, spool: RowSpool | undefined, mustKeep: boolean) {
    this.stream = stream;
    this.spool = spool;
    this.mustKeep = mustKeep;
  }

  /** Whether a reader may go back to any row that it has seen. */
  get keepsAll(): boolean {
    return this.spool !== undefined && this.first === 0;
  }

  /**
   * At most `rowsMax` rows from this number on, undefined where there are no more. Without a spool the number is that of
   * the first row that was not yet read. Rejects with 54000 and 53400.
   */
  async from(index: number, rowsMax: number): Promise<RowBatch | undefined> {
    const kept = this.spool?.from(index - this.first, rowsMax);
    if (kept !== undefined) return kept;
    const batch = this.rest ?? (await this.read());
    this.rest = undefined;
    if (batch === undefined) return undefined;
    await this.keep(batch);
    if (this.spool !== undefined) return this.spool.from(index - this.first, rowsMax);
    if (batch.rowCount <= rowsMax) return batch;
    this.rest = sliceBatch(batch, rowsMax, batch.rowCount);
    return sliceBatch(batch, 0, rowsMax);
  }

  /** At most `rowsMax` rows before this number, the nearest first. */
  before(index: number, rowsMax: number): RowBatch | undefined {
    return this.spool?.before(index - this.first, rowsMax);
  }

  /** Keeps what there is from this number on, so that the query is over. `spool` is used where there is none yet. */
  async keepRest(index: number, spool: RowSpool): Promise<void> {
    this.mustKeep = true;
    if (this.spool === undefined) {
      this.spool = spool;
      this.first = index;
    }
    let batch = this.rest ?? (await this.read());
    this.rest = undefined;
    for (; batch !== undefined; batch = await this.read()) await this.keep(batch);
  }

  async close(): Promise<void> {
    this.spool?.free();
    this.spool = undefined;
    this.rest = undefined;
    if (this.ended) return;
    this.ended = true;
    await this.stream.close();
  }

  private async keep(batch: RowBatch): Promise<void> {
    if (this.spool === undefined) return;
    try {
      this.spool.append(batch);
    } catch (error) {
      if (this.mustKeep) {
        this.ended = true;
        await this.stream.close(toLensError(error));
        throw error;
      }
      this.spool.free();
      this.spool = undefined;
    }
  }

  private async read(): Promise<RowBatch | undefined> {
    while (!this.ended) {
      const batch = await this.stream.next();
      if (batch === undefined) this.ended = true;
      else if (batch.rowCount > 0) return batch;
    }
    return undefined;
  }
}
