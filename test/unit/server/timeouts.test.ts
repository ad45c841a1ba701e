// What ends a connection by the clock, which these tests move on by hand: nothing depends on how fast a machine is.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { authenticationTimeoutMs } from "../../../src/constants.ts";
import { type LensServer, type LensServerOptions, startLensServer } from "../../protocol/lens-server.ts";
import { RawClient, type RawMessage } from "../../protocol/raw-client.ts";
import { FakeQueryEngine } from "./fake-query-engine.ts";
import { login } from "./log-in.ts";

const minuteMs = 60_000;
const queries = new FakeQueryEngine();
let server: LensServer | undefined;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(async () => {
  vi.useRealTimers();
  await server?.stop();
  server = undefined;
});

async function start(limits: LensServerOptions["limits"] = {}): Promise<LensServer> {
  server = await startLensServer({ queries, limits });
  return server;
}

/** Lets what is on its way through sockets arrive. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The last words of a connection that ends at this moment, and a millisecond before does not. */
async function endsAfter(client: RawClient, limitMs: number): Promise<RawMessage | undefined> {
  await settled();
  vi.advanceTimersByTime(limitMs - 1);
  await settled();
  expect(client.hasMessage).toBe(false);
  vi.advanceTimersByTime(1);
  return (await client.until("closed")).at(-2);
}

const idleEnd = {
  severity: "FATAL",
  code: "57P05",
  message: "terminating connection due to idle-session timeout",
};

it("ends an idle session with 57P05", async () => {
  expect(await endsAfter(await login(await start({ idleTimeoutMs: minuteMs })), minuteMs)).toMatchObject(
    idleEnd,
  );
});

it("ends a session that is idle in a transaction with 25P03", async () => {
  const client = await login(await start({ idleTimeoutMs: minuteMs }));
  client.sendQuery("begin");
  await client.until("ReadyForQuery");
  expect(await endsAfter(client, minuteMs)).toMatchObject({
    severity: "FATAL",
    code: "25P03",
    message: "terminating connection due to idle-in-transaction timeout",
  });
});

it("honours the session's own idle timeouts", async () => {
  const client = await login(await start(), { idle_session_timeout: "20s" });
  expect(await endsAfter(client, 20_000)).toMatchObject(idleEnd);
});

it("does not count a running statement as idle", async () => {
  const client = await login(await start({ idleTimeoutMs: minuteMs, statementTimeoutMs: 4 * minuteMs }));
  client.sendQuery("select hang");
  while (queries.openQueries === 0) await settled();
  vi.advanceTimersByTime(4 * minuteMs);
  expect((await client.until("ReadyForQuery")).at(-2)).toMatchObject({ code: "57014" });
  client.destroy();
});

it("ends a login that takes too long", async () => {
  const target = await start();
  const client = await RawClient.connect(target.host, target.port);
  client.sendStartup({ user: target.user, database: target.database });
  expect(await client.next()).toMatchObject({ type: "AuthenticationSASL" });
  expect(await endsAfter(client, authenticationTimeoutMs)).toMatchObject({
    severity: "FATAL",
    code: "57014",
    message: "canceling authentication due to timeout",
  });
});
