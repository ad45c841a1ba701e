// Failed logins: whoever guesses waits longer after each failure. Counted by user and address together, so that nobody
// can lock a user out from elsewhere; by address, for those who try many names; and by user, for those who try from many
// addresses, which holds only where the user has not logged in from before.
import type { Clock } from "../clock.ts";
import { tooManyFailedLogins } from "./limits-errors.ts";

export interface LoginAttemptLimits {
  /** Failures of one user from one address before the next one has to wait. */
  readonly loginFailuresPerUser: number;
  /** Failures from one address, whatever the user, before the next one has to wait. */
  readonly loginFailuresPerAddress: number;
}

/** Milliseconds to wait after the first failure that is one too many; doubled by each further one. */
const firstWaitMs = 1000;
const waitMsMax = 300_000;
/** Milliseconds without a failure after which all of them are forgotten. */
const forgottenMs = 900_000;
/** Names and addresses whose failures are remembered; the longest ago are forgotten first. */
const rememberedMax = 20_000;
/** How many addresses may each use up the failures of one user before all unknown ones have to wait. */
const addressesPerUser = 10;

interface Failures {
  count: number;
  lastMs: number;
}

export interface LoginAttempt {
  /** The client has shown who it is: this attempt was no failure, and those before it are forgotten. */
  succeeded(): void;
  /** The client left before it said anything, or was refused for what is not its secret. */
  withdrawn(): void;
}

export class LoginAttempts {
  readonly #limits: LoginAttemptLimits;
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();
  /** Pairs of user and address that have logged in, with when. */
  readonly #known = new Map<string, number>();

  constructor(limits: LoginAttemptLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * Before a password is asked for. The attempt counts as a failure until it has succeeded, so that many at once are no
   * way round. Throws FATAL 53400, for users that exist and that do not.
   */
  begin(user: string, address: string): LoginAttempt {
    const { loginFailuresPerUser: perUser, loginFailuresPerAddress: perAddress } = this.#limits;
    const pair = JSON.stringify([user, address]);
    const counts: [string, number][] = [
      [`pair ${pair}`, perUser],
      [`address ${address}`, perAddress],
    ];
    if (!this.#known.has(pair)) counts.push([`user ${user}`, perUser * addressesPerUser]);
    const waits = counts.map(([key, free]) => this.#waitMs(key, free));
    const waitMs = Math.max(...waits);
    if (waitMs > 0) throw tooManyFailedLogins(waitMs);
    const before = counts.map(([key]) => [key, this.#count(key)] as const);
    return {
      succeeded: () => {
        // Its user's mistakes at this address are explained; those with other names stand.
        const explained = this.#failures.get(`pair ${pair}`)?.count ?? 0;
        for (const [key, earlier] of before) this.#takeBack(key, explained, earlier);
        remember(this.#known, pair, this.#clock.monotonicMs());
      },
      withdrawn: () => {
        for (const [key, earlier] of before) this.#takeBack(key, 1, earlier);
      },
    };
  }

  #waitMs(key: string, free: number): number {
    const failures = this.#failures.get(key);
    if (failures === undefined) return 0;
    const sinceMs = this.#clock.monotonicMs() - failures.lastMs;
    if (sinceMs >= forgottenMs) {
      this.#failures.delete(key);
      return 0;
    }
    const over = failures.count - free;
    if (over < 0) return 0;
    return Math.min(firstWaitMs * 2 ** Math.min(over, 20), waitMsMax) - sinceMs;
  }

  /** Counts one more, and says what was counted before. */
  #count(key: string): Failures | undefined {
    const before = this.#failures.get(key);
    const lastMs = this.#clock.monotonicMs();
    remember(this.#failures, key, { count: (before?.count ?? 0) + 1, lastMs });
    return before;
  }

  #takeBack(key: string, count: number, before: Failures | undefined): void {
    const now = this.#failures.get(key);
    if (now === undefined) return;
    now.count -= count;
    if (now.count <= 0) this.#failures.delete(key);
    else if (before !== undefined && before.count >= now.count) now.lastMs = before.lastMs;
  }
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= rememberedMax) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}
