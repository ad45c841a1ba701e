// Limits of the built program under load: many connections of many users at every limit at once. The counts are exact,
// nobody starves, and nothing legitimate is refused.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { JsonReceiver } from "../support/json-receiver.ts";
import { writeOrders } from "../support/orders-folder.ts";
import { type ServedDemo, serveFolder } from "../support/served-demo.ts";

const users = Array.from({ length: 20 }, (_, index) => `user${index}`);
const connectionsEach = 10;
const statementsEach = 5;
const requestsPerHour = 30;

let folder: string;
let served: ServedDemo;
let webhook: JsonReceiver;
const told: {
  readonly limit: string;
  readonly subject: string;
  readonly used: number;
  readonly max: number;
}[] = [];

beforeAll(async () => {
  webhook = await JsonReceiver.start<(typeof told)[number]>((body) => {
    told.push(body);
    return 200;
  });
  folder = await mkdtemp(join(tmpdir(), "lenswire-limits-"));
  const files = {
    "config.yaml": `name: test
sources: [{name: shop, type: duckdb, path: ./shop.duckdb}]
lenses: [{name: shop, model: ./model}]
server: {port: 0}
admin: {port: 0}
auth: {users: ./users.yml}
limits:
  connectionsPerUser: ${connectionsEach}
  statementsPerSource: 8
  idleTimeout: 10m
  webhook: ${webhook.url}/alerts
audit: {file: ./audit.jsonl}
`,
    "users.yml": `users:\n${[...users, "free"].map((name) => `  - {name: ${name}, password: ${name}, groups: [${name === "free" ? "free" : "many"}]}\n`).join("")}`,
    "model/user_groups.yml": `user_groups:
  - {name: many, includes: [roles:id:many], rateLimits: {requestsPerHour: ${requestsPerHour}, concurrentRequests: 2}}
  - {name: free, includes: [roles:id:free]}
`,
  };
  await writeOrders(folder, files);
  const config = join(folder, "config.yaml");
  const auditFile = join(folder, "audit.jsonl");
  const remove = () => rm(folder, { recursive: true, force: true });
  served = await serveFolder({ folder, database: "shop", config, auditFile, remove });
});
afterAll(async () => {
  await served?.remove();
  await webhook?.close();
});

async function connect(user: string): Promise<Client> {
  const { host, port, database } = served;
  const client = new Client({ host, port, database, user, password: user });
  await client.connect();
  return client;
}

async function outcomeOf(client: Client): Promise<string> {
  try {
    const { rows } = await client.query("SELECT MEASURE(amount) AS amount FROM orders");
    return String(rows[0]?.amount);
  } catch (error) {
    const { code, message } = error as { readonly code: string; readonly message: string };
    return `${code} ${message}`;
  }
}

test("200 connections of 20 users: each user's limits hold to the letter, and a user without limits is not held up", async () => {
  const clients = await Promise.all(
    users.flatMap((user) =>
      Array.from({ length: connectionsEach }, async () => ({ user, client: await connect(user) })),
    ),
  );
  // One more of each is refused while all of these are open.
  for (const user of users) await expect(connect(user)).rejects.toMatchObject({ code: "53300" });
  const outcomes = new Map(users.map((user): [string, string[]] => [user, []]));
  const free = await connect("free");
  const freeOutcomes: string[] = [];
  await Promise.all([
    ...clients.map(async ({ user, client }) => {
      for (let count = 0; count < statementsEach; count += 1)
        outcomes.get(user)?.push(await outcomeOf(client));
    }),
    (async () => {
      for (let count = 0; count < 20; count += 1) freeOutcomes.push(await outcomeOf(free));
    })(),
  ]);
  const amount = "2997";
  for (const user of users) {
    const all = outcomes.get(user) ?? [];
    expect(all.filter((outcome) => outcome === amount)).toHaveLength(requestsPerHour);
    expect(all.filter((outcome) => outcome === "53400 too many requests per hour")).toHaveLength(
      connectionsEach * statementsEach - requestsPerHour,
    );
  }
  expect(freeOutcomes).toEqual(Array.from({ length: 20 }, () => amount));
  await Promise.all([free, ...clients.map(({ client }) => client)].map((client) => client.end()));
});

test("the audit has every statement that ran and every one that was refused, and never more at once than allowed", async () => {
  await served.stop();
  const records = (await readFile(served.auditFile, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const userOf = new Map<string, string>();
  const running = new Map<string, number>();
  let most = 0;
  for (const { event, id, user } of records) {
    if (event === "opened") {
      userOf.set(id, user);
      running.set(user, (running.get(user) ?? 0) + 1);
      if (user !== "free") most = Math.max(most, running.get(user) ?? 0);
    } else if (event === "closed") {
      const name = userOf.get(id) ?? "";
      running.set(name, (running.get(name) ?? 0) - 1);
    }
  }
  for (const user of users) {
    const of = (event: string) => records.filter((record) => record.event === event && record.user === user);
    expect(of("opened")).toHaveLength(requestsPerHour);
    expect(of("refused").map(({ outcome }) => outcome)).toEqual(Array.from({ length: 20 }, () => "53400"));
  }
  expect([...running.values()].every((count) => count === 0)).toBe(true);
  // The record of an end is written after its place was given back, so one more may stand between.
  expect(most).toBeLessThanOrEqual(4);
});

test("the webhook was told of each user's limits once", () => {
  for (const limit of ["requestsPerHour", "connectionsPerUser"]) {
    const subjects = told.filter((each) => each.limit === limit).map(({ subject }) => subject);
    expect(subjects.toSorted()).toEqual(users.toSorted());
  }
  expect(told.find(({ limit }) => limit === "requestsPerHour")).toMatchObject({ used: 24, max: 30 });
});
