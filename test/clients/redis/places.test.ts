// Connections and concurrent statements of users over two servers that count them in one Redis; what a server held that was
// killed is free again, and a Redis that has lost everything is told anew.
import type { Redis } from "ioredis";
import type { Client } from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { RedisServer } from "../../support/redis-server.ts";
import { outcomeOf, ShopReplicas } from "./shop-replicas.ts";

const leaseMs = 6000;
const rates = "concurrentRequests: 2";
const amount = "2997";
const waitMsMax = 60_000;
let redis: RedisServer;
let own: Redis;
let replicas: ShopReplicas;

vi.setConfig({ testTimeout: 120_000 });

beforeAll(async () => {
  redis = await RedisServer.start();
  own = redis.client();
  replicas = await ShopReplicas.start({
    limits: [
      ...[`store: ${redis.url}`, "storeTimeout: 2s", `storeLease: ${leaseMs}ms`],
      ...["storePrefix: shop:test", "connectionsPerUser: 3"],
    ],
    groups: { tomas: undefined, lena: undefined, mira: rates, many: rates, anna: rates, last: rates },
  });
});
afterAll(async () => {
  await replicas?.close();
  own?.disconnect();
  await redis?.kill();
});

/** A client, or the SQLSTATE of its refusal. */
function tryToConnect(replica: number, user: string): Promise<Client | string> {
  return replicas.connect(replica, user).catch(({ code }: { code: string }) => code);
}

async function used(replica: number, user: string, limit: string): Promise<unknown> {
  const { body } = await replicas.get(replica, `/v1/limits?user=${user}`);
  const { limits } = body as { limits: readonly { readonly limit: string; readonly used: number }[] };
  return limits.find((each) => each.limit === limit)?.used;
}

/** A statement that keeps its place until the transaction ends. */
async function hold(client: Client): Promise<void> {
  await client.query("BEGIN");
  await client.query("DECLARE held CURSOR FOR SELECT id FROM orders");
  await client.query("FETCH 1 FROM held");
}

test("a user has as many connections as allowed over both servers, and a closed one is free for either", async () => {
  const all = await Promise.all([0, 1, 0, 1, 0, 1, 0, 1].map((replica) => tryToConnect(replica, "tomas")));
  const open = all.filter((each) => typeof each !== "string");
  expect(open).toHaveLength(3);
  expect(all.filter((each) => typeof each === "string")).toEqual(Array.from({ length: 5 }, () => "53300"));
  for (const replica of [0, 1]) expect(await used(replica, "tomas", "connectionsPerUser")).toBe(3);
  await open[0]?.end();
  await vi.waitFor(async () => expect(await tryToConnect(1, "tomas")).not.toBeTypeOf("string"), waitMsMax);
  expect(await tryToConnect(0, "tomas")).toBe("53300");
});

test("a statement waits for one of another server, and runs when that is over", async () => {
  const [first, second, third] = await Promise.all(
    [0, 0, 1].map((replica) => replicas.connect(replica, "mira")),
  );
  if (!first || !second || !third) throw new Error("not connected");
  await hold(first);
  await hold(second);
  let outcome: string | undefined;
  const waiting = outcomeOf(third).then((value) => {
    outcome = value;
  });
  // It has asked, and asks again, while the others hold what there is.
  const asked = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await own.info("commandstats"))?.[1]);
  const before = await asked();
  await vi.waitFor(async () => expect(await asked()).toBeGreaterThan(before + 3), waitMsMax);
  expect(outcome).toBeUndefined();
  for (const replica of [0, 1]) expect(await used(replica, "mira", "concurrentRequests")).toBe(2);
  await first.query("COMMIT");
  await waiting;
  expect(outcome).toBe(amount);
  await second.query("COMMIT");
  await vi.waitFor(async () => expect(await used(1, "mira", "concurrentRequests")).toBe(0), waitMsMax);
});

test("many statements of both servers all get their turn", async () => {
  const clients = await Promise.all([0, 1, 1].map((replica) => replicas.connect(replica, "many")));
  const outcomes = await Promise.all(
    clients.map(async (client) => {
      const of: string[] = [];
      while (of.length < 20) of.push(await outcomeOf(client));
      return of;
    }),
  );
  expect(new Set(outcomes.flat())).toEqual(new Set([amount]));
  await vi.waitFor(async () => expect(await used(0, "many", "concurrentRequests")).toBe(0), waitMsMax);
});

test("every key begins with the prefix and expires", async () => {
  const client = await replicas.connect(0, "anna");
  expect(await outcomeOf(client)).toBe(amount);
  await hold(client);
  const keys = await own.keys("*anna*");
  expect(keys.toSorted()).toEqual(["shop:test:places:connections:anna", "shop:test:places:statements:anna"]);
  for (const key of await own.keys("*")) {
    expect(key).toMatch(/^shop:test:/);
    expect(await own.pttl(key)).toBeGreaterThan(0);
  }
});
test("while Redis is away nobody logs in and sessions stay; a Redis without its data is told what is held", async () => {
  const [first, second] = await Promise.all([0, 1].map((replica) => replicas.connect(replica, "lena")));
  await redis.kill();
  expect(await tryToConnect(0, "lena")).toBe("57P03");
  expect([await outcomeOf(first as Client), await outcomeOf(second as Client)]).toEqual([amount, amount]);
  expect(await replicas.get(0, "/v1/limits?user=lena")).toMatchObject({
    status: 503,
    body: { error: { code: "58000", message: "limits cannot be counted" } },
  });
  const state = "SELECT count(*) AS amount FROM lenswire.limits";
  expect(await outcomeOf(first as Client, state)).toBe("58000 limits cannot be counted");
  await redis.startAgain();
  await vi.waitFor(async () => expect(await used(0, "lena", "connectionsPerUser")).toBe(2), waitMsMax);
  expect(await tryToConnect(1, "lena")).not.toBeTypeOf("string");
  expect(await tryToConnect(0, "lena")).toBe("53300");
});

test("what is held for longer than a lease stays held, and what a killed server held is free after it", async () => {
  const clients = await Promise.all([0, 0, 0].map((replica) => replicas.connect(replica, "last")));
  await hold(clients[0] as Client);
  await hold(clients[1] as Client);
  const key = "shop:test:places:connections:last";
  const ends = (await own.zrange(key, 0, "-1", "WITHSCORES"))
    .filter((_, index) => index % 2 === 1)
    .map((score) => Number(score));
  await vi.waitFor(async () => {
    const [seconds = 0, microseconds = 0] = (await own.time()).map((part) => Number(part));
    expect(seconds * 1e6 + microseconds).toBeGreaterThan(Math.max(...ends));
  }, waitMsMax);
  expect(await tryToConnect(1, "last")).toBe("53300");
  expect(await used(1, "last", "concurrentRequests")).toBe(2);
  replicas.servers[0]?.program.kill("SIGKILL");
  await replicas.servers[0]?.program.ended();
  let client: Client | undefined;
  await vi.waitFor(async () => {
    const one = await tryToConnect(1, "last");
    if (typeof one === "string") throw new Error(one);
    client = one;
  }, waitMsMax);
  expect(await outcomeOf(client as Client)).toBe(amount);
  expect(await used(1, "last", "connectionsPerUser")).toBe(1);
});
