// The rows of one PostgreSQL query: as many as one piece from the network holds at a time, and no more are taken from it
// before they are asked for, so that the server waits when nobody reads.
import type { RowBatch, RowStream } from "../result.ts";
import { decodeRows } from "./postgres-decode.ts";
import { ServerError } from "./postgres-errors.ts";
import type { PostgresExchange } from "./postgres-exchange.ts";
import { backend } from "./postgres-messages.ts";
import type { RowForm } from "./postgres-row-form.ts";

export interface PostgresStreamSource {
  readonly exchange: PostgresExchange;
  readonly form: RowForm;
  readonly signal: AbortSignal;
  /** Turns whatever was thrown into what the reader is told. */
  readonly explain: (error: unknown) => unknown;
}

export class PostgresStream implements RowStream {
  readonly #source: PostgresStreamSource;
  #ended = false;

  constructor(source: PostgresStreamSource) {
    this.#source = source;
  }

  async next(): Promise<RowBatch | undefined> {
    const { exchange, form, signal, explain } = this.#source;
    signal.throwIfAborted();
    if (this.#ended) return undefined;
    try {
      for (;;) {
        const message = await exchange.receive();
        if (message.kind === "rows") {
          return batchOf(message.rowCount, message.bytes, form);
        }
        // Only this message says that the rows were all.
        if (message.type !== backend.commandComplete) continue;
        this.#ended = true;
        void exchange.finish();
        return undefined;
      }
    } catch (error) {
      // Closed meanwhile by a reader that had enough: what ended is what was asked to.
      if (this.#ended && !signal.aborted) return undefined;
      this.#ended = true;
      await (error instanceof ServerError ? exchange.finish() : exchange.abandon());
      throw signal.aborted ? signal.reason : explain(error);
    }
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#source.exchange.abandon();
  }
}

function batchOf(rowCount: number, bytes: Buffer, form: RowForm): RowBatch {
  const { formats } = form;
  if (form.kind === "relayed") return { kind: "relayed", rowCount, formats, assumes: form.assumes, bytes };
  return { kind: "columns", rowCount, columns: decodeRows(bytes, rowCount, form.decoders) };
}
