// Bytes and statements that attack the program: each is refused with its code, and a client beside it is served on.
import { Client, DatabaseError } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { cString, int32, RawClient, type RawMessage } from "../protocol/raw-client.ts";
import { type ServedDemo, serveDemo } from "../support/served-demo.ts";

let demo: ServedDemo;
let bystander: Client;
beforeAll(async () => {
  demo = await serveDemo({ limits: ["queriesPerMinute: 1000"] });
  bystander = new Client({ host: demo.host, port: demo.port, ...credentials });
  await bystander.connect();
});
afterAll(async () => {
  await bystander?.end();
  await demo?.close();
});
afterEach(async () => {
  const { rows } = await bystander.query("SELECT MEASURE(customer_count) AS n FROM customers");
  expect(rows).toEqual([{ n: "400" }]);
});

const credentials = { user: "analyst", password: "analyst", database: "customer-data-market-place" };

async function answersBeforeLogin(bytes: Buffer): Promise<RawMessage[]> {
  const client = await RawClient.connect(demo.host, demo.port);
  client.sendBytes(bytes);
  return client.until("closed");
}

async function answersAfterLogin(bytes: Buffer, until: string): Promise<RawMessage[]> {
  const client = await RawClient.connect(demo.host, demo.port);
  expect((await client.login(credentials)).at(-1)).toMatchObject({ type: "ReadyForQuery" });
  client.sendBytes(bytes);
  const messages = await client.until(until);
  client.destroy();
  return messages;
}

const message = (type: string, length: number, body: Buffer) =>
  Buffer.concat([Buffer.from(type), int32(length), body]);
const query = (body: Buffer) => message("Q", body.length + 4, body);

describe("bytes", () => {
  test("a length word of 2 GB before login", async () => {
    expect(await answersBeforeLogin(int32(2 ** 31 - 1))).toEqual([{ type: "closed" }]);
  });

  test("a length word of 2 GB after login", async () => {
    const answers = await answersAfterLogin(message("Q", 2 ** 31 - 1, Buffer.from("SELECT")), "closed");
    expect(answers).toEqual([
      expect.objectContaining({ type: "ErrorResponse", severity: "FATAL", code: "54000" }),
      { type: "closed" },
    ]);
  });

  test("bytes behind SSLRequest, sent before its answer", async () => {
    const injected = Buffer.concat([int32(8), int32(80_877_103), Buffer.from("injected")]);
    const client = await RawClient.connect(demo.host, demo.port);
    client.sendBytes(injected);
    expect(await client.nextByte()).toBe("N".charCodeAt(0));
    expect(await client.until("closed")).toMatchObject([
      { severity: "FATAL", code: "08P01", message: "received unencrypted data after SSL request" },
      { type: "closed" },
    ]);
    client.destroy();
  });

  test("a startup parameter with a NUL inside", async () => {
    const body = Buffer.from("user\0ana\0lyst\0database\0x\0\0");
    const [error] = await answersBeforeLogin(Buffer.concat([int32(body.length + 8), int32(0x30000), body]));
    expect(error).toMatchObject({ type: "ErrorResponse", severity: "FATAL", code: "08P01" });
  });

  test("a message of an unknown type", async () => {
    const [error, end] = await answersAfterLogin(message("?", 4, Buffer.alloc(0)), "closed");
    expect(error).toMatchObject({ type: "ErrorResponse", severity: "FATAL", code: "08P01" });
    expect(end).toEqual({ type: "closed" });
  });

  test("a message that is shorter than its fields", async () => {
    // Bind that announces three formats and ends there.
    const body = Buffer.concat([cString(""), cString(""), Buffer.of(0, 3)]);
    const bind = message("B", body.length + 4, body);
    const sync = message("S", 4, Buffer.alloc(0));
    const [error, ready] = await answersAfterLogin(Buffer.concat([bind, sync]), "ReadyForQuery");
    expect(error).toMatchObject({ type: "ErrorResponse", severity: "ERROR", code: "08P01" });
    expect(ready).toEqual({ type: "ReadyForQuery", status: "I" });
  });

  test("a connection that ends in the middle of a message", async () => {
    const client = await RawClient.connect(demo.host, demo.port);
    await client.login(credentials);
    client.sendBytes(message("Q", 100, Buffer.from("SELECT zone")));
    client.socket.end();
    expect(await client.until("closed")).toEqual([{ type: "closed" }]);
  });

  test("a statement that is not UTF-8", async () => {
    const body = Buffer.concat([Buffer.from("SELECT '"), Buffer.of(0xc3, 0x28), Buffer.from("'\0")]);
    const [error, ready] = await answersAfterLogin(query(body), "ReadyForQuery");
    expect(error).toMatchObject({ type: "ErrorResponse", code: "22021" });
    expect(ready).toEqual({ type: "ReadyForQuery", status: "I" });
  });
});

describe("statements", () => {
  async function codeOf(sql: string): Promise<string | undefined> {
    const error = await bystander.query(sql).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DatabaseError);
    return (error as DatabaseError).code;
  }

  test.each(["", " FROM customers"])("10,000 nested parentheses%s", async (from) => {
    const sql = `SELECT ${"(".repeat(10_000)}1${")".repeat(10_000)}${from}`;
    expect(["42601", "54001"]).toContain(await codeOf(sql));
  });

  test.each(["1", "customer_id"])("10,000 chained + after %s", async (first) => {
    const from = first === "1" ? "" : " FROM customers";
    expect(await codeOf(`SELECT ${first}${" + 1".repeat(10_000)}${from}`)).toBe("54001");
  });

  test("10,000 nested subqueries", async () => {
    const sql = `${"SELECT zone FROM (".repeat(10_000)}customers${") a".repeat(10_000)}`;
    expect(["42601", "54001"]).toContain(await codeOf(sql));
  });

  test.each([
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "COPY customers TO '/tmp/customers'",
    "COPY customers FROM PROGRAM 'id'",
    "CREATE EXTENSION plpgsql",
    "DO $$ BEGIN END $$",
    "SET SESSION AUTHORIZATION postgres",
    "SET ROLE postgres",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT zone FROM '/etc/passwd'",
    "SELECT pg_sleep(60)",
    "LOAD 'plpgsql'",
  ])("what would reach beyond the lens: %s", async (sql) => {
    expect(await codeOf(sql)).toMatch(/^(?:42|0A|25|22)/);
  });
});
