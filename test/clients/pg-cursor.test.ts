// pg-cursor and pg-query-stream: portals that stay open between messages without a Sync, read in pieces, closed early.
// Whatever is read has to be the same from a real PostgreSQL with the lens's rows.
import { Client, DatabaseError } from "pg";
import Cursor from "pg-cursor";
import QueryStream from "pg-query-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLensTwin } from "../support/lens-twin.ts";
import type { RealPostgres } from "../support/real-postgres.ts";
import { type ServedDemo, serveDemo } from "../support/served-demo.ts";

let demo: ServedDemo;
let twin: RealPostgres;
let lensClient: Client;
let twinClient: Client;
beforeAll(async () => {
  demo = await serveDemo({ limits: ["queriesPerMinute: 1000"], rows: 5000 });
  twin = await startLensTwin(demo);
  const { host, port, database } = demo;
  lensClient = new Client({ host, port, database, user: "admin", password: "admin" });
  twinClient = new Client({ ...twin });
  await lensClient.connect();
  await twinClient.connect();
});
afterAll(async () => {
  await lensClient?.end();
  await twinClient?.end();
  await twin?.stop();
  await demo?.close();
});

/** What is read from the lens, after it was seen to be what PostgreSQL gives. */
async function fromBoth<T>(read: (client: Client) => Promise<T>): Promise<T> {
  const expected = await read(twinClient);
  const answer = await read(lensClient);
  expect(answer).toEqual(expected);
  return answer;
}

/** Every field of an error that is the same from both. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DatabaseError);
  const { code, message, severity, position, hint } = error as DatabaseError;
  return { code, message, severity, position, hint };
}

const everyId = "SELECT transaction_id, amount FROM transactions ORDER BY transaction_id";
const everyType = `SELECT customer_id, zone, is_active, account_balance, credit_score, onboarding_date, date_of_birth,
    ARRAY[zone, NULL, city] AS texts, NULL::text AS nothing
  FROM customers ORDER BY customer_id`;

/** Far more rows than anybody can hold. */
const everyPair = "SELECT a.transaction_id AS one, b.amount AS other FROM transactions a, transactions b";

/** How many rows come before its error is the server's affair: whoever computes ahead meets it earlier. */
const failsMidway = "SELECT 1 / (900 - n) AS quotient FROM generate_series(1, $1::int4) AS n";

async function readAll(cursor: Cursor, size: number): Promise<unknown[][]> {
  const pieces: unknown[][] = [];
  for (let piece = await cursor.read(size); piece.length > 0; piece = await cursor.read(size)) {
    pieces.push(piece);
  }
  return pieces;
}

async function streamed(stream: QueryStream): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const row of stream) rows.push(row);
  return rows;
}

describe("pg-cursor", () => {
  test("every row once, in pieces of the size that is asked for", async () => {
    const pieces = await fromBoth((client) => readAll(client.query(new Cursor(everyId)), 400));
    expect(pieces.map(({ length }) => length)).toEqual([...Array(12).fill(400), 200]);
  });

  test("pieces of different sizes, with a parameter", async () => {
    const text = "SELECT transaction_id FROM transactions WHERE transaction_id > $1 ORDER BY 1";
    const pieces = await fromBoth(async (client) => {
      const cursor = client.query(new Cursor(text, [10]));
      const read = [await cursor.read(1), await cursor.read(3), await cursor.read(100)];
      await cursor.close();
      return read;
    });
    expect(pieces.map(({ length }) => length)).toEqual([1, 3, 100]);
  });

  test("values of every type, as rows and as arrays", async () => {
    await fromBoth(async (client) => [
      await readAll(client.query(new Cursor(everyType)), 30),
      await readAll(client.query(new Cursor(everyType, [], { rowMode: "array" })), 30),
    ]);
  });

  test("the client's own parsers", async () => {
    const types = { getTypeParser: (oid: number) => (text: string) => `${oid}: ${text}` };
    const pieces = await fromBoth((client) =>
      readAll(client.query(new Cursor(everyType, [], { types })), 50),
    );
    expect(pieces[0]?.[0]).toMatchObject({ customer_id: "20: 1" });
  });

  test("a measure by a dimension", async () => {
    const text =
      "SELECT zone, MEASURE(customer_count) AS customers FROM customers GROUP BY zone ORDER BY zone";
    const whole = await lensClient.query(text);
    expect((await readAll(lensClient.query(new Cursor(text)), 2)).flat()).toEqual(whole.rows);
  });

  test("more rows than anybody can hold are read as far as they are wanted", async () => {
    const cursor = lensClient.query(new Cursor(everyPair));
    for (let read = 0; read < 20; read += 1) expect(await cursor.read(500)).toHaveLength(500);
    await cursor.close();
    expect((await lensClient.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });

  test("closed before it is read, and after its end", async () => {
    const rows = await fromBoth(async (client) => {
      await client.query(new Cursor(everyId)).close();
      const cursor = client.query(new Cursor("SELECT 1 AS one"));
      const read = await readAll(cursor, 10);
      await cursor.close();
      return [read, (await client.query("SELECT 2 AS two")).rows];
    });
    expect(rows).toEqual([[[{ one: 1 }]], [{ two: 2 }]]);
  });

  test("statements behind an open cursor wait for its end", async () => {
    await fromBoth(async (client) => {
      const cursor = client.query(new Cursor(everyId));
      const behind = client.query("SELECT count(*) FROM customers");
      const read = await cursor.read(5);
      await cursor.close();
      return [read, (await behind).rows];
    });
  });

  test("two cursors after each other in one transaction", async () => {
    const answers = await fromBoth(async (client) => {
      await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      const first = client.query(new Cursor(everyId));
      const read = [await first.read(7)];
      await first.close();
      const second = client.query(new Cursor(everyType));
      read.push(await second.read(3), await second.read(3));
      await second.close();
      const { rows } = await client.query("SELECT current_setting('transaction_isolation') AS level");
      await client.query("COMMIT");
      return [read, rows];
    });
    expect(answers[1]).toEqual([{ level: "repeatable read" }]);
  });

  test("an error at the beginning, and one midway", async () => {
    const answers = await fromBoth(async (client) => {
      const unknown = await failure(client.query(new Cursor("SELECT zonee FROM customers")).read(10));
      const cursor = client.query(new Cursor(failsMidway, [1000]));
      const error = await failure(readAll(cursor, 100));
      return [unknown, error, (await client.query("SELECT 1 AS one")).rows];
    });
    expect(answers).toMatchObject([{ code: "42703" }, { code: "22012" }, [{ one: 1 }]]);
  });

  test("an error midway fails the transaction", async () => {
    const answers = await fromBoth(async (client) => {
      await client.query("BEGIN");
      const error = await failure(readAll(client.query(new Cursor(failsMidway, [1000])), 100));
      const after = await failure(client.query("SELECT 1"));
      await client.query("ROLLBACK");
      return [error, after];
    });
    expect(answers).toMatchObject([{ code: "22012" }, { code: "25P02" }]);
  });
});

describe("pg-query-stream", () => {
  test("every row once, whatever the batch", async () => {
    for (const batchSize of [1, 100, 10_000]) {
      const text = `${everyId} LIMIT 950`;
      const rows = await fromBoth((client) =>
        streamed(client.query(new QueryStream(text, [], { batchSize }))),
      );
      expect(rows).toHaveLength(950);
    }
  });

  test("a reader that is slow holds no more than it asked for", async () => {
    const stream = lensClient.query(new QueryStream(everyPair, [], { batchSize: 50, highWaterMark: 50 }));
    let read = 0;
    for await (const _ of stream) {
      read += 1;
      // The others that wait for the event loop go first, so that whatever is sent can come.
      await new Promise(setImmediate);
      expect(stream.readableLength).toBeLessThanOrEqual(100);
      if (read === 1000) break;
    }
    expect((await lensClient.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });

  test("the client's own parsers, and rows as arrays", async () => {
    const types = { getTypeParser: (oid: number) => (text: string) => `${oid}: ${text}` };
    await fromBoth((client) =>
      streamed(client.query(new QueryStream(everyType, [], { types, rowMode: "array" }))),
    );
  });

  test("an error midway ends the stream", async () => {
    const answers = await fromBoth(async (client) => {
      const stream = client.query(new QueryStream(failsMidway, [1000], { batchSize: 100 }));
      return [await failure(streamed(stream)), (await client.query("SELECT 1 AS one")).rows];
    });
    expect(answers).toMatchObject([{ code: "22012" }, [{ one: 1 }]]);
  });
});
