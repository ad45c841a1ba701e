// The life of a connection: limits, timeouts, slow and lost clients, and the server's end.
import { afterEach, expect, it } from "vitest";
import { relayedError } from "../../../src/errors.ts";
import {
  type LensServer,
  type LensServerOptions,
  startLensServer,
  testerAlone,
} from "../../protocol/lens-server.ts";
import { RawClient } from "../../protocol/raw-client.ts";
import { FakeQueryEngine } from "./fake-query-engine.ts";
import { login } from "./log-in.ts";
import { waitUntil } from "./wait-until.ts";

const queries = new FakeQueryEngine();
let server: LensServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(options: Omit<LensServerOptions, "queries"> = {}): Promise<LensServer> {
  server = await startLensServer({ queries, ...options });
  return server;
}

async function answer(client: RawClient, text: string): Promise<object[]> {
  client.sendQuery(text);
  return client.until("ReadyForQuery");
}

it("cancels the running query of a client that goes away", async () => {
  const client = await login(await start());
  client.sendQuery("select hang");
  await waitUntil(() => queries.openQueries === 1);
  client.destroy();
  await waitUntil(() => queries.openQueries === 0 && server?.listener.connectionCount() === 0);
  // What the warehouse's driver and the records are told.
  expect(queries.reason).toMatchObject({
    sqlstate: "57014",
    message: "canceling statement due to lost connection",
  });
});

it("cancels the running query of a client that goes away with messages unread", async () => {
  const client = await login(await start());
  client.sendQuery("select hang");
  await waitUntil(() => queries.openQueries === 1);
  for (let count = 0; count < 100; count++) client.sendQuery(`select ${"x".repeat(2000)}`);
  client.socket.end();
  await waitUntil(() => queries.openQueries === 0 && server?.listener.connectionCount() === 0);
});

it("fetches no further batch while the client does not read", async () => {
  const client = await login(await start({ limits: { rowsMax: 100_000_000 } }));
  queries.batches = 0;
  client.socket.pause();
  client.sendQuery("select rows_10000000");
  let last = -1;
  // The kernel's own buffers fill first; then the count stands still.
  await waitUntil(() => {
    const stands = queries.batches > 0 && queries.batches === last;
    last = queries.batches;
    return stands;
  });
  for (let count = 0; count < 50; count++) await new Promise((resolve) => setTimeout(resolve, 2));
  expect(queries.batches).toBeLessThan(10_000_000 / 2048 / 2);
  client.destroy();
  await waitUntil(() => queries.openQueries === 0);
});

it("ends a statement at the server's limit, which the session can shorten and not lengthen", async () => {
  const client = await login(await start({ limits: { statementTimeoutMs: 40 } }));
  const timedOut = [
    { type: "RowDescription" },
    { code: "57014", message: "canceling statement due to statement timeout" },
    { status: "I" },
  ];
  expect(await answer(client, "select hang")).toMatchObject(timedOut);
  await answer(client, "set statement_timeout = '1h'");
  expect(await answer(client, "select hang")).toMatchObject(timedOut);
  await answer(client, "set statement_timeout = 10");
  expect(await answer(client, "select hang")).toMatchObject(timedOut);
  expect(queries.openQueries).toBe(0);
  client.destroy();
});

it("ends a session with 25P04 when its transaction takes too long, running or idle", async () => {
  const target = await start();
  for (const [statements, setting] of [
    ["begin; select hang", "transaction_timeout = 20"],
    ["select hang", "transaction_timeout = 20"],
    ["begin", "transaction_timeout = 20"],
  ] as const) {
    const client = await login(target);
    await answer(client, `set ${setting}`);
    client.sendQuery(statements);
    const messages = await client.until("closed");
    expect(messages.at(-2)).toMatchObject({
      severity: "FATAL",
      code: "25P04",
      message: "terminating connection due to transaction timeout",
    });
  }
  expect(queries.openQueries).toBe(0);
});

it("counts the transaction's time from its beginning, and leaves shorter limits to themselves", async () => {
  let nowMs = 0;
  const client = await login(await start({ clock: { now: () => nowMs, monotonicMs: () => nowMs } }));
  await answer(client, "set transaction_timeout = '1h'");
  for (let index = 0; index < 3; index++) {
    await answer(client, "begin");
    nowMs += 1_800_000;
    expect((await answer(client, "select 1")).at(-2)).toMatchObject({ tag: "SELECT 1" });
    await answer(client, "commit and chain");
    nowMs += 1_800_000;
    expect((await answer(client, "commit")).at(-2)).toMatchObject({ tag: "COMMIT" });
  }
  await answer(client, "set statement_timeout = 10");
  expect((await answer(client, "select hang"))[1]).toMatchObject({ severity: "ERROR", code: "57014" });
  await answer(client, "begin");
  nowMs += 3_600_000;
  client.sendQuery("select 1");
  expect(await client.until("closed")).toMatchObject([{ severity: "FATAL", code: "25P04" }, {}]);
});

it("refuses connections beyond a user's and beyond the server's limit with 53300", async () => {
  for (const limits of [{ connectionsPerUser: 1 }, { connectionsMax: 1 }]) {
    const target = await start({ limits });
    const first = await login(target);
    const second = await RawClient.connect(target.host, target.port);
    expect((await second.login(target)).at(-1)).toMatchObject({ severity: "FATAL", code: "53300" });
    first.sendMessage("X");
    await first.until("closed");
    await waitUntil(() => target.listener.connectionCount() === 0);
    (await login(target)).destroy();
    second.destroy();
    await target.stop();
  }
});

it("refuses more queries in a minute than allowed with 53400 and says how long to wait", async () => {
  const target = await start({ limits: { queriesPerMinute: 2 } });
  const client = await login(target);
  await answer(client, "select 1; select 2");
  expect((await answer(client, "select 3"))[0]).toMatchObject({
    code: "53400",
    detail: "A connection may run at most 2 in a minute.",
    hint: expect.stringMatching(/^Try again in \d+ seconds?\.$/),
  });
  expect((await answer(client, "show timezone")).at(-2)).toMatchObject({ tag: "SHOW" });
  expect(target.refusals.map(({ sql, error }) => [sql, error.sqlstate])).toEqual([["select 3", "53400"]]);
  client.destroy();
});

it("refuses a result with more rows than allowed, over all fetches of a cursor", async () => {
  const client = await login(await start({ limits: { rowsMax: 3000 } }));
  expect((await answer(client, "select rows_3000")).at(-2)).toMatchObject({ tag: "SELECT 3000" });
  expect((await answer(client, "select rows_3001")).at(-2)).toMatchObject({ code: "54000" });
  await answer(client, "begin; declare c cursor for select rows_5000");
  expect((await answer(client, "fetch 2000 from c")).at(-2)).toMatchObject({ tag: "FETCH 2000" });
  expect((await answer(client, "fetch 2000 from c")).at(-2)).toMatchObject({ code: "54000" });
  expect(queries.openQueries).toBe(0);
  client.destroy();
});

it("cuts a result exactly and says so where the limit is a notice", async () => {
  const client = await login(await start({ limits: { rowsMax: 3000, onRowsMax: "notice" } }));
  const messages = await answer(client, "select rows_5000");
  expect(messages.filter((message) => (message as { type: string }).type === "DataRow")).toHaveLength(3000);
  expect(messages.slice(-3)).toMatchObject([{ type: "NoticeResponse" }, { tag: "SELECT 3000" }, {}]);
  client.destroy();
});

it("tells which statements it refused", async () => {
  const target = await start();
  const client = await login(target);
  await answer(client, "insert into t values (1)");
  await answer(client, "vacuum");
  await answer(client, "copy t from program 'x'");
  expect(target.refusals.map(({ error }) => error.sqlstate)).toEqual(["25006", "0A000", "42501"]);
  client.destroy();
});

it("moves an error's position behind the statements before it", async () => {
  const client = await login(await start());
  expect((await answer(client, "select 'é😀'; select nope")).at(-2)).toMatchObject({
    code: "42703",
    position: "21",
  });
  client.destroy();
});

it("ends idle clients with 57P01 when it stops, and busy ones after their statement", async () => {
  const target = await start();
  const idle = await login(target);
  const busy = await login(target);
  busy.sendQuery("select hang");
  await waitUntil(() => queries.openQueries === 1);
  const stopped = target.listener.close(50);
  expect(await idle.until("closed")).toMatchObject([{ severity: "FATAL", code: "57P01" }, {}]);
  expect((await busy.until("closed")).slice(1)).toMatchObject([
    { severity: "ERROR", code: "57014" },
    { type: "ReadyForQuery" },
    { severity: "FATAL", code: "57P01" },
    { type: "closed" },
  ]);
  idle.destroy();
  busy.destroy();
  await stopped;
  expect(target.listener.connectionCount()).toBe(0);
});

it("gives protocol 3.0 a key of 4 bytes and 3.2 one of 32", async () => {
  const target = await start();
  for (const [version, bytes] of [
    [0x30000, 4],
    [0x30002, 32],
  ] as const) {
    const client = await RawClient.connect(target.host, target.port);
    await client.login(target, {}, version);
    expect(client.secretKey.length).toBe(bytes);
    client.destroy();
  }
});

it("cancels nothing for a wrong key", async () => {
  const target = await start({ limits: { statementTimeoutMs: 200 } });
  const client = await login(target);
  client.sendQuery("select hang");
  await waitUntil(() => queries.openQueries === 1);
  for (const key of [Buffer.alloc(4), Buffer.alloc(0), Buffer.concat([client.secretKey, Buffer.of(0)])]) {
    const other = await RawClient.connect(target.host, target.port);
    const body = Buffer.concat([Buffer.from("04d2162e", "hex"), Buffer.alloc(4), key]);
    body.writeInt32BE(client.processId, 4);
    const head = Buffer.alloc(4);
    head.writeInt32BE(body.length + 4);
    other.sendBytes(Buffer.concat([head, body]));
    expect(await other.until("closed")).toEqual([{ type: "closed" }]);
    other.destroy();
  }
  expect((await client.until("ReadyForQuery"))[1]).toMatchObject({
    message: "canceling statement due to statement timeout",
  });
  client.destroy();
});

it("answers a long pipeline that the client does not read meanwhile", async () => {
  const client = await login(await start());
  const count = 3000;
  for (let index = 0; index < count; index++) {
    client.sendParse("", "select 1");
    client.sendBind("", "");
    client.sendDescribe("P", "");
    client.sendExecute("");
  }
  client.sendSync();
  const messages = await client.until("ReadyForQuery");
  expect(messages.filter(({ type }) => type === "CommandComplete")).toHaveLength(count);
  client.destroy();
});

it("takes startup settings from options and makes them what RESET goes back to", async () => {
  const client = await login(await start(), {
    options: "-c timezone=Asia/Tokyo --extra-float-digits=0 -cmy.x=a\\ b",
  });
  expect(client.parameters["TimeZone"]).toBe("Asia/Tokyo");
  await answer(client, "set timezone = 'UTC'");
  await answer(client, "reset all");
  expect((await answer(client, "show timezone"))[1]).toMatchObject({ values: ["Asia/Tokyo"] });
  expect((await answer(client, "show my.x"))[1]).toMatchObject({ values: ["a b"] });
  client.destroy();
});

it("refuses more prepared statements than a session may hold with 53400", async () => {
  const client = await login(await start());
  for (let index = 0; index <= 1000; index++) client.sendParse(`s${index}`, "select 1");
  client.sendSync();
  expect((await client.until("ReadyForQuery")).at(-2)).toMatchObject({ code: "53400" });
  client.destroy();
});

it("ends a session at the next statement once its credential does not hold", async () => {
  let ended = false;
  const problem = relayedError("28000", "the login does not hold any more", { severity: "FATAL" });
  const target = await start({
    listener: {
      authentication: {
        ...testerAlone,
        findUser: (name) => {
          const user = testerAlone.findUser(name);
          const check = async () => (ended ? problem : undefined);
          return user && { ...user, credential: { ...user.credential, check } };
        },
      },
    },
  });
  const simple = await login(target);
  const extended = await login(target);
  expect((await answer(simple, "select 1")).at(-1)).toMatchObject({ status: "I" });
  ended = true;
  simple.sendQuery("select 1");
  expect(await simple.until("closed")).toMatchObject([{ severity: "FATAL", code: "28000" }, {}]);
  extended.sendParse("", "select 1");
  expect(await extended.until("closed")).toMatchObject([{ severity: "FATAL", code: "28000" }, {}]);
});

it("makes who guesses passwords wait, whether the user exists or not, and the clock lets it go on", async () => {
  let nowMs = 0;
  const clock = { now: () => nowMs, monotonicMs: () => nowMs };
  const target = await start({ limits: { loginFailuresPerUser: 2 }, listener: { clock } });
  const outcomeOf = async (user: string, password: string): Promise<unknown> => {
    const client = await RawClient.connect(target.host, target.port);
    const last = (await client.login({ ...target, user, password })).at(-1);
    client.destroy();
    return last?.["code"] ?? last?.["type"];
  };
  for (const user of ["tester", "nobody"]) {
    expect(await outcomeOf(user, "wrong")).toBe("28P01");
    expect(await outcomeOf(user, "wrong")).toBe("28P01");
    expect(await outcomeOf(user, "secret")).toBe("53400");
  }
  nowMs = 1000;
  expect(await outcomeOf("tester", "secret")).toBe("ReadyForQuery");
  expect(await outcomeOf("tester", "wrong")).toBe("28P01");
  expect(await outcomeOf("tester", "secret")).toBe("ReadyForQuery");
});
