import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LensError } from "../../../src/errors.ts";
import type { RenderedQuery, RowStream } from "../../../src/result.ts";
import { openDuckDb } from "../../../src/warehouse/duckdb.ts";
import { Slots } from "../../../src/warehouse/slots.ts";
import { type DuckDbFile, makeDuckDbFile, never, readRows, rejectionOf, rowsOf } from "./duckdb-file.ts";

const bigint = { kind: "bigint" } as const;
const endless: RenderedQuery = {
  sql: "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE hash(a.range, b.range) % 97 = 5",
  columnTypes: [bigint],
  parameters: [],
};
const endlessRows: RenderedQuery = {
  sql: "SELECT a.range + b.range FROM range(100000000) a, range(100000) b",
  columnTypes: [bigint],
  parameters: [],
};
/** Lenswire promises 250 ms; the rest is for a machine that is busy with other tests. */
const freedMsMax = 1000;
const reason = new LensError("57014", "canceling statement due to user request");

let file: DuckDbFile;
beforeAll(async () => {
  // One connection: a query that did not give it back would make the next wait for ever.
  file = await makeDuckDbFile(["CREATE TABLE numbers AS SELECT range AS i FROM range(1000000)"], {
    connectionsMax: 1,
  });
});
afterAll(() => file.remove());

async function connectionIsFree(): Promise<void> {
  expect(await rowsOf(file.warehouse, "SELECT 1", [{ kind: "integer" }])).toEqual([[1]]);
}

async function countRows(stream: RowStream): Promise<number> {
  let rows = 0;
  for (let batch = await stream.next(); batch !== undefined; batch = await stream.next())
    rows += batch.rowCount;
  return rows;
}

describe("a stream of rows", () => {
  test("gives every row once, in order, in bounded batches", async () => {
    const sql = "SELECT i FROM numbers ORDER BY i DESC";
    const stream = await file.warehouse.run({ sql, columnTypes: [bigint], parameters: [] }, never);
    let expected = 999_999;
    for (let batch = await stream.next(); batch !== undefined; batch = await stream.next()) {
      expect(batch.rowCount).toBeLessThanOrEqual(2048);
      if (batch.kind !== "columns") throw new Error("not columns");
      for (const value of batch.columns[0] ?? []) {
        if (value !== expected) throw new Error(`${value} instead of ${expected}`);
        expected -= 1;
      }
    }
    expect(expected).toBe(-1);
    expect(await stream.next()).toBeUndefined();
    await connectionIsFree();
  });

  test("that fails after many rows ends with the error, never as if it were complete", async () => {
    const sql = "SELECT CASE WHEN i = $1 THEN ('secret' || i)::BIGINT ELSE i END FROM numbers";
    const parameters = [{ type: bigint, value: 900_000n }];
    const stream = await file.warehouse.run({ sql, columnTypes: [bigint], parameters }, never);
    const error = await rejectionOf(countRows(stream));
    expect(error).toMatchObject({ sqlstate: "22P02", message: "invalid input syntax" });
    expect(JSON.stringify({ ...(error as LensError), cause: undefined })).not.toContain("secret");
    await connectionIsFree();
  });

  test("that its reader leaves early gives the connection back", async () => {
    const stream = await file.warehouse.run(endlessRows, never);
    expect((await stream.next())?.rowCount).toBeGreaterThan(0);
    await stream.close();
    expect(await stream.next()).toBeUndefined();
    await connectionIsFree();
  });

  test("closed while a batch is under way gives the connection back", async () => {
    const stream = await file.warehouse.run(endlessRows, never);
    const under = stream.next();
    await stream.close();
    await under;
    await connectionIsFree();
  });

  test("read slowly does not pile its rows up", async () => {
    const sql = "SELECT i, repeat('x', 200) || i FROM numbers";
    const stream = await file.warehouse.run(
      { sql, columnTypes: [bigint, { kind: "text" }], parameters: [] },
      never,
    );
    const before = process.memoryUsage().rss;
    let rssMax = before;
    for (let batch = 0; batch < 400; batch += 1) {
      await stream.next();
      await new Promise((resolve) => setImmediate(resolve));
      rssMax = Math.max(rssMax, process.memoryUsage().rss);
    }
    await stream.close();
    // 400 batches hold 170 MB of text.
    expect(rssMax - before).toBeLessThan(96 * 1024 * 1024);
  });
});

describe("an abort", () => {
  async function abortAfter(
    query: RenderedQuery,
    batches: number,
  ): Promise<{ error: unknown; freedMs: number }> {
    const controller = new AbortController();
    const running = file.warehouse.run(query, controller.signal).then(async (stream) => {
      for (let batch = 0; batch < batches; batch += 1) await stream.next();
      controller.abort(reason);
      return stream.next();
    });
    if (batches === 0) setTimeout(() => controller.abort(reason), 50);
    const aborted = new Promise<number>((resolve) => {
      controller.signal.addEventListener("abort", () => resolve(performance.now()));
    });
    const error = await rejectionOf(running);
    await connectionIsFree();
    return { error, freedMs: performance.now() - (await aborted) };
  }

  test("while the first row is computed frees the connection at once", async () => {
    const { error, freedMs } = await abortAfter(endless, 0);
    expect(error).toBe(reason);
    expect(freedMs).toBeLessThan(freedMsMax);
  });

  test("between two batches frees the connection at once", async () => {
    const { error, freedMs } = await abortAfter(endlessRows, 3);
    expect(error).toBe(reason);
    expect(freedMs).toBeLessThan(freedMsMax);
  });

  test("frees the connection also when nobody asks for a next batch", async () => {
    const controller = new AbortController();
    const stream = await file.warehouse.run(endlessRows, controller.signal);
    await stream.next();
    controller.abort(reason);
    await connectionIsFree();
    expect(await rejectionOf(stream.next())).toBe(reason);
  });

  test("before the start runs nothing", async () => {
    expect(await rejectionOf(file.warehouse.run(endless, AbortSignal.abort(reason)))).toBe(reason);
    await connectionIsFree();
  });

  test("while waiting for a connection leaves the line", async () => {
    const holder = await file.warehouse.run(endlessRows, never);
    const controller = new AbortController();
    const waiting = file.warehouse.run(endlessRows, controller.signal);
    controller.abort(reason);
    expect(await rejectionOf(waiting)).toBe(reason);
    await holder.close();
    await connectionIsFree();
  });

  test("in a storm of many loses no connection", async () => {
    for (let round = 0; round < 50; round += 1) {
      const controller = new AbortController();
      const running = file.warehouse.run(endless, controller.signal);
      // From before the query is prepared until it runs.
      setTimeout(() => controller.abort(reason), round % 10);
      expect(await rejectionOf(running)).toBe(reason);
    }
    await connectionIsFree();
  });
});

describe("failures", () => {
  const failures: readonly (readonly [sql: string, sqlstate: string, message: string])[] = [
    ["SELECT ('pan ' || i)::INTEGER FROM numbers LIMIT 1", "22P02", "invalid input syntax"],
    ["SELECT (i + 3000000000)::INTEGER FROM numbers LIMIT 1", "22003", "value out of range"],
    ["SELECT 9223372036854775807 + i + 1 FROM numbers LIMIT 1", "22003", "value out of range"],
    ["SELECT (i || '-13-45')::DATE FROM numbers LIMIT 1", "22008", "date/time field value out of range"],
    ["SELECT ('day ' || i)::DATE FROM numbers LIMIT 1", "22007", "invalid input syntax for a date or time"],
    ["SELECT ('x' || i)::TIMESTAMP FROM numbers LIMIT 1", "22007", "invalid input syntax for a date or time"],
    ["SELECT sqrt(-1 - i) FROM numbers LIMIT 1", "2201F", "cannot take square root of a negative number"],
    ["SELECT ln(i) FROM numbers WHERE i = 0", "2201E", "cannot take logarithm of zero"],
    [
      "SELECT (SELECT i FROM numbers)",
      "21000",
      "more than one row returned by a subquery used as an expression",
    ],
    ["SELECT regexp_matches('a', '(' || i) FROM numbers", "2201B", "invalid regular expression"],
    ["SELECT ('{' || i)::JSON FROM numbers", "22P02", "invalid input syntax for type json"],
    ["SELECT timezone('Nowhere/' || i, now()) FROM numbers", "22023", "time zone not recognized"],
    ["SELECT error('lenswire:22012')", "22012", "division by zero"],
    ["SELECT (i * 100000)::DECIMAL(4,1) FROM numbers WHERE i = 1", "22003", "value out of range"],
    ["SELECT (i * 123456.78)::DECIMAL(5,2) FROM numbers WHERE i = 1", "22003", "value out of range"],
    ["SELECT (i * 99999999999.5)::INTEGER FROM numbers WHERE i = 1", "22003", "value out of range"],
  ];
  test.each(failures)("%s is %s in words of our own", async (sql, sqlstate, message) => {
    const error = await rejectionOf(rowsOf(file.warehouse, sql, [{ kind: "text" }]));
    expect(error).toMatchObject({ sqlstate, message, detail: undefined });
    expect((error as LensError).cause).toBeDefined();
    await connectionIsFree();
  });

  test("that are no data errors are told by a reference, which the log joins to the text", async () => {
    const error = await rejectionOf(rowsOf(file.warehouse, "SELECT salary FROM hidden_table", [bigint]));
    expect(error).toMatchObject({ sqlstate: "HV000", message: "the warehouse could not run the statement" });
    const event = file.events.find(({ kind }) => kind === "warehouseFailed");
    if (event?.kind !== "warehouseFailed") throw new Error("no event");
    expect((error as LensError).detail).toBe(`The log holds more under the reference ${event.reference}.`);
    expect(event.text).toContain("hidden_table");
    expect(event.sql).toBe("SELECT salary FROM hidden_table");
  });

  test("of the program's own making name types and no values", async () => {
    const error = await rejectionOf(rowsOf(file.warehouse, "SELECT 1, 2", [bigint]));
    expect(error).toMatchObject({ sqlstate: "XX000" });
    await connectionIsFree();
  });

  test("a missing file is refused at once and not created", async () => {
    const error = await rejectionOf(openDuckDb({ path: `${file.path}.missing`, emit: () => undefined }));
    expect(error).toMatchObject({ sqlstate: "HV000" });
    expect(String(error)).toContain(".missing");
  });
});

test("a ping is answered while as many queries run as may", async () => {
  const own = await openDuckDb({ path: file.path, emit: () => undefined, calls: new Slots(1) });
  const controller = new AbortController();
  const runs = [0, 1].map(() => rejectionOf(own.run(endless, controller.signal)));
  await own.ping(never);
  expect(await rejectionOf(own.ping(AbortSignal.abort(reason)))).toBe(reason);
  controller.abort(reason);
  expect(await Promise.all(runs)).toEqual([reason, reason]);
  await own.close();
});

describe("closing", () => {
  test("ends what runs and refuses what comes after", async () => {
    const own = await openDuckDb({ path: file.path, emit: () => undefined });
    const running = own.run(endless, never);
    const stream = await own.run(endlessRows, never);
    await own.close();
    expect(await rejectionOf(running)).toMatchObject({ sqlstate: "57P01" });
    expect(await rejectionOf(readRows(stream))).toMatchObject({ sqlstate: "57P01" });
    expect(await rejectionOf(own.ping(never))).toMatchObject({ sqlstate: "57P01" });
  });

  // DuckDB forgets an interrupt that comes just before it begins.
  test("ends a query at whatever point it is", async () => {
    for (let turns = 0; turns < 60; turns += 1) {
      const own = await openDuckDb({ path: file.path, emit: () => undefined });
      const running = own.run(endless, never);
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      await own.close();
      expect(await rejectionOf(running)).toMatchObject({ sqlstate: "57P01" });
    }
  });

  // DuckDB crashes the process when its instance is closed under a connection that a thread is opening.
  test("while connections are being opened waits for them", async () => {
    for (let round = 0; round < 20; round += 1) {
      const own = await openDuckDb({ path: file.path, emit: () => undefined });
      const opening = Array.from({ length: 16 }, () => rejectionOf(own.run(endless, never)));
      const pinged = rejectionOf(own.ping(never));
      await own.close();
      for (const error of await Promise.all([...opening, pinged]))
        expect(error).toMatchObject({ sqlstate: "57P01" });
    }
  });
});
