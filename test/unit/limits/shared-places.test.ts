// Statements and connections of several servers that share the places of a user, with a store that the test holds.
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConnectionLimit } from "../../../src/limits/connection-limit.ts";
import { limitsNotCounted } from "../../../src/limits/limits-errors.ts";
import { NearLimits } from "../../../src/limits/near-limits.ts";
import type { SharedPlaces } from "../../../src/limits/shared-places.ts";
import { type RunningStatement, StatementQueue } from "../../../src/limits/statement-queue.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Answers some turns of the event loop later, as a store over a network does. */
class Places implements SharedPlaces {
  readonly taken = new Map<string, number>();
  isAway = false;
  asked = 0;

  async take(user: string, max: number) {
    this.asked += 1;
    await turns(2);
    if (this.isAway) throw limitsNotCounted();
    const used = (this.taken.get(user) ?? 0) + 1;
    if (used > max) return undefined;
    this.taken.set(user, used);
    return { used, release: () => this.taken.set(user, (this.taken.get(user) ?? 0) - 1) };
  }

  async used(user: string) {
    return this.taken.get(user) ?? 0;
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const bounds = { runningMax: 100, waitingPerUserMax: 2 };
const placeOf = (runningPerUserMax: number, user = "mira", source = "s") => ({
  user,
  source,
  runningPerUserMax,
});
const never = new AbortController().signal;

/** Enters, and notes when it starts. */
function enter(queue: StatementQueue, max: number, signal = never) {
  const statement: { running?: RunningStatement; refusal?: unknown; readonly ended: Promise<void> } = {
    ended: queue
      .enter(placeOf(max), signal)
      .then(({ started }) => started)
      .then((running) => {
        statement.running = running;
      })
      .catch((refusal: unknown) => {
        statement.refusal = refusal;
      }),
  };
  return statement;
}

test("a place that another server gives back is found by the next question, at most 100 ms later", async () => {
  const places = new Places();
  const [here, there] = [new StatementQueue(bounds, places), new StatementQueue(bounds, places)];
  const first = enter(there, 1);
  await first.ended;
  const second = enter(here, 1);
  await turns(20);
  expect([first.running?.ofUser, second.running, here.waitingOf("mira")]).toEqual([1, undefined, 1]);
  const { asked } = places;
  first.running?.release();
  first.running?.release();
  vi.advanceTimersByTime(99);
  await turns(20);
  expect([places.asked, second.running]).toEqual([asked, undefined]);
  vi.advanceTimersByTime(1);
  await second.ended;
  expect([second.running?.ofUser, here.waitingOf("mira"), places.taken.get("mira")]).toEqual([1, 0, 1]);
});

test("a place that this server gives back goes to its next statement at once", async () => {
  const places = new Places();
  const queue = new StatementQueue(bounds, places);
  const first = enter(queue, 1);
  await first.ended;
  const second = enter(queue, 1);
  await turns(20);
  expect(second.running).toBeUndefined();
  first.running?.release();
  await second.ended;
  expect(second.running?.ofUser).toBe(1);
});

test("those who come at once are refused only where places and line are full", async () => {
  const places = new Places();
  const [here, there] = [new StatementQueue(bounds, places), new StatementQueue(bounds, places)];
  await Promise.all([enter(there, 5).ended, enter(there, 5).ended]);
  const statements = Array.from({ length: 8 }, () => enter(here, 5));
  await turns(60);
  expect(
    statements.map(({ running, refusal }) => (running ? "runs" : refusal ? "refused" : "waits")),
  ).toEqual(["runs", "runs", "runs", "waits", "waits", "refused", "refused", "refused"]);
  expect(statements[7]?.refusal).toMatchObject({ sqlstate: "53400", limit: "concurrentRequests" });
});

test("who gives up while the store is asked leaves no place taken", async () => {
  const places = new Places();
  const queue = new StatementQueue(bounds, places);
  const giving = new AbortController();
  const statement = enter(queue, 1, giving.signal);
  giving.abort(new Error("enough"));
  await statement.ended;
  await turns(20);
  expect(statement.refusal).toMatchObject({ message: "enough" });
  expect([places.taken.get("mira"), queue.runningOf("mira"), queue.waitingOf("mira")]).toEqual([0, 0, 0]);
});

test("while the store is away statements with such a limit are refused, others run", async () => {
  const places = new Places();
  const queue = new StatementQueue(bounds, places);
  places.isAway = true;
  const statement = enter(queue, 1);
  const other = enter(queue, Number.POSITIVE_INFINITY);
  await Promise.all([statement.ended, other.ended]);
  expect(statement.refusal).toMatchObject({ sqlstate: "58000", limit: "store" });
  expect(other.running).toBeDefined();
  other.running?.release();
  places.isAway = false;
  const next = enter(queue, 1);
  await next.ended;
  expect(next.running?.ofUser).toBe(1);
});

function mostOf(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => names.filter((other) => other === name).length));
}

test("of random users, statements and maxima on two servers every count is exact and everybody gets a turn", async () => {
  const job = fc.record({
    user: fc.integer({ min: 0, max: 3 }),
    source: fc.integer({ min: 0, max: 1 }),
    server: fc.integer({ min: 0, max: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(job, { maxLength: 50 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 3 }),
      fc.infiniteStream(fc.nat()),
      async (jobs, runningMax, perUser, draws) => {
        const places = new Places();
        const queues = [0, 1].map(() => new StatementQueue({ runningMax, waitingPerUserMax: 1000 }, places));
        const running: { readonly user: string; readonly source: string; readonly end: () => void }[] = [];
        let begun = 0;
        for (const { user, source, server } of jobs) {
          const place = placeOf(perUser, `u${user}`, `s${source}`);
          void queues[server]?.enter(place, never).then(async ({ started }) => {
            const { release } = await started;
            begun += 1;
            running.push({ user: place.user, source: `${server} ${place.source}`, end: release });
          });
        }
        let idle = 0;
        while (begun < jobs.length || running.length > 0) {
          await turns(3);
          vi.advanceTimersByTime(100);
          expect(mostOf(running.map(({ user }) => user))).toBeLessThanOrEqual(perUser);
          expect(mostOf(running.map(({ source }) => source))).toBeLessThanOrEqual(runningMax);
          idle = running.length === 0 ? idle + 1 : 0;
          // Nothing runs for long although something waits: that would be a place lost.
          expect(idle).toBeLessThan(10);
          const [ended] = running.splice((draws.next().value ?? 0) % Math.max(1, running.length), 1);
          ended?.end();
        }
        for (let user = 0; user < 4; user += 1) {
          expect(places.taken.get(`u${user}`) ?? 0).toBe(0);
          for (const queue of queues)
            expect([queue.runningOf(`u${user}`), queue.waitingOf(`u${user}`)]).toEqual([0, 0]);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("connections count over both servers, and a place that cannot be counted is none", async () => {
  const places = new Places();
  const near = new NearLimits({ now: () => 0, monotonicMs: () => 0 }, () => {});
  const limits = { connectionsMax: 10, connectionsPerUser: 2, connectionsPerAddress: 10 };
  const [here, there] = [
    new ConnectionLimit(limits, near, places),
    new ConnectionLimit(limits, near, places),
  ];
  const [first] = await Promise.all([here.take("mira", "x"), there.take("mira", "x")]);
  await expect(here.take("mira", "x")).rejects.toMatchObject({ sqlstate: "53300" });
  expect([await here.usedBy("mira"), await there.usedBy("mira")]).toEqual([2, 2]);
  first();
  first();
  places.isAway = true;
  await expect(here.take("mira", "x")).rejects.toMatchObject({ sqlstate: "58000" });
  places.isAway = false;
  await there.take("mira", "x");
  expect(await here.usedBy("mira")).toBe(2);
});

test("that a limit is near is said by one server, and again when the window is over", async () => {
  const clock = { ms: 0, now: () => 0, monotonicMs: () => clock.ms };
  const silentUntil = new Map<string, number>();
  const shared = {
    async first(limit: string, subject: string, windowMs: number) {
      const untilMs = silentUntil.get(limit + subject) ?? 0;
      if (clock.ms < untilMs) return untilMs - clock.ms;
      silentUntil.set(limit + subject, clock.ms + windowMs);
      return 0;
    },
  };
  const said: string[] = [];
  const servers = ["one", "two"].map((name) => new NearLimits(clock, () => said.push(name), shared));
  const tell = async (server: number) => {
    servers[server]?.told({
      limit: "requestsPerMinute",
      subject: "mira",
      used: 8,
      max: 10,
      windowMs: 60_000,
    });
    await turns(1);
  };
  await tell(0);
  clock.ms = 30_000;
  await tell(1);
  clock.ms = 59_999;
  await tell(1);
  expect(said).toEqual(["one"]);
  clock.ms = 60_000;
  await tell(1);
  await tell(0);
  expect(said).toEqual(["one", "two"]);
});
