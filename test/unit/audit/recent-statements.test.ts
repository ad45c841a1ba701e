// The newest statements of each user, as the audit's records tell of them.
import { expect, test } from "vitest";
import type { ClosedRecord, OpenedRecord } from "../../../src/audit/audit-record.ts";
import { noAuditLog } from "../../../src/audit/no-audit-log.ts";
import { RecentStatements } from "../../../src/audit/recent-statements.ts";

const opened = (user: string, id: string, sql = "SELECT 1"): OpenedRecord => ({
  ...{ event: "opened", id, user, sql, time: "2026-01-01T00:00:00.000Z", lens: "l", group: "g" },
  ...{
    clientAddress: "127.0.0.1",
    applicationName: undefined,
    sourceSql: "SELECT secret",
    lineage: { columns: [], rows: [], members: [] },
  },
  ...{
    tables: ["t"],
    members: ["t.a"],
    columns: ["t.raw"],
    segments: ["t.s"],
    masked: [],
    unmasked: ["t.a"],
  },
});
const closed = (id: string): ClosedRecord => ({
  ...{ event: "closed", time: "2026-01-01T00:00:01.000Z", id, outcome: "00000" },
  ...{ rows: 3, bytes: 9, durationMs: 5, stages: {} },
});

test("statements are their user's, and end when their record is closed", async () => {
  const recent = new RecentStatements();
  const log = recent.watching(noAuditLog);
  await log.write(opened("mira", "1"));
  await log.write(opened("tomas", "2"));
  await log.write(closed("1"));
  await log.write(closed("never seen"));
  expect(recent.of("mira")).toEqual([
    {
      ...{ id: "1", time: "2026-01-01T00:00:00.000Z", lens: "l", sql: "SELECT 1" },
      ...{ tables: ["t"], members: ["t.a"], segments: ["t.s"], masked: [] },
      closed: { outcome: "00000", rows: 3, durationMs: 5 },
    },
  ]);
  expect(recent.of("tomas")).toMatchObject([{ id: "2", closed: undefined }]);
  expect(recent.of("nobody")).toEqual([]);
});

test("they are bounded: of one user, of all, and each", async () => {
  const recent = new RecentStatements();
  const log = recent.watching(noAuditLog);
  for (let n = 0; n < 150; n++) await log.write(opened("mira", `m${n}`, "x".repeat(5000)));
  expect(recent.of("mira").map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, n) => `m${n + 50}`));
  expect(recent.of("mira")[0]?.sql).toHaveLength(1000);
  await log.write(closed("m0"));
  for (let n = 0; n < 20_000; n++) await log.write(opened(`user ${n % 400}`, `u${n}`));
  expect(recent.of("mira")).toEqual([]);
  const kept = Array.from({ length: 400 }, (_, n) => recent.of(`user ${n}`).length);
  expect(kept.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(20_000);
  expect(recent.of("user 399")).toHaveLength(50);
});
