// The users of users.yml, which a reload replaces as a whole. A session lives as long as what it logged in with.
import { createHash, timingSafeEqual } from "node:crypto";
import { type Attributes, sameAttributes } from "../attributes.ts";
import type { Clock } from "../clock.ts";
import { type Credential, identityOf } from "../identity.ts";
import { credentialEnded } from "./authentication-errors.ts";

export interface StaticToken {
  readonly name: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** Milliseconds since 1970 from which on it is refused. */
  readonly expiresMs: number | undefined;
}

export interface StaticUser {
  readonly name: string;
  readonly groups: readonly string[];
  readonly attributes: Attributes;
  /** `SCRAM-SHA-256$...` */
  readonly scram: string | undefined;
  /** Plain text, for development only. */
  readonly password: string | undefined;
  /** The common name of a client certificate that is the user's. */
  readonly certificate: string | undefined;
  readonly tokens: readonly StaticToken[];
}

export class StaticUsers {
  readonly #clock: Clock;
  #users: ReadonlyMap<string, StaticUser>;

  constructor(users: ReadonlyMap<string, StaticUser>, clock: Clock) {
    this.#users = users;
    this.#clock = clock;
  }

  /** From now on these users exist, and no others. */
  replace(users: ReadonlyMap<string, StaticUser>): void {
    this.#users = users;
  }

  find(name: string): StaticUser | undefined {
    return this.#users.get(name);
  }

  get haveTokens(): boolean {
    return [...this.#users.values()].some((user) => user.tokens.length > 0);
  }

  /** `SCRAM-SHA-256$...` of those who have one, in the order of names. */
  verifiers(): readonly string[] {
    const names = [...this.#users.keys()].sort();
    return names.flatMap((name) => this.#users.get(name)?.scram ?? []);
  }

  /** What a password of users.yml gives: until the user's entry changes. */
  credential(user: StaticUser): Credential {
    const identity = identityOf(user);
    return {
      identity,
      check: () => {
        const now = this.#users.get(user.name);
        return now !== undefined && isSameLogin(user, now)
          ? undefined
          : credentialEnded(user.name, "changed");
      },
    };
  }

  /** Undefined where the token is none of the user's, or has expired. */
  credentialOfToken(name: string, token: string): Credential | undefined {
    const presented = createHash("sha256").update(token, "utf8").digest();
    const user = this.#users.get(name);
    // All of a user's tokens are compared, so that the time does not tell which one it was.
    const matching = (user?.tokens ?? []).filter(({ sha256 }) =>
      timingSafeEqual(presented, Buffer.from(sha256, "hex")),
    );
    const found = matching.find((each) => !this.#isExpired(each));
    if (user === undefined || found === undefined) return undefined;
    return {
      identity: identityOf(user),
      check: () => {
        const now = this.#users.get(name);
        if (now === undefined || !isSameIdentity(user, now)) return credentialEnded(name, "changed");
        const kept = now.tokens.filter(({ sha256 }) => sha256 === found.sha256);
        if (kept.length === 0) return credentialEnded(name, "revoked");
        return kept.every((each) => this.#isExpired(each)) ? credentialEnded(name, "expired") : undefined;
      },
    };
  }

  #isExpired({ expiresMs }: StaticToken): boolean {
    return expiresMs !== undefined && this.#clock.now() >= expiresMs;
  }
}

function isSameIdentity(one: StaticUser, other: StaticUser): boolean {
  const sameGroups = JSON.stringify(one.groups) === JSON.stringify(other.groups);
  return sameGroups && sameAttributes(one.attributes, other.attributes);
}

function isSameLogin(one: StaticUser, other: StaticUser): boolean {
  return (
    isSameIdentity(one, other) &&
    one.scram === other.scram &&
    one.password === other.password &&
    one.certificate === other.certificate
  );
}
