// A query engine that asks another one only once for each text: random conversations say the same few things again.
import type { DefinedTable } from "../../src/catalog/answer-catalog-query.ts";
import type {
  AskCopyRequest,
  CopyRequest,
  DefineRequest,
  PreparedQuery,
  PreparedWrite,
  PrepareRequest,
  PrepareWriteRequest,
  QueryEngine,
} from "../../src/engine/query-engine.ts";
import type { RowBatch, RowStream } from "../../src/result.ts";

type Start = Parameters<PreparedQuery["start"]>[0];

export class RememberingEngine implements QueryEngine {
  private readonly inner: QueryEngine;
  private readonly prepared = new Map<string, Promise<PreparedQuery>>();

  constructor(inner: QueryEngine) {
    this.inner = inner;
  }

  prepareWrite(request: PrepareWriteRequest): Promise<PreparedWrite> {
    return this.inner.prepareWrite(request);
  }

  askCopy(request: AskCopyRequest): ReturnType<QueryEngine["askCopy"]> {
    return this.inner.askCopy(request);
  }

  copy(request: CopyRequest): ReturnType<QueryEngine["copy"]> {
    return this.inner.copy(request);
  }

  define(request: DefineRequest): Promise<DefinedTable> {
    return this.inner.define(request);
  }

  prepare(request: PrepareRequest): Promise<PreparedQuery> {
    const { statement, parameterTypes } = request;
    return remembered(this.prepared, JSON.stringify([statement.text, parameterTypes]), async () =>
      remember(await this.inner.prepare(request)),
    );
  }
}

function remember(prepared: PreparedQuery): PreparedQuery {
  const results = new Map<string, Promise<readonly RowBatch[]>>();
  const decisions = new Map<string, Promise<boolean>>();
  return {
    ...prepared,
    // An error belongs to reading, as it does in PostgreSQL.
    start: async (request) => replayed(remembered(results, keyOf(request), () => rowsOf(prepared, request))),
    scansBackward: (request) =>
      remembered(decisions, keyOf(request), async () => (await prepared.scansBackward?.(request)) === true),
  };
}

const keyOf = ({ parameters }: Pick<Start, "parameters">): string =>
  JSON.stringify(parameters.map(({ text }) => text));

function remembered<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

async function rowsOf(prepared: PreparedQuery, request: Start): Promise<readonly RowBatch[]> {
  const stream = await prepared.start({ ...request, signal: new AbortController().signal });
  const batches: RowBatch[] = [];
  for (let batch = await stream.next(); batch !== undefined; batch = await stream.next()) batches.push(batch);
  return batches;
}

function replayed(rows: Promise<readonly RowBatch[]>): RowStream {
  rows.catch(() => {});
  let at = 0;
  return {
    next: async () => (await rows)[at++],
    close: async () => {},
  };
}
