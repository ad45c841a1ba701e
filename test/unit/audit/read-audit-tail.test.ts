import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readAuditTail } from "../../../src/audit/read-audit-tail.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lenswire-tail-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const all = { user: undefined, table: undefined, sinceMs: undefined, limit: 1000 };

test("a file that is longer than what is read is read from its end, whole lines only", async () => {
  const file = join(folder, "long.jsonl");
  const lines = Array.from({ length: 6000 }, (_, id) =>
    JSON.stringify({ event: "login", id, user: "é".repeat(500) }),
  );
  // The last line is being written.
  await writeFile(file, `${lines.join("\n")}\n{"event":"log`);
  const { records, complete } = await readAuditTail(file, { ...all, limit: 100_000 });
  expect(complete).toBe(false);
  expect(records.length).toBeGreaterThan(3000);
  expect(records.length).toBeLessThan(lines.length);
  expect(records.map(({ id }) => id)).toEqual(records.map((_, place) => lines.length - 1 - place));
});

test("records are chosen by user, table and time; what closes a statement stands with it", async () => {
  const file = join(folder, "short.jsonl");
  const opened = (id: string, user: string, tables: readonly string[], time: string) => ({
    ...{ event: "opened", id, user, tables, time },
  });
  const first = opened("a", "mira", ["customers"], "2026-01-01T00:00:00.000Z");
  const second = opened("b", "tomas", ["customers", "transactions"], "2026-01-02T00:00:00.000Z");
  const closed = { event: "closed", id: "a", outcome: "00000" };
  const records = [first, second, closed, { event: "login", user: "mira", time: "2026-01-03T00:00:00.000Z" }];
  await writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  const idsOf = async (query: object) =>
    (await readAuditTail(file, { ...all, ...query })).records.map((record) => record["id"]);
  expect(await idsOf({})).toEqual([undefined, "b", "a"]);
  expect(await idsOf({ user: "mira" })).toEqual([undefined, "a"]);
  expect(await idsOf({ table: "transactions" })).toEqual(["b"]);
  expect(await idsOf({ sinceMs: Date.parse("2026-01-02") })).toEqual([undefined, "b"]);
  const [, , oldest] = (await readAuditTail(file, all)).records;
  expect(oldest).toEqual({ ...first, closed });
});
