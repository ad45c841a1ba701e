// Puts the limits of one server together: counted in this process, or in the store that replicas share.
import type { Clock } from "../clock.ts";
import type { EmitEvent } from "../events.ts";
import type { RedisStore } from "../redis-store.ts";
import { Admission } from "./admission.ts";
import { ConnectionLimit, type ConnectionLimits } from "./connection-limit.ts";
import { connectionsNotCounted, limitsNotCounted } from "./limits-errors.ts";
import { NearLimits } from "./near-limits.ts";
import { RedisConnection } from "./redis-connection.ts";
import { RedisPlaces } from "./redis-places.ts";
import { RedisRequestStore } from "./redis-request-store.ts";
import { sayOnceScript } from "./redis-scripts.ts";
import { MemoryRequestStore } from "./request-store.ts";
import { StatementQueue } from "./statement-queue.ts";

export interface LimitOptions extends ConnectionLimits {
  /** Statements at once in one source. */
  readonly statementsPerSource: number;
  /** Statements of one user that wait. */
  readonly waitingPerUser: number;
  readonly store: "memory" | RedisStore;
  /** Whether this process counts for itself while the store is away. */
  readonly failOpen: boolean;
}

/** Refusing: what is counted in the store is refused, since the store is away. */
export type LimitReadiness = "counting" | "without the store" | "refusing";

export interface Limits {
  readonly nearLimits: NearLimits;
  readonly admission: Admission;
  readonly connectionLimit: ConnectionLimit;
  readiness(): Promise<LimitReadiness>;
  close(): Promise<void>;
}

/** Resolves also where the store is away. */
export async function openLimits(
  options: LimitOptions,
  parts: { readonly clock: Clock; readonly emit: EmitEvent },
): Promise<Limits> {
  const { store, failOpen } = options;
  const shared = store === "memory" ? undefined : shareLimits(store, failOpen, parts);
  await shared?.redis.opened();
  const requests = shared?.requests ?? new MemoryRequestStore(parts.clock);
  const nearLimits = new NearLimits(parts.clock, parts.emit, shared?.sayOnce);
  const bounds = { runningMax: options.statementsPerSource, waitingPerUserMax: options.waitingPerUser };
  const queue = new StatementQueue(bounds, shared?.statements);
  return {
    nearLimits,
    admission: new Admission({ store: requests, queue, near: nearLimits }),
    connectionLimit: new ConnectionLimit(options, nearLimits, shared?.connections),
    async readiness() {
      if (shared === undefined || (await shared.redis.answers())) return "counting";
      return failOpen ? "without the store" : "refusing";
    },
    async close() {
      await requests.close();
      await Promise.all([shared?.connections.close(), shared?.statements.close()]);
      shared?.redis.close();
    },
  };
}

function shareLimits(
  store: RedisStore,
  failOpen: boolean,
  parts: { readonly clock: Clock; readonly emit: EmitEvent },
) {
  const redis = new RedisConnection(store, parts);
  const { leaseMs } = store;
  return {
    redis,
    requests: new RedisRequestStore(redis, failOpen ? new MemoryRequestStore(parts.clock) : undefined),
    connections: new RedisPlaces(redis, {
      of: "connections",
      leaseMs,
      failOpen,
      refusal: connectionsNotCounted,
    }),
    statements: new RedisPlaces(redis, { of: "statements", leaseMs, failOpen, refusal: limitsNotCounted }),
    sayOnce: {
      async first(limit: string, subject: string, windowMs: number) {
        const [silentMs = 0] = await redis.run("near", sayOnceScript, redis.key("near", limit, subject), [
          windowMs,
        ]);
        return silentMs;
      },
    },
  };
}
