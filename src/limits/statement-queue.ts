// Statements that wait for their turn at a warehouse. Users take turns, whoever has asked for how much, and a user whose
// own statements are at their maximum holds up nobody else.
import { statementQueueFull } from "./limits-errors.ts";

export interface StatementQueueBounds {
  /** Statements at once in one source. */
  readonly runningMax: number;
  /** Statements of one user that wait. */
  readonly waitingPerUserMax: number;
}

export interface Place {
  readonly user: string;
  readonly source: string;
  /** Statements at once of the user, in all sources. */
  readonly runningPerUserMax: number;
}

interface Waiting {
  readonly place: Place;
  readonly start: () => void;
}

export class StatementQueue {
  readonly #bounds: StatementQueueBounds;
  readonly #runningBySource = new Map<string, number>();
  readonly #runningByUser = new Map<string, number>();
  /** Users in the order of their turns; each with at least one that waits. */
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(bounds: StatementQueueBounds) {
    this.#bounds = bounds;
  }

  runningOf(user: string): number {
    return this.#runningByUser.get(user) ?? 0;
  }

  waitingOf(user: string): number {
    return this.#waiting.get(user)?.length ?? 0;
  }

  /**
   * Stands in the line at once. Throws 53400 where the statement would have to wait and as many of its user's wait as may.
   * Resolves when it may run; the returned function, called once or more, gives its place back. Rejects with the signal's
   * reason.
   */
  enter(place: Place, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    // Whoever waits could not run when a place was given back last, so nobody is passed over.
    if (this.#canRun(place)) {
      this.#add(place, 1);
      return Promise.resolve(this.#releaseOf(place));
    }
    const { waitingPerUserMax } = this.#bounds;
    if (this.waitingOf(place.user) >= waitingPerUserMax) {
      throw statementQueueFull(place.runningPerUserMax, waitingPerUserMax);
    }
    return this.#wait(place, signal);
  }

  #releaseOf(place: Place): () => void {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#add(place, -1);
      this.#startNext();
    };
  }

  #wait(place: Place, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        place,
        start: () => {
          signal.removeEventListener("abort", giveUp);
          // Counted here and not where the waiter goes on, so that nobody else gets the same place in between.
          this.#add(place, 1);
          resolve(this.#releaseOf(place));
        },
      };
      const giveUp = () => {
        this.#remove(waiting);
        reject(signal.reason);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      const line = this.#waiting.get(place.user);
      if (line === undefined) this.#waiting.set(place.user, [waiting]);
      else line.push(waiting);
    });
  }

  /** Starts what may run, a statement of each user in turn. */
  #startNext(): void {
    for (let started = true; started; ) {
      started = false;
      for (const [user, line] of [...this.#waiting]) {
        const next = line.find(({ place }) => this.#canRun(place));
        if (next === undefined) continue;
        this.#remove(next);
        const rest = this.#waiting.get(user);
        if (rest !== undefined) {
          // It was this user's turn: the next one is behind all others.
          this.#waiting.delete(user);
          this.#waiting.set(user, rest);
        }
        next.start();
        started = true;
      }
    }
  }

  #canRun({ user, source, runningPerUserMax }: Place): boolean {
    const inSource = this.#runningBySource.get(source) ?? 0;
    return inSource < this.#bounds.runningMax && this.runningOf(user) < runningPerUserMax;
  }

  #remove(waiting: Waiting): void {
    const { user } = waiting.place;
    const rest = (this.#waiting.get(user) ?? []).filter((other) => other !== waiting);
    if (rest.length === 0) this.#waiting.delete(user);
    else this.#waiting.set(user, rest);
  }

  #add({ user, source }: Place, change: 1 | -1): void {
    add(this.#runningBySource, source, change);
    add(this.#runningByUser, user, change);
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
