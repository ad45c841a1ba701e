// Rows that were read and are kept, because a cursor goes back to them, or because its query has ended before it.

import { splitDataRows } from "../data-rows.ts";
import type { Value } from "../data-type.ts";
import { sliceBatch } from "../limits/row-cap.ts";
import type { SpoolSpace } from "../limits/spool-space.ts";
import type { RowBatch, RowStream } from "../result.ts";

export class RowSpool {
  private readonly space: SpoolSpace;
  private readonly batches: RowBatch[] = [];
  /** Rows before each batch. */
  private readonly starts: number[] = [];
  private bytes = 0;
  private count = 0;

  constructor(space: SpoolSpace) {
    this.space = space;
  }

  get rowCount(): number {
    return this.count;
  }

  /** Throws 54000 and 53400. */
  append(batch: RowBatch): void {
    if (batch.rowCount === 0) return;
    const bytes = bytesOf(batch);
    this.space.take(bytes);
    this.bytes += bytes;
    this.batches.push(batch);
    this.starts.push(this.count);
    this.count += batch.rowCount;
  }

  /** At most `rowsMax` rows from this one on, undefined where there are none. */
  from(index: number, rowsMax: number): RowBatch | undefined {
    if (index >= this.count) return undefined;
    const { batch, start } = this.batchOf(index);
    const from = index - start;
    return sliceBatch(batch, from, Math.min(batch.rowCount, from + rowsMax));
  }

  /** At most `rowsMax` rows before this one, the nearest first; undefined where there are none. */
  before(index: number, rowsMax: number): RowBatch | undefined {
    if (index <= 0) return undefined;
    const { batch, start } = this.batchOf(index - 1);
    const to = index - start;
    return reversed(sliceBatch(batch, Math.max(0, to - rowsMax), to));
  }

  free(): void {
    this.space.giveBack(this.bytes);
    this.bytes = 0;
    this.count = 0;
    this.batches.length = 0;
    this.starts.length = 0;
  }

  private batchOf(index: number): { readonly batch: RowBatch; readonly start: number } {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.starts[middle] as number) <= index) low = middle;
      else high = middle - 1;
    }
    return { batch: this.batches[low] as RowBatch, start: this.starts[low] as number };
  }
}

/** The rows of a stream, read to its end at once. */
export async function spooled(stream: RowStream, space: SpoolSpace): Promise<RowStream> {
  const spool = new RowSpool(space);
  let at = 0;
  try {
    for (let batch = await stream.next(); batch !== undefined; batch = await stream.next())
      spool.append(batch);
  } catch (error) {
    spool.free();
    throw error;
  }
  return {
    async next() {
      const batch = spool.from(at, Number.POSITIVE_INFINITY);
      at += batch?.rowCount ?? 0;
      return batch;
    },
    close: async () => spool.free(),
  };
}

function reversed(batch: RowBatch): RowBatch {
  switch (batch.kind) {
    case "columns":
      return { ...batch, columns: batch.columns.map((column) => column.toReversed()) };
    case "encoded":
      return { ...batch, bytes: Buffer.concat(splitDataRows(batch.bytes).reverse()) };
    case "relayed":
      throw new TypeError("rows of a cursor were relayed");
  }
}

/** Of an object in V8's heap, estimated. */
const objectBytes = 32;

function bytesOf(batch: RowBatch): number {
  let bytes = objectBytes;
  if (batch.kind !== "columns") return bytes + batch.bytes.length;
  for (const column of batch.columns) for (const value of column) bytes += bytesOfValue(value);
  return bytes;
}

function bytesOfValue(value: Value): number {
  if (typeof value === "string") return objectBytes + 2 * value.length;
  if (typeof value === "bigint") return objectBytes;
  if (typeof value !== "object" || value === null) return 8;
  if (value instanceof Uint8Array) return objectBytes + value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + bytesOfValue(item), objectBytes);
  return 3 * objectBytes;
}
