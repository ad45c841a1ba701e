// One query on one connection: what it is sent and answers, and how the connection comes back from it, whatever happens.
import { orAborted } from "./or-aborted.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import { ServerError } from "./postgres-errors.ts";
import { type BackendMessage, backend, queryMessage } from "./postgres-messages.ts";
import type { PostgresPool } from "./postgres-pool.ts";

/** Milliseconds in which a query that was cancelled must end; after that its connection is given up. */
const drainMsMax = 5000;

/** Milliseconds beyond our own limit, so that ours is the one that is told. */
const timeoutGraceMs = 1000;

/** Longer is no limit: the setting is a 32-bit number. */
const timeoutMsMax = 2_147_483_647;

/**
 * Every query runs in a transaction of its own that can only read and is rolled back, so that not even a setting is
 * left behind.
 */
export function beginMessage(timeoutMs: number | undefined): Buffer {
  const begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";
  const limitMs = Math.ceil((timeoutMs ?? 0) + timeoutGraceMs);
  if (timeoutMs === undefined || limitMs > timeoutMsMax) return queryMessage(begin);
  return queryMessage(`${begin}; SET LOCAL statement_timeout = ${limitMs}`);
}

export const rollbackMessage = queryMessage("ROLLBACK");

export class PostgresExchange {
  readonly #pool: PostgresPool;
  readonly #connection: PostgresConnection;
  readonly #signal: AbortSignal;
  /** A read under way; the next may begin when it has ended. */
  #reading: Promise<unknown> = Promise.resolve();
  #isRollbackSent = false;
  #ending: Promise<void> | undefined;
  readonly #onAbort = () => void this.abandon();

  constructor(pool: PostgresPool, connection: PostgresConnection, signal: AbortSignal) {
    this.#pool = pool;
    this.#connection = connection;
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
    if (signal.aborted) void this.abandon();
  }

  /** `readyCount`: ReadyForQuery messages that will answer these. */
  send(messages: readonly Buffer[], readyCount: number): void {
    this.#signal.throwIfAborted();
    if (messages.includes(rollbackMessage)) this.#isRollbackSent = true;
    this.#connection.send(messages, readyCount);
  }

  /**
   * The next message. Rejects with the signal's reason at once, with ServerError for an error, with ConnectionLost when
   * nothing can come.
   */
  async receive(): Promise<BackendMessage> {
    this.#signal.throwIfAborted();
    const reading = this.#connection.receive();
    this.#reading = reading.catch(() => undefined);
    const message = await orAborted(reading, this.#signal);
    if (message.kind === "message" && message.type === backend.error) throw ServerError.of(message.body);
    return message;
  }

  /** Whether everything that was sent has been answered. */
  get isAnswered(): boolean {
    return this.#connection.readyAwaited === 0;
  }

  /** The query has ended by itself. Gives the connection back when the server is ready for another. */
  finish(): Promise<void> {
    this.#ending ??= this.#end(false);
    return this.#ending;
  }

  /** Ends the query in the warehouse if it still runs. Never rejects. */
  abandon(): Promise<void> {
    this.#ending ??= this.#end(true);
    return this.#ending;
  }

  async #end(mayRun: boolean): Promise<void> {
    const connection = this.#connection;
    this.#signal.removeEventListener("abort", this.#onAbort);
    const giveUp = async () => {
      if (!mayRun) await connection.cancel();
      connection.destroy(new Error("a query did not end"));
    };
    const timer = setTimeout(() => void giveUp(), drainMsMax);
    try {
      // What is still to be answered besides the end of the transaction is the query.
      const runs = connection.readyAwaited > (this.#isRollbackSent ? 1 : 0);
      await Promise.all([mayRun && runs ? connection.cancel() : undefined, this.#drain()]);
      if (!this.#isRollbackSent) await connection.run("ROLLBACK");
    } catch {
      // Then the connection is not idle, and is not used again.
    } finally {
      clearTimeout(timer);
      this.#pool.giveBack(connection);
    }
  }

  async #drain(): Promise<void> {
    await this.#reading;
    try {
      await this.#connection.skipToReady();
    } catch (error) {
      if (!(error instanceof ServerError) || error.isFatal) throw error;
    }
  }
}
