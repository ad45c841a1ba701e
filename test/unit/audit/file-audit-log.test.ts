import { appendFile, chmod, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditRecord, ClosedRecord } from "../../../src/audit/audit-record.ts";
import { type FileAuditOptions, openFileAuditLog } from "../../../src/audit/file-audit-log.ts";
import type { LensEvent } from "../../../src/events.ts";

let folder: string;
let file: string;
let events: LensEvent[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lenswire-audit-"));
  file = join(folder, "deep", "er", "lenswire.jsonl");
  events = [];
});
afterEach(() => rm(folder, { recursive: true }));

const openLog = (options: Partial<FileAuditOptions> = {}) =>
  openFileAuditLog({
    file,
    required: true,
    fsync: "interval",
    rotateBytes: 1_000_000_000,
    rotateDaily: true,
    keepFiles: undefined,
    emit: (event) => events.push(event),
    ...options,
  });

function closed(id: string): ClosedRecord {
  return {
    event: "closed",
    time: "2024-01-01T00:00:00.000Z",
    id,
    outcome: "00000",
    rows: 3,
    bytes: 0,
    durationMs: 1.5,
    stages: { run: 1 },
  };
}

const opened: AuditRecord = {
  event: "opened",
  id: "a",
  time: "2024-01-01T00:00:00.000Z",
  user: "analyst",
  lens: "public:market",
  group: "analyst",
  clientAddress: "127.0.0.1",
  applicationName: undefined,
  sql: 'SELECT "zone"\nFROM customers -- ünï',
  sourceSql: "SELECT 1",
  tables: ["customers"],
  members: ["customers.zone"],
  columns: ["customers.zone"],
  segments: [],
  masked: [],
  unmasked: [],
  lineage: { columns: [], rows: [], members: [] },
};

async function lines(): Promise<unknown[]> {
  const text = await readFile(file, "utf8");
  expect(text.endsWith("\n")).toBe(true);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

describe("the audit file", () => {
  test.each(["off", "interval", "always"] as const)(
    "holds one line of JSON for each record when write() has resolved, with fsync %s",
    async (fsync) => {
      const log = await openLog({ fsync });
      await log.write(opened);
      expect(await lines()).toEqual([JSON.parse(JSON.stringify(opened))]);
      await log.write(closed("a"));
      expect(await lines()).toHaveLength(2);
      await log.close();
    },
  );

  test("keeps the order of the calls, however many wait at once", async () => {
    const log = await openLog();
    const ids = Array.from({ length: 5000 }, (_, index) => String(index));
    await Promise.all(ids.map((id) => log.write(closed(id))));
    await log.close();
    expect((await lines()).map((line) => (line as ClosedRecord).id)).toEqual(ids);
  });

  test("is closed only after everything that was asked for is written", async () => {
    const log = await openLog({ fsync: "always" });
    const writes = Promise.all(["a", "b", "c"].map((id) => log.write(closed(id))));
    await log.close();
    await writes;
    expect(await lines()).toHaveLength(3);
  });

  test("can be read by its owner only, and its folders are made", async () => {
    const log = await openLog();
    await log.close();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("of an earlier run is continued, on a new line where a crash cut the last one", async () => {
    await (await openLog()).close();
    await writeFile(file, `${JSON.stringify(closed("earlier"))}\n{"event":"ope`);
    const log = await openLog();
    await log.write(closed("later"));
    await log.close();
    const text = (await readFile(file, "utf8")).split("\n");
    expect(text[1]).toBe('{"event":"ope');
    expect(JSON.parse(text[2] ?? "")).toMatchObject({ id: "later" });
  });
});

describe("a record that cannot be written", () => {
  test("fails with 58030 what it records, when the audit is required", async () => {
    const log = await openLog();
    await log.close();
    await expect(log.write(closed("a"))).rejects.toMatchObject({
      sqlstate: "58030",
      message: "could not write the audit record",
    });
    expect(events).toMatchObject([{ kind: "auditFailed" }]);
  });

  test("is an event and nothing else, when it is not", async () => {
    const log = await openLog({ required: false });
    await log.close();
    await log.write(closed("a"));
    expect(events).toMatchObject([{ kind: "auditFailed" }]);
  });

  test("of a full disk does not spoil the records after it", async () => {
    // /dev/full takes no byte, as a full disk does.
    file = "/dev/full";
    const log = await openLog();
    await expect(log.write(closed("a"))).rejects.toMatchObject({ sqlstate: "58030" });
    await expect(log.write(closed("b"))).rejects.toMatchObject({ sqlstate: "58030" });
    await log.close();
    expect(events).toHaveLength(2);
  });

  test("because the file cannot be opened is told when the server starts", async () => {
    const blocker = join(folder, "blocker");
    await appendFile(blocker, "");
    file = join(blocker, "lenswire.jsonl");
    await expect(openLog({ required: false })).rejects.toMatchObject({ sqlstate: "58030" });
  });
});

test("a file that was moved away keeps the records that were going to it", async () => {
  const log = await openLog();
  await log.write(closed("a"));
  await rename(file, `${file}.1`);
  await chmod(`${file}.1`, 0o400);
  await log.write(closed("b"));
  await log.close();
  expect((await readFile(`${file}.1`, "utf8")).trimEnd().split("\n")).toHaveLength(2);
});
