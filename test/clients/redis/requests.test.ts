// Requests of users over two servers that count them in one Redis: exact together, refused while Redis is away, and
// counted again when it is back, without anybody doing anything.
import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { RedisServer } from "../../support/redis-server.ts";
import { outcomeOf, ShopReplicas } from "./shop-replicas.ts";

vi.setConfig({ testTimeout: 120_000 });
let redis: RedisServer;
let replicas: ShopReplicas;
const amount = "2997";
const refused = "53400 too many requests per minute";
const away = "58000 limits cannot be counted";

beforeAll(async () => {
  redis = await RedisServer.start();
  replicas = await ShopReplicas.start({
    limits: [`store: ${redis.url}`, "storeTimeout: 2s"],
    groups: {
      many: "requestsPerMinute: 30",
      few: "requestsPerMinute: 2",
      some: "requestsPerMinute: 50",
      free: undefined,
    },
  });
});
afterAll(async () => {
  await replicas?.close();
  await redis?.kill();
});

test("as many pass as one server would let through, however they come to two", async () => {
  const clients = await Promise.all([0, 1, 0, 1, 0, 1].map((replica) => replicas.connect(replica, "many")));
  const all = await Promise.all(
    clients.map(async (client) => {
      const own: string[] = [];
      while (own.length < 10) own.push(await outcomeOf(client));
      return own;
    }),
  );
  const outcomes = all.flat();
  expect(outcomes.filter((outcome) => outcome === amount)).toHaveLength(30);
  expect(outcomes.filter((outcome) => outcome === refused)).toHaveLength(30);
  for (const replica of [0, 1]) {
    const { body } = await replicas.get(replica, "/v1/limits?user=many");
    expect(body).toMatchObject({
      limits: expect.arrayContaining([expect.objectContaining({ limit: "requestsPerMinute", used: 30 })]),
    });
  }
});

test("scripts that Redis has forgotten are given to it again", async () => {
  const own = redis.client();
  await own.script("FLUSH");
  own.disconnect();
  const client = await replicas.connect(0, "few");
  expect([await outcomeOf(client), await outcomeOf(client)]).toEqual([amount, amount]);
  expect(await outcomeOf(await replicas.connect(1, "few"))).toBe(refused);
});

/** Asks Redis as somebody who looks after it. */
async function administer(work: (own: Redis) => Promise<unknown>): Promise<void> {
  const own = redis.client();
  await work(own);
  own.disconnect();
}

test("a connection that is lost and made anew at once refuses nothing", async () => {
  const client = await replicas.connect(0, "some");
  for (let count = 0; count < 5; count += 1) {
    await administer((own) => own.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
    expect(await outcomeOf(client)).toBe(amount);
  }
});

test.each([
  ["killed", () => redis.kill(), () => redis.startAgain()],
  ["silent", async () => redis.pause(), async () => redis.resume()],
  [
    "a replica that takes no writes",
    () => administer((own) => own.replicaof("127.0.0.1", 1)),
    () => administer((own) => own.replicaof("NO", "ONE")),
  ],
])(
  "while Redis is %s what it counts is refused and nothing else; then all goes on",
  async (_, stop, start) => {
    const clients = await Promise.all([0, 1].map((replica) => replicas.connect(replica, "some")));
    const free = await replicas.connect(0, "free");
    await stop();
    for (const client of clients) expect(await outcomeOf(client)).toBe(away);
    expect(await outcomeOf(free)).toBe(amount);
    expect(await replicas.get(0, "/ready")).toEqual({
      status: 503,
      body: { status: "not ready", waitingFor: ["the store of limits"] },
    });
    expect(await replicas.get(0, "/health")).toEqual({ status: 200, body: { status: "ok" } });
    await start();
    await vi.waitFor(async () => {
      expect(await replicas.get(0, "/ready")).toEqual({ status: 200, body: { status: "ready" } });
      expect(await outcomeOf(clients[0] as (typeof clients)[0])).not.toBe(away);
    }, 60_000);
  },
);
