// COPY FROM STDIN as one statement of a connection: its limits, and what ends it while it waits for the client.
import { afterEach, expect, it } from "vitest";
import type { DefinedTable } from "../../../src/catalog/answer-catalog-query.ts";
import type { CopyRequest, QueryEngine } from "../../../src/engine/query-engine.ts";
import { LensError } from "../../../src/errors.ts";
import { SpoolSpace } from "../../../src/limits/spool-space.ts";
import { rowsOf } from "../../../src/result.ts";
import { type LensServer, type LensServerOptions, startLensServer } from "../../protocol/lens-server.ts";
import { RawClient } from "../../protocol/raw-client.ts";
import { FakeQueryEngine } from "./fake-query-engine.ts";
import { waitUntil } from "./wait-until.ts";

const mebibyte = 1024 * 1024;

/** Every table has one column of text, and every COPY gives its one row, which is as long as what was sent. */
class CopyingEngine extends FakeQueryEngine {
  readonly copied: CopyRequest[] = [];

  override async define(): Promise<DefinedTable> {
    const column = { name: "a", typeOid: 25, typeModifier: -1, notNull: false, default: null };
    return {
      definition: {
        columns: [{ ...column, isCollated: false, isIdentity: false, isGenerated: false }],
        constraints: [],
        indexes: [],
        isSelfContained: true,
      },
      rows: rowsOf([], 0),
      notices: [],
    };
  }

  override async askCopy(): ReturnType<QueryEngine["askCopy"]> {
    return { format: 0, columnCount: 1 };
  }

  override async copy(request: CopyRequest): ReturnType<QueryEngine["copy"]> {
    this.copied.push(request);
    if (request.failure !== undefined) throw new LensError("57014", request.failure);
    return { written: rowsOf([[String(request.data.length)]], 1), commandTag: "COPY 1", notices: [] };
  }
}

const spoolSpace = new SpoolSpace(40 * mebibyte);
let queries = new CopyingEngine();
let server: LensServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

/** A client whose COPY waits for its data. */
async function copying(options: Omit<LensServerOptions, "queries"> = {}): Promise<RawClient> {
  queries = new CopyingEngine();
  server ??= await startLensServer({ queries, spoolSpace, ...options });
  const client = await RawClient.connect(server.host, server.port);
  await client.login(server);
  client.sendQuery("create temp table t (a text)");
  await client.until("ReadyForQuery");
  await begin(client);
  return client;
}

async function begin(client: RawClient): Promise<void> {
  client.sendQuery("copy t from stdin");
  expect(await client.next()).toEqual({ type: "CopyInResponse", format: 0, formats: [0] });
}

async function ends(client: RawClient, expected: object): Promise<void> {
  expect(await client.until("ReadyForQuery")).toMatchObject([
    expected,
    { type: "ReadyForQuery", status: "I" },
  ]);
}

it("hands over all that was sent, however it was cut, and gives its bytes back", async () => {
  const client = await copying();
  for (let part = 0; part < 2500; part++) client.sendMessage("d", Buffer.from(`${part}\n`));
  client.sendMessage("c");
  await ends(client, { type: "CommandComplete", tag: "COPY 1" });
  const sent = Array.from({ length: 2500 }, (_each, part) => `${part}\n`).join("");
  expect(Buffer.from(queries.copied[0]?.data ?? []).toString()).toBe(sent);
  client.destroy();
});

it("is cancelled while it waits, and drops what comes after", async () => {
  const client = await copying();
  client.sendMessage("d", Buffer.from("1\n"));
  server?.sessions.at(-1)?.cancel(new LensError("57014", "canceling statement due to user request"));
  await ends(client, { type: "ErrorResponse", code: "57014" });
  client.sendMessage("d", Buffer.from("2\n"));
  client.sendMessage("c");
  client.sendQuery("select rows_1");
  expect((await client.until("ReadyForQuery")).map(({ type }) => type)).toEqual([
    "RowDescription",
    "DataRow",
    "CommandComplete",
    "ReadyForQuery",
  ]);
  expect(queries.copied).toEqual([]);
  client.destroy();
});

it("ends at the statement's time limit, and at none of an idle session", async () => {
  const client = await copying({ limits: { statementTimeoutMs: 150, idleTimeoutMs: 100 } });
  await ends(client, { code: "57014", message: "canceling statement due to statement timeout" });
  client.destroy();
});

it("takes 16 MiB and no byte more, of one session and of all together", async () => {
  const client = await copying();
  const part = Buffer.alloc(4 * mebibyte, "x");
  for (let count = 0; count < 4; count++) client.sendMessage("d", part);
  client.sendMessage("d", Buffer.from("y"));
  await ends(client, { code: "54000", message: "COPY FROM STDIN takes at most 16 MiB" });
  const clients = [client, await copying(), await copying()];
  await begin(client);
  for (const each of clients.slice(0, 2)) for (let count = 0; count < 4; count++) each.sendMessage("d", part);
  await waitUntil(() => spoolSpace.bytes === 32 * mebibyte);
  for (let count = 0; count < 3; count++) clients[2]?.sendMessage("d", part);
  await ends(clients[2] as RawClient, { code: "53400" });
  for (const each of clients.slice(0, 2)) {
    each.sendMessage("c");
    await ends(each, { tag: "COPY 1" });
    each.destroy();
  }
  clients[2]?.destroy();
  await waitUntil(() => spoolSpace.bytes < mebibyte);
});

it("lets go of a client that goes away", async () => {
  const client = await copying();
  client.sendMessage("d", Buffer.alloc(mebibyte, "x"));
  await waitUntil(() => spoolSpace.bytes >= mebibyte);
  client.destroy();
  await waitUntil(() => spoolSpace.bytes === 0);
  expect(queries.copied).toEqual([]);
});

it("comes to its end before a server that stops ends the connection", async () => {
  const client = await copying();
  const stopped = server?.listener.close(10_000);
  client.sendMessage("d", Buffer.from("1\n"));
  client.sendMessage("c");
  expect(await client.until("closed")).toMatchObject([
    { tag: "COPY 1" },
    { type: "ReadyForQuery" },
    { severity: "FATAL", code: "57P01" },
    { type: "closed" },
  ]);
  await stopped;
  server = undefined;
});

it("takes the client's words for giving up, and no message that does not belong", async () => {
  const client = await copying();
  client.sendMessage("f", Buffer.from("enough\0"));
  await ends(client, { code: "57014", message: "enough" });
  await begin(client);
  client.sendMessage("f", Buffer.from("no end"));
  await ends(client, { code: "08P01", message: "invalid string in message" });
  await begin(client);
  client.sendQuery("select rows_1");
  expect(await client.until("closed")).toMatchObject([
    { severity: "ERROR", code: "08P01", message: "unexpected message type 0x51 during COPY from stdin" },
    { severity: "FATAL", message: "terminating connection because protocol synchronization was lost" },
    { type: "closed" },
  ]);
});
