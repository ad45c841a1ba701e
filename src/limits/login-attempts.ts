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
  /** So many may log in at once, as a pool does that opens all its connections. */
  readonly connectionsPerUser: number;
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

/** One of the three is called, once. */
export interface LoginAttempt {
  /** The client has shown who it is: what it has failed before as this user is forgotten. */
  succeeded(): void;
  /** What it presented was not the user's. */
  failed(): void;
  /** The client left before it said anything, or was refused for something else. */
  withdrawn(): void;
}

export class LoginAttempts {
  readonly #limits: LoginAttemptLimits;
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();
  /** Attempts under way, by user and address. */
  readonly #pending = new Map<string, number>();
  /** Pairs of user and address that have logged in, with when. */
  readonly #known = new Map<string, number>();

  constructor(limits: LoginAttemptLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Before a password is asked for. Throws FATAL 53400, for users that exist and that do not. */
  begin(user: string, address: string): LoginAttempt {
    const { loginFailuresPerUser: perUser, loginFailuresPerAddress: perAddress } = this.#limits;
    const pair = JSON.stringify([user, address]);
    const isKnown = this.#known.has(pair);
    const counted = [`pair ${pair}`, `address ${address}`, `user ${user}`];
    const waits = [
      this.#waitMs(`pair ${pair}`, perUser),
      this.#waitMs(`address ${address}`, perAddress),
      isKnown ? 0 : this.#waitMs(`user ${user}`, perUser * addressesPerUser),
    ];
    const waitMs = Math.max(...waits, isKnown ? 0 : this.#pendingWaitMs(pair));
    if (waitMs > 0) throw tooManyFailedLogins(waitMs);
    this.#pending.set(pair, (this.#pending.get(pair) ?? 0) + 1);
    const ended = () => {
      const left = (this.#pending.get(pair) ?? 1) - 1;
      if (left === 0) this.#pending.delete(pair);
      else this.#pending.set(pair, left);
    };
    return {
      succeeded: () => {
        ended();
        // Its user's mistakes at this address are explained; those with other names stand.
        const explained = this.#failures.get(`pair ${pair}`)?.count ?? 0;
        for (const key of counted) this.#forgive(key, explained);
        remember(this.#known, pair, this.#clock.monotonicMs());
      },
      failed: () => {
        ended();
        for (const key of counted) this.#count(key);
      },
      withdrawn: ended,
    };
  }

  /** Many at once would be a way round: as many as a pool opens, and one by one after too many failures. */
  #pendingWaitMs(pair: string): number {
    const { loginFailuresPerUser, connectionsPerUser } = this.#limits;
    const failed = this.#failures.get(`pair ${pair}`)?.count ?? 0;
    const max = failed >= loginFailuresPerUser ? 1 : loginFailuresPerUser - failed + connectionsPerUser;
    return (this.#pending.get(pair) ?? 0) < max ? 0 : firstWaitMs;
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

  #count(key: string): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    remember(this.#failures, key, { count, lastMs: this.#clock.monotonicMs() });
  }

  #forgive(key: string, count: number): void {
    const failures = this.#failures.get(key);
    if (failures === undefined) return;
    failures.count -= count;
    if (failures.count <= 0) this.#failures.delete(key);
  }
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= rememberedMax) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}
