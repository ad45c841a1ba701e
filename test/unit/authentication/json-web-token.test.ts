// Tokens of an identity provider: which are taken, and every way in which one is not.

import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { noAttributes } from "../../../src/attributes.ts";
import { createJsonWebTokenVerifier } from "../../../src/authentication/json-web-token.ts";
import type { LensEvent } from "../../../src/events.ts";
import { ManualClock } from "./manual-clock.ts";

const issuer = "https://id.example.com";
const clock = new ManualClock();
const events: LensEvent[] = [];
let folder: string;
let file: string;
let signing: CryptoKey;
let publicPem: string;
let server: Server | undefined;

async function newKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  return { privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, use: "sig" } };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lenswire-jwt-"));
  file = join(folder, "jwks.json");
  const { privateKey, publicKey, jwk } = await newKey("one");
  signing = privateKey;
  publicPem = await exportSPKI(publicKey);
  await writeFile(file, JSON.stringify({ keys: [jwk] }));
});
afterEach(async () => {
  events.length = 0;
  clock.ms = Date.parse("2026-01-01T00:00:00Z");
  await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  server = undefined;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const verifierFor = (options: { readonly jwks?: string; readonly userClaim?: string } = {}) =>
  createJsonWebTokenVerifier({
    issuer,
    audience: "lenswire",
    jwks: options.jwks ?? file,
    userClaim: options.userClaim ?? "sub",
    groupsClaim: "groups",
    attributes: new Map([
      ["region", "region"],
      ["regions", "https://example.test/regions"],
      ["level", "profile.level"],
    ]),
    algorithms: ["RS256", "ES256"],
    clockSkewMs: 30_000,
    clock,
    emit: (event) => events.push(event),
  });

const seconds = () => clock.ms / 1000;

interface TokenParts {
  readonly claims?: Record<string, unknown>;
  readonly kid?: string;
  readonly key?: CryptoKey;
}

function signed({ claims = {}, kid = "one", key = signing }: TokenParts = {}): Promise<string> {
  const all = {
    iss: issuer,
    aud: "lenswire",
    sub: "mira",
    exp: seconds() + 600,
    groups: ["analyst"],
    ...claims,
  };
  return new SignJWT(all).setProtectedHeader({ alg: "RS256", kid }).sign(key);
}

test("a token of the provider makes its subject the user, with its groups", async () => {
  const verify = await verifierFor();
  expect((await verify("mira", await signed()))?.identity).toEqual({
    user: "mira",
    groups: ["analyst"],
    attributes: noAttributes,
  });
  const oneGroup = await signed({ claims: { groups: "viewer" } });
  expect((await verify("mira", oneGroup))?.identity.groups).toEqual(["viewer"]);
  const noGroups = await signed({ claims: { groups: undefined } });
  expect((await verify("mira", noGroups))?.identity.groups).toEqual([]);
});

test("the user's name may stand in another claim", async () => {
  const verify = await verifierFor({ userClaim: "email" });
  const token = await signed({ claims: { email: "mira@example.com" } });
  expect((await verify("mira@example.com", token))?.identity.user).toBe("mira@example.com");
  expect(await verify("mira", token)).toBeUndefined();
});

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

test.each<[string, () => Promise<string> | string]>([
  ["of somebody else", () => signed({ claims: { sub: "tomas" } })],
  ["of another issuer", () => signed({ claims: { iss: "https://evil.example.com" } })],
  ["for another audience", () => signed({ claims: { aud: "another" } })],
  ["without an audience", () => signed({ claims: { aud: undefined } })],
  ["that has expired", () => signed({ claims: { exp: seconds() - 31 } })],
  ["that never expires", () => signed({ claims: { exp: undefined } })],
  ["that is not valid yet", () => signed({ claims: { nbf: seconds() + 31 } })],
  ["without a user", () => signed({ claims: { sub: undefined } })],
  ["whose user is no text", () => signed({ claims: { sub: ["mira"] } })],
  ["of a key that is not known", () => signed({ kid: "two" })],
  ["signed by another key under a known name", async () => signed({ key: (await newKey("one")).privateKey })],
  [
    "that is not signed (alg none)",
    () =>
      `${base64url({ alg: "none" })}.${base64url({ iss: issuer, aud: "lenswire", sub: "mira", exp: 9e9 })}.`,
  ],
  [
    "signed with the public key as a secret (key confusion)",
    () =>
      new SignJWT({ iss: issuer, aud: "lenswire", sub: "mira", exp: 9e9 })
        .setProtectedHeader({ alg: "HS256", kid: "one" })
        .sign(new TextEncoder().encode(publicPem)),
  ],
  [
    "of an algorithm that is not configured",
    async () => {
      const { privateKey } = await generateKeyPair("PS256");
      return new SignJWT({ sub: "mira" }).setProtectedHeader({ alg: "PS256", kid: "one" }).sign(privateKey);
    },
  ],
  [
    "with changed claims",
    async () => {
      const [header, , signature] = (await signed()).split(".");
      return `${header}.${base64url({ iss: issuer, aud: "lenswire", sub: "mira", exp: 9e9, groups: ["admin"] })}.${signature}`;
    },
  ],
  [
    "that brings its own key",
    async () => {
      const own = await newKey("own");
      return new SignJWT({ iss: issuer, aud: "lenswire", sub: "mira", exp: seconds() + 600 })
        .setProtectedHeader({ alg: "RS256", jwk: own.jwk, jku: "http://127.0.0.1:1/keys" })
        .sign(own.privateKey);
    },
  ],
  ["that is a password", () => "secret"],
  ["that is three words with dots", () => "not.a.token"],
  ["of 60 kB", async () => signed({ claims: { sub: "tomas", padding: "x".repeat(60_000) } })],
])("a token %s is none", async (_, token) => {
  const verify = await verifierFor();
  expect(await verify("mira", await token())).toBeUndefined();
  expect(events).toEqual([]);
});

test("clocks may differ by the skew", async () => {
  const verify = await verifierFor();
  expect(await verify("mira", await signed({ claims: { exp: seconds() - 29 } }))).toBeDefined();
  expect(await verify("mira", await signed({ claims: { nbf: seconds() + 29 } }))).toBeDefined();
});

test("a session holds until its token expires", async () => {
  const credential = await (await verifierFor())("mira", await signed());
  expect(credential?.check()).toBeUndefined();
  clock.ms += 629_999;
  expect(credential?.check()).toBeUndefined();
  clock.ms += 1;
  expect(credential?.check()).toMatchObject({
    sqlstate: "28000",
    severity: "FATAL",
    detail: "The token has expired.",
  });
});

test("a file of keys is read again when it has changed", async () => {
  const verify = await verifierFor();
  const { privateKey, jwk } = await newKey("rotated");
  const token = await signed({ kid: "rotated", key: privateKey });
  expect(await verify("mira", token)).toBeUndefined();
  const rotated = join(folder, "rotated.json");
  await writeFile(rotated, JSON.stringify({ keys: [(await newKey("old")).jwk] }));
  const verifyRotated = await verifierFor({ jwks: rotated });
  expect(await verifyRotated("mira", token)).toBeUndefined();
  await writeFile(rotated, JSON.stringify({ keys: [jwk] }));
  await utimes(rotated, new Date(), new Date(Date.now() + 5000));
  expect((await verifyRotated("mira", token))?.identity.user).toBe("mira");
});

test("keys of a URL are asked for once, and again for a key that is not known", async () => {
  const { privateKey, jwk } = await newKey("served");
  let asked = 0;
  server = createServer((_, response) => {
    asked += 1;
    response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: [jwk] }));
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const verify = await verifierFor({
    jwks: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
  });
  const token = await signed({ kid: "served", key: privateKey });
  expect(await verify("mira", token)).toBeDefined();
  expect(await verify("mira", token)).toBeDefined();
  expect(asked).toBe(1);
  // Forged names of keys make no traffic: the provider was asked a moment ago.
  expect(await verify("mira", await signed({ kid: "forged", key: privateKey }))).toBeUndefined();
  expect(asked).toBe(1);
  expect(events).toEqual([]);
});

test("where keys cannot be had nobody is let in, and the log says why", async () => {
  const verify = await verifierFor({ jwks: "http://127.0.0.1:1/keys" });
  expect(await verify("mira", await signed())).toBeUndefined();
  expect(events).toMatchObject([{ kind: "identityProviderFailed", provider: "jwks" }]);
});

test("a file of keys that is not there or no JSON is told at once", async () => {
  await expect(verifierFor({ jwks: join(folder, "nothing.json") })).rejects.toThrow(/ENOENT/);
  const broken = join(folder, "broken.json");
  await writeFile(broken, "{");
  await expect(verifierFor({ jwks: broken })).rejects.toThrow(/auth\.jwt cannot be read: .*broken\.json/);
});

test("claims that are configured are attributes, those that are no value of one are none that can be used", async () => {
  const verify = await verifierFor();
  const attributesOf = async (claims: Record<string, unknown>) =>
    (await verify("mira", await signed({ claims })))?.identity.attributes;
  expect(
    await attributesOf({
      region: 'north "{user.x}" \'',
      "https://example.test/regions": ["north", "south"],
      profile: { level: 3 },
      other: "not asked for",
    }),
  ).toEqual(
    new Map<string, unknown>([
      ["region", 'north "{user.x}" \''],
      ["regions", ["north", "south"]],
      ["level", 3],
    ]),
  );
  expect(await attributesOf({ region: null, profile: "text", __proto__: { regions: ["x"] } })).toEqual(
    new Map(),
  );
  for (const region of [{ a: 1 }, "a\0b", ["a", null], ["a", ["b"]], "x".repeat(5000), 2 ** 60, "\ud800"])
    expect((await attributesOf({ region }))?.get("region")).toEqual({ unusable: expect.any(String) });
});
