// What cursors keep, and what it may cost.
import { afterEach, describe, expect, it } from "vitest";
import { SpoolSpace } from "../../../src/limits/spool-space.ts";
import { type LensServer, type LensServerOptions, startLensServer } from "../../protocol/lens-server.ts";
import { RawClient, type RawMessage } from "../../protocol/raw-client.ts";
import { FakeQueryEngine } from "./fake-query-engine.ts";
import { waitUntil } from "./wait-until.ts";

const queries = new FakeQueryEngine();
const spoolSpace = new SpoolSpace(1_000_000);
let server: LensServer | undefined;
let client: RawClient;

afterEach(async () => {
  client?.destroy();
  await waitUntil(() => queries.openQueries === 0 && spoolSpace.bytes === 0);
  await server?.stop();
  server = undefined;
});

async function connect(limits: LensServerOptions["limits"] = {}): Promise<void> {
  server = await startLensServer({ queries, spoolSpace, limits: { rowsMax: 100_000_000, ...limits } });
  client = await RawClient.connect(server.host, server.port);
  await client.login(server);
}

async function ask(text: string): Promise<RawMessage[]> {
  client.sendQuery(text);
  return client.until("ReadyForQuery");
}

async function rowsOf(text: string): Promise<unknown[]> {
  const messages = await ask(text);
  return messages.filter(({ type }) => type === "DataRow").map(({ values }) => (values as unknown[])[0]);
}

it("streams what a cursor reads forward, and keeps nothing", async () => {
  await connect();
  queries.batches = 0;
  await ask("begin; declare c cursor for select rows_10000000");
  expect(await rowsOf("fetch 3 from c")).toEqual(["1", "2", "3"]);
  expect(await rowsOf("fetch absolute 5000 from c")).toEqual(["5000"]);
  expect(queries.batches).toBe(3);
  expect(spoolSpace.bytes).toBe(0);
});

it("says how a cursor over a lens has to be declared to go back", async () => {
  await connect();
  await ask("begin; declare c cursor for select rows_10; fetch 2 from c");
  expect(await ask("fetch prior from c")).toMatchObject([
    { code: "55000", hint: "Declare it with SCROLL option to enable backward scan." },
    { status: "E" },
  ]);
});

it("keeps what a SCROLL cursor has passed until it is closed", async () => {
  await connect();
  await ask("begin; declare c scroll cursor for select rows_10000");
  expect(await rowsOf("fetch absolute 5000 from c")).toEqual(["5000"]);
  expect(queries.openQueries).toBe(1);
  expect(await rowsOf("fetch backward 2 from c")).toEqual(["4999", "4998"]);
  expect(await rowsOf("fetch absolute -2 from c")).toEqual(["9999"]);
  expect(queries.openQueries).toBe(0);
  expect(spoolSpace.bytes).toBeGreaterThan(10_000);
  await ask("close c");
  expect(spoolSpace.bytes).toBe(0);
});

it("reads a cursor WITH HOLD to its end at COMMIT, so that no query waits for its reader", async () => {
  await connect();
  await ask("begin; declare c cursor with hold for select rows_10000; fetch 2 from c");
  expect(queries.openQueries).toBe(1);
  await ask("commit");
  expect(queries.openQueries).toBe(0);
  expect(await rowsOf("fetch 2 from c")).toEqual(["3", "4"]);
  expect(await rowsOf("fetch absolute 10000 from c")).toEqual(["10000"]);
  expect(await ask("fetch first from c")).toMatchObject([{ code: "55000" }, { status: "I" }]);
});

it("rolls back a transaction whose cursor WITH HOLD cannot be kept", async () => {
  await connect();
  const cases = [
    ["select rows_1000000", "0", { code: "53400" }],
    ["select hang", "50ms", { code: "57014" }],
  ] as const;
  for (const [query, timeout, error] of cases) {
    await ask(`set statement_timeout = '${timeout}'`);
    await ask("begin; set application_name = 'inside'");
    await ask(`declare c cursor with hold for ${query}`);
    expect(await ask("commit")).toMatchObject([error, { type: "ParameterStatus" }, { status: "I" }]);
    expect(await ask("fetch c")).toMatchObject([{ code: "34000" }, { status: "I" }]);
    expect(await ask(`declare c cursor with hold for ${query}`)).toMatchObject([error, { status: "I" }]);
    expect([queries.openQueries, spoolSpace.bytes]).toEqual([0, 0]);
  }
});

it("counts the rows of a cursor WITH HOLD against the limit of rows", async () => {
  await connect({ rowsMax: 3000 });
  expect(await ask("declare c cursor with hold for select rows_3001")).toMatchObject([
    { code: "54000" },
    { status: "I" },
  ]);
});

it("frees what a session kept when its client goes away", async () => {
  await connect();
  await ask("declare c cursor with hold for select rows_10000");
  expect(spoolSpace.bytes).toBeGreaterThan(0);
  client.destroy();
  await waitUntil(() => spoolSpace.bytes === 0);
});

describe("the space for kept rows", () => {
  it("refuses a session its own excess with 54000 and that of all with 53400", () => {
    const all = new SpoolSpace(2_000_000);
    const [one, other] = [new SpoolSpace(1_048_576, all), new SpoolSpace(1_048_576, all)];
    one.take(1_000_000);
    expect(() => one.take(100_000)).toThrow(
      expect.objectContaining({ sqlstate: "54000", message: "rows kept for cursors take more than 1 MB" }),
    );
    expect(() => other.take(1_010_000)).toThrow(expect.objectContaining({ sqlstate: "53400" }));
    expect([one.bytes, other.bytes, all.bytes]).toEqual([1_000_000, 0, 1_000_000]);
    one.giveBack(1_000_000);
    expect([one.bytes, all.bytes]).toEqual([0, 0]);
  });
});
