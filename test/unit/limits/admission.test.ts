// Who gets through to a warehouse, with a clock that stands where a test puts it.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LensEvent } from "../../../src/events.ts";
import { Admission, type GroupRates } from "../../../src/limits/admission.ts";
import { NearLimits } from "../../../src/limits/near-limits.ts";
import { MemoryRequestStore } from "../../../src/limits/request-store.ts";
import { SlidingLog } from "../../../src/limits/sliding-log.ts";
import { StatementQueue } from "../../../src/limits/statement-queue.ts";

const nothing: GroupRates = {
  requestsPerMinute: undefined,
  requestsPerHour: undefined,
  concurrentRequests: undefined,
};

function start(bounds = { runningMax: 1000, waitingPerUserMax: 1000 }) {
  const clock = { ms: 5_000_000, now: () => 0, monotonicMs: () => clock.ms };
  const events: LensEvent[] = [];
  const queue = new StatementQueue(bounds);
  const admission = new Admission({
    store: new MemoryRequestStore(clock),
    queue,
    near: new NearLimits(clock, (event) => events.push(event)),
  });
  const admit = (
    user: string,
    rates: Partial<GroupRates> = {},
    more: { readonly source?: string; readonly signal?: AbortSignal } = {},
  ) =>
    admission.admit({
      user,
      group: "viewer",
      rates: { ...nothing, ...rates },
      source: more.source ?? "main",
      signal: more.signal ?? new AbortController().signal,
    });
  return { clock, events, queue, admission, admit };
}

test("a window slides exactly, whatever the times", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4000 }), { maxLength: 300 }), (steps) => {
      const log = new SlidingLog(10_000);
      const times: number[] = [];
      let nowMs = 0;
      for (const step of steps) {
        nowMs += step;
        for (const windowMs of [1000, 10_000]) {
          const inWindow = times.filter((at) => at > nowMs - windowMs);
          const { used, freeInMs } = log.stateAt(nowMs, { windowMs, max: 3 });
          expect(used).toBe(inWindow.length);
          // At that moment, and not a millisecond before it, there is room for one more.
          const usedAt = (ms: number) => times.filter((at) => at > ms - windowMs).length;
          if (used < 3) continue;
          expect(usedAt(nowMs + freeInMs)).toBeLessThan(3);
          expect(usedAt(nowMs + freeInMs - 1)).toBeGreaterThanOrEqual(3);
        }
        log.push(nowMs);
        times.push(nowMs);
      }
    }),
  );
});

test("a user's requests of all connections count together, and other users' do not", async () => {
  const { admit } = start();
  for (let count = 0; count < 3; count += 1) (await admit("mira", { requestsPerMinute: 3 }))();
  await expect(admit("mira", { requestsPerMinute: 3 })).rejects.toMatchObject({
    sqlstate: "53400",
    message: "too many requests per minute",
    detail: 'Each user of group "viewer" may make 3 in any minute, over all connections; 3 were made.',
    hint: "Try again in 60 seconds.",
    limit: "requestsPerMinute",
  });
  (await admit("tomas", { requestsPerMinute: 3 }))();
});

test("the minute ends to the millisecond, and the hour holds beside it", async () => {
  const { clock, admit } = start();
  const rates = { requestsPerMinute: 2, requestsPerHour: 5 };
  await admit("mira", rates);
  clock.ms += 30_000;
  await admit("mira", rates);
  clock.ms += 29_999;
  await expect(admit("mira", rates)).rejects.toMatchObject({ hint: "Try again in 1 second." });
  clock.ms += 1;
  await admit("mira", rates);
  await expect(admit("mira", rates)).rejects.toMatchObject({ hint: "Try again in 30 seconds." });
  clock.ms += 60_000;
  await admit("mira", rates);
  await admit("mira", rates);
  clock.ms += 60_000;
  await expect(admit("mira", rates)).rejects.toMatchObject({ limit: "requestsPerHour" });
  clock.ms += 3_600_000 - 180_000;
  await admit("mira", rates);
});

test("a refused request counts nothing", async () => {
  const { clock, admit } = start();
  const rates = { requestsPerMinute: 1 };
  await admit("mira", rates);
  for (let count = 0; count < 10; count += 1) {
    clock.ms += 5900;
    await expect(admit("mira", rates)).rejects.toMatchObject({ sqlstate: "53400" });
  }
  clock.ms += 1000;
  await admit("mira", rates);
});

/** The user of each statement in the order in which they get their places, each given back at once. */
async function orderOf(admitted: readonly (readonly [string, Promise<() => void>])[]): Promise<string[]> {
  const order: string[] = [];
  await Promise.all(
    admitted.map(async ([user, place]) => {
      const release = await place;
      order.push(user);
      release();
    }),
  );
  return order;
}

test("who may run so many at once waits for the next, in order", async () => {
  const { admit, queue } = start();
  const rates = { concurrentRequests: 2 };
  const first = await admit("mira", rates);
  const second = await admit("mira", rates);
  let started = 0;
  const waiting = [1, 2, 3].map((number) =>
    admit("mira", rates).then((release) => {
      started = number;
      return release;
    }),
  );
  await Promise.resolve();
  expect([queue.runningOf("mira"), queue.waitingOf("mira"), started]).toEqual([2, 3, 0]);
  first();
  first();
  const third = await waiting[0];
  expect([queue.runningOf("mira"), queue.waitingOf("mira"), started]).toEqual([2, 2, 1]);
  second();
  third?.();
  for (const place of waiting.slice(1)) (await place)();
  expect([queue.runningOf("mira"), queue.waitingOf("mira")]).toEqual([0, 0]);
});

test("users take turns at a source, however many statements one of them has waiting", async () => {
  const { admit } = start({ runningMax: 1, waitingPerUserMax: 1000 });
  const release = await admit("first");
  const greedy = Array.from({ length: 20 }, () => ["greedy", admit("greedy")] as const);
  const modest = Array.from({ length: 3 }, () => ["modest", admit("modest")] as const);
  const order = orderOf([...greedy, ...modest]);
  release();
  expect((await order).slice(0, 6)).toEqual(["greedy", "modest", "greedy", "modest", "greedy", "modest"]);
});

test("a user at the maximum, and a source that is full, hold up nobody else", async () => {
  const { admit, queue } = start({ runningMax: 2, waitingPerUserMax: 10 });
  await admit("mira", { concurrentRequests: 1 });
  void admit("mira", { concurrentRequests: 1 });
  const tomas = await admit("tomas");
  const anna = admit("anna");
  // Her own statement for the full source does not keep her from another.
  (await admit("anna", {}, { source: "other" }))();
  tomas();
  (await anna)();
  expect([queue.runningOf("mira"), queue.waitingOf("mira")]).toEqual([1, 1]);
});

test("a queue that is full refuses, and counts no request", async () => {
  const { admit } = start({ runningMax: 1, waitingPerUserMax: 2 });
  const release = await admit("mira", { requestsPerMinute: 4 });
  const waiting = [admit("mira", { requestsPerMinute: 4 }), admit("mira", { requestsPerMinute: 4 })];
  for (let count = 0; count < 5; count += 1) {
    await expect(admit("mira", { requestsPerMinute: 4 })).rejects.toMatchObject({
      sqlstate: "53400",
      message: "too many concurrent requests",
      limit: "concurrentRequests",
    });
  }
  release();
  for (const place of waiting) (await place)();
  (await admit("mira", { requestsPerMinute: 4 }))();
});

test("a statement that is cancelled while it waits leaves its place in the line", async () => {
  const { admit, queue } = start({ runningMax: 1, waitingPerUserMax: 2 });
  const release = await admit("mira");
  const cancel = new AbortController();
  const cancelled = admit("mira", {}, { signal: cancel.signal });
  const next = admit("mira");
  cancel.abort(new Error("cancelled"));
  await expect(cancelled).rejects.toThrow("cancelled");
  expect(queue.waitingOf("mira")).toBe(1);
  release();
  (await next)();
  await expect(admit("mira", {}, { signal: cancel.signal })).rejects.toThrow("cancelled");
  expect(queue.runningOf("mira")).toBe(0);
});

test("at four fifths of a limit it is said, once in a window", async () => {
  const { clock, events, admit } = start();
  const rates = { requestsPerMinute: 10, concurrentRequests: 5 };
  const releases: (() => void)[] = [];
  for (let count = 0; count < 10; count += 1) {
    releases.push(await admit("mira", rates));
    if (count % 4 === 3) for (const release of releases.splice(0)) release();
  }
  expect(events).toEqual([
    { kind: "limitNear", limit: "concurrentRequests", subject: "mira", used: 4, max: 5 },
    { kind: "limitNear", limit: "requestsPerMinute", subject: "mira", used: 8, max: 10 },
  ]);
  clock.ms += 60_000;
  for (let count = 0; count < 8; count += 1) (await admit("mira", rates))();
  expect(events.map((event) => event.kind === "limitNear" && event.used)).toEqual([4, 8, 8]);
});

test("the limits of a user as they stand", async () => {
  const { clock, admission, admit } = start();
  const rates = { requestsPerMinute: 10, requestsPerHour: 100, concurrentRequests: 5 };
  await admit("mira", rates);
  clock.ms += 20_000;
  (await admit("mira", rates))();
  expect(await admission.statesOf("mira", { ...nothing, ...rates })).toEqual([
    { limit: "requestsPerMinute", max: 10, used: 2, resetsInMs: 40_000 },
    { limit: "requestsPerHour", max: 100, used: 2, resetsInMs: 3_580_000 },
    { limit: "concurrentRequests", max: 5, used: 1, resetsInMs: undefined },
  ]);
  expect(await admission.statesOf("nobody", undefined)).toEqual([]);
});

/** How often the most frequent one stands. */
function mostOf(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => names.filter((other) => other === name).length));
}

test("of random users, statements and maxima every count is exact and everybody gets a turn", async () => {
  const job = fc.record({ user: fc.integer({ min: 0, max: 4 }), source: fc.integer({ min: 0, max: 1 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(job, { maxLength: 80 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      fc.infiniteStream(fc.nat()),
      async (jobs, runningMax, perUser, draws) => {
        const queue = new StatementQueue({ runningMax, waitingPerUserMax: 1000 });
        const running: { readonly user: string; readonly source: string; readonly end: () => void }[] = [];
        let begun = 0;
        const never = new AbortController().signal;
        for (const { user, source } of jobs) {
          const place = { user: `u${user}`, source: `s${source}`, runningPerUserMax: perUser };
          void queue.enter(place, never).then(async ({ started }) => {
            const { release } = await started;
            begun += 1;
            running.push({ ...place, end: release });
          });
        }
        while (begun < jobs.length || running.length > 0) {
          await new Promise((resolve) => setImmediate(resolve));
          expect(mostOf(running.map(({ user }) => user))).toBeLessThanOrEqual(perUser);
          expect(mostOf(running.map(({ source }) => source))).toBeLessThanOrEqual(runningMax);
          // Nothing runs although something waits: that would be a place lost.
          expect(running.length).toBeGreaterThan(0);
          const [ended] = running.splice((draws.next().value ?? 0) % running.length, 1);
          ended?.end();
        }
        for (let user = 0; user < 5; user += 1) {
          expect([queue.runningOf(`u${user}`), queue.waitingOf(`u${user}`)]).toEqual([0, 0]);
        }
      },
    ),
    { numRuns: 60 },
  );
});
