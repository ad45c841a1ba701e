// The attacker holds connections without ever logging in: silent, byte by byte, half closed, or as many as there may be.
// Their time ends whatever they send meanwhile, and who has a password is let in beside them.
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { authenticationTimeoutMs } from "../../src/constants.ts";
import { type LensServer, startLensServer } from "../protocol/lens-server.ts";
import { cString, int32, RawClient } from "../protocol/raw-client.ts";
import { FakeQueryEngine } from "../unit/server/fake-query-engine.ts";

let server: LensServer;
const clients: RawClient[] = [];

beforeEach(async () => {
  server = await startLensServer({ queries: new FakeQueryEngine(), limits: { connectionsMax: 20 } });
});
afterEach(async () => {
  vi.useRealTimers();
  for (const client of clients.splice(0)) client.destroy();
  await server.stop();
});

/** Timers stand still meanwhile; what is waited for comes through sockets. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000_000 && !condition(); turn++) await new Promise(setImmediate);
  expect(condition()).toBe(true);
}

function dial(localAddress = "127.0.0.1"): Promise<RawClient> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server.host, port: server.port, localAddress });
    socket.once("error", reject);
    socket.once("connect", () => {
      const client = RawClient.over(socket);
      clients.push(client);
      resolve(client);
    });
  });
}

async function isServed(localAddress?: string): Promise<boolean> {
  const client = await dial(localAddress);
  const last = (await client.login(server)).at(-1);
  client.destroy();
  return last?.type === "ReadyForQuery";
}

const startup = (parameters: string): Buffer => {
  const body = Buffer.concat([int32(0x30000), Buffer.from(parameters)]);
  return Buffer.concat([int32(body.length + 4), body]);
};
const login = startup("user\0tester\0database\0postgres\0\0");

const stages: Readonly<Record<string, readonly Buffer[]>> = {
  nothing: [],
  "one byte": [Buffer.of(0)],
  "a length": [int32(80)],
  "half a startup packet": [login.subarray(0, login.length - 3)],
  "a request for TLS": [Buffer.concat([int32(8), int32(80_877_103)])],
  "a request for GSSAPI": [Buffer.concat([int32(8), int32(80_877_104)])],
  "a startup packet": [login],
  "the head of a password": [login, Buffer.from("p"), int32(200)],
  "half a SCRAM message": [
    login,
    Buffer.from("p"),
    int32(60),
    cString("SCRAM-SHA-256"),
    int32(30),
    Buffer.from("n,,n=,r="),
  ],
};

describe("after half a minute a client that has sent", () => {
  it.each(Object.entries(stages))("%s, and a byte now and then, is gone", async (_, parts) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const client = await dial();
    let closed = false;
    client.socket.once("close", () => {
      closed = true;
    });
    const seen: Buffer[] = [];
    client.socket.on("data", (chunk: Buffer) => seen.push(chunk));
    for (const part of parts) client.sendBytes(part);
    await until(() => server.listener.connectionCount() === 1);
    const third = authenticationTimeoutMs / 3;
    await vi.advanceTimersByTimeAsync(third);
    expect(server.listener.connectionCount()).toBe(1);
    // Whatever comes does not begin the time anew.
    await vi.advanceTimersByTimeAsync(third);
    client.sendBytes(Buffer.of(0));
    await vi.advanceTimersByTimeAsync(third + 1);
    await vi.advanceTimersByTimeAsync(10_000);
    await until(() => closed && server.listener.connectionCount() === 0);
    expect(Buffer.concat(seen).includes(Buffer.from("R\0\0\0\x08\0\0\0\0", "latin1"))).toBe(false);
    vi.useRealTimers();
    expect(await isServed()).toBe(true);
  });
});

describe("a client that closes its half", () => {
  it.each(Object.entries(stages))("after %s is forgotten", async (_, parts) => {
    const client = await dial();
    for (const part of parts) client.sendBytes(part);
    client.socket.end();
    await client.until("closed");
    await until(() => server.listener.connectionCount() === 0);
    expect(await isServed()).toBe(true);
  });
});

it("one address that holds all connections it can keeps nobody else out", async () => {
  const held = await Promise.all(Array.from({ length: 200 }, () => dial("127.0.0.2")));
  await until(() => held.filter((client) => client.hasMessage).length >= 100);
  // Those beyond its share were told so, and the share is less than all.
  expect(server.listener.connectionCount()).toBe(60);
  expect(await isServed("127.0.0.1")).toBe(true);
  for (const client of held) client.destroy();
  await until(() => server.listener.connectionCount() === 0);
  expect(await isServed("127.0.0.2")).toBe(true);
});
