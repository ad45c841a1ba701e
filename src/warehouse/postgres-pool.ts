// The connections to one PostgreSQL server: a bounded number, kept open for a while, each lent to one query.

import { connectPostgres } from "./postgres-connect.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import { ConnectionLost } from "./postgres-errors.ts";
import type { PostgresServer } from "./postgres-server.ts";
import { Slots } from "./slots.ts";
import type { WarehouseLoad } from "./warehouse.ts";
import { warehouseClosed } from "./warehouse-errors.ts";

/** Milliseconds that a connection waits for its next query. */
const idleMsMax = 60_000;

/** Milliseconds in which queries that were cancelled must have ended when the pool closes. */
const closeMsMax = 5000;

export interface Lent {
  readonly connection: PostgresConnection;
  /** It served before: it may have died meanwhile without a word. */
  readonly isReused: boolean;
}

export class PostgresPool {
  readonly #server: PostgresServer;
  readonly #slots: Slots;
  readonly #idle: { readonly connection: PostgresConnection; readonly timer: NodeJS.Timeout }[] = [];
  readonly #busy = new Set<PostgresConnection>();
  #closed = false;

  constructor(server: PostgresServer, poolMax: number) {
    this.#server = server;
    this.#slots = new Slots(poolMax);
  }

  get load(): WarehouseLoad {
    return this.#slots.load;
  }

  /**
   * A connection of the caller's own, to be given to giveBack(). Those who wait are served in the order they came.
   * Rejects with the signal's reason, and then holds nothing.
   */
  async acquire(signal: AbortSignal, options: { readonly fresh: boolean }): Promise<Lent> {
    await this.#slots.acquire(signal);
    return this.#lend(signal, options.fresh);
  }

  /** A connection that is free now, without standing in line; undefined where there is none. */
  async acquireFree(signal: AbortSignal): Promise<Lent | undefined> {
    return this.#slots.tryAcquire() ? this.#lend(signal, false) : undefined;
  }

  /** Takes a connection back. One on which anything is under way is ended. */
  giveBack(connection: PostgresConnection): void {
    this.#busy.delete(connection);
    this.#slots.release();
    if (!connection.isIdle) connection.destroy(undefined);
    else if (this.#closed) connection.close();
    else this.#keep(connection);
  }

  /** Cancels what runs and closes what does not. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { connection, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      connection.close();
    }
    const busy = [...this.#busy];
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeMsMax);
    });
    await Promise.race([Promise.all(busy.map((connection) => connection.cancel())), late]);
    clearTimeout(timer);
    for (const connection of busy) connection.destroy(warehouseClosed());
  }

  async #lend(signal: AbortSignal, fresh: boolean): Promise<Lent> {
    try {
      if (this.#closed) throw warehouseClosed();
      if (fresh) this.#dropIdle();
      const kept = this.#idle.pop();
      if (kept !== undefined) clearTimeout(kept.timer);
      const connection = kept?.connection ?? (await connectPostgres(this.#server, signal));
      if (this.#closed) {
        connection.close();
        throw warehouseClosed();
      }
      connection.onLost = () => {};
      this.#busy.add(connection);
      return { connection, isReused: kept !== undefined };
    } catch (error) {
      this.#slots.release();
      throw error;
    }
  }

  #keep(connection: PostgresConnection): void {
    const drop = () => {
      const at = this.#idle.findIndex((kept) => kept.connection === connection);
      if (at !== -1) this.#idle.splice(at, 1);
      connection.close();
    };
    const timer = setTimeout(drop, idleMsMax);
    timer.unref();
    connection.onLost = () => {
      clearTimeout(timer);
      drop();
    };
    this.#idle.push({ connection, timer });
  }

  /** When one idle connection turns out to be dead, the others probably are. */
  #dropIdle(): void {
    for (const { connection, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      connection.destroy(new ConnectionLost());
    }
  }
}
