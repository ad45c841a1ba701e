// DuckDB connections for the queries under way, and the calls into DuckDB that hold a thread.
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { orAborted } from "./or-aborted.ts";
import { Slots } from "./slots.ts";
import type { WarehouseLoad } from "./warehouse.ts";
import { warehouseClosed } from "./warehouse-errors.ts";

/** How often a call that should end is interrupted again: DuckDB forgets an interrupt that comes just before it. */
const interruptEveryMs = 10;

/** Chunks read from an interrupted result before its connection is given up. */
const drainChunksMax = 1000;

export interface ConnectionLimits {
  /** Queries that hold a connection at once, those whose reader is slow included. */
  readonly connectionsMax: number;
  /** One for each call into DuckDB that may run at once; shared by all who draw on the same threads. */
  readonly calls: Slots;
}

/**
 * libuv's pool has four threads unless UV_THREADPOOL_SIZE says more, and each call holds one of them for as long as
 * DuckDB works. One stays free, for the audit file, DNS and pings. The pool is the process's, and so are these slots.
 */
export const processCalls = new Slots(3);

export class DuckDbConnections {
  readonly #instance: DuckDBInstance;
  readonly #queries: Slots;
  readonly #calls: Slots;
  readonly #idle: DuckDBConnection[] = [];
  readonly #busy = new Set<DuckDBConnection>();
  /** Connections inside a call into DuckDB. */
  readonly #calling = new Set<DuckDBConnection>();
  /** Connections being opened. DuckDB crashes when its instance is closed under one. */
  readonly #opening = new Set<Promise<unknown>>();
  #closed = false;
  #pinging: Promise<void> | undefined;

  constructor(instance: DuckDBInstance, limits: ConnectionLimits) {
    this.#instance = instance;
    this.#queries = new Slots(limits.connectionsMax);
    this.#calls = limits.calls;
  }

  get load(): WarehouseLoad {
    return this.#queries.load;
  }

  /** A connection of the caller's own, to be given to release() or discard(). Rejects with the signal's reason. */
  async acquire(signal: AbortSignal): Promise<DuckDBConnection> {
    await this.#queries.acquire(signal);
    try {
      if (this.#closed) throw warehouseClosed();
      const connection = this.#idle.pop() ?? (await this.#open());
      this.#busy.add(connection);
      return connection;
    } catch (error) {
      this.#queries.release();
      throw this.#closed ? warehouseClosed() : error;
    }
  }

  /** Takes back a connection on which nothing is under way. */
  release(connection: DuckDBConnection): void {
    this.#busy.delete(connection);
    this.#queries.release();
    if (this.#closed) connection.closeSync();
    else this.#idle.push(connection);
  }

  /** Gives a connection up whose state is not known. */
  #discard(connection: DuckDBConnection): void {
    this.#busy.delete(connection);
    this.#queries.release();
    connection.closeSync();
  }

  /** Runs one call into DuckDB; an abort interrupts it, and it rejects with the signal's reason. */
  async call<T>(connection: DuckDBConnection, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    await this.#calls.acquire(signal);
    if (this.#closed) {
      this.#calls.release();
      throw warehouseClosed();
    }
    const stopInterrupting = interruptOnAbort(connection, signal);
    this.#calling.add(connection);
    try {
      return await run();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw this.#closed ? warehouseClosed() : error;
    } finally {
      this.#calling.delete(connection);
      stopInterrupting();
      this.#calls.release();
    }
  }

  /** Rejects when DuckDB does not answer. Waits for no query: a server that is busy is not one that is ill. */
  ping(signal: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.reject(warehouseClosed());
    if (signal.aborted) return Promise.reject(signal.reason);
    this.#pinging ??= this.#prepareNothing().finally(() => {
      this.#pinging = undefined;
    });
    return orAborted(this.#pinging, signal);
  }

  /** A new connection. Rejects with 57P01 when the warehouse was closed meanwhile. */
  async #open(): Promise<DuckDBConnection> {
    const opening = this.#instance.connect();
    this.#opening.add(opening);
    try {
      const connection = await opening;
      if (!this.#closed) return connection;
      connection.closeSync();
      throw warehouseClosed();
    } finally {
      this.#opening.delete(opening);
    }
  }

  async #prepareNothing(): Promise<void> {
    const connection = await this.#open();
    try {
      (await connection.prepare("SELECT 1")).destroySync();
    } finally {
      connection.closeSync();
    }
  }

  /** Ends a result that was not read to its end and takes its connection back. No call may be under way on it. */
  async abandon(connection: DuckDBConnection, fetchRows: () => Promise<number>): Promise<void> {
    connection.interrupt();
    await this.#calls.acquire(neverAborted);
    try {
      // An open result keeps its operators and buffers until the interrupted query is asked for rows once more.
      for (let chunk = 0; chunk < drainChunksMax; chunk += 1) {
        connection.interrupt();
        if ((await fetchRows()) === 0) {
          this.release(connection);
          return;
        }
      }
      this.#discard(connection);
    } catch {
      // An interrupt that arrives as an error has ended the query as well.
      this.release(connection);
    } finally {
      this.#calls.release();
    }
  }

  /**
   * Interrupts what runs, until it has ended, and closes what does not run. When it resolves no connection is being
   * opened any more, and the instance can be closed.
   */
  async close(): Promise<void> {
    this.#closed = true;
    for (const connection of this.#busy) connection.interrupt();
    for (const connection of this.#idle.splice(0)) connection.closeSync();
    const timer = setInterval(() => {
      if (this.#calling.size === 0) clearInterval(timer);
      for (const connection of this.#calling) connection.interrupt();
    }, interruptEveryMs);
    await Promise.allSettled(this.#opening);
  }
}

const neverAborted = new AbortController().signal;

function interruptOnAbort(connection: DuckDBConnection, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const interrupt = () => {
    connection.interrupt();
    timer ??= setInterval(() => connection.interrupt(), interruptEveryMs);
  };
  if (signal.aborted) interrupt();
  else signal.addEventListener("abort", interrupt, { once: true });
  return () => {
    signal.removeEventListener("abort", interrupt);
    clearInterval(timer);
  };
}
