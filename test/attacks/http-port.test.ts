// The attacker reaches the HTTP port and wants what the token guards, or rows. With the token it answers; rows never.
import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackClient, type AttackServer, startAttackServer } from "./attack-server.ts";
import { secrets, vault, vaultUsers } from "./vault-lens.ts";

const token = "s3cret-of-the-operator";
const markup = "<script>alert(1)</script>";
let server: AttackServer;
let client: AttackClient;
let port: number;

beforeAll(async () => {
  server = await startAttackServer({
    lenses: [vault],
    users: { ...vaultUsers, [markup]: ["open"] },
    admin: `token: ${token}`,
  });
  port = Number(new URL(server.adminUrl).port);
  client = await server.connect(markup, "vault", { application_name: markup });
  await client.ask("SELECT owner, phone, email, pin FROM accounts");
  await client.ask(`SELECT owner AS "${markup}" FROM accounts`);
  await client.ask("SELECT owner::int FROM accounts");
});
afterAll(async () => {
  await client?.end();
  await server?.stop();
});

const withToken = { authorization: `Bearer ${token}` };

/** Paths go as they are written: fetch() would tidy them. */
function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  return new Promise<{ status: number; text: string; type: string }>((resolve, reject) => {
    const { method = "GET", headers = {}, body } = options;
    const sent = request({ host: "127.0.0.1", port, path, method, headers }, (answer) => {
      let text = "";
      answer.on("data", (data: Buffer) => {
        text += data.toString();
      });
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, text, type: String(answer.headers["content-type"]) }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** All that comes back for bytes that are no request of a library. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    let answer = "";
    socket.on("data", (data) => {
      answer += data.toString();
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", () => {});
    socket.end(text);
  });
}

describe("without the token", () => {
  it.each([
    "/v1/sessions",
    "/v1/audit",
    "/v1/lenses",
    "/v1/openapi.json",
    "/v1/nothing",
    "//v1/sessions",
    "/health/../v1/sessions",
    "/health/..%2fv1/sessions",
    "/health%2f..%2fv1%2fsessions",
    "/health;/v1/sessions",
    "/metrics/v1/sessions",
    "/v1/sessions?x=/health",
    "/v1/sessions?/metrics",
    "/V1/SESSIONS",
    "/v1/sessions/",
    "/./v1/sessions",
    "/dashboard.js/../v1/sessions",
    "/dashboard.js/../../package.json",
    "/..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/dashboard.js%00",
    "/v1/sessions#/health",
    "/v1/%73essions",
    "/%",
    `/v1/lenses/${"a".repeat(10_000)}/meta`,
  ])("%s is closed", async (path) => {
    const answer = await ask(path);
    expect([400, 401, 404, 414]).toContain(answer.status);
    expect(answer.text).not.toMatch(/vault|guarded|"sessions"|root:|dependencies/);
  });

  it.each<Record<string, string>>([
    { authorization: `Bearer ${token}x` },
    { authorization: `Bearer ${token.slice(0, -1)}` },
    { authorization: `Bearer ${token} ${token}` },
    { authorization: `Basic ${Buffer.from(`x:${token}`).toString("base64")}` },
    { authorization: token },
    { cookie: `token=${token}` },
    { "x-api-key": token },
    { "x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1", forwarded: "for=127.0.0.1" },
    { "x-original-url": "/health", "x-rewrite-url": "/health", "x-http-method-override": "GET" },
    { host: "localhost", upgrade: "h2c", connection: "upgrade" },
  ])("%j opens nothing", async (headers) => {
    const answer = await ask("/v1/sessions", { headers });
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain("guarded");
  });

  it.each(["HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE", "PATCH", "PROPFIND"])(
    "%s does nothing",
    async (method) => {
      const answer = await ask("/v1/sessions/1", { method });
      expect([400, 401, 404]).toContain(answer.status);
      expect(await client.ask("SELECT 1")).toMatchObject({ rows: [["1"]] });
    },
  );

  it("the token in the address is no token", async () => {
    expect((await ask(`/v1/sessions?token=${token}&access_token=${token}`)).status).toBe(401);
  });
});

describe("requests that mean two things are not answered as two", () => {
  const hidden = "GET /v1/sessions HTTP/1.1\r\nHost: x\r\n\r\n";
  it.each<[string, string]>([
    [
      "a length and chunks",
      `POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: ${hidden.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    [
      "two lengths",
      `POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    ],
    ["odd chunks", `POST /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n${hidden}`],
    ["a folded header", `GET /health HTTP/1.1\r\nHost: x\r\nX: y\r\n Authorization: Bearer ${token}\r\n\r\n`],
    ["a bare line feed", `GET /health HTTP/1.1\nHost: x\nAuthorization: Bearer ${token}\n\n`],
    ["a length that is none", `POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n${hidden}`],
    ["no version", `GET /v1/sessions\r\n\r\n`],
    ["another version", `GET /v1/sessions HTTP/2.0\r\nHost: x\r\n\r\n`],
    ["a whole address", `GET http://127.0.0.1/v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`],
    ["a huge header", `GET /health HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(100_000)}\r\n\r\n`],
    ["PostgreSQL's protocol", "\0\0\0\x08\x04\xd2\x16\x2f"],
  ])("%s", async (_, text) => {
    const answer = await raw(text);
    expect(answer).not.toMatch(/"sessions"|guarded|vault/);
    expect((await ask("/health")).status).toBe(200);
  });
});

describe("with the token", () => {
  it.each([
    "/v1/sessions",
    "/v1/audit?limit=500",
    "/v1/lenses",
    "/v1/lenses/vault/meta?group=open",
    "/v1/lenses/vault/meta?group=guarded",
    "/v1/activity",
    `/v1/limits?user=${encodeURIComponent(markup)}`,
    "/metrics",
    "/ready",
  ])("%s has no value of a row", async (path) => {
    const { status, text, type } = await ask(path, { headers: withToken });
    expect(status).toBe(200);
    // What tells a policy's text names what it compares with.
    const values = secrets.filter((secret) => !secret.startsWith("tenant"));
    for (const secret of values) expect(text).not.toContain(secret);
    // Names that are markup come as data, which no browser takes for a page.
    if (!path.startsWith("/metrics")) expect(type).toMatch(/^application\/json/);
    else expect(text).not.toContain("<script");
  });

  it("names that are markup are told as they are, in JSON", async () => {
    const { text } = await ask("/v1/sessions", { headers: withToken });
    expect(JSON.stringify(JSON.parse(text))).toContain(markup);
  });

  it("explaining runs nothing, and shows a group what it may see", async () => {
    const body = (user: string) =>
      JSON.stringify({ lens: "vault", user, sql: "SELECT owner, phone FROM accounts WHERE owner = 'x'" });
    const headers = { ...withToken, "content-type": "application/json" };
    for (const user of ["open", "guarded"]) {
      const { status, text } = await ask("/v1/explain", { method: "POST", headers, body: body(user) });
      expect(status).toBe(200);
      for (const secret of ["Zelda", "Morgana", "+49-151-7777"]) expect(text).not.toContain(secret);
    }
  });

  it.each([
    '{"lens":"vault","user":"open","sql":"SELECT 1","__proto__":{"x":1}}',
    '{"lens":"__proto__","user":"constructor","sql":"SELECT 1"}',
    '{"lens":"vault","user":{"$ne":1},"sql":["SELECT 1"]}',
    `{"lens":"vault","user":"open","sql":"${"x".repeat(70_000)}"}`,
    `${"[".repeat(30_000)}`,
    "not json",
  ])("a body that is none is refused: %.60s", async (body) => {
    const headers = { ...withToken, "content-type": "application/json" };
    const { status, text } = await ask("/v1/explain", { method: "POST", headers, body });
    expect([400, 404, 413, 422]).toContain(status);
    expect(text).not.toContain("    at ");
  });
});

it("the page is the same for everybody, and may run nothing but its own script", async () => {
  const answer = await fetch(`${server.adminUrl}/`);
  expect(answer.headers.get("content-security-policy")).toContain("script-src 'self'");
  expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  const script = await (await fetch(`${server.adminUrl}/dashboard.js`)).text();
  expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/);
  expect(await answer.text()).not.toContain("alert");
});
