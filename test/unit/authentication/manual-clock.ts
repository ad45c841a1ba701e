import type { Clock } from "../../../src/clock.ts";

/** A clock that stands until it is moved. */
export class ManualClock implements Clock {
  ms: number;

  constructor(ms = Date.parse("2026-01-01T00:00:00Z")) {
    this.ms = ms;
  }

  now(): number {
    return this.ms;
  }

  monotonicMs(): number {
    return this.ms;
  }
}
