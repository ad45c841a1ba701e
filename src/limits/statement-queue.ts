// Statements that wait for their turn at a warehouse. Users take turns, whoever has asked for how much, and a user whose
// own statements are at their maximum holds up nobody else.
import { statementQueueFull } from "./limits-errors.ts";
import type { SharedPlaces, TakenPlace } from "./shared-places.ts";

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

/** A statement that runs. */
export interface RunningStatement {
  /** Statements of its user that run, itself included. */
  readonly ofUser: number;
  /** Gives its place back; called once or more. */
  release(): void;
}

/** A statement that runs or stands in the line. */
export interface Turn {
  /** Resolves when it may run. Rejects with the signal's reason, and with what shared places reject with. */
  readonly started: Promise<RunningStatement>;
}

interface Waiting {
  readonly place: Place;
  /** Whether it has been said that it waits: until then it may turn out that there is no room for it. */
  isAccepted: boolean;
  readonly accept: () => void;
  readonly start: (shared: TakenPlace | undefined) => void;
  readonly fail: (reason: unknown) => void;
}

/** A user with at least one statement in the line. */
interface Line {
  readonly waiting: Waiting[];
  /** Whether shared places are being asked for one: one at a time, so that the order stays. */
  isAsking: boolean;
  /** Runs while other servers have all shared places of the user: until it is worth asking again. */
  retry: NodeJS.Timeout | undefined;
}

/** Milliseconds until shared places are asked again for a user who has none; other servers do not say when they give some back. */
const askAgainMs = 100;

export class StatementQueue {
  readonly #bounds: StatementQueueBounds;
  readonly #shared: SharedPlaces | undefined;
  readonly #runningBySource = new Map<string, number>();
  readonly #runningByUser = new Map<string, number>();
  /** Users in the order of their turns; each with at least one that waits. */
  readonly #lines = new Map<string, Line>();

  /** `shared`: what counts the statements at once of a user; without it they are counted here. */
  constructor(bounds: StatementQueueBounds, shared?: SharedPlaces) {
    this.#bounds = bounds;
    this.#shared = shared;
  }

  /** In this process. */
  runningOf(user: string): number {
    return this.#runningByUser.get(user) ?? 0;
  }

  waitingOf(user: string): number {
    return this.#lines.get(user)?.waiting.length ?? 0;
  }

  /** Statements of the user that run, in all servers that share their places. Rejects with 58000 where they cannot be counted. */
  async usedBy(user: string): Promise<number> {
    return this.#shared === undefined ? this.runningOf(user) : this.#shared.used(user);
  }

  /**
   * Stands in the line at once; resolves when it is known that there is room in it. Rejects with 53400 where the statement
   * would have to wait and as many of its user's wait as may, and as `started` does.
   */
  async enter(place: Place, signal: AbortSignal): Promise<Turn> {
    signal.throwIfAborted();
    const isOpen = this.#canRun(place) && this.#lines.get(place.user)?.retry === undefined;
    // Whoever waits could not run when a place was given back last, so nobody is passed over.
    if (isOpen && !this.#isShared(place)) {
      return { started: Promise.resolve(this.#run(place, undefined)) };
    }
    if (!isOpen) this.#checkRoom(place);
    return this.#wait(place, signal, !isOpen);
  }

  #isShared({ runningPerUserMax }: Place): boolean {
    return this.#shared !== undefined && Number.isFinite(runningPerUserMax);
  }

  #checkRoom({ user, runningPerUserMax }: Place): void {
    const waiting = this.#lines.get(user)?.waiting.filter(({ isAccepted }) => isAccepted).length ?? 0;
    const { waitingPerUserMax } = this.#bounds;
    if (waiting >= waitingPerUserMax) throw statementQueueFull(runningPerUserMax, waitingPerUserMax);
  }

  /** Of a statement that is counted already. */
  #running(place: Place, shared: TakenPlace | undefined): RunningStatement {
    let isHeld = true;
    return {
      ofUser: shared?.used ?? this.runningOf(place.user),
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#add(place, -1);
        shared?.release();
        if (shared !== undefined) this.#open(place.user);
        this.#startNext();
      },
    };
  }

  #run(place: Place, shared: TakenPlace | undefined): RunningStatement {
    this.#add(place, 1);
    return this.#running(place, shared);
  }

  #wait(place: Place, signal: AbortSignal, isAccepted: boolean): Promise<Turn> {
    let resolveStarted: (running: RunningStatement) => void;
    let rejectStarted: (reason: unknown) => void;
    const started = new Promise<RunningStatement>((resolve, reject) => {
      resolveStarted = resolve;
      rejectStarted = reject;
    });
    // Who is refused before it waits never sees this one.
    started.catch(() => {});
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        place,
        isAccepted,
        accept: () => {
          waiting.isAccepted = true;
          resolve({ started });
        },
        start: (shared) => {
          signal.removeEventListener("abort", giveUp);
          // Counted here and not where the waiter goes on, so that nobody else gets the same place in between.
          resolveStarted(this.#run(place, shared));
          waiting.accept();
        },
        fail: (reason) => {
          signal.removeEventListener("abort", giveUp);
          this.#remove(waiting);
          reject(reason);
          rejectStarted(reason);
        },
      };
      const giveUp = () => waiting.fail(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      const line = this.#lines.get(place.user);
      if (line === undefined) {
        this.#lines.set(place.user, { waiting: [waiting], isAsking: false, retry: undefined });
      } else line.waiting.push(waiting);
      if (isAccepted) waiting.accept();
      else this.#startNext();
    });
  }

  /** Starts what may run, a statement of each user in turn. */
  #startNext(): void {
    for (let started = true; started; ) {
      started = false;
      for (const [user, line] of [...this.#lines]) {
        if (line.isAsking || line.retry !== undefined) continue;
        const next = line.waiting.find(({ place }) => this.#canRun(place));
        if (next === undefined) {
          this.#settle(line);
          continue;
        }
        // It was this user's turn: the next one is behind all others.
        this.#lines.delete(user);
        this.#lines.set(user, line);
        if (this.#shared !== undefined && this.#isShared(next.place)) {
          void this.#ask(this.#shared, line, next);
        } else {
          this.#remove(next);
          next.start(undefined);
        }
        started = true;
      }
    }
  }

  /** Its place in this process is kept while the shared one is asked for. */
  async #ask(shared: SharedPlaces, line: Line, next: Waiting): Promise<void> {
    const { place } = next;
    line.isAsking = true;
    this.#add(place, 1);
    let taken: TakenPlace | undefined;
    let failure: { readonly reason: unknown } | undefined;
    try {
      taken = await shared.take(place.user, place.runningPerUserMax);
    } catch (reason) {
      failure = { reason };
    }
    line.isAsking = false;
    this.#add(place, -1);
    const isGivenUp = !line.waiting.includes(next);
    if (failure !== undefined) next.fail(failure.reason);
    else if (taken === undefined) this.#close(line);
    else if (isGivenUp) taken.release();
    else {
      this.#remove(next);
      next.start(taken);
    }
    this.#startNext();
  }

  /** Other servers have all the user's places. */
  #close(line: Line): void {
    if (line.waiting.length === 0) return;
    line.retry = setTimeout(() => {
      line.retry = undefined;
      this.#startNext();
    }, askAgainMs);
    this.#settle(line);
  }

  /** Nothing in the line can run: it waits, or there is no room for it to. */
  #settle(line: Line): void {
    for (const waiting of line.waiting.filter(({ isAccepted }) => !isAccepted)) {
      try {
        this.#checkRoom(waiting.place);
        waiting.accept();
      } catch (error) {
        waiting.fail(error);
      }
    }
  }

  /** One of the user's shared places is free, or may be. */
  #open(user: string): void {
    const line = this.#lines.get(user);
    if (line === undefined) return;
    clearTimeout(line.retry);
    line.retry = undefined;
  }

  #canRun({ user, source, runningPerUserMax }: Place): boolean {
    const inSource = this.#runningBySource.get(source) ?? 0;
    return inSource < this.#bounds.runningMax && this.runningOf(user) < runningPerUserMax;
  }

  #remove(waiting: Waiting): void {
    const { user } = waiting.place;
    const line = this.#lines.get(user);
    const index = line?.waiting.indexOf(waiting) ?? -1;
    if (line === undefined || index === -1) return;
    line.waiting.splice(index, 1);
    if (line.waiting.length > 0) return;
    this.#lines.delete(user);
    clearTimeout(line.retry);
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
