// The attacker wants to end somebody else's statement, by guessing or by using a key again. With the right key it ends.
import { afterAll, beforeAll, expect, it } from "vitest";
import { int32, RawClient } from "../protocol/raw-client.ts";
import { type AttackServer, startAttackServer } from "./attack-server.ts";
import { vault, vaultUsers } from "./vault-lens.ts";

const slow =
  "SELECT count(*) FROM accounts, generate_series(1, 100000) a, generate_series(1, 1000000) b WHERE a + b < 0";
let server: AttackServer;

beforeAll(async () => {
  server = await startAttackServer({ lenses: [vault], users: vaultUsers });
});
afterAll(() => server?.stop());

async function session(user: string, version?: number): Promise<RawClient> {
  const client = await RawClient.connect(server.host, server.port);
  await client.login({ user, password: user, database: "vault" }, {}, version);
  return client;
}

/** Resolves when the server has closed the connection, without a word. */
async function cancel(processId: number, key: Buffer): Promise<void> {
  const client = await RawClient.connect(server.host, server.port);
  client.sendBytes(Buffer.concat([int32(12 + key.length), int32(80_877_102), int32(processId), key]));
  expect(await client.nextByte()).toBeUndefined();
  client.destroy();
}

function changed(key: Buffer, place: number): Buffer {
  const copy = Buffer.from(key);
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}

it("no wrong key ends a statement, and the right one does", async () => {
  const victim = await session("open");
  const thief = await session("guarded");
  victim.sendQuery(slow);
  const { processId, secretKey } = victim;
  const guesses: [number, Buffer][] = [
    ...Array.from(secretKey, (_, place): [number, Buffer] => [processId, changed(secretKey, place)]),
    [processId, Buffer.alloc(0)],
    [processId, secretKey.subarray(0, 3)],
    [processId, Buffer.concat([secretKey, Buffer.of(0)])],
    [processId, Buffer.alloc(4)],
    [processId, Buffer.alloc(256, 255)],
    [processId, Buffer.alloc(2000)],
    [processId + 1, secretKey],
    [0, secretKey],
    [-1, secretKey],
    [thief.processId, secretKey],
    [processId, thief.secretKey],
  ];
  for (const [id, key] of guesses) await cancel(id, key);
  for (let turn = 0; turn < 200; turn++) await cancel(processId, int32(turn * 7919));
  // The victim's statement runs on: nothing has come from it.
  expect(victim.hasMessage).toBe(false);
  await cancel(processId, secretKey);
  expect(await victim.until("ReadyForQuery")).toMatchObject([{ code: "57014" }, { type: "ReadyForQuery" }]);
  victim.destroy();
  thief.destroy();
});

it("keys do not tell one another: no process id follows another, and none comes twice", async () => {
  const clients = await Promise.all(Array.from({ length: 12 }, () => session("open", 0x30002)));
  const ids = clients.map(({ processId }) => processId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(clients.map(({ secretKey }) => secretKey.toString("hex"))).size).toBe(ids.length);
  expect(clients[0]?.secretKey.length).toBe(32);
  const steps = ids.slice(1).map((id, place) => Math.abs(id - (ids[place] ?? 0)));
  expect(Math.max(...steps)).toBeGreaterThan(10_000);
  for (const client of clients) client.destroy();
});

it("the key of a session that has ended ends nobody's statement, nor does one that comes too late", async () => {
  const gone = await session("open");
  const { processId, secretKey } = gone;
  await cancel(processId, secretKey);
  gone.sendQuery("SELECT count(*) FROM branches");
  expect(JSON.stringify(await gone.until("ReadyForQuery"))).toContain('"3"');
  gone.sendMessage("X");
  await gone.until("closed");
  const other = await session("open");
  other.sendQuery(slow);
  await cancel(processId, secretKey);
  expect(other.hasMessage).toBe(false);
  await cancel(other.processId, other.secretKey);
  expect(await other.until("ReadyForQuery")).toMatchObject([{ code: "57014" }, {}]);
  other.destroy();
});

it("a user's own SQL cancels nobody", async () => {
  const client = await server.connect("guarded");
  for (const sql of [
    "SELECT pg_cancel_backend(1)",
    "SELECT pg_terminate_backend(1)",
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity",
  ])
    expect(await client.ask(sql)).toMatchObject({ code: "42501" });
  await client.end();
});
