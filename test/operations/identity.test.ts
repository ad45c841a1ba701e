// Who may log in, by the built program: a signed token as the password, whose groups decide what is seen, beside the
// users of users.yml.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { Client } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDemoFolder, type ServedDemo, serveFolder } from "../support/served-demo.ts";

let demo: ServedDemo;
let sign: (claims: Record<string, unknown>) => Promise<string>;

beforeAll(async () => {
  const folder = await makeDemoFolder({ rows: 2000 });
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "k" };
  await writeFile(join(folder.folder, "keys.json"), JSON.stringify({ keys: [jwk] }));
  const config = await readFile(folder.config, "utf8");
  const jwt =
    "  jwt: { issuer: https://id.example.com, audience: lenswire, jwks: ./keys.json, groupsClaim: roles }";
  await writeFile(folder.config, config.replace(/^auth:$/m, `auth:\n${jwt}`));
  sign = (claims) =>
    new SignJWT({ iss: "https://id.example.com", aud: "lenswire", ...claims })
      .setProtectedHeader({ alg: "ES256", kid: "k" })
      .setExpirationTime("1h")
      .sign(privateKey);
  demo = await serveFolder(folder);
});
afterAll(() => demo?.close());

/** The row, or the SQLSTATE of the login that failed. */
async function ask(user: string, password: string, sql: string): Promise<unknown> {
  const { host, port, database } = demo;
  const client = new Client({ host, port, database, user, password });
  try {
    await client.connect();
    return (await client.query(sql)).rows[0];
  } catch (error) {
    return (error as { readonly code?: string }).code;
  } finally {
    await client.end();
  }
}

test("a token's groups decide what its user sees", async () => {
  const sql = "SELECT current_user AS me, annual_income IS NULL AS hidden FROM customers LIMIT 1";
  const analyst = await sign({ sub: "mira@example.com", roles: ["analyst"] });
  expect(await ask("mira@example.com", analyst, sql)).toEqual({ me: "mira@example.com", hidden: false });
  const viewer = await sign({ sub: "tomas", roles: ["viewer"] });
  expect(await ask("tomas", viewer, sql)).toEqual({ me: "tomas", hidden: true });
  // Of no group but `default`, which has no scope for data.
  expect(await ask("anna", await sign({ sub: "anna" }), sql)).toBe("42501");
});

test("users with passwords log in beside them, and a token is its subject's alone", async () => {
  const sql = "SELECT current_user AS me";
  expect(await ask("analyst", "analyst", sql)).toEqual({ me: "analyst" });
  const token = await sign({ sub: "mira", roles: ["analyst"] });
  expect(await ask("admin", token, sql)).toBe("28P01");
  expect(await ask("mira", `${token}x`, sql)).toBe("28P01");
  expect(await ask("mira", "analyst", sql)).toBe("28P01");
});

test("the audit has each login with its group, and no token", async () => {
  const text = await readFile(demo.auditFile, "utf8");
  const logins = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === "login");
  expect(logins).toContainEqual(
    expect.objectContaining({ user: "mira@example.com", group: "analyst", outcome: "00000" }),
  );
  expect(logins).toContainEqual(expect.objectContaining({ user: "mira", outcome: "28P01" }));
  expect(text).not.toContain("eyJ");
});
