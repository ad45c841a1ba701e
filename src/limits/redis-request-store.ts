// Requests of users, counted in a Redis that replicas share.
import { randomUUID } from "node:crypto";
import { limitsNotCounted } from "./limits-errors.ts";
import { type RedisConnection, StoreAway } from "./redis-connection.ts";
import { requestsScript, usPerMs } from "./redis-scripts.ts";
import { hourMs, type RequestStore } from "./request-store.ts";
import type { Window, WindowState } from "./sliding-log.ts";

export class RedisRequestStore implements RequestStore {
  readonly #redis: RedisConnection;
  /** Counts while Redis is away; undefined: nothing gets through then. */
  readonly #fallback: RequestStore | undefined;
  readonly #process = randomUUID();
  #requests = 0;

  constructor(redis: RedisConnection, fallback: RequestStore | undefined) {
    this.#redis = redis;
    this.#fallback = fallback;
  }

  /** Rejects with 58000 where Redis is away and nothing else counts. */
  async take(user: string, windows: readonly Window[]): Promise<readonly WindowState[]> {
    this.#requests += 1;
    const states = await this.#ask("take", user, `${this.#process}:${this.#requests}`, windows);
    if (states === undefined) return this.#withoutRedis().take(user, windows);
    // What this process has let through is what it goes on from when Redis goes away.
    const hasRoom = states.every(({ used }, index) => used < (windows[index] as Window).max);
    if (hasRoom) await this.#fallback?.take(user, windows);
    return states;
  }

  async read(user: string, windows: readonly Window[]): Promise<readonly WindowState[]> {
    return (await this.#ask("read", user, "", windows)) ?? this.#withoutRedis().read(user, windows);
  }

  async close(): Promise<void> {
    await this.#fallback?.close();
  }

  /** Undefined where Redis is away. */
  async #ask(
    operation: "take" | "read",
    user: string,
    member: string,
    windows: readonly Window[],
  ): Promise<readonly WindowState[] | undefined> {
    const pairs = windows.flatMap(({ windowMs, max }) => [windowMs * usPerMs, max]);
    const key = this.#redis.key("requests", user);
    try {
      const answer = await this.#redis.run(operation, requestsScript, key, [
        member,
        hourMs * usPerMs,
        ...pairs,
      ]);
      return windows.map((_, index) => ({
        used: answer[2 * index] ?? 0,
        freeInMs: (answer[2 * index + 1] ?? 0) / usPerMs,
      }));
    } catch (error) {
      if (error instanceof StoreAway) return undefined;
      throw error;
    }
  }

  #withoutRedis(): RequestStore {
    if (this.#fallback === undefined) throw limitsNotCounted();
    return this.#fallback;
  }
}
