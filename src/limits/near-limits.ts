// Says once that a limit is nearly reached: at four fifths of it, and again only after it was not, a window later.
import type { Clock } from "../clock.ts";
import type { EmitEvent } from "../events.ts";

export interface LimitUse {
  /** The limit's name in the configuration. */
  readonly limit: string;
  /** Whose it is: a user, or a user's connection. */
  readonly subject: string;
  readonly used: number;
  readonly max: number;
  /** For how long it is not said again; undefined: a minute. */
  readonly windowMs: number | undefined;
}

const nearFrom = 0.8;
const againAfterMs = 60_000;
/** Pairs of limit and subject that are remembered; the longest ago are forgotten first. */
const rememberedMax = 10_000;

/** Who of several servers is to say something. */
export interface SayOnce {
  /** 0: this one. Otherwise for how many milliseconds nobody is to say it again. */
  first(limit: string, subject: string, windowMs: number): Promise<number>;
}

/** Limits that servers count together where they share a store. */
const sharedLimits: ReadonlySet<string> = new Set([
  "requestsPerMinute",
  "requestsPerHour",
  "concurrentRequests",
  "connectionsPerUser",
]);

export class NearLimits {
  readonly #clock: Clock;
  readonly #emit: EmitEvent;
  readonly #shared: SayOnce | undefined;
  /** Until when each is not said again, on the monotonic clock; in the order of when it was said. */
  readonly #saidUntil = new Map<string, number>();

  /** `shared`: asked before a limit that servers count together is said to be near. */
  constructor(clock: Clock, emit: EmitEvent, shared?: SayOnce) {
    this.#clock = clock;
    this.#emit = emit;
    this.#shared = shared;
  }

  told({ limit, subject, used, max, windowMs = againAfterMs }: LimitUse): void {
    if (used < max * nearFrom) return;
    const key = JSON.stringify([limit, subject]);
    const nowMs = this.#clock.monotonicMs();
    const untilMs = this.#saidUntil.get(key);
    if (untilMs !== undefined && nowMs < untilMs) return;
    this.#remember(key, nowMs + windowMs);
    const say = () => this.#emit({ kind: "limitNear", limit, subject, used, max });
    if (this.#shared === undefined || !sharedLimits.has(limit)) return say();
    this.#shared.first(limit, subject, windowMs).then(
      (silentMs) => {
        if (silentMs === 0) say();
        else this.#remember(key, this.#clock.monotonicMs() + silentMs);
      },
      // Said twice is better than not at all.
      say,
    );
  }

  #remember(key: string, untilMs: number): void {
    this.#saidUntil.delete(key);
    this.#saidUntil.set(key, untilMs);
    if (this.#saidUntil.size <= rememberedMax) return;
    const oldest = this.#saidUntil.keys().next();
    if (oldest.done !== true) this.#saidUntil.delete(oldest.value);
  }
}
