// Statements of one connection in the last minute.
import type { Clock } from "../clock.ts";
import { type StatementLimit, tooManyStatements } from "./limits-errors.ts";
import { SlidingLog, type WindowState } from "./sliding-log.ts";

const windowMs = 60_000;

export class StatementRate {
  readonly limit: StatementLimit;
  readonly max: number;
  readonly #clock: Clock;
  readonly #log = new SlidingLog(windowMs);

  constructor(limit: StatementLimit, perMinuteMax: number, clock: Clock) {
    this.limit = limit;
    this.max = perMinuteMax;
    this.#clock = clock;
  }

  /** Counts one statement. Throws 53400; a refused statement counts nothing. */
  take(): void {
    const { used, freeInMs } = this.state();
    if (used >= this.max) throw tooManyStatements(this.limit, this.max, freeInMs);
    this.#log.push(this.#clock.monotonicMs());
  }

  state(): WindowState {
    return this.#log.stateAt(this.#clock.monotonicMs(), { windowMs, max: this.max });
  }
}
