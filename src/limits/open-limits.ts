// Puts the limits of one server together: counted in this process, or in the store that replicas share.
import type { Clock } from "../clock.ts";
import type { EmitEvent } from "../events.ts";
import { Admission } from "./admission.ts";
import { ConnectionLimit, type ConnectionLimits } from "./connection-limit.ts";
import { NearLimits } from "./near-limits.ts";
import { RedisConnection, type RedisServer } from "./redis-connection.ts";
import { RedisRequestStore } from "./redis-request-store.ts";
import { MemoryRequestStore } from "./request-store.ts";
import { StatementQueue } from "./statement-queue.ts";

export interface LimitOptions extends ConnectionLimits {
  /** Statements at once in one source. */
  readonly statementsPerSource: number;
  /** Statements of one user that wait. */
  readonly waitingPerUser: number;
  readonly store: "memory" | (RedisServer & { readonly leaseMs: number });
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
  const redis = store === "memory" ? undefined : new RedisConnection(store, parts);
  await redis?.opened();
  const memory = new MemoryRequestStore(parts.clock);
  const requests = redis ? new RedisRequestStore(redis, failOpen ? memory : undefined) : memory;
  const nearLimits = new NearLimits(parts.clock, parts.emit);
  const queue = new StatementQueue({
    runningMax: options.statementsPerSource,
    waitingPerUserMax: options.waitingPerUser,
  });
  return {
    nearLimits,
    admission: new Admission({ store: requests, queue, near: nearLimits }),
    connectionLimit: new ConnectionLimit(options, nearLimits),
    async readiness() {
      if (redis === undefined || (await redis.answers())) return "counting";
      return failOpen ? "without the store" : "refusing";
    },
    async close() {
      await requests.close();
      redis?.close();
    },
  };
}
