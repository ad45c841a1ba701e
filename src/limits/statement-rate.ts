// Statements of one connection in the last minute: a window that slides in six steps, so that its memory is fixed and
// a burst at a minute's edge cannot pass twice.
import type { Clock } from "../clock.ts";
import { tooManyStatements } from "./limits-errors.ts";

const windowMs = 60_000;
const stepsPerWindow = 6;
const stepMs = windowMs / stepsPerWindow;

export class StatementRate {
  private readonly what: string;
  private readonly perMinuteMax: number;
  private readonly clock: Clock;
  /** Counts by step; the last one is the current. */
  private readonly counts: number[] = new Array<number>(stepsPerWindow).fill(0);
  private currentStep = Number.NEGATIVE_INFINITY;

  /** `what` names the statements in the error: "warehouse queries". */
  constructor(what: string, perMinuteMax: number, clock: Clock) {
    this.what = what;
    this.perMinuteMax = perMinuteMax;
    this.clock = clock;
  }

  /** Counts one statement. Throws 53400; a refused statement counts nothing. */
  take(): void {
    const nowMs = this.clock.monotonicMs();
    this.advance(Math.floor(nowMs / stepMs));
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    if (total >= this.perMinuteMax) {
      throw tooManyStatements(this.what, this.perMinuteMax, this.retryAfterMs(nowMs));
    }
    this.counts[stepsPerWindow - 1] = (this.counts[stepsPerWindow - 1] ?? 0) + 1;
  }

  private advance(step: number): void {
    const passed = Math.min(stepsPerWindow, step - this.currentStep);
    for (let index = 0; index < passed; index++) {
      this.counts.shift();
      this.counts.push(0);
    }
    this.currentStep = step;
  }

  /** When the oldest step that holds statements leaves the window. */
  private retryAfterMs(nowMs: number): number {
    const oldest = this.counts.findIndex((count) => count > 0);
    if (oldest === -1) return windowMs;
    return (this.currentStep + 1 + oldest) * stepMs - nowMs;
  }
}
