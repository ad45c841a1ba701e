// The contract of a driver.
import type { DataType } from "../data-type.ts";
import type { RenderedQuery, RowStream } from "../result.ts";
import type { ServerTraits } from "../server-traits.ts";

export interface DescribedColumn {
  readonly name: string;
  /** As the client-facing type (HUGEINT is numeric(38,0) ...); undefined where there is no such type. */
  readonly type: DataType | undefined;
  /** The warehouse's own spelling, for messages. */
  readonly warehouseType: string;
}

/** Connections, or calls of a warehouse in process. */
export interface WarehouseLoad {
  readonly busy: number;
  readonly waiting: number;
  readonly max: number;
}

export interface Warehouse {
  /** What statements for this server have to heed; undefined where it is the same for all of the kind. */
  readonly traits?: ServerTraits | undefined;
  /** Names and types of a query's columns, without running it. Rejects with the warehouse's own text in the message. */
  describe(sql: string, signal: AbortSignal): Promise<readonly DescribedColumn[]>;
  /**
   * Starts a query. When `signal` aborts, the query is interrupted in the warehouse and next() rejects with the
   * signal's reason. Warehouse failures arrive as LensError: 22xxx with our text for data errors, else HV000 with a
   * reference, never with the warehouse's text (that is the error's `cause`).
   */
  run(query: RenderedQuery, signal: AbortSignal): Promise<RowStream>;
  /** How much of it is in use at this moment. */
  load?(): WarehouseLoad;
  /** Rejects when the warehouse does not answer. */
  ping(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
