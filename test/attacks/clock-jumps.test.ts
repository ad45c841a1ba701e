// The attacker can move the server's wall clock, or waits until it is set: forward or back by years, limits count as
// before, because they read a clock that is never set.
import { expect, it } from "vitest";
import { LoginAttempts } from "../../src/limits/login-attempts.ts";
import { MemoryRequestStore } from "../../src/limits/request-store.ts";
import { StatementRate } from "../../src/limits/statement-rate.ts";

const yearMs = 365 * 86_400_000;
/** What was measured before the jump holds after it, and ends when its own time has passed. */
const jumps = [yearMs, -yearMs, 60_000, -60_000, -Date.now()];

function clockAt(jumpMs: number) {
  const clock = {
    wallMs: Date.parse("2026-01-01T00:00:00Z"),
    steadyMs: 1_000_000,
    now: () => clock.wallMs,
    monotonicMs: () => clock.steadyMs,
    jump: () => {
      clock.wallMs += jumpMs;
    },
  };
  return clock;
}

it.each(jumps)("statements in a minute, over a jump of %i ms", (jumpMs) => {
  const clock = clockAt(jumpMs);
  const rate = new StatementRate("queriesPerMinute", 2, clock);
  rate.take();
  rate.take();
  clock.jump();
  expect(() => rate.take()).toThrow(expect.objectContaining({ sqlstate: "53400" }) as Error);
  clock.steadyMs += 60_000;
  rate.take();
});

it.each(jumps)("requests of a user in a minute and an hour, over a jump of %i ms", (jumpMs) => {
  const clock = clockAt(jumpMs);
  const store = new MemoryRequestStore(clock);
  const windows = [
    { windowMs: 60_000, max: 3 },
    { windowMs: 3_600_000, max: 3 },
  ];
  for (let count = 0; count < 3; count++) store.take("mira", windows);
  clock.jump();
  expect(store.take("mira", windows)).toMatchObject([{ used: 3, freeInMs: 60_000 }, { used: 3 }]);
  clock.steadyMs += 3_600_000;
  expect(store.take("mira", windows)).toMatchObject([{ used: 0 }, { used: 0 }]);
});

it.each(jumps)("failed logins, over a jump of %i ms", (jumpMs) => {
  const clock = clockAt(jumpMs);
  const limits = { loginFailuresPerUser: 1, loginFailuresPerAddress: 100, connectionsPerUser: 20 };
  const attempts = new LoginAttempts(limits, clock);
  attempts.begin("mira", "192.0.2.1").failed();
  clock.jump();
  expect(() => attempts.begin("mira", "192.0.2.1")).toThrow(
    expect.objectContaining({ sqlstate: "53400" }) as Error,
  );
  clock.steadyMs += 1000;
  attempts.begin("mira", "192.0.2.1").succeeded();
});
