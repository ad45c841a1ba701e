// The sliding windows in Redis by themselves: exact at their edges when several processes count at once, and after a clock
// that was set back.
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { RedisConnection } from "../../../src/limits/redis-connection.ts";
import { RedisRequestStore } from "../../../src/limits/redis-request-store.ts";
import { SlidingLog } from "../../../src/limits/sliding-log.ts";
import { RedisServer } from "../../support/redis-server.ts";

vi.setConfig({ testTimeout: 120_000 });
let redis: RedisServer;
let own: Redis;
let connections: RedisConnection[];
let stores: RedisRequestStore[];
const key = "test:requests:mira";

beforeAll(async () => {
  redis = await RedisServer.start();
  own = redis.client();
  connections = [1, 2, 3].map(
    () =>
      new RedisConnection(
        {
          ...{ host: "127.0.0.1", port: redis.port, username: undefined, password: undefined },
          ...{ database: 0, tls: undefined, prefix: "test", timeoutMs: 5000 },
        },
        { clock: systemClock, emit: () => {} },
      ),
  );
  stores = connections.map((connection) => new RedisRequestStore(connection, undefined));
});
afterAll(async () => {
  for (const connection of connections) connection.close();
  own.disconnect();
  await redis.kill();
});
beforeEach(() => own.flushall());

/** Of all requests that were let through, in microseconds. */
async function times(): Promise<number[]> {
  return (await own.zrange(key, 0, "-1", "WITHSCORES"))
    .filter((_, index) => index % 2 === 1)
    .map((score) => Number(score));
}

test("of three processes that ask without pause no window of any position ever lets one too many through, nor one too few", async () => {
  const windows = [
    { windowMs: 40, max: 7 },
    { windowMs: 200, max: 20 },
  ];
  const granted = 120;
  let through = 0;
  await Promise.all(
    [...stores, ...stores].map(async (store) => {
      while (through < granted) {
        const states = await store.take("mira", windows);
        if (states.every(({ used }, index) => used < (windows[index]?.max ?? 0))) through += 1;
      }
    }),
  );
  const all = await times();
  expect(all.length).toBe(through);
  for (const { windowMs, max } of windows) {
    const most = Math.max(
      ...all.map((end) => all.filter((at) => at <= end && at > end - windowMs * 1000).length),
    );
    expect(most).toBe(max);
  }
});

test("what it says of a window is what the log in memory says of the same times", async () => {
  const windows = [1000, 20_000, 60_000].flatMap((windowMs) => [1, 3, 50].map((max) => ({ windowMs, max })));
  const [seconds = 0] = (await own.time()).map((part) => Number(part));
  // Far enough from every edge that it does not matter how long the question takes.
  const ages = [100_000, 55_000, 45_000, 44_000, 30_000, 12_000, 11_000, 10_000];
  const log = new SlidingLog(3_600_000);
  for (const [index, age] of ages.entries()) {
    await own.zadd(key, String((seconds * 1000 - age) * 1000), String(index));
    log.push(1e9 - age);
  }
  const states = (await stores[0]?.read("mira", windows)) ?? [];
  for (const [index, window] of windows.entries()) {
    const expected = log.stateAt(1e9, window);
    expect(states[index]?.used).toBe(expected.used);
    const lateMs = expected.freeInMs - (states[index]?.freeInMs ?? 0);
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(expected.used === 0 ? 1 : 4000);
  }
});

test("what lies ahead of a clock that was set back is over after one window, not when the clock gets there", async () => {
  const [seconds = 0] = (await own.time()).map((part) => Number(part));
  for (const index of [1, 2]) await own.zadd(key, String((seconds + 86_400) * 1e6 + index), `ahead ${index}`);
  const window = { windowMs: 60_000, max: 3 };
  expect(await stores[0]?.take("mira", [window])).toMatchObject([{ used: 2 }]);
  const [refused] = (await stores[1]?.take("mira", [window])) ?? [];
  expect(refused?.used).toBe(3);
  expect(refused?.freeInMs).toBeLessThanOrEqual(60_000);
  expect(Math.max(...(await times()))).toBeLessThan((seconds + 3600) * 1e6);
});
