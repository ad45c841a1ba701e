// Where the requests of users are counted, over all their connections: in this process, or where replicas share them.
import type { Clock } from "../clock.ts";
import { SlidingLog, type Window, type WindowState } from "./sliding-log.ts";

export interface RequestStore {
  /**
   * Counts one request of a user where every window has room, else none. The states are those before it, in the order of
   * the windows.
   */
  take(user: string, windows: readonly Window[]): Promise<readonly WindowState[]> | readonly WindowState[];
  /** The same without counting. */
  read(user: string, windows: readonly Window[]): Promise<readonly WindowState[]> | readonly WindowState[];
  close(): Promise<void>;
}

/** The longest window that is asked for. */
export const hourMs = 3_600_000;
/** Requests between two looks for users who have none any more. */
const sweepEvery = 1000;

/** Counts in this process. */
export class MemoryRequestStore implements RequestStore {
  readonly #clock: Clock;
  /** By user; those without a request in the last hour are swept out. */
  readonly #logs = new Map<string, SlidingLog>();
  #sinceSweep = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(user: string, windows: readonly Window[]): readonly WindowState[] {
    const nowMs = this.#clock.monotonicMs();
    const states = this.#statesAt(nowMs, user, windows);
    if (states.some(({ used }, index) => used >= (windows[index] as Window).max)) return states;
    let log = this.#logs.get(user);
    if (log === undefined) {
      log = new SlidingLog(hourMs);
      this.#logs.set(user, log);
    }
    log.push(nowMs);
    this.#sweep(nowMs);
    return states;
  }

  read(user: string, windows: readonly Window[]): readonly WindowState[] {
    return this.#statesAt(this.#clock.monotonicMs(), user, windows);
  }

  async close(): Promise<void> {
    this.#logs.clear();
  }

  #statesAt(nowMs: number, user: string, windows: readonly Window[]): readonly WindowState[] {
    const log = this.#logs.get(user);
    return windows.map((window) => log?.stateAt(nowMs, window) ?? { used: 0, freeInMs: 0 });
  }

  #sweep(nowMs: number): void {
    this.#sinceSweep += 1;
    if (this.#sinceSweep < sweepEvery) return;
    this.#sinceSweep = 0;
    for (const [user, log] of this.#logs) if (log.isEmptyAt(nowMs)) this.#logs.delete(user);
  }
}
