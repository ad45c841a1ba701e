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

export class NearLimits {
  readonly #clock: Clock;
  readonly #emit: EmitEvent;
  /** When each was said last. */
  readonly #said = new Map<string, number>();

  constructor(clock: Clock, emit: EmitEvent) {
    this.#clock = clock;
    this.#emit = emit;
  }

  told({ limit, subject, used, max, windowMs }: LimitUse): void {
    if (used < max * nearFrom) return;
    const key = JSON.stringify([limit, subject]);
    const nowMs = this.#clock.monotonicMs();
    const saidMs = this.#said.get(key);
    if (saidMs !== undefined && nowMs - saidMs < (windowMs ?? againAfterMs)) return;
    this.#said.delete(key);
    this.#said.set(key, nowMs);
    if (this.#said.size > rememberedMax) {
      const oldest = this.#said.keys().next();
      if (oldest.done !== true) this.#said.delete(oldest.value);
    }
    this.#emit({ kind: "limitNear", limit, subject, used, max });
  }
}
