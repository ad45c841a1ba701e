import { afterEach, describe, expect, test } from "vitest";
import { isLoopback, tokenMatcher } from "../../../src/admin/admin-access.ts";
import {
  type AdminOptions,
  type AdminServer,
  type Readiness,
  startAdminServer,
} from "../../../src/admin/admin-server.ts";
import type { AdminSources } from "../../../src/admin/admin-sources.ts";
import { noAttributes } from "../../../src/attributes.ts";
import { createMetrics } from "../../../src/observe/metrics.ts";

let server: AdminServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const noSources: AdminSources = {
  sessions: () => [],
  cancel: () => false,
  terminate: () => false,
  lenses: () => [],
  meta: () => "lens",
  explain: async () => "lens",
  audit: async () => undefined,
  limits: async () => [],
  activity: () => ({ minutes: [], members: [], slowest: [], groups: [] }),
  reload: async () => ({ done: true, problems: [] }),
};

type StartOptions = Partial<Omit<AdminOptions, "sources">> & { readonly sources?: Partial<AdminSources> };

async function start(options: StartOptions = {}): Promise<AdminServer> {
  server = await startAdminServer({
    host: "127.0.0.1",
    port: 0,
    token: "s3cret",
    metrics: createMetrics(),
    readiness: async () => ({ ready: true, waitingFor: [] }),
    emit: () => {},
    ...options,
    sources: { ...noSources, ...options.sources },
  });
  return server;
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${server?.port}${path}`, { headers });

describe("from loopback, without a token", () => {
  test("/health says that the server lives", async () => {
    await start();
    const answer = await get("/health?verbose=1");
    expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
  });

  test("/ready says whether it can serve, and what it waits for", async () => {
    let readiness: Readiness = { ready: false, waitingFor: ["source icebase"] };
    await start({ readiness: async () => readiness });
    const early = await get("/ready");
    expect([early.status, await early.json()]).toEqual([
      503,
      { status: "not ready", waitingFor: ["source icebase"] },
    ]);
    readiness = { ready: true, waitingFor: [] };
    const later = await get("/ready");
    expect([later.status, await later.json()]).toEqual([200, { status: "ready" }]);
  });

  test("/ready does not wait for a check that hangs, nor tell why one failed", async () => {
    await start({ readiness: () => new Promise(() => undefined) });
    expect((await get("/ready")).status).toBe(503);
    await server?.close();
    await start({ readiness: () => Promise.reject(new Error("password=hunter2")) });
    const answer = await get("/ready");
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain("hunter2");
  });

  test("/metrics is Prometheus's page", async () => {
    await start();
    const answer = await get("/metrics");
    expect(answer.headers.get("content-type")).toContain("text/plain");
    expect(await answer.text()).toContain("lenswire_connections_open 0");
  });

  test.each(["/index.html", "/reload", "/sessions", "/health/", "/metrics/../secret", "/READY"])(
    "%s needs the token, whether it exists or not",
    async (path) => {
      await start();
      const answer = await get(path);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    },
  );
});

describe("with the token", () => {
  test("what does not exist is 404", async () => {
    await start();
    const answer = await get("/reload", { authorization: "Bearer s3cret" });
    expect([answer.status, await answer.json()]).toEqual([
      404,
      { error: { code: "NOT_FOUND", message: "there is nothing at this address" } },
    ]);
  });

  test.each(["Bearer wrong", "Bearer s3cre", "Bearer s3cret2", "Basic s3cret", "s3cret", "Bearer"])(
    "%s is not it",
    async (authorization) => {
      await start();
      expect((await get("/reload", { authorization })).status).toBe(401);
    },
  );

  test("nothing is let in when none is configured", () => {
    expect(tokenMatcher(undefined)("Bearer undefined")).toBe(false);
    expect(tokenMatcher("")("Bearer ")).toBe(false);
  });
});

test("only loopback counts as loopback", () => {
  expect(["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"].map(isLoopback)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(
    ["10.0.0.1", "128.0.0.1", "::2", "::ffff:10.0.0.1", "", "localhost", undefined].map(isLoopback),
  ).toEqual([false, false, false, false, false, false, false]);
});

describe("/v1/reload", () => {
  const post = (headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${server?.port}/v1/reload`, { method: "POST", headers });

  test("needs the token, from loopback too", async () => {
    let asked = 0;
    await start({
      sources: {
        reload: async () => {
          asked += 1;
          return { done: true, problems: [] };
        },
      },
    });
    expect((await post()).status).toBe(401);
    expect(asked).toBe(0);
  });

  test("says what was wrong with what is not served", async () => {
    const problems = ["users.yml:3:5: a user has no name"];
    await start({ sources: { reload: async () => ({ done: false, problems }) } });
    const answer = await post({ authorization: "Bearer s3cret" });
    expect([answer.status, await answer.json()]).toEqual([
      422,
      { error: { code: "NOT_RELOADED", message: "what was served before is still served", problems } },
    ]);
  });
});

describe("the dashboard", () => {
  test("comes to everybody, and can load nothing from elsewhere", async () => {
    await start();
    for (const path of ["/", "/dashboard.js", "/dashboard.css"]) {
      const answer = await get(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(await answer.text()).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    }
    expect((await get("/dashboard.js?x=1")).headers.get("content-type")).toBe(
      "text/javascript; charset=utf-8",
    );
  });
});

describe("the endpoints", () => {
  const withToken = { authorization: "Bearer s3cret" };
  const ask = async (method: string, path: string, body?: object) => {
    const headers = body === undefined ? withToken : { ...withToken, "content-type": "application/json" };
    const url = `http://127.0.0.1:${server?.port}${path}`;
    const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return [answer.status, JSON.parse(await answer.text())];
  };
  const refusal = (code: string, message: unknown) => ({ error: expect.objectContaining({ code, message }) });

  test("say which key is wrong, and take no unknown one", async () => {
    await start();
    const tooFew = await ask("POST", "/v1/explain", { lens: "x", sql: "SELECT 1" });
    expect(tooFew).toEqual([400, refusal("BAD_REQUEST", expect.stringContaining("user"))]);
    const both = await ask("POST", "/v1/explain", { lens: "x", sql: "S", user: "a", group: "b" });
    expect(both).toEqual([400, refusal("BAD_REQUEST", expect.stringContaining("oneOf"))]);
    const unknown = await ask("GET", "/v1/audit?usr=mira");
    expect(unknown).toEqual([400, refusal("BAD_REQUEST", expect.stringContaining("additional properties"))]);
    const many = await ask("GET", "/v1/audit?limit=100000");
    expect(many).toEqual([400, refusal("BAD_REQUEST", expect.stringContaining("1000"))]);
  });

  test("say what is not there", async () => {
    await start();
    const session = refusal("NOT_FOUND", "there is no session 7");
    expect(await ask("POST", "/v1/sessions/7/cancel")).toEqual([404, session]);
    expect(await ask("DELETE", "/v1/sessions/7")).toEqual([404, session]);
    expect(await ask("GET", "/v1/lenses/market/meta?group=g")).toEqual([
      404,
      refusal("NOT_FOUND", 'there is no lens "market"'),
    ]);
    expect(await ask("GET", "/v1/audit")).toEqual([404, refusal("NOT_FOUND", "no audit is written")]);
  });

  test("show nothing that their document does not promise", async () => {
    const session = {
      id: 3,
      identity: { user: "mira", groups: ["secret"], attributes: noAttributes },
      group: "analyst",
      lens: "market",
      databaseName: "market",
      clientAddress: "10.0.0.1",
      applicationName: "psql",
      sinceMs: 0,
      state: "active",
      statement: { text: "SELECT 1", durationMs: 1.5, rows: [["hidden"]] },
    } as const;
    await start({ sources: { sessions: () => [session] } });
    const { identity: _, databaseName: database, sinceMs: __, statement, ...rest } = session;
    const { text, durationMs } = statement;
    const since = "1970-01-01T00:00:00.000Z";
    const shown = { ...rest, user: "mira", database, since, statement: { text, durationMs } };
    expect(await ask("GET", "/v1/sessions")).toEqual([200, { sessions: [shown] }]);
  });

  test("a fault is told to the log, not to the client", async () => {
    const events: unknown[] = [];
    await start({
      emit: (event) => events.push(event),
      sources: {
        lenses: () => {
          throw new TypeError("password=hunter2");
        },
      },
    });
    expect(await ask("GET", "/v1/lenses")).toEqual([500, refusal("INTERNAL", "internal error")]);
    expect(events).toMatchObject([{ kind: "internalError", where: "HTTP port" }]);
  });

  test("are all in the OpenAPI document, with what they take", async () => {
    await start();
    const [, document] = await ask("GET", "/v1/openapi.json");
    expect(document.openapi).toBe("3.1.0");
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations as object).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual([
      "delete /v1/sessions/{id}",
      "get /v1/activity",
      "get /v1/audit",
      "get /v1/lenses",
      "get /v1/lenses/{name}/meta",
      "get /v1/limits",
      "get /v1/openapi.json",
      "get /v1/sessions",
      "post /v1/explain",
      "post /v1/reload",
      "post /v1/sessions/{id}/cancel",
    ]);
    expect(document.paths["/v1/lenses/{name}/meta"].get.parameters).toMatchObject([
      { name: "name", in: "path", required: true },
      { name: "group", in: "query", required: true },
    ]);
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path as object));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test("a header that claims to come from loopback is not believed", async () => {
  await start();
  const answer = await get("/reload", { "x-forwarded-for": "127.0.0.1" });
  expect(answer.status).toBe(401);
});

test("a taken port is refused", async () => {
  const first = await start();
  await expect(
    startAdminServer({
      host: "127.0.0.1",
      port: first.port,
      token: undefined,
      metrics: createMetrics(),
      readiness: async () => ({ ready: true, waitingFor: [] }),
      emit: () => {},
      sources: noSources,
    }),
  ).rejects.toThrow();
});
