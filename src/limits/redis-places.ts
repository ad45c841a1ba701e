// Places of users in a Redis that servers share. A place is leased: who holds it renews it, and what a server held that
// has died is free when its lease is over.
import { randomUUID } from "node:crypto";
import type { LensError } from "../errors.ts";
import { renewalsPerLease } from "../redis-store.ts";
import { limitsNotCounted } from "./limits-errors.ts";
import { type RedisConnection, StoreAway } from "./redis-connection.ts";
import {
  countPlacesScript,
  releasePlacesScript,
  renewPlacesScript,
  takePlaceScript,
  usPerMs,
} from "./redis-scripts.ts";
import type { SharedPlaces, TakenPlace } from "./shared-places.ts";

export interface RedisPlacesOptions {
  /** Of what: a part of the keys' names. */
  readonly of: "connections" | "statements";
  readonly leaseMs: number;
  /** Whether places are counted in this process while Redis is away. */
  readonly failOpen: boolean;
  /** Of a place that cannot be counted. */
  readonly refusal: () => LensError;
}

export class RedisPlaces implements SharedPlaces {
  readonly #redis: RedisConnection;
  readonly #options: RedisPlacesOptions;
  readonly #process = randomUUID();
  /** What this process holds, by user; never empty sets. */
  readonly #held = new Map<string, Set<string>>();
  readonly #releasing = new Set<Promise<unknown>>();
  readonly #timer: NodeJS.Timeout;
  #isRenewing = false;
  #places = 0;

  constructor(redis: RedisConnection, options: RedisPlacesOptions) {
    this.#redis = redis;
    this.#options = options;
    // A Redis that was started anew knows none of them.
    redis.onReady(() => this.#renew("runNow"));
    this.#timer = setInterval(
      () => {
        if (!this.#isRenewing) void this.#renewTimely();
      },
      Math.ceil(options.leaseMs / renewalsPerLease),
    );
    this.#timer.unref();
  }

  async take(user: string, max: number): Promise<TakenPlace | undefined> {
    this.#places += 1;
    const member = `${this.#process}:${this.#places}`;
    const { leaseMs, failOpen, refusal } = this.#options;
    try {
      const args = [member, max, leaseMs * usPerMs];
      const [isTaken, used = 0] = await this.#redis.run("acquire", takePlaceScript, this.#key(user), args);
      return isTaken === 1 ? this.#hold(user, member, used) : undefined;
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error;
      const own = this.#held.get(user)?.size ?? 0;
      // Redis is told of it by the next renewal that comes through.
      if (failOpen) return own < max ? this.#hold(user, member, own + 1) : undefined;
      // It may have been taken, and only the answer was late.
      this.#giveBack(user, [member]);
      throw refusal();
    }
  }

  async used(user: string): Promise<number> {
    try {
      const [used = 0] = await this.#redis.run("read", countPlacesScript, this.#key(user));
      return used;
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error;
      if (!this.#options.failOpen) throw limitsNotCounted();
      return this.#held.get(user)?.size ?? 0;
    }
  }

  /** Resolves when what was given back is given back, or could not be. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const [user, members] of this.#held) this.#giveBack(user, [...members]);
    this.#held.clear();
    await Promise.all(this.#releasing);
  }

  #hold(user: string, member: string, used: number): TakenPlace {
    const members = this.#held.get(user);
    if (members === undefined) this.#held.set(user, new Set([member]));
    else members.add(member);
    return {
      used,
      release: () => {
        const held = this.#held.get(user);
        if (held?.delete(member) !== true) return;
        if (held.size === 0) this.#held.delete(user);
        this.#giveBack(user, [member]);
      },
    };
  }

  /** What Redis is not told of is free when its lease is over. */
  #giveBack(user: string, members: readonly string[]): void {
    const asked = this.#redis
      .run("release", releasePlacesScript, this.#key(user), members)
      .catch(() => {})
      .finally(() => this.#releasing.delete(asked));
    this.#releasing.add(asked);
  }

  async #renewTimely(): Promise<void> {
    this.#isRenewing = true;
    await this.#renew("run");
    this.#isRenewing = false;
  }

  /** Never rejects: it is tried again at the next time, and with the next connection. */
  async #renew(way: "run" | "runNow"): Promise<void> {
    const users = [...this.#held];
    await Promise.allSettled(users.map(([user, members]) => this.#renewOf(user, [...members], way)));
  }

  async #renewOf(user: string, members: readonly string[], way: "run" | "runNow"): Promise<void> {
    const args = [this.#options.leaseMs * usPerMs, ...members];
    await this.#redis[way]("renew", renewPlacesScript, this.#key(user), args);
    // What was released meanwhile may have been put there again.
    const gone = members.filter((member) => this.#held.get(user)?.has(member) !== true);
    if (gone.length > 0) this.#giveBack(user, gone);
  }

  #key(user: string): string {
    return this.#redis.key("places", this.#options.of, user);
  }
}
