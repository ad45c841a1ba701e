// COPY as one statement of a connection: its limits, its end in the middle, and a client that reads slowly.
import { afterEach, expect, it } from "vitest";
import { LensError } from "../../../src/errors.ts";
import { type LensServer, type LensServerOptions, startLensServer } from "../../protocol/lens-server.ts";
import { RawClient, type RawMessage } from "../../protocol/raw-client.ts";
import { FakeQueryEngine } from "./fake-query-engine.ts";
import { waitUntil } from "./wait-until.ts";

const queries = new FakeQueryEngine();
let server: LensServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function login(limits: LensServerOptions["limits"] = {}): Promise<RawClient> {
  server = await startLensServer({ queries, limits });
  const client = await RawClient.connect(server.host, server.port);
  await client.login(server);
  return client;
}

async function answer(client: RawClient, text: string): Promise<RawMessage[]> {
  client.sendQuery(text);
  return client.until("ReadyForQuery");
}

const types = (messages: readonly RawMessage[]) => new Set(messages.map(({ type }) => type));

it("gives as many rows as the limit allows, and an error for more, never a part for the whole", async () => {
  for (const onRowsMax of ["error", "notice"] as const) {
    const client = await login({ rowsMax: 3000, onRowsMax });
    expect((await answer(client, "copy (select rows_3000) to stdout")).at(-2)).toEqual({
      type: "CommandComplete",
      tag: "COPY 3000",
    });
    const messages = await answer(client, "copy (select rows_3001) to stdout csv");
    expect(messages.at(-2)).toMatchObject({ type: "ErrorResponse", code: "54000" });
    expect(types(messages)).not.toContain("CopyDone");
    expect(queries.openQueries).toBe(0);
    client.destroy();
    await server?.stop();
  }
});

it("counts as a query of the kind that it copies, with its rows", async () => {
  const client = await login();
  await answer(client, "copy (select rows_5) to stdout");
  expect(server?.events).toContainEqual(
    expect.objectContaining({ kind: "statementFinished", statementKind: "lens", rows: 5 }),
  );
  client.destroy();
});

it("is cancelled in the middle, with the error in the place of its end", async () => {
  const client = await login({ rowsMax: 100_000_000 });
  client.sendQuery("copy (select rows_10000000) to stdout");
  const first = await client.next();
  expect(first).toEqual({ type: "CopyOutResponse", format: 0, formats: [0] });
  server?.sessions.at(-1)?.cancel(new LensError("57014", "canceling statement due to user request"));
  const messages = await client.until("ReadyForQuery");
  expect(messages.slice(-2)).toMatchObject([
    { type: "ErrorResponse", code: "57014" },
    { type: "ReadyForQuery", status: "I" },
  ]);
  expect(types(messages)).toEqual(new Set(["CopyData", "ErrorResponse", "ReadyForQuery"]));
  expect(queries.openQueries).toBe(0);
  client.destroy();
});

it("fetches no further batch while the client does not read, and ends with a client that goes away", async () => {
  const client = await login({ rowsMax: 100_000_000 });
  queries.batches = 0;
  client.socket.pause();
  client.sendQuery("copy (select rows_10000000) to stdout");
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

it("drops what a client sends as if it copied to the server", async () => {
  const client = await login();
  client.sendMessage("d", Buffer.from("1\n"));
  client.sendMessage("c");
  expect(types(await answer(client, "copy (select 1) to stdout"))).toContain("CopyDone");
  client.destroy();
});

it("leaves a position where the client wrote it, whatever was parsed in between", async () => {
  const client = await login();
  client.sendParse("first", "/* a longer comment, ä */ copy (select nope) to stdout");
  client.sendParse("", "select 1");
  client.sendBind("", "first");
  client.sendExecute("");
  client.sendSync();
  // Of the column in its own statement, as the engine of these tests says it.
  const place = "/* a longer comment, ä */ copy (".length + 8;
  expect((await client.until("ReadyForQuery")).at(-2)).toMatchObject({
    code: "42703",
    position: String(place),
  });
  client.destroy();
});
