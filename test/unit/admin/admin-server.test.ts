import { afterEach, describe, expect, test } from "vitest";
import { isLoopback, tokenMatcher } from "../../../src/admin/admin-access.ts";
import {
  type AdminOptions,
  type AdminServer,
  type Readiness,
  startAdminServer,
} from "../../../src/admin/admin-server.ts";
import { createMetrics } from "../../../src/observe/metrics.ts";

let server: AdminServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(options: Partial<AdminOptions> = {}): Promise<AdminServer> {
  server = await startAdminServer({
    host: "127.0.0.1",
    port: 0,
    token: "s3cret",
    metrics: createMetrics(),
    readiness: async () => ({ ready: true, waitingFor: [] }),
    reload: async () => ({ done: true, problems: [] }),
    ...options,
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

  test.each(["/", "/reload", "/sessions", "/health/", "/metrics/../secret", "/READY"])(
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
      reload: async () => {
        asked += 1;
        return { done: true, problems: [] };
      },
    });
    expect((await post()).status).toBe(401);
    expect(asked).toBe(0);
  });

  test("says what was wrong with what is not served", async () => {
    const problems = ["users.yml:3:5: a user has no name"];
    await start({ reload: async () => ({ done: false, problems }) });
    const answer = await post({ authorization: "Bearer s3cret" });
    expect([answer.status, await answer.json()]).toEqual([
      422,
      { error: { code: "NOT_RELOADED", message: "what was served before is still served", problems } },
    ]);
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
      reload: async () => ({ done: true, problems: [] }),
    }),
  ).rejects.toThrow();
});
