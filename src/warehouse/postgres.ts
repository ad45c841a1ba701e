// The PostgreSQL warehouse: each query in a read-only transaction of its own, streamed, and ended in the server when
// nobody wants it any more.
import { LensError, newReference } from "../errors.ts";
import type { EmitEvent } from "../events.ts";
import type { RenderedQuery, RowStream } from "../result.ts";
import type { ServerTraits } from "../server-traits.ts";
import { sqlstates } from "../sqlstate.ts";
import { orAborted } from "./or-aborted.ts";
import { connectPostgres } from "./postgres-connect.ts";
import {
  ConnectionLost,
  canceledByWarehouse,
  dataErrorOf,
  postgresUnreachable,
  ServerError,
} from "./postgres-errors.ts";
import { PostgresExchange } from "./postgres-exchange.ts";
import { type Lent, PostgresPool } from "./postgres-pool.ts";
import type { PostgresServer } from "./postgres-server.ts";
import { QueryShapes, ShapeChanged } from "./postgres-shapes.ts";
import { startQuery } from "./postgres-start.ts";
import { PostgresStream } from "./postgres-stream.ts";
import { readTraits, traitsQuery } from "./postgres-traits.ts";
import type { DescribedColumn, Warehouse, WarehouseLoad } from "./warehouse.ts";
import { warehouseFailed } from "./warehouse-errors.ts";

export interface PostgresOptions {
  readonly server: PostgresServer;
  /** Connections at once, each for one query. */
  readonly poolMax: number;
  readonly emit: EmitEvent;
}

/** Connects once, and asks what server it is. Rejects with HV000 when that is not possible or it is too old. */
export async function openPostgres(options: PostgresOptions): Promise<Warehouse> {
  const { server, poolMax, emit } = options;
  const pool = new PostgresPool(server, poolMax);
  const { signal } = new AbortController();
  try {
    const { connection } = await pool.acquire(signal, { fresh: false });
    pool.giveBack(connection);
    const warehouse = new PostgresWarehouse(server, pool, emit);
    warehouse.traits = await readTraits(await warehouse.run(traitsQuery, signal));
    return warehouse;
  } catch (error) {
    await pool.close();
    throw postgresUnreachable(addressOf(server), reasonOf(error), error);
  }
}

function addressOf({ host, port }: PostgresServer): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A host with several addresses fails with several errors. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}

class PostgresWarehouse implements Warehouse {
  readonly #server: PostgresServer;
  readonly #pool: PostgresPool;
  readonly #emit: EmitEvent;
  readonly #shapes = new QueryShapes();
  #pinging: Promise<void> | undefined;
  traits: ServerTraits | undefined;

  constructor(server: PostgresServer, pool: PostgresPool, emit: EmitEvent) {
    this.#server = server;
    this.#pool = pool;
    this.#emit = emit;
  }

  describe(sql: string, signal: AbortSignal): Promise<readonly DescribedColumn[]> {
    return this.#withExchange(signal, async (exchange) => {
      const columns = await this.#shapes.describe(exchange, { sql, parameters: [] });
      void exchange.finish();
      return columns.map(({ name, type, spelling }) => ({ name, type, warehouseType: spelling }));
    });
  }

  async run(query: RenderedQuery, signal: AbortSignal): Promise<RowStream> {
    const explain = (error: unknown) => this.#explain(error, query.sql);
    try {
      return await this.#withExchange(signal, async (exchange, isSecondAttempt) => {
        const form = await startQuery(exchange, query, this.#shapes, { isSecondAttempt });
        return new PostgresStream({ exchange, form, signal, explain });
      });
    } catch (error) {
      throw signal.aborted ? signal.reason : explain(error);
    }
  }

  load(): WarehouseLoad {
    return this.#pool.load;
  }

  ping(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    this.#pinging ??= this.#ping().finally(() => {
      this.#pinging = undefined;
    });
    return orAborted(this.#pinging, signal);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /**
   * `use` gives the connection back by finishing the exchange, or leaves that to what it returns; when it rejects, the
   * exchange is abandoned.
   */
  async #withExchange<T>(
    signal: AbortSignal,
    use: (exchange: PostgresExchange, isSecondAttempt: boolean) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      const { connection, isReused } = await this.#pool.acquire(signal, { fresh: attempt > 0 });
      const exchange = new PostgresExchange(this.#pool, connection, signal);
      try {
        return await use(exchange, attempt > 0);
      } catch (error) {
        await (error instanceof ServerError ? exchange.finish() : exchange.abandon());
        signal.throwIfAborted();
        // Nothing was answered yet, and what is read can be read again.
        const isWorthAnother = (isReused && isLoss(error)) || error instanceof ShapeChanged;
        if (attempt > 0 || !isWorthAnother) throw error;
      }
    }
  }

  /** Waits for no query: a warehouse that is busy is not one that is ill. */
  async #ping(): Promise<void> {
    const { signal } = new AbortController();
    const lent = await this.#pool.acquireFree(signal);
    if (lent === undefined) {
      (await connectPostgres(this.#server, signal)).close();
    } else if (!(await this.#answers(lent))) {
      (await connectPostgres(this.#server, signal)).close();
    }
  }

  async #answers({ connection }: Lent): Promise<boolean> {
    const timer = setTimeout(() => connection.destroy(undefined), this.#server.connectTimeoutMs);
    try {
      await connection.run("SELECT 1");
      return true;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
      this.#pool.giveBack(connection);
    }
  }

  #explain(error: unknown, sql: string): unknown {
    if (error instanceof LensError) return error;
    if (error instanceof ServerError) {
      const data = dataErrorOf(error);
      if (data !== undefined) return data;
    }
    const reference = newReference();
    this.#emit({ kind: "warehouseFailed", reference, text: textOf(error), sql });
    return error instanceof ServerError && error.sqlstate === sqlstates.query_canceled
      ? canceledByWarehouse(error)
      : warehouseFailed(reference, error);
  }
}

function isLoss(error: unknown): boolean {
  return error instanceof ConnectionLost || (error instanceof ServerError && error.isFatal);
}

function textOf(error: unknown): string {
  if (error instanceof ServerError) return error.fullText;
  const cause = error instanceof Error && error.cause !== undefined ? ` (${reasonOf(error.cause)})` : "";
  return `${reasonOf(error)}${cause}`;
}
