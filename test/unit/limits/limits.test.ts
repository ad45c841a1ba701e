// Limits by themselves, with a clock that stands where a test puts it.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { LensError } from "../../../src/errors.ts";
import type { LensEvent } from "../../../src/events.ts";
import { ConnectionLimit } from "../../../src/limits/connection-limit.ts";
import { NearLimits } from "../../../src/limits/near-limits.ts";
import { capRows, sliceBatch } from "../../../src/limits/row-cap.ts";
import { StatementRate } from "../../../src/limits/statement-rate.ts";
import { effectiveTimeoutMs } from "../../../src/limits/statement-timeout.ts";
import { type RowBatch, type RowStream, rowsOf } from "../../../src/result.ts";

it("never lets more statements through in any minute than allowed, and lets them through after it", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 200 }), (steps) => {
      let nowMs = 12_345;
      const rate = new StatementRate("queriesPerMinute", 5, { now: () => 0, monotonicMs: () => nowMs });
      const taken: number[] = [];
      for (const step of steps) {
        nowMs += step;
        try {
          rate.take();
          taken.push(nowMs);
        } catch (error) {
          expect(error).toMatchObject({ sqlstate: "53400" });
          expect(taken.filter((at) => at > nowMs - 60_000).length).toBe(5);
        }
      }
      for (const end of taken)
        expect(taken.filter((at) => at <= end && at > end - 60_000).length).toBeLessThanOrEqual(5);
    }),
  );
});

function batches(...sizes: readonly number[]): RowStream & { closed: boolean } {
  let next = 0;
  const left = sizes.map((rowCount): RowBatch => {
    const values = Array.from({ length: rowCount }, () => next++);
    return { kind: "columns", rowCount, columns: [values] };
  });
  return {
    closed: false,
    next: async () => left.shift(),
    async close() {
      this.closed = true;
    },
  };
}

it("passes as many rows as allowed, then fails and closes the query", async () => {
  const stream = batches(3, 2, 1);
  const capped = capRows(stream, { rowsMax: 5 });
  expect((await capped.next())?.rowCount).toBe(3);
  expect((await capped.next())?.rowCount).toBe(2);
  await expect(capped.next()).rejects.toMatchObject({ sqlstate: "54000" });
  expect(stream.closed).toBe(true);
  const exact = capRows(batches(3, 2), { rowsMax: 5 });
  await exact.next();
  await exact.next();
  expect(await exact.next()).toBeUndefined();
});

it("cuts exactly where it is told to, once", async () => {
  let cuts = 0;
  const capped = capRows(batches(3, 4), { rowsMax: 5, onCut: () => cuts++ });
  await capped.next();
  expect(await capped.next()).toEqual({ kind: "columns", rowCount: 2, columns: [[3, 4]] });
  expect(await capped.next()).toBeUndefined();
  expect(cuts).toBe(1);
});

it("slices batches of either kind", async () => {
  const batch = await rowsOf(
    [
      [1, 2, 3],
      ["a", "b", "c"],
    ],
    3,
  ).next();
  expect(batch && sliceBatch(batch, 1, 3)).toEqual({
    kind: "columns",
    rowCount: 2,
    columns: [
      [2, 3],
      ["b", "c"],
    ],
  });
  const message = (value: number) => Buffer.of(68, 0, 0, 0, 5, value);
  const bytes = Buffer.concat([message(1), message(2)]);
  expect(sliceBatch({ kind: "encoded", rowCount: 2, bytes }, 1, 2)).toEqual({
    kind: "encoded",
    rowCount: 1,
    bytes: message(2),
  });
});

it("leaves half of the sockets that may wait for login to other addresses", async () => {
  const near = new NearLimits({ now: () => 0, monotonicMs: () => 0 }, () => {});
  const limits = { connectionsMax: 10, connectionsPerUser: 10, connectionsPerAddress: 10 };
  const limit = new ConnectionLimit(limits, near);
  const entered = (address: string, count: number) =>
    Array.from({ length: count }, () => limit.enter(address)).filter(Boolean).length;
  expect(entered("flood", 200)).toBe(55);
  // Who has logged in waits no more.
  await limit.take("a", "flood");
  expect(entered("flood", 200)).toBe(1);
  expect(entered("other", 200)).toBe(54);
  limit.leave("flood");
  expect(entered("third", 200)).toBe(1);
});

it("counts connections by user, by address and in all, and gives places back once", async () => {
  const events: LensEvent[] = [];
  const near = new NearLimits({ now: () => 0, monotonicMs: () => 0 }, (event) => events.push(event));
  const limit = new ConnectionLimit(
    { connectionsMax: 4, connectionsPerUser: 2, connectionsPerAddress: 3 },
    near,
  );
  const refusedFor = async (user: string, address: string): Promise<string | undefined> => {
    try {
      await limit.take(user, address);
      return undefined;
    } catch (error) {
      expect(error).toMatchObject({ sqlstate: "53300", severity: "FATAL" });
      return (error as LensError).limit;
    }
  };
  const first = await limit.take("a", "x");
  await limit.take("a", "x");
  expect(await limit.usedBy("a")).toBe(2);
  expect(await refusedFor("a", "y")).toBe("connectionsPerUser");
  await limit.take("b", "x");
  expect(await refusedFor("c", "x")).toBe("connectionsPerAddress");
  await limit.take("c", "y");
  expect(await refusedFor("d", "z")).toBe("connectionsMax");
  first();
  first();
  expect(await limit.usedBy("a")).toBe(1);
  expect(await refusedFor("c", "y")).toBeUndefined();
  expect(await refusedFor("d", "z")).toBe("connectionsMax");
  expect(events).toMatchObject([
    { limit: "connectionsPerUser", subject: "a", used: 2, max: 2 },
    { limit: "connectionsPerAddress", subject: "x", used: 3, max: 3 },
    { limit: "connectionsMax", used: 4, max: 4 },
    { limit: "connectionsPerUser", subject: "c", used: 2, max: 2 },
  ]);
});

it("takes the shorter timeout, 0 being none", () => {
  expect(effectiveTimeoutMs(0, 0)).toBeUndefined();
  expect(effectiveTimeoutMs(5, 0)).toBe(5);
  expect(effectiveTimeoutMs(0, 7)).toBe(7);
  expect(effectiveTimeoutMs(9, 7)).toBe(7);
});
