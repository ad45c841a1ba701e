// Lets a statement through to a warehouse: the requests that the user's group allows, and a place among those that run.
import { tooManyRequests } from "./limits-errors.ts";
import type { NearLimits } from "./near-limits.ts";
import type { RequestStore } from "./request-store.ts";
import type { Window } from "./sliding-log.ts";
import type { Place, StatementQueue } from "./statement-queue.ts";

/** What a group allows each of its users, over all connections; undefined: anything. */
export interface GroupRates {
  readonly requestsPerMinute: number | undefined;
  readonly requestsPerHour: number | undefined;
  readonly concurrentRequests: number | undefined;
}

export interface AdmissionRequest {
  readonly user: string;
  readonly group: string;
  readonly rates: GroupRates | undefined;
  /** The source that the statement runs in. */
  readonly source: string;
  readonly signal: AbortSignal;
}

/** A limit of a user as it stands. */
export interface LimitState {
  readonly limit: string;
  readonly max: number;
  readonly used: number;
  /** Milliseconds until there is room for one more, or for all: undefined for what does not go by time. */
  readonly resetsInMs: number | undefined;
}

interface NamedWindow extends Window {
  readonly name: "requestsPerMinute" | "requestsPerHour";
}

const windowsMs = { requestsPerMinute: 60_000, requestsPerHour: 3_600_000 } as const;

export class Admission {
  readonly #store: RequestStore;
  readonly #queue: StatementQueue;
  readonly #near: NearLimits;

  constructor(parts: {
    readonly store: RequestStore;
    readonly queue: StatementQueue;
    readonly near: NearLimits;
  }) {
    this.#store = parts.store;
    this.#queue = parts.queue;
    this.#near = parts.near;
  }

  /**
   * Resolves when the statement may run; the returned function gives its place back. Rejects with 53400, with 58000 where
   * limits cannot be counted, and with the signal's reason. A refused statement counts nothing; one that is given up while it waits was a request.
   */
  async admit(request: AdmissionRequest): Promise<() => void> {
    const { user, rates, signal } = request;
    const refusal = new AbortController();
    // In the line first: whether there is room in it decides before anything is counted.
    const turn = await this.#queue.enter(placeOf(request), AbortSignal.any([signal, refusal.signal]));
    try {
      await this.#count(request);
    } catch (error) {
      refusal.abort(error);
      turn.started.then(
        ({ release }) => release(),
        () => {},
      );
      throw error;
    }
    const { ofUser: used, release } = await turn.started;
    const max = rates?.concurrentRequests;
    if (max !== undefined) {
      this.#near.told({ limit: "concurrentRequests", subject: user, used, max, windowMs: undefined });
    }
    return release;
  }

  async #count({ user, group, rates }: AdmissionRequest): Promise<void> {
    const windows = windowsOf(rates);
    if (windows.length === 0) return;
    const states = await this.#store.take(user, windows);
    windows.forEach((window, index) => {
      const { used = 0, freeInMs = 0 } = states[index] ?? {};
      if (used >= window.max) throw tooManyRequests({ ...window, group, used, freeInMs });
    });
    windows.forEach(({ name, max, windowMs }, index) => {
      const used = (states[index]?.used ?? 0) + 1;
      this.#near.told({ limit: name, subject: user, used, max, windowMs });
    });
  }

  /** The user's limits as they stand. Rejects with 58000 where that cannot be told. */
  async statesOf(user: string, rates: GroupRates | undefined): Promise<readonly LimitState[]> {
    const windows = windowsOf(rates);
    const states = windows.length === 0 ? [] : await this.#store.read(user, windows);
    const counted = windows.map(({ name, max }, index) => {
      const { used = 0, freeInMs = 0 } = states[index] ?? {};
      return { limit: name, max, used, resetsInMs: freeInMs };
    });
    const max = rates?.concurrentRequests;
    if (max === undefined) return counted;
    const running = {
      limit: "concurrentRequests",
      max,
      used: await this.#queue.usedBy(user),
      resetsInMs: undefined,
    };
    return [...counted, running];
  }
}

function windowsOf(rates: GroupRates | undefined): readonly NamedWindow[] {
  return (["requestsPerMinute", "requestsPerHour"] as const).flatMap((name) => {
    const max = rates?.[name];
    return max === undefined ? [] : [{ name, max, windowMs: windowsMs[name] }];
  });
}

function placeOf({ user, source, rates }: AdmissionRequest): Place {
  return { user, source, runningPerUserMax: rates?.concurrentRequests ?? Number.POSITIVE_INFINITY };
}
