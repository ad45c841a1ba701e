// Statements of one connection in the last minute: the time of each is kept, so that the window slides exactly and a
// burst at a minute's edge cannot pass twice.
import type { Clock } from "../clock.ts";
import { tooManyStatements } from "./limits-errors.ts";

const windowMs = 60_000;

export class StatementRate {
  private readonly what: string;
  private readonly perMinuteMax: number;
  private readonly clock: Clock;
  /** Times of the statements let through, oldest first; never more than perMinuteMax. */
  private times: number[] = [];

  /** `what` names the statements in the error: "warehouse queries". */
  constructor(what: string, perMinuteMax: number, clock: Clock) {
    this.what = what;
    this.perMinuteMax = perMinuteMax;
    this.clock = clock;
  }

  /** Counts one statement. Throws 53400; a refused statement counts nothing. */
  take(): void {
    const nowMs = this.clock.monotonicMs();
    if (this.times.length >= this.perMinuteMax) {
      const inWindow = this.times.findIndex((timeMs) => timeMs > nowMs - windowMs);
      this.times = inWindow === -1 ? [] : this.times.slice(inWindow);
    }
    if (this.times.length >= this.perMinuteMax) {
      const retryAfterMs = (this.times[0] ?? nowMs) + windowMs - nowMs;
      throw tooManyStatements(this.what, this.perMinuteMax, retryAfterMs);
    }
    this.times.push(nowMs);
  }
}
