// The one connection to the Redis that replicas share: scripts with bounded times, and whether Redis is there.
import { readFileSync } from "node:fs";
import { Redis } from "ioredis";
import type { Clock } from "../clock.ts";
import type { EmitEvent } from "../events.ts";
import type { RedisServer } from "../redis-store.ts";
import { probeScript, type RedisScript } from "./redis-scripts.ts";

/** What is asked of the store, as metrics name it. */
export type StoreOperation = "take" | "read" | "acquire" | "renew" | "release" | "near" | "probe";

/** Redis did not do what it was asked: it may have done it all the same, without the answer having come. */
export class StoreAway extends Error {
  constructor(reason: string) {
    super(`the store of limits is away: ${reason}`);
    this.name = "StoreAway";
  }
}

/** Questions that wait for a connection to be made anew; further ones fail at once. */
const waitingMax = 1000;
/** Milliseconds between two attempts to connect. */
const retryMs = { first: 50, max: 1000 } as const;
/** What /ready waits for, well below the time that it has. */
const probeMs = 500;

/** After these Redis has shown that it counts: it may answer other questions while it can write nothing. */
const proofs: ReadonlySet<StoreOperation> = new Set(["take", "acquire", "renew", "probe"]);

/** What does the same when it is done twice: it may have been done although no answer came. */
const repeatable: ReadonlySet<StoreOperation> = new Set(["take", "read", "acquire", "renew", "release"]);

const connectionClosed = "connection closed";

export class RedisConnection {
  readonly #server: RedisServer;
  readonly #clock: Clock;
  readonly #emit: EmitEvent;
  readonly #redis: Redis;
  readonly #waiting = new Set<(reason: string | undefined) => void>();
  /** Run when there is a connection again, before anything else is asked. */
  readonly #onReady: (() => Promise<void>)[] = [];
  /** Whether questions may be asked. */
  #isOpen = false;
  #isClosed = false;
  /** Until when a new connection is waited for. */
  #grace: NodeJS.Timeout | undefined;
  #graceIsOver = false;
  /** Since when it is away; undefined: it is there. */
  #awaySinceMs: number | undefined;
  #lastReason = "not connected";

  constructor(server: RedisServer, { clock, emit }: { readonly clock: Clock; readonly emit: EmitEvent }) {
    this.#server = server;
    this.#clock = clock;
    this.#emit = emit;
    this.#redis = connect(server);
    // Of errors only a reason is kept: the client library puts commands into them, and AUTH has the password.
    this.#redis.on("error", (error: Error) => {
      this.#lastReason = reasonOf(error);
    });
    this.#redis.on("ready", () => void this.#open());
    this.#redis.on("close", () => this.#lose());
    this.#startGrace();
  }

  /** What is to be done with each new connection, by `runNow`, before anything else is asked. */
  onReady(prepare: () => Promise<void>): void {
    this.#onReady.push(prepare);
  }

  /** Resolves when Redis is there, or was not in time. */
  async opened(): Promise<void> {
    if (this.#isOpen) return;
    await this.#ready().catch(() => {});
  }

  /** A name of the store's. */
  key(...parts: readonly string[]): string {
    return [this.#server.prefix, ...parts].join(":");
  }

  /** Rejects with StoreAway, within four times the time for an answer. */
  async run(
    operation: StoreOperation,
    script: RedisScript,
    key: string,
    args: readonly (string | number)[] = [],
  ): Promise<readonly number[]> {
    await this.#ready();
    return this.#ask(operation, script, key, args, repeatable.has(operation));
  }

  /** The same without waiting for a connection. */
  runNow(
    operation: StoreOperation,
    script: RedisScript,
    key: string,
    args: readonly (string | number)[] = [],
  ): Promise<readonly number[]> {
    return this.#ask(operation, script, key, args, false);
  }

  async #ask(
    operation: StoreOperation,
    script: RedisScript,
    key: string,
    args: readonly (string | number)[],
    mayRepeat: boolean,
  ): Promise<readonly number[]> {
    const startMs = this.#clock.monotonicMs();
    const tell = (failed: boolean) => {
      const durationMs = this.#clock.monotonicMs() - startMs;
      this.#emit({ kind: "limitStoreAsked", operation, durationMs, failed });
    };
    try {
      const answer = await this.#evaluate(script, key, args);
      tell(false);
      if (proofs.has(operation)) this.#isBack();
      return answer as readonly number[];
    } catch (error) {
      tell(true);
      const reason = reasonOf(error as Error);
      if (!mayRepeat || reason !== connectionClosed) throw this.#isGone(reason);
      // The connection was lost before anybody noticed; the next one is asked the same.
      this.#lose();
      if (this.#redis.status === "ready") this.#redis.disconnect(true);
      await this.#ready();
      return this.#ask(operation, script, key, args, false);
    }
  }

  /** Whether limits can be counted at this moment. */
  async answers(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), probeMs);
    });
    const asked = this.run("probe", probeScript, this.key("probe")).then(
      () => true,
      () => false,
    );
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#isOpen = false;
    clearTimeout(this.#grace);
    this.#endWaiting("closed");
    this.#redis.disconnect();
  }

  async #evaluate(script: RedisScript, key: string, args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.#redis.evalsha(script.sha, 1, key, ...args);
    } catch (error) {
      // Redis was started anew, or somebody has flushed its scripts; EVAL makes it know this one again.
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return await this.#redis.eval(script.lua, 1, key, ...args);
    }
  }

  #ready(): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    if (this.#isClosed || this.#graceIsOver || this.#waiting.size >= waitingMax)
      return Promise.reject(this.#isGone(this.#lastReason));
    return new Promise((resolve, reject) => {
      const waiter = (reason: string | undefined) => {
        this.#waiting.delete(waiter);
        if (reason === undefined) resolve();
        else reject(this.#isGone(reason));
      };
      this.#waiting.add(waiter);
    });
  }

  async #open(): Promise<void> {
    try {
      for (const prepare of this.#onReady) await prepare();
    } catch {
      // It is lost again, which is noticed by itself, or does not answer, which the next question shows.
    }
    if (this.#redis.status !== "ready" || this.#isClosed) return;
    this.#isOpen = true;
    clearTimeout(this.#grace);
    this.#grace = undefined;
    this.#graceIsOver = false;
    this.#endWaiting(undefined);
    // Questions may have failed on the connection before; this one has not shown anything yet.
    if (this.#awaySinceMs !== undefined) void this.answers();
  }

  #lose(): void {
    if (this.#isOpen) this.#startGrace();
    this.#isOpen = false;
  }

  #startGrace(): void {
    if (this.#grace !== undefined || this.#isClosed) return;
    this.#grace = setTimeout(() => {
      this.#graceIsOver = true;
      this.#isGone(this.#lastReason);
      this.#endWaiting(this.#lastReason);
    }, this.#server.timeoutMs);
    this.#grace.unref();
  }

  #endWaiting(reason: string | undefined): void {
    for (const waiter of [...this.#waiting]) waiter(reason);
  }

  #isGone(reason: string): StoreAway {
    if (this.#awaySinceMs === undefined && !this.#isClosed) {
      this.#awaySinceMs = this.#clock.monotonicMs();
      this.#emit({ kind: "limitStoreLost", reason });
    }
    return new StoreAway(reason);
  }

  #isBack(): void {
    if (this.#awaySinceMs === undefined) return;
    const awayMs = this.#clock.monotonicMs() - this.#awaySinceMs;
    this.#awaySinceMs = undefined;
    this.#emit({ kind: "limitStoreBack", awayMs });
  }
}

function connect({ host, port, username, password, database, tls, timeoutMs }: RedisServer): Redis {
  const ca = tls?.ca === undefined ? undefined : readFileSync(tls.ca);
  return new Redis({
    host,
    port,
    db: database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { tls: { servername: host, ...(ca !== undefined && { ca }) } }),
    // What it answers is the same, and older servers know no other.
    protocol: 2,
    connectionName: "lenswire",
    disableClientInfo: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    // A connection that a firewall has forgotten is given up.
    socketTimeout: 2 * timeoutMs,
    retryStrategy: (attempt: number) => Math.min(retryMs.first * 2 ** Math.min(attempt - 1, 10), retryMs.max),
    // A primary that has become a replica.
    reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
    // What waits, and what is asked once more, is bounded here.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  });
}

/** What went wrong, without anything that was sent. */
function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined) return code;
  if (error.message.startsWith("Command timed out")) return "no answer in time";
  if (error.name !== "ReplyError") return connectionClosed;
  const [word = ""] = error.message.split(/[^A-Z]/, 1);
  // Texts behind ERR quote what they were sent after a colon or a quote.
  return word === "ERR" ? (/^ERR [\w ]{0,80}/.exec(error.message)?.[0] ?? word) : word;
}
