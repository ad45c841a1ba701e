// The times of what was let through, so that a window of any length slides exactly: a burst at a minute's edge cannot
// pass twice.

export interface Window {
  readonly windowMs: number;
  readonly max: number;
}

export interface WindowState {
  /** What was let through in the window that ends now. */
  readonly used: number;
  /** Milliseconds until the window has room for one more; where it has room, until its oldest leaves it. */
  readonly freeInMs: number;
}

/** Times beyond which those that no window holds are thrown away. */
const compactAt = 1024;

export class SlidingLog {
  readonly #keepMs: number;
  /** Milliseconds, oldest first; those before #first are over. */
  #times: number[] = [];
  #first = 0;

  /** `keepMs`: the longest window that is asked for. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** Whether nothing is left that a window could hold. */
  isEmptyAt(nowMs: number): boolean {
    return (this.#times.at(-1) ?? Number.NEGATIVE_INFINITY) <= nowMs - this.#keepMs;
  }

  push(nowMs: number): void {
    this.#forget(nowMs);
    this.#times.push(nowMs);
  }

  stateAt(nowMs: number, { windowMs, max }: Window): WindowState {
    const start = this.#firstAfter(nowMs - windowMs);
    const used = this.#times.length - start;
    // With more than `max` in it, room comes when all but max - 1 have left.
    const leaving = this.#times[start + Math.max(0, used - max)];
    return { used, freeInMs: leaving === undefined ? 0 : leaving + windowMs - nowMs };
  }

  /** The place of the first time after this one. */
  #firstAfter(timeMs: number): number {
    let low = this.#first;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] as number) > timeMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #forget(nowMs: number): void {
    this.#first = this.#firstAfter(nowMs - this.#keepMs);
    if (this.#first < compactAt) return;
    this.#times = this.#times.slice(this.#first);
    this.#first = 0;
  }
}
