// A service that knows whose a token is: what it is asked, how long its word holds, and that silence lets nobody in.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noAttributes } from "../../../src/attributes.ts";
import { createTokenIntrospection } from "../../../src/authentication/token-introspection.ts";
import type { VerifyToken } from "../../../src/authentication/verify-token.ts";
import type { LensEvent } from "../../../src/events.ts";
import { ManualClock } from "./manual-clock.ts";

type Answer = (response: ServerResponse) => void;

const clock = new ManualClock();
const events: LensEvent[] = [];
const asked: { readonly url: string | undefined; readonly body: unknown }[] = [];
let server: Server;
let answer: Answer;
let verify: VerifyToken;

const json =
  (value: unknown): Answer =>
  (response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  };

const isMira = json({
  allow: true,
  result: { id: "mira", tags: ["roles:id:data-dev", "users:id:mira", "roles:id:user"] },
  valid: true,
});

beforeEach(async () => {
  events.length = 0;
  asked.length = 0;
  answer = isMira;
  server = createServer((request: IncomingMessage, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      asked.push({ url: `${request.method} ${request.url}`, body: JSON.parse(text) });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  verify = verifier(100);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function verifier(timeoutMs: number): VerifyToken {
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/heimdall/`;
  const emit = (event: LensEvent) => events.push(event);
  const attributes = new Map([
    ["region", "data.region"],
    ["level", "level"],
  ]);
  return createTokenIntrospection({ url, timeoutMs, attributes, cacheMs: 120_000, clock, emit });
}

test("the token's owner is the user, with the roles among its tags as groups", async () => {
  verify = verifier(5000);
  const credential = await verify("mira", "key-1");
  expect(credential?.identity).toEqual({
    user: "mira",
    groups: ["data-dev", "user"],
    attributes: noAttributes,
  });
  expect(asked).toEqual([{ url: "POST /heimdall/api/v1/authorize", body: { token: "key-1" } }]);
});

test("an answer holds for its time, for logins and for sessions alike", async () => {
  verify = verifier(5000);
  const credential = await verify("mira", "key-1");
  await verify("mira", "key-1");
  expect(credential?.check()).toBeUndefined();
  expect(asked).toHaveLength(1);
  clock.ms += 120_000;
  expect(await credential?.check()).toBeUndefined();
  expect(asked).toHaveLength(2);
});

test("many who come with one token at once ask once", async () => {
  verify = verifier(5000);
  const all = await Promise.all(Array.from({ length: 50 }, () => verify("mira", "key-1")));
  expect(all.every((credential) => credential?.identity.user === "mira")).toBe(true);
  expect(asked).toHaveLength(1);
});

test.each<[string, Answer]>([
  ["that belongs to somebody else", json({ allow: true, result: { id: "tomas", tags: [] }, valid: true })],
  ["that is not allowed", json({ allow: false, result: { id: "mira", tags: [] }, valid: true })],
  ["that is not valid", json({ allow: true, result: { id: "mira", tags: [] }, valid: false })],
  ["that is refused with 401", (response) => response.writeHead(401).end()],
  ["that is refused with 403", (response) => response.writeHead(403).end()],
])("a token %s is none", async (_, given) => {
  verify = verifier(5000);
  answer = given;
  expect(await verify("mira", "key-1")).toBeUndefined();
  expect(events).toEqual([]);
});

test.each<[string, Answer]>([
  ["an error", (response) => response.writeHead(500).end("trouble")],
  ["no JSON", (response) => response.end("<html>")],
  ["an answer without an id", json({ allow: true, result: {}, valid: true })],
  ["a way to somewhere else", (response) => response.writeHead(307, { location: "/elsewhere" }).end()],
  ["more than an answer", (response) => response.end(JSON.stringify("x".repeat(300_000)))],
  ["nothing, and closes", (response) => response.destroy()],
])("with %s nobody is let in, and the log says why", async (_, given) => {
  verify = verifier(5000);
  answer = given;
  expect(await verify("mira", "key-1")).toBeUndefined();
  expect(events).toMatchObject([{ kind: "identityProviderFailed", provider: "heimdall" }]);
  expect(asked.every(({ url }) => url === "POST /heimdall/api/v1/authorize")).toBe(true);
});

test("a service that does not answer in time lets nobody in", async () => {
  answer = () => {};
  expect(await verify("mira", "key-1")).toBeUndefined();
  expect(events).toMatchObject([{ kind: "identityProviderFailed", error: { name: "TimeoutError" } }]);
});

test("a session ends when its token is revoked, when its roles change, and when nobody can say", async () => {
  verify = verifier(5000);
  const open = async () => {
    answer = isMira;
    const credential = await verify("mira", `key-${asked.length}`);
    clock.ms += 120_000;
    return credential;
  };
  const revoked = await open();
  answer = json({ allow: false });
  expect(await revoked?.check()).toMatchObject({ sqlstate: "28000", severity: "FATAL" });
  expect(await revoked?.check()).toMatchObject({ detail: "The token is not accepted any more." });
  const changed = await open();
  answer = json({ allow: true, result: { id: "mira", tags: ["roles:id:admin"] } });
  expect(await changed?.check()).toMatchObject({ sqlstate: "28000" });
  const unknown = await open();
  answer = (response) => response.writeHead(503).end();
  expect(await unknown?.check()).toMatchObject({
    sqlstate: "28000",
    detail: "Whether the token is still accepted cannot be found out.",
  });
});

test("a token that was refused is asked about again after ten seconds", async () => {
  verify = verifier(5000);
  answer = json({ allow: false });
  expect(await verify("mira", "key-1")).toBeUndefined();
  answer = isMira;
  expect(await verify("mira", "key-1")).toBeUndefined();
  clock.ms += 10_000;
  expect(await verify("mira", "key-1")).toBeDefined();
});

test("values of the answer are attributes, and a session ends when they change", async () => {
  verify = verifier(5000);
  const result = { id: "mira", tags: [], level: 3, data: { region: "north", name: "not asked for" } };
  answer = json({ allow: true, result });
  const credential = await verify("mira", "key-a");
  expect(credential?.identity.attributes).toEqual(
    new Map<string, unknown>([
      ["region", "north"],
      ["level", 3],
    ]),
  );
  clock.ms += 120_000;
  expect(await credential?.check()).toBeUndefined();
  clock.ms += 120_000;
  answer = json({ allow: true, result: { ...result, data: { region: "south" } } });
  expect(await credential?.check()).toMatchObject({ sqlstate: "28000", severity: "FATAL" });
});
