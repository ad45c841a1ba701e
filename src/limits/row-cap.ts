// Counts rows as they pass, over all fetches of one query.
import { sliceDataRows } from "../data-rows.ts";
import type { RowBatch, RowStream } from "../result.ts";
import { tooManyRows } from "./limits-errors.ts";

export interface RowCap {
  readonly rowsMax: number;
  /** Called once when rows are cut off; absent: too many rows are an error. */
  readonly onCut?: (() => void) | undefined;
  /** Called with each count of rows that is close to the maximum. */
  readonly onNear?: ((rows: number) => void) | undefined;
}

const nearFrom = 0.8;

/**
 * The same stream with at most `rowsMax` rows. The row after the last allowed one makes next() reject with 54000, or,
 * with `onCut`, ends the stream exactly there. Either way the query is closed.
 */
export function capRows(stream: RowStream, cap: RowCap): RowStream {
  let rows = 0;
  let ended = false;
  return {
    async next() {
      if (ended) return undefined;
      const batch = await stream.next();
      if (batch === undefined) {
        ended = true;
        return undefined;
      }
      const room = cap.rowsMax - rows;
      rows += batch.rowCount;
      if (rows >= cap.rowsMax * nearFrom) cap.onNear?.(Math.min(rows, cap.rowsMax));
      if (batch.rowCount <= room) return batch;
      ended = true;
      if (cap.onCut === undefined) {
        const error = tooManyRows(cap.rowsMax);
        await stream.close(error);
        throw error;
      }
      await stream.close();
      cap.onCut();
      return room === 0 ? undefined : sliceBatch(batch, 0, room);
    },
    close: (failure) => stream.close(failure),
  };
}

/** Rows `from` to before `to` of a batch. */
export function sliceBatch(batch: RowBatch, from: number, to: number): RowBatch {
  if (from === 0 && to >= batch.rowCount) return batch;
  const rowCount = to - from;
  const { onSent } = batch;
  if (batch.kind !== "columns") return { ...batch, rowCount, bytes: sliceDataRows(batch.bytes, from, to) };
  return {
    kind: "columns",
    rowCount,
    columns: batch.columns.map((column) => column.slice(from, to)),
    onSent,
  };
}
