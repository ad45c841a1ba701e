// Reading the audit while a server writes and rotates it: each record once, none lost.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ClosedRecord } from "../../../src/audit/audit-record.ts";
import { openFileAuditLog } from "../../../src/audit/file-audit-log.ts";
import { deleteOldest, moveAside } from "../../../src/audit/rotated-files.ts";
import { askAudit } from "../../../src/commands/audit-database.ts";
import { openAuditFiles } from "../../../src/commands/open-audit-files.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lenswire-audit-"));
  file = join(folder, "audit.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const record = (id: number): ClosedRecord => ({
  ...{ event: "closed", time: "2026-11-25T10:00:00.000Z", id: String(id), outcome: "00000" },
  ...{ rows: 0, bytes: 0, durationMs: 1, stages: {} },
});
const line = (id: number) => `${JSON.stringify(record(id))}\n`;

async function idsIn(paths: readonly string[]): Promise<number[]> {
  const none = { user: undefined, table: undefined, member: undefined, since: undefined, until: undefined };
  const { rows } = await askAudit(paths, { filter: none, tables: [], sql: "SELECT id FROM records" });
  return rows.map(([id]) => Number(id)).sort((a, b) => a - b);
}

test("what is open stays readable when it gets another name, or is deleted", async () => {
  await writeFile(file, line(1));
  await moveAside(file, "2026-11-24");
  await writeFile(file, line(2));
  const files = await openAuditFiles(file);
  await moveAside(file, "2026-11-25");
  await writeFile(file, line(3));
  await deleteOldest(file, 1);
  expect(await idsIn(files.paths)).toEqual([1, 2]);
  await files.close();
  const later = await openAuditFiles(file);
  expect(await idsIn(later.paths)).toEqual([2, 3]);
  await later.close();
});

test("between two files, with none being written, and with no file at all", async () => {
  await expect(openAuditFiles(file)).rejects.toMatchObject({ code: "ENOENT" });
  await writeFile(file, line(1));
  await moveAside(file, "2026-11-24");
  const files = await openAuditFiles(file);
  expect(await idsIn(files.paths)).toEqual([1]);
  await files.close();
});

test("under constant rotation every record that was written before is there once", async () => {
  const log = await openFileAuditLog({
    ...{ file, required: true, fsync: "off", rotateBytes: 1000, rotateDaily: false, keepFiles: undefined },
    emit: () => {},
  });
  let written = 0;
  let isDone = false;
  const writing = (async () => {
    while (!isDone) {
      await log.write(record(written));
      written += 1;
    }
  })();
  try {
    for (let round = 0; round < 6; round += 1) {
      // Rotated at least once since the round before.
      const start = written;
      await vi.waitUntil(() => written >= start + 10);
      const before = written;
      const files = await openAuditFiles(file);
      const ids = await idsIn(files.paths);
      await files.close();
      expect(ids.slice(0, before)).toEqual(Array.from({ length: before }, (_, id) => id));
      expect(new Set(ids).size).toBe(ids.length);
    }
  } finally {
    isDone = true;
    await writing;
    await log.close();
  }
});
