// The rows of one DuckDB query, chunk by chunk: at most one chunk is held, and DuckDB stops when nobody reads.
import { type DuckDBConnection, type DuckDBResult, ResultReturnType } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import type { Value } from "../data-type.ts";
import type { RowBatch, RowStream } from "../result.ts";
import type { DuckDbConnections } from "./duckdb-connections.ts";
import type { ColumnDecoder } from "./duckdb-decode.ts";

export interface StreamSource {
  readonly connections: DuckDbConnections;
  readonly connection: DuckDBConnection;
  readonly result: DuckDBResult;
  readonly decoders: readonly ColumnDecoder[];
  readonly signal: AbortSignal;
  /** The error that ended the result: DuckDB's binding says that there was one and not which. */
  readonly failure: () => Promise<unknown>;
  /** Turns whatever was thrown into what the reader is told. */
  readonly explain: (error: unknown) => unknown;
}

/** How many rows the next chunk has; 0 at the end. */
export async function rowsOfNextChunk(result: DuckDBResult): Promise<number> {
  return (await result.fetchChunk())?.rowCount ?? 0;
}

export class DuckDbStream implements RowStream {
  readonly #source: StreamSource;
  /** A fetch under way; the connection cannot be given back before it has ended. */
  #fetching: Promise<unknown> = Promise.resolve();
  #ended = false;
  readonly #onAbort = () => void this.close();

  constructor(source: StreamSource) {
    this.#source = source;
    source.signal.addEventListener("abort", this.#onAbort, { once: true });
    if (source.signal.aborted) void this.close();
  }

  async next(): Promise<RowBatch | undefined> {
    const { signal, explain } = this.#source;
    signal.throwIfAborted();
    if (this.#ended) return undefined;
    const fetched = this.#fetch();
    this.#fetching = fetched.catch(() => undefined);
    try {
      const batch = await fetched;
      signal.throwIfAborted();
      if (batch === undefined) await this.#finish();
      return batch;
    } catch (error) {
      await this.close();
      throw signal.aborted ? signal.reason : explain(error);
    }
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const { signal, connections, connection, result } = this.#source;
    signal.removeEventListener("abort", this.#onAbort);
    await this.#fetching;
    await connections.abandon(connection, () => rowsOfNextChunk(result));
  }

  /** The result was read to its end, or DuckDB ended it: the connection is free. */
  async #finish(): Promise<void> {
    if (this.#ended) return;
    const { signal, connections, connection, result, failure } = this.#source;
    // A result that failed half-way ends exactly like one that is complete; only its type tells them apart.
    // Without this line a reader would take a part of the rows for all of them.
    if (result.returnType !== ResultReturnType.QUERY_RESULT) {
      const error = await failure();
      throw error;
    }
    this.#ended = true;
    signal.removeEventListener("abort", this.#onAbort);
    connections.release(connection);
  }

  #fetch(): Promise<RowBatch | undefined> {
    const { connections, connection, signal, result, decoders } = this.#source;
    return connections.call(connection, signal, async () => {
      const chunk = await result.fetchChunk();
      const rowCount = chunk?.rowCount ?? 0;
      if (chunk === null || rowCount === 0) return undefined;
      const columns: Value[][] = decoders.map((decode, column) =>
        decode(duckdb.data_chunk_get_vector(chunk.chunk, column), rowCount),
      );
      return { kind: "columns", rowCount, columns };
    });
  }
}
