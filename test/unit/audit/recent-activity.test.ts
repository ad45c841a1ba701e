import { expect, test } from "vitest";
import type { AuditRecord, OpenedRecord } from "../../../src/audit/audit-record.ts";
import { noAuditLog } from "../../../src/audit/no-audit-log.ts";
import { RecentActivity } from "../../../src/audit/recent-activity.ts";

function started(startMs = 0) {
  let nowMs = startMs;
  let count = 0;
  const activity = new RecentActivity({ now: () => nowMs, monotonicMs: () => nowMs });
  const log = activity.watching(noAuditLog);
  const base = {
    ...{ time: "", user: "mira", lens: "market", clientAddress: "", applicationName: undefined },
  };
  const run = async (
    durationMs: number,
    more: Partial<OpenedRecord> & { readonly outcome?: string } = {},
  ) => {
    const { outcome = "00000", ...rest } = more;
    const id = String(count++);
    await log.write({
      ...{ event: "opened", id, ...base, group: "analyst", sql: "SELECT", sourceSql: "" },
      ...{
        tables: [],
        members: [],
        columns: [],
        segments: [],
        masked: [],
        unmasked: [],
        lineage: { columns: [], rows: [], members: [] },
        ...rest,
      },
    });
    const closed: AuditRecord = {
      ...{ event: "closed", time: "", id, outcome, rows: 2, bytes: 0, durationMs, stages: {} },
    };
    await log.write(closed);
  };
  const refuse = () =>
    log.write({ event: "refused", ...base, group: undefined, sql: "", outcome: "42501", message: "" });
  const setTime = (ms: number) => {
    nowMs = ms;
  };
  return { activity, run, refuse, setTime };
}

test("minutes have what ended in them, and percentiles within a fifth", async () => {
  const { activity, run, refuse, setTime } = started();
  for (let durationMs = 1; durationMs <= 100; durationMs++) await run(durationMs);
  setTime(60_000);
  await run(5, { outcome: "57014" });
  await refuse();
  const { minutes } = activity.summary();
  expect(minutes.length).toBe(60);
  const [first, second] = minutes.slice(-2);
  expect(first).toMatchObject({ startMs: 0, statements: 100, failed: 0, refused: 0, rows: 200 });
  for (const [value, exact] of [
    [first?.p50Ms, 50],
    [first?.p95Ms, 95],
  ] as const) {
    expect(value).toBeGreaterThanOrEqual(exact);
    expect(value).toBeLessThan(exact * 1.2);
  }
  expect(second).toMatchObject({ startMs: 60_000, statements: 1, failed: 1, refused: 1 });
  expect(minutes[0]).toMatchObject({ statements: 0, p50Ms: undefined });
});

test("members, groups and the slowest statements are summed over the hour, and forgotten after it", async () => {
  const { activity, run, setTime } = started();
  await run(10, { members: ["customers.zone"], masked: ["customers.email"], sql: "x".repeat(10_000) });
  setTime(120_000);
  await run(30, { members: ["customers.zone", "customers.city"], segments: ["customers.north"] });
  await run(20, { group: "viewer" });
  const summary = activity.summary();
  expect(summary.members).toEqual([
    { member: "customers.zone", statements: 2 },
    { member: "customers.city", statements: 1 },
  ]);
  expect(summary.groups).toEqual([
    { lens: "market", group: "analyst", statements: 2, masked: 1, filtered: 1 },
    { lens: "market", group: "viewer", statements: 1, masked: 0, filtered: 0 },
  ]);
  expect(summary.slowest.map(({ durationMs }) => durationMs)).toEqual([30, 20, 10]);
  expect(summary.slowest[2]?.sql.length).toBe(500);
  setTime(62 * 60_000);
  await run(1, { group: "admin" });
  const later = activity.summary();
  expect([later.members, later.groups.length, later.slowest.length]).toEqual([[], 1, 1]);
});
