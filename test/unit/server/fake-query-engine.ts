// A query engine that answers by what the text says: a number of rows, or nothing until it is aborted.
import type { DefinedTable } from "../../../src/catalog/answer-catalog-query.ts";
import type {
  AskCopyRequest,
  CopyRequest,
  PreparedQuery,
  PreparedWrite,
  QueryEngine,
} from "../../../src/engine/query-engine.ts";
import { relayedError } from "../../../src/errors.ts";
import type { RowStream } from "../../../src/result.ts";

const batchRows = 2048;

export class FakeQueryEngine implements QueryEngine {
  /** Queries that were started and neither read to the end, aborted, nor closed. */
  openQueries = 0;
  /** Batches handed out since the start. */
  batches = 0;
  kind: PreparedQuery["kind"] = "lens";
  /** Why a query was aborted last. */
  reason: unknown;

  async prepare({ statement }: { readonly statement: { readonly text: string } }): Promise<PreparedQuery> {
    const { text } = statement;
    if (text.includes("nope")) throw relayedError("42703", 'column "nope" does not exist', { position: 8 });
    const rows = Number(/rows_(\d+)/.exec(text)?.[1] ?? 1);
    return {
      kind: this.kind,
      parameterTypes: [],
      columns: [{ name: "n", typeOid: 20, typeLength: 8, typeModifier: -1, tableOid: 0, attributeNumber: 0 }],
      start: async ({ signal }) => this.stream(rows, text.includes("hang"), signal),
    };
  }

  prepareWrite(): Promise<PreparedWrite> {
    throw new TypeError("nothing is written");
  }

  askCopy(_request: AskCopyRequest): ReturnType<QueryEngine["askCopy"]> {
    throw new TypeError("nothing is copied into a table");
  }

  copy(_request: CopyRequest): ReturnType<QueryEngine["copy"]> {
    throw new TypeError("nothing is copied into a table");
  }

  define(): Promise<DefinedTable> {
    throw new TypeError("nothing is made");
  }

  private stream(rows: number, hangs: boolean, signal: AbortSignal): RowStream {
    this.openQueries++;
    let isOpen = true;
    const end = (): void => {
      if (isOpen) this.openQueries--;
      isOpen = false;
    };
    const aborted = (): void => {
      end();
      this.reason = signal.reason;
    };
    signal.addEventListener("abort", aborted, { once: true });
    let sent = 0;
    return {
      next: async () => {
        signal.throwIfAborted();
        if (hangs) {
          await new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          });
        }
        const rowCount = Math.min(batchRows, rows - sent);
        if (rowCount === 0) {
          end();
          return undefined;
        }
        const first = sent + 1;
        sent += rowCount;
        this.batches++;
        return {
          kind: "columns",
          rowCount,
          columns: [Array.from({ length: rowCount }, (_, row) => first + row)],
        };
      },
      close: async () => end(),
    };
  }
}
