// Guessing passwords: how long who has to wait, and who does not.
import { expect, test } from "vitest";
import { type LoginAttempt, LoginAttempts } from "../../../src/limits/login-attempts.ts";

const limits = { loginFailuresPerUser: 3, loginFailuresPerAddress: 10, connectionsPerUser: 5 };

function start() {
  const clock = { ms: 0, now: () => 0, monotonicMs: () => clock.ms };
  const attempts = new LoginAttempts(limits, clock);
  /** Whether a wrong password is looked at. */
  const isTaken = (user: string, address: string): boolean => {
    const attempt = attemptOf(user, address);
    attempt?.failed();
    return attempt !== undefined;
  };
  const attemptOf = (user: string, address: string): LoginAttempt | undefined => {
    try {
      return attempts.begin(user, address);
    } catch (error) {
      expect(error).toMatchObject({
        sqlstate: "53400",
        severity: "FATAL",
        message: "too many failed logins",
      });
      return undefined;
    }
  };
  return { clock, attempts, isTaken, attemptOf };
}

test("after some failures each further one waits twice as long, up to five minutes", () => {
  const { clock, isTaken } = start();
  const waits: number[] = [];
  for (let count = 0; count < 14; count += 1) {
    const beganMs = clock.ms;
    while (!isTaken("mira", "10.0.0.1")) clock.ms += 500;
    waits.push((clock.ms - beganMs) / 1000);
  }
  expect(waits).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
});

test("the error says how long to wait, and not whether the user exists", () => {
  const { attempts, clock } = start();
  for (let count = 0; count < 3; count += 1) attempts.begin("nobody", "10.0.0.1").failed();
  clock.ms = 10;
  expect(() => attempts.begin("nobody", "10.0.0.1")).toThrow(
    expect.objectContaining({ hint: "Try again in 1 second." }),
  );
});

test("a user who mistypes and then logs in starts anew", () => {
  const { attemptOf, isTaken } = start();
  for (let round = 0; round < 20; round += 1) {
    expect(isTaken("mira", "10.0.0.1")).toBe(true);
    attemptOf("mira", "10.0.0.1")?.succeeded();
  }
});

test("many attempts at once are no way round, but for as many as a pool opens", () => {
  const { clock, attemptOf } = start();
  const open = () => Array.from({ length: 50 }, () => attemptOf("mira", "10.0.0.1")).filter((each) => !!each);
  const first = open();
  expect(first).toHaveLength(8);
  for (const attempt of first) attempt?.failed();
  clock.ms += 300_000;
  expect(open()).toHaveLength(1);
});

test("a pool that opens all its connections at once is let in, whatever the number from one address", () => {
  const { attemptOf } = start();
  const pools = Array.from({ length: 40 }, (_, user) =>
    Array.from({ length: 5 }, () => attemptOf(`user${user}`, "10.0.0.1")),
  ).flat();
  expect(pools.every((attempt) => attempt !== undefined)).toBe(true);
  for (const attempt of pools) attempt?.succeeded();
  // An address that has logged in as the user is known.
  const again = Array.from({ length: 50 }, () => attemptOf("user0", "10.0.0.1"));
  expect(again.every((attempt) => attempt !== undefined)).toBe(true);
});

test("an address that tries many names has to wait, and others do not", () => {
  const { isTaken } = start();
  const taken = Array.from({ length: 50 }, (_, index) => isTaken(`user${index}`, "10.0.0.1")).filter(Boolean);
  expect(taken).toHaveLength(10);
  expect(isTaken("mira", "10.0.0.2")).toBe(true);
});

test("a user who is guessed at from many addresses still logs in from where it did before", () => {
  const { isTaken, attemptOf } = start();
  attemptOf("mira", "10.0.0.1")?.succeeded();
  const taken = Array.from({ length: 200 }, (_, index) => isTaken("mira", `10.1.0.${index}`)).filter(Boolean);
  expect(taken).toHaveLength(30);
  expect(isTaken("mira", "10.0.0.1")).toBe(true);
});

test("a login that was given up is no failure", () => {
  const { attemptOf } = start();
  for (let count = 0; count < 100; count += 1) {
    const attempt = attemptOf("mira", "10.0.0.1");
    expect(attempt).toBeDefined();
    attempt?.withdrawn();
  }
});

test("a success takes back its own attempt alone from what its address has failed", () => {
  const { attemptOf, isTaken } = start();
  for (let count = 0; count < 9; count += 1) attemptOf(`user${count}`, "10.0.0.1")?.failed();
  attemptOf("mira", "10.0.0.1")?.succeeded();
  expect(isTaken("tomas", "10.0.0.1")).toBe(true);
  expect(isTaken("anna", "10.0.0.1")).toBe(false);
});

test("failures are forgotten a quarter of an hour after the last", () => {
  const { clock, isTaken } = start();
  for (let count = 0; count < 3; count += 1) isTaken("mira", "10.0.0.1");
  clock.ms = 900_000;
  expect([1, 2, 3].map(() => isTaken("mira", "10.0.0.1"))).toEqual([true, true, true]);
  expect(isTaken("mira", "10.0.0.1")).toBe(false);
});
