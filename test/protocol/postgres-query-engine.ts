// A query engine that passes every reading statement on to a real PostgreSQL, so that sessions can be compared with
// PostgreSQL without a lens.
import pg from "pg";
import type { DefinedTable } from "../../src/catalog/answer-catalog-query.ts";
import { explainCursor, readPlan, supportsBackwardScan } from "../../src/catalog/backward-scan.ts";
import type {
  PreparedQuery,
  PreparedWrite,
  PrepareRequest,
  QueryEngine,
} from "../../src/engine/query-engine.ts";
import { LensError, relayedError } from "../../src/errors.ts";
import type { ResultColumn, RowStream } from "../../src/result.ts";
import type { RealPostgres } from "../support/real-postgres.ts";
import { RawClient } from "./raw-client.ts";

/** Rows in one batch, so that results have several. */
const batchRows = 100;

export class PostgresQueryEngine implements QueryEngine {
  private readonly target: RealPostgres;
  /** Queries that have begun and were neither read to the end nor closed. */
  openQueries = 0;

  constructor(target: RealPostgres) {
    this.target = target;
  }

  async prepare(request: PrepareRequest): Promise<PreparedQuery> {
    const described = await this.describe(request);
    return {
      kind: "catalog",
      parameterTypes: described.parameterTypes,
      columns: described.columns,
      start: async ({ parameters, context, signal }) => {
        const client = await this.connect(context.settings.get("TimeZone") ?? "UTC");
        this.openQueries++;
        const values = parameters.map(({ binary, text }) =>
          binary === undefined ? text : Buffer.from(binary),
        );
        const { text } = request.statement;
        return this.stream(client, text, values.slice(0, parametersIn(text)), described.columns, signal);
      },
      scansBackward: async ({ parameters, context }) => {
        const client = await this.connect(context.settings.get("TimeZone") ?? "UTC");
        try {
          const { text } = request.statement;
          const values = parameters.slice(0, parametersIn(text)).map((parameter) => parameter.text);
          const { rows } = await client.query({ text: explainCursor(text), values });
          return supportsBackwardScan(readPlan(JSON.stringify(rows[0]["QUERY PLAN"])));
        } finally {
          await client.end();
        }
      },
    };
  }

  prepareWrite(): Promise<PreparedWrite> {
    throw new TypeError("a connection for each query has no temporary tables to write to");
  }

  askCopy(): Promise<never> {
    throw new TypeError("nothing is copied into a table");
  }

  copy(): Promise<never> {
    throw new TypeError("nothing is copied into a table");
  }

  define(): Promise<DefinedTable> {
    throw new TypeError("a connection for each query has no temporary tables to make");
  }

  private async describe(
    request: PrepareRequest,
  ): Promise<Pick<PreparedQuery, "parameterTypes" | "columns">> {
    const client = await RawClient.connect(this.target.host, this.target.port);
    try {
      await client.login(this.target);
      client.sendParse("", request.statement.text, request.parameterTypes);
      client.sendDescribe("S", "");
      client.sendSync();
      const messages = await client.until("ReadyForQuery");
      const error = messages.find((message) => message.type === "ErrorResponse");
      if (error !== undefined) throw errorOf(error);
      const types = messages.find((message) => message.type === "ParameterDescription");
      const rows = messages.find((message) => message.type === "RowDescription");
      return {
        parameterTypes: (types?.["parameterTypes"] ?? []) as number[],
        columns: (rows?.["columns"] ?? []) as ResultColumn[],
      };
    } finally {
      client.destroy();
    }
  }

  private async connect(timeZone: string): Promise<pg.Client> {
    const { host, port, user, password, database } = this.target;
    const client = new pg.Client({
      host,
      port,
      user,
      password,
      database,
      options: `-c TimeZone=${timeZone}`,
    });
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  private async stream(
    client: pg.Client,
    text: string,
    values: readonly (string | Buffer | null)[],
    columns: readonly ResultColumn[],
    signal: AbortSignal,
  ): Promise<RowStream> {
    let isOpen = true;
    const end = async (): Promise<void> => {
      if (!isOpen) return;
      isOpen = false;
      this.openQueries--;
      client.end().catch(() => {});
    };
    const types = { getTypeParser: () => (value: string) => value };
    const querying = client.query({ text, values: [...values], rowMode: "array", types: types as never });
    querying.catch(() => {});
    let rows: (string | null)[][] | undefined;
    let at = 0;
    return {
      next: async () => {
        try {
          rows ??= (await raced(querying, signal)).rows as unknown as (string | null)[][];
        } catch (error) {
          // Ending the connection does not end the query in PostgreSQL; these tests do not depend on it.
          await end();
          throw error instanceof LensError ? error : errorOf(error as Record<string, unknown>);
        }
        const slice = rows.slice(at, at + batchRows);
        at += slice.length;
        if (slice.length === 0) {
          await end();
          return undefined;
        }
        return {
          kind: "encoded" as const,
          rowCount: slice.length,
          bytes: Buffer.concat(slice.map((row) => encodeDataRow(row, columns.length))),
        };
      },
      close: end,
    };
  }
}

/** Parse may be given types of more than there are, which node-postgres has no way to say. */
function parametersIn(text: string): number {
  return Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
}

function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

function errorOf(fields: Record<string, unknown>): LensError {
  const position = fields["position"];
  return relayedError(String(fields["code"]), String(fields["message"]), {
    detail: fields["detail"] as string | undefined,
    hint: fields["hint"] as string | undefined,
    position: position === undefined ? undefined : Number(position),
  });
}

function encodeDataRow(row: readonly (string | null)[], columnCount: number): Buffer {
  const parts: Buffer[] = [];
  const head = Buffer.alloc(7);
  head.write("D");
  head.writeInt16BE(columnCount, 5);
  parts.push(head);
  for (const value of row) {
    const length = Buffer.alloc(4);
    const bytes = value === null ? Buffer.alloc(0) : Buffer.from(value);
    length.writeInt32BE(value === null ? -1 : bytes.length);
    parts.push(length, bytes);
  }
  const whole = Buffer.concat(parts);
  whole.writeInt32BE(whole.length - 1, 1);
  return whole;
}
