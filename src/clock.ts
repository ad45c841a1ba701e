// The only reader of time, so that everything else is a function of its inputs and tests can hold it.

export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** Monotonic time in milliseconds, for durations. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
};
