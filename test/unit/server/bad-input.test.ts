// Whatever bytes come in, each client gets the right code or a closed connection, and the next one is served.
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LensServer, startLensServer } from "../../protocol/lens-server.ts";
import { cString, int32, RawClient, type RawMessage } from "../../protocol/raw-client.ts";
import { FakeQueryEngine } from "./fake-query-engine.ts";
import { waitUntil } from "./wait-until.ts";

let server: LensServer;

beforeAll(async () => {
  server = await startLensServer({ queries: new FakeQueryEngine(), limits: { connectionsMax: 1000 } });
});

afterAll(() => server.stop());

async function connect(): Promise<RawClient> {
  return RawClient.connect(server.host, server.port);
}

async function login(): Promise<RawClient> {
  const client = await connect();
  expect((await client.login(server)).at(-1)).toMatchObject({ type: "ReadyForQuery", status: "I" });
  return client;
}

async function expectServed(): Promise<void> {
  const client = await login();
  client.sendQuery("select 1");
  expect((await client.until("ReadyForQuery")).map(({ type }) => type)).toEqual([
    "RowDescription",
    "DataRow",
    "CommandComplete",
    "ReadyForQuery",
  ]);
  client.destroy();
}

async function answerBeforeLogin(bytes: Buffer): Promise<RawMessage[]> {
  const client = await connect();
  client.sendBytes(bytes);
  const messages = await client.until("closed");
  client.destroy();
  return messages;
}

async function answerAfterLogin(bytes: Buffer, until = "closed"): Promise<RawMessage[]> {
  const client = await login();
  client.sendBytes(bytes);
  const messages = await client.until(until);
  client.destroy();
  return messages;
}

function startup(body: Buffer): Buffer {
  return Buffer.concat([int32(body.length + 8), int32(0x30000), body]);
}

it.each([0, 1, 3, 4, 7, 10_006, 2 ** 30, 2 ** 31 - 1, -1, -(2 ** 31)])(
  "closes without a word on a startup packet of length %i",
  async (length) => {
    expect(await answerBeforeLogin(Buffer.concat([int32(length), Buffer.alloc(16)]))).toEqual([
      { type: "closed" },
    ]);
    await expectServed();
  },
);

it.each([
  "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
  "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001",
  "\0\0\0\0\0\0\0\0",
])("closes without a word on other protocols: %j", async (text) => {
  expect(await answerBeforeLogin(Buffer.from(text, "latin1"))).toEqual([{ type: "closed" }]);
  await expectServed();
});

it.each([
  ["no terminator", Buffer.from("user\0tester\0"), "08P01"],
  ["a NUL inside a value", Buffer.from("user\0tes\0ter\0\0"), "08P01"],
  ["a name without a value", Buffer.from("user\0tester\0database\0\0"), "08P01"],
  ["no user", Buffer.from("database\0postgres\0\0"), "28000"],
  ["an empty user", Buffer.from("user\0\0\0"), "28000"],
  [
    "invalid UTF-8",
    Buffer.concat([Buffer.from("user\0"), Buffer.of(0xff, 0xfe), Buffer.from("\0\0")]),
    "22021",
  ],
])("refuses a startup packet with %s", async (_what, body, code) => {
  const [error] = await answerBeforeLogin(startup(body));
  expect(error).toMatchObject({ type: "ErrorResponse", severity: "FATAL", code });
  await expectServed();
});

it("takes startup parameters that are names of JavaScript's own objects as unknown settings", async () => {
  const client = await connect();
  const messages = await client.login(server, { __proto__x: "1" });
  expect(messages.at(-1)).toMatchObject({ type: "ErrorResponse", severity: "FATAL", code: "42704" });
  for (const name of ["constructor", "__proto__", "toString"]) {
    const other = await connect();
    other.sendBytes(startup(Buffer.from(`user\0tester\0database\0postgres\0${name}\0x\0\0`)));
    expect((await other.authenticate("secret")).at(-1)).toMatchObject({ code: "42704" });
    other.destroy();
  }
  client.destroy();
});

it("refuses a second SSLRequest as a protocol that does not exist", async () => {
  const request = Buffer.concat([int32(8), int32(80_877_103)]);
  const client = await connect();
  client.sendBytes(request);
  expect(await client.nextByte()).toBe("N".charCodeAt(0));
  client.sendBytes(request);
  expect((await client.until("closed"))[0]).toMatchObject({ severity: "FATAL", code: "0A000" });
  client.destroy();
});

it.each([
  ["wrong password", "tester", "wrong"],
  ["unknown user", "nobody", "secret"],
])("refuses a %s with the same words", async (_what, user, password) => {
  const client = await connect();
  const messages = await client.login({ user, password, database: "postgres" });
  expect(messages.map(({ type }) => type)).toEqual([
    "AuthenticationSASL",
    "AuthenticationSASLContinue",
    "ErrorResponse",
  ]);
  expect(messages.at(-1)).toMatchObject({
    severity: "FATAL",
    code: "28P01",
    message: `password authentication failed for user "${user}"`,
  });
  client.destroy();
});

it("gives an unknown user the same salt each time", async () => {
  const salts = new Set<string>();
  for (let attempt = 0; attempt < 2; attempt++) {
    const client = await connect();
    const messages = await client.login({ user: "nobody", password: "x", database: "postgres" });
    salts.add(String(messages[1]?.["data"]).split(",")[1] ?? "");
    client.destroy();
  }
  expect(salts.size).toBe(1);
});

it.each([
  [
    "a Query in place of a password",
    Buffer.concat([Buffer.from("Q"), int32(8), Buffer.from("abc\0")]),
    "08P01",
  ],
  ["a password of 2 GB", Buffer.concat([Buffer.from("p"), int32(2 ** 31 - 1)]), "28P01"],
  [
    "an unknown mechanism",
    Buffer.concat([Buffer.from("p"), int32(14), cString("PLAIN"), int32(-1)]),
    "08P01",
  ],
  [
    "a broken SCRAM message",
    Buffer.concat([Buffer.from("p"), int32(25), cString("SCRAM-SHA-256"), int32(3), Buffer.from("abc")]),
    "08P01",
  ],
])("refuses %s during login", async (_what, bytes, code) => {
  const client = await connect();
  client.sendStartup({ user: "tester", database: "postgres" });
  await client.until("AuthenticationSASL");
  client.sendBytes(bytes);
  expect((await client.until("closed"))[0]).toMatchObject({ type: "ErrorResponse", severity: "FATAL", code });
  client.destroy();
  await expectServed();
});

it("refuses an unknown database after authentication", async () => {
  const client = await connect();
  const messages = await client.login({ ...server, database: "nowhere" });
  expect(messages.at(-1)).toMatchObject({ severity: "FATAL", code: "3D000" });
  client.destroy();
});

it.each([
  ["an unknown type", "z", 4, "08P01", "invalid frontend message type 122"],
  ["a Query of 2 GB", "Q", 2 ** 31 - 1, "54000", "message is too large"],
  ["a Parse of 17 MiB", "P", 17 * 1024 * 1024, "54000", "message is too large"],
])("ends the connection with an error on %s", async (_what, type, length, code, message) => {
  const messages = await answerAfterLogin(Buffer.concat([Buffer.from(type), int32(length)]));
  expect(messages[0]).toMatchObject({ type: "ErrorResponse", severity: "FATAL", code, message });
  expect(messages[1]).toEqual({ type: "closed" });
  await expectServed();
});

it.each([
  ["S", 2 ** 30],
  ["D", 2 ** 20],
  ["Q", 3],
  ["Q", 0],
  ["Q", -1],
])("closes without a word on a message %s of length %i", async (type, length) => {
  const bytes = Buffer.concat([Buffer.from(type), int32(length)]);
  expect(await answerAfterLogin(bytes)).toEqual([{ type: "closed" }]);
  await expectServed();
});

it("answers invalid UTF-8 with 22021 and goes on", async () => {
  const text = Buffer.concat([Buffer.from("select '"), Buffer.of(0xc3, 0x28), Buffer.from("'\0")]);
  const bytes = Buffer.concat([Buffer.from("Q"), int32(text.length + 4), text]);
  expect(await answerAfterLogin(bytes, "ReadyForQuery")).toMatchObject([
    { code: "22021", message: 'invalid byte sequence for encoding "UTF8": 0xc3 0x28' },
    { type: "ReadyForQuery", status: "I" },
  ]);
});

it.each([0, 1, 4, 20])("forgets a client that leaves %i bytes into its login", async (count) => {
  const before = server.listener.connectionCount();
  const client = await connect();
  client.sendBytes(startup(Buffer.from("user\0tester\0\0")).subarray(0, count));
  client.socket.end();
  await client.until("closed");
  client.destroy();
  await waitUntil(() => server.listener.connectionCount() <= before);
  await expectServed();
});

it("forgets a client that leaves in the middle of a message", async () => {
  const client = await login();
  client.sendBytes(Buffer.concat([Buffer.from("Q"), int32(100), Buffer.from("select")]));
  client.socket.end();
  expect(await client.until("closed")).toEqual([{ type: "closed" }]);
  await expectServed();
});

it("answers alike however the bytes are cut", async () => {
  const bytes = Buffer.concat([Buffer.from("Q"), int32(13), cString("select 1"), Buffer.from("S"), int32(4)]);
  const client = await login();
  for (const byte of bytes) {
    client.sendBytes(Buffer.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await client.until("ReadyForQuery")).at(-1)).toMatchObject({ status: "I" });
  expect(await client.until("ReadyForQuery")).toMatchObject([{ status: "I" }]);
  client.destroy();
});

it("survives any bytes before and after login", async () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 200 });
  const letters = fc.constantFrom(..."QPBDECSHXFdcfp");
  const framed = fc
    .tuple(letters, chunk)
    .map(([letter, body]) => Buffer.concat([Buffer.from(letter), int32(body.length + 4), body]));
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(fc.oneof(chunk, framed), { maxLength: 5 }),
      async (isLoggedIn, chunks) => {
        const client = isLoggedIn ? await login() : await connect();
        for (const each of chunks) client.sendBytes(each);
        client.socket.end();
        await client.until("closed");
        client.destroy();
      },
    ),
    { numRuns: 150 },
  );
  expect(server.events.filter((event) => event.kind === "internalError")).toEqual([]);
  await expectServed();
  await waitUntil(() => server.listener.connectionCount() === 0);
});
