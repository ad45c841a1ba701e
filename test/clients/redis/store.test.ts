// The store itself: clocks of servers that are wrong, what holds while it is away and `failOpen` says so, what is said once,
// TLS and passwords.
import { afterEach, expect, test, vi } from "vitest";
import { JsonReceiver } from "../../support/json-receiver.ts";
import { certificateFile } from "../../support/real-postgres.ts";
import { RedisServer } from "../../support/redis-server.ts";
import { outcomeOf, ShopReplicas } from "./shop-replicas.ts";

vi.setConfig({ testTimeout: 120_000 });
const amount = "2997";
const refused = "53400 too many requests per minute";
const waitMsMax = 60_000;
const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function startRedis(start: () => Promise<RedisServer>): Promise<RedisServer> {
  const redis = await start();
  ending.push(() => redis.kill());
  return redis;
}

async function startReplicas(...options: Parameters<typeof ShopReplicas.start>): Promise<ShopReplicas> {
  const replicas = await ShopReplicas.start(...options);
  ending.push(() => replicas.close());
  return replicas;
}

/** A program whose clocks go wrong: by two hours from the start, and by two more, back, at each SIGUSR2. */
const wrongClock = `--import=data:text/javascript,${encodeURIComponent(`
  let shift = 7200000;
  const now = Date.now, monotonic = performance.now.bind(performance);
  Date.now = () => now() + shift;
  performance.now = () => monotonic() + Math.abs(shift);
  process.on("SIGUSR2", () => { shift -= 14400000; process.stderr.write("clock set back\\n"); });
`)}`;

test("what the servers' clocks say does not matter", async () => {
  const redis = await startRedis(() => RedisServer.start());
  const replicas = await startReplicas({
    limits: [`store: ${redis.url}`, "storeTimeout: 5s"],
    groups: { mira: "requestsPerMinute: 6" },
    environments: [{}, { NODE_OPTIONS: wrongClock }],
  });
  const [right, wrong] = await Promise.all([0, 1].map((replica) => replicas.connect(replica, "mira")));
  if (!right || !wrong) throw new Error("not connected");
  const outcomes = [await outcomeOf(right), await outcomeOf(wrong), await outcomeOf(right)];
  const program = replicas.servers[1]?.program;
  program?.kill("SIGUSR2");
  await program?.printed("stderr", /clock set back/);
  outcomes.push(await outcomeOf(wrong), await outcomeOf(right), await outcomeOf(wrong));
  expect(outcomes).toEqual(Array.from({ length: 6 }, () => amount));
  expect([await outcomeOf(wrong), await outcomeOf(right)]).toEqual([refused, refused]);
});

test("with failOpen each server counts for itself while Redis is away, from what it has let through", async () => {
  const redis = await startRedis(() => RedisServer.start());
  const replicas = await startReplicas({
    limits: [`store: ${redis.url}`, "storeTimeout: 2s", "failOpen: true", "connectionsPerUser: 2"],
    groups: { mira: "requestsPerMinute: 4, concurrentRequests: 3" },
  });
  const [here, there] = await Promise.all([0, 1].map((replica) => replicas.connect(replica, "mira")));
  if (!here || !there) throw new Error("not connected");
  expect([await outcomeOf(here), await outcomeOf(here), await outcomeOf(there)]).toEqual([
    amount,
    amount,
    amount,
  ]);
  await expect(replicas.connect(0, "mira")).rejects.toMatchObject({ code: "53300" });
  await redis.kill();
  expect([await outcomeOf(here), await outcomeOf(here), await outcomeOf(here)]).toEqual([
    amount,
    amount,
    refused,
  ]);
  expect(await outcomeOf(there)).toBe(amount);
  await replicas.connect(0, "mira");
  await expect(replicas.connect(0, "mira")).rejects.toMatchObject({ code: "53300" });
  expect(await replicas.get(0, "/ready")).toEqual({
    status: 200,
    body: { status: "ready", without: ["the store of limits"] },
  });
  await redis.startAgain();
  await vi.waitFor(async () => {
    expect(await replicas.get(0, "/ready")).toEqual({ status: 200, body: { status: "ready" } });
    // What was let in meanwhile is told to Redis.
    const { body } = await replicas.get(1, "/v1/limits?user=mira");
    expect(body).toMatchObject({
      limits: expect.arrayContaining([expect.objectContaining({ limit: "connectionsPerUser", used: 3 })]),
    });
  }, waitMsMax);
});

test("that a limit is nearly reached is told to the webhook once, not by each server", async () => {
  const told: unknown[] = [];
  const webhook = await JsonReceiver.start((body) => {
    told.push(body);
    return 200;
  });
  ending.push(() => webhook.close());
  const redis = await startRedis(() => RedisServer.start());
  const replicas = await startReplicas({
    limits: [`store: ${redis.url}`, "storeTimeout: 5s", `webhook: ${webhook.url}/`],
    groups: { mira: "requestsPerMinute: 10" },
  });
  const clients = await Promise.all([0, 1].map((replica) => replicas.connect(replica, "mira")));
  for (let count = 0; count < 5; count += 1)
    for (const client of clients) expect(await outcomeOf(client)).toBe(amount);
  await replicas.close();
  expect(told).toMatchObject([{ limit: "requestsPerMinute", subject: "mira", used: 8, max: 10 }]);
});

test("over TLS with a password; and none of it is ever shown", async () => {
  const password = "s3cr@t/7";
  const redis = await startRedis(() => RedisServer.startWithTls(["--requirepass", password]));
  const url = `rediss://localhost:${redis.port}/2`;
  const ca = `storeCa: ${certificateFile("authority.crt")}`;
  const groups = { mira: "requestsPerMinute: 3" };
  const start = (...limits: string[]) =>
    startReplicas({ limits, groups, environments: [{ REDIS_PASSWORD: password }] }, 1);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's way to name a variable.
  const right = await start(`store: ${url}`, "storePassword: ${REDIS_PASSWORD}", "storeTimeout: 5s", ca);
  const client = await right.connect(0, "mira");
  for (const outcome of [amount, amount, amount, refused]) expect(await outcomeOf(client)).toBe(outcome);
  const shown = (replicas: ShopReplicas) =>
    replicas.servers.map(({ program }) => program.stdout + program.stderr).join();
  expect(shown(right)).not.toContain("s3cr");
  const wrongs = [
    [[`store: ${url}`, "storePassword: s3cret", ca], "WRONGPASS"],
    [
      [`store: rediss://:${encodeURIComponent(password)}@localhost:${redis.port}`],
      "SELF_SIGNED_CERT_IN_CHAIN",
    ],
    [
      [`store: rediss://:${encodeURIComponent(password)}@127.0.0.1:${redis.port}`, ca],
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
  ] as const;
  await Promise.all(
    wrongs.map(async ([limits, reason]) => {
      const wrong = await start(...limits, "storeTimeout: 300ms");
      await expect(wrong.connect(0, "mira")).rejects.toMatchObject({ code: "57P03" });
      await wrong.servers[0]?.program.printed("stderr", new RegExp(`"reason":"${reason}"`));
      expect(shown(wrong)).not.toMatch(/s3cr/);
    }),
  );
});
