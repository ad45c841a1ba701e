// The attacker fills the disk that the audit is on, so that what they read is recorded nowhere: what cannot be recorded is
// refused. /dev/full is a disk that is full in the kernel's own words.
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openFileAuditLog } from "../../src/audit/file-audit-log.ts";
import type { LensEvent } from "../../src/events.ts";

const full = "/dev/full";
const record = { event: "closed", id: "7", time: "2026-01-01T00:00:00.000Z", outcome: "00000" } as never;

async function written(file: string, required: boolean) {
  const events: LensEvent[] = [];
  const log = await openFileAuditLog({
    file,
    required,
    fsync: "off",
    rotateBytes: 1_000_000,
    rotateDaily: true,
    keepFiles: undefined,
    emit: (event) => events.push(event),
  });
  const outcomes = await Promise.allSettled([log.write(record), log.write(record)]);
  await log.close();
  return { outcomes, kinds: events.map(({ kind }) => kind) };
}

it.skipIf(!existsSync(full))(
  "what a full disk does not take is refused where it must be recorded",
  async () => {
    const { outcomes, kinds } = await written(full, true);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { sqlstate: "58030", cause: { code: "ENOSPC" } },
      });
    expect(kinds).toContain("auditFailed");
  },
);

it.skipIf(!existsSync(full))("and is told where it need not be", async () => {
  const { outcomes, kinds } = await written(full, false);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  expect(kinds).toContain("auditFailed");
});

it("a disk with room takes both records", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lenswire-full-"));
  const file = join(folder, "audit.jsonl");
  const { outcomes, kinds } = await written(file, true);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  expect(kinds).toEqual([]);
  expect((await readFile(file, "utf8")).trim().split("\n")).toHaveLength(2);
  await rm(folder, { recursive: true });
});
