// The attacker wants to be somebody else, with a JSON Web Token that the provider did not make, or made for another
// purpose. With the provider's own token the same login shows the secrets.
import { createHmac } from "node:crypto";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawClient } from "../protocol/raw-client.ts";
import { type AttackServer, startAttackServer } from "./attack-server.ts";
import { secrets, vault } from "./vault-lens.ts";

const issuer = "https://id.example.com";
let server: AttackServer;
let signing: CryptoKey;
let publicJwk: JWK;
let publicPem: string;

const nowSeconds = () => Math.floor(Date.now() / 1000);
const claimsNow = () => ({
  iss: issuer,
  aud: "lenswire",
  sub: "mira",
  exp: nowSeconds() + 600,
  groups: ["open"],
});
const base64url = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

const signed = (claims: object, header: object = {}, key: CryptoKey = signing) =>
  new SignJWT({ ...claimsNow(), ...claims })
    .setProtectedHeader({ alg: "ES256", kid: "one", ...header })
    .sign(key);

/** What no library would sign. */
async function signedText(header: object, payload: string): Promise<string> {
  const text = `${base64url(header)}.${base64url(payload)}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, signing, Buffer.from(text));
  return `${text}.${Buffer.from(signature).toString("base64url")}`;
}

function byHmac(secret: string | Buffer, header: object): string {
  const text = `${base64url(header)}.${base64url(claimsNow())}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  signing = privateKey;
  publicPem = await exportSPKI(publicKey);
  publicJwk = { ...(await exportJWK(publicKey)), kid: "one" };
  server = await startAttackServer({
    lenses: [vault],
    users: { guarded: ["guarded"] },
    auth: `jwt: {issuer: "${issuer}", audience: lenswire, jwks: ./keys.json}`,
    limits: "  loginFailuresPerUser: 10000\n  loginFailuresPerAddress: 10000",
    files: { "keys.json": JSON.stringify({ keys: [publicJwk] }) },
  });
});
afterAll(() => server?.stop());

interface Outcome {
  readonly code: string | undefined;
  /** Whether a secret was read. */
  readonly leaked: boolean;
  readonly words: string;
}

async function attempt(password: string, user = "mira"): Promise<Outcome> {
  const client = await RawClient.connect(server.host, server.port);
  const messages = await client.login({ user, password, database: "vault" });
  if (messages.at(-1)?.type === "ReadyForQuery") {
    client.sendQuery("SELECT owner, phone FROM accounts");
    messages.push(...(await client.until("ReadyForQuery")));
  }
  client.destroy();
  const words = JSON.stringify(messages);
  const code = messages.find(({ type }) => type === "ErrorResponse")?.["code"] as string | undefined;
  return { code, leaked: secrets.some((secret) => words.includes(secret)), words };
}

describe("the provider's own token", () => {
  it.each<[string, () => Promise<string>]>([
    ["as it is", () => signed({})],
    ["for several audiences", () => signed({ aud: ["another", "lenswire"] })],
    ["within the clocks' difference", () => signed({ exp: nowSeconds() - 5 })],
    ["with many claims", () => signed({ filler: "x".repeat(20_000) })],
  ])("%s shows its user's secrets", async (_, token) => {
    expect(await attempt(await token())).toMatchObject({ code: undefined, leaked: true });
  });
});

const forgeries: readonly (readonly [string, () => Promise<string> | string])[] = [
  ["no algorithm", () => `${base64url({ alg: "none" })}.${base64url(claimsNow())}.`],
  ["no algorithm, spelled otherwise", () => `${base64url({ alg: "nOnE" })}.${base64url(claimsNow())}.`],
  ["no signature", async () => `${(await signed({})).split(".").slice(0, 2).join(".")}.`],
  ["no header", () => `.${base64url(claimsNow())}.`],
  ["the public key as a secret", () => byHmac(publicPem, { alg: "HS256", kid: "one" })],
  [
    "the public coordinates as a secret",
    () => byHmac(Buffer.from(String(publicJwk["x"]), "base64url"), { alg: "HS256", kid: "one" }),
  ],
  ["an empty secret", () => byHmac("", { alg: "HS256", kid: "one" })],
  ["a key of a path", () => byHmac("", { alg: "HS256", kid: "../../../../dev/null" })],
  ["a key of a statement", () => byHmac("x", { alg: "HS256", kid: "' UNION SELECT 'x" })],
  ["a key named as a prototype", () => byHmac("x", { alg: "HS256", kid: "__proto__" })],
  [
    "a key of its own",
    async () => {
      const own = await generateKeyPair("ES256", { extractable: true });
      const jwk = await exportJWK(own.publicKey);
      return signed(
        {},
        { jwk, jku: "http://127.0.0.1:9/keys.json", x5u: "http://127.0.0.1:9/" },
        own.privateKey,
      );
    },
  ],
  ["another's signature", async () => signed({}, {}, (await generateKeyPair("ES256")).privateKey)],
  [
    "an empty signature of the right length",
    async () =>
      `${(await signed({})).split(".").slice(0, 2).join(".")}.${Buffer.alloc(64).toString("base64url")}`,
  ],
  [
    "other claims under a right signature",
    async () => {
      const [header, , signature] = (await signed({ groups: [] })).split(".");
      return `${header}.${base64url(claimsNow())}.${signature}`;
    },
  ],
  [
    "a critical header that is not known",
    () => signedText({ alg: "ES256", kid: "one", crit: ["exp2"], exp2: 1 }, JSON.stringify(claimsNow())),
  ],
  ["a past", () => signed({ exp: nowSeconds() - 60 })],
  ["a future", () => signed({ nbf: nowSeconds() + 60 })],
  ["no end", () => signed({ exp: undefined })],
  ["an end that is no number", () => signed({ exp: "9999999999" })],
  ["another audience", () => signed({ aud: "lenswire2" })],
  ["other audiences", () => signed({ aud: ["lenswire2", "LENSWIRE", "lens*"] })],
  ["an audience within a list within a list", () => signed({ aud: [["lenswire"]] })],
  ["another issuer", () => signed({ iss: `${issuer}/` })],
  ["a list of issuers", () => signed({ iss: [issuer] })],
  ["another user", () => signed({ sub: "mira2" })],
  ["a list of users", () => signed({ sub: ["mira"] })],
  ["a user with a blank", () => signed({ sub: "mira " })],
  ["blanks around it", async () => ` ${await signed({})}`],
  ["a line behind it", async () => `${await signed({})}\n`],
  ["too many bytes", () => signed({ filler: "x".repeat(60_000) })],
];

describe("a token with", () => {
  it.each(forgeries)("%s opens nothing, and is answered as a wrong password is", async (_, token) => {
    const outcome = await attempt(await token());
    expect(outcome).toMatchObject({ code: "28P01", leaked: false });
    const wrong = await attempt("wrong");
    expect(outcome.words).toBe(wrong.words);
  });

  it("claims that stand twice, of which the signature covers both, is its last words' alone", async () => {
    const twice = JSON.stringify(claimsNow()).replace('"sub":"mira"', '"sub":"tomas","sub":"mira"');
    const token = await signedText({ alg: "ES256", kid: "one" }, twice);
    expect(await attempt(token, "tomas")).toMatchObject({ code: "28P01", leaked: false });
    expect(await attempt(token, "mira")).toMatchObject({ leaked: true });
  });

  it("more groups than the provider gave opens no more than those", async () => {
    const outcome = await attempt(
      await signed({ groups: ["guarded", { name: "open" }, ["open"], "OPEN", "open "] }),
    );
    expect(outcome.words).toContain("--redact--");
    expect(outcome.leaked).toBe(false);
  });
});

it("no token, whole or in part, is in the audit or the log", async () => {
  const token = await signed({ sub: "somebody" });
  await attempt(token);
  const written = (await server.auditText()) + server.log();
  expect(written).toContain('"mira"');
  for (const part of token.split(".")) expect(written).not.toContain(part.slice(0, 30));
});
