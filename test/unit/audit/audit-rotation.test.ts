// The audit over many files, and over disks that take no more.
import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClosedRecord } from "../../../src/audit/audit-record.ts";
import { type FileAuditOptions, openFileAuditLog } from "../../../src/audit/file-audit-log.ts";
import { readAuditTail } from "../../../src/audit/read-audit-tail.ts";
import type { LensEvent } from "../../../src/events.ts";

let folder: string;
let file: string;
let events: LensEvent[];
/** What every open file's methods come from. */
let handles: FileHandle;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lenswire-rotation-"));
  file = join(folder, "lenswire.jsonl");
  events = [];
  const handle = await open(join(folder, "probe"), "w");
  handles = Object.getPrototypeOf(handle);
  await handle.close();
  await rm(join(folder, "probe"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const openLog = (options: Partial<FileAuditOptions> = {}) =>
  openFileAuditLog({
    ...{ file, required: true, fsync: "interval", rotateBytes: 1_000_000, rotateDaily: true },
    keepFiles: undefined,
    emit: (event) => events.push(event),
    ...options,
  });

const closed = (id: string, day = "2026-11-25"): ClosedRecord => ({
  ...{ event: "closed", time: `${day}T12:00:00.000Z`, id, outcome: "00000", rows: 3, bytes: 0 },
  durationMs: 1.5,
  stages: { run: 1 },
});

const lineBytes = Buffer.byteLength(`${JSON.stringify(closed("00"))}\n`);
const names = async () => (await readdir(folder)).sort();
async function idsIn(name: string): Promise<string[]> {
  const text = await readFile(join(folder, name), "utf8");
  expect(text === "" || text.endsWith("\n")).toBe(true);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as ClosedRecord).id);
}

const failure = (code: string) => Object.assign(new Error(code), { code });

/** The next write takes so many bytes, and those after it fail until this is called off. */
function fillDisk(bytes: number, code = "ENOSPC"): () => void {
  const write = handles.write as (this: FileHandle, buffer: Buffer) => Promise<{ bytesWritten: number }>;
  let left = bytes;
  const spy = vi.spyOn(handles, "write").mockImplementation(async function (this: FileHandle, ...given) {
    const part = (given[0] as unknown as Buffer).subarray(0, left);
    if (part.length === 0) throw failure(code);
    left -= part.length;
    return (await write.call(this, part)) as never;
  });
  return () => spy.mockRestore();
}

describe("a new file is begun", () => {
  test("before the one that is written would be too large, with no record lost or split", async () => {
    const log = await openLog({ rotateBytes: 4 * lineBytes });
    const ids = Array.from({ length: 30 }, (_, index) => String(index + 10));
    await Promise.all(ids.slice(0, 20).map((id) => log.write(closed(id))));
    for (const id of ids.slice(20)) await log.write(closed(id));
    await log.close();
    const rotated = [1, 2, 3, 4, 5, 6, 7].map((number) => `lenswire.2026-11-25.${number}.jsonl`);
    expect(await names()).toEqual([...rotated, "lenswire.jsonl"]);
    const found = [];
    for (const name of await names()) found.push(await idsIn(name));
    expect(found.flat()).toEqual(ids);
    expect(found.slice(0, -1).every((part) => part.length === 4)).toBe(true);
    expect(events).toEqual([]);
  });

  test("for a record that is larger than a file may be, alone", async () => {
    const log = await openLog({ rotateBytes: 4 * lineBytes });
    const large = "x".repeat(10 * lineBytes);
    await Promise.all(["a", large, "b"].map((id) => log.write(closed(id))));
    await log.close();
    expect(await idsIn("lenswire.2026-11-25.1.jsonl")).toEqual(["a"]);
    expect(await idsIn("lenswire.2026-11-25.2.jsonl")).toEqual([large]);
    expect(await idsIn("lenswire.jsonl")).toEqual(["b"]);
  });

  test("for each day, also among records that wait together", async () => {
    const log = await openLog();
    const days = ["2026-11-24", "2026-11-24", "2026-11-25", "2026-11-24", "2026-11-26"];
    await Promise.all(days.map((day, index) => log.write(closed(String(index), day))));
    await log.close();
    expect(await idsIn("lenswire.2026-11-24.1.jsonl")).toEqual(["0", "1"]);
    // A record that was a moment late stays in the order of the calls.
    expect(await idsIn("lenswire.2026-11-25.1.jsonl")).toEqual(["2", "3"]);
    expect(await idsIn("lenswire.jsonl")).toEqual(["4"]);
  });

  test("for no day, where days are not asked for", async () => {
    const log = await openLog({ rotateDaily: false });
    for (const day of ["2026-11-24", "2026-11-25"]) await log.write(closed("a", day));
    await log.close();
    expect(await names()).toEqual(["lenswire.jsonl"]);
  });

  test("by a server that is started again the day after", async () => {
    await writeFile(file, `${JSON.stringify(closed("old", "2026-11-24"))}\n`);
    const yesterday = new Date("2026-11-24T20:00:00Z");
    await utimes(file, yesterday, yesterday);
    await writeFile(join(folder, "lenswire.2026-11-24.7.jsonl"), "");
    const log = await openLog();
    await log.write(closed("new"));
    await log.close();
    expect(await idsIn("lenswire.2026-11-24.8.jsonl")).toEqual(["old"]);
    expect(await idsIn("lenswire.jsonl")).toEqual(["new"]);
  });

  test("and the oldest are deleted where only some are kept", async () => {
    await writeFile(join(folder, "other.2026-01-01.1.jsonl"), "");
    const log = await openLog({ rotateBytes: lineBytes, keepFiles: 2 });
    for (let id = 10; id < 22; id += 1) await log.write(closed(String(id)));
    await log.close();
    const kept = ["lenswire.2026-11-25.10.jsonl", "lenswire.2026-11-25.11.jsonl"];
    expect(await names()).toEqual([...kept, "lenswire.jsonl", "other.2026-01-01.1.jsonl"]);
    const { records, complete } = await readAuditTail(file, {
      ...{ user: undefined, table: undefined, sinceMs: undefined, limit: 10 },
    });
    expect({ records, complete }).toEqual({ records: [], complete: true });
  });

  test("later, where the file cannot be given its name: it is written on, and that is told once", async () => {
    const log = await openLog({ rotateBytes: lineBytes });
    await log.write(closed("10"));
    // The name that it would get is held by a folder that is not empty, as if that had come a moment ago.
    const taken = join(folder, "lenswire.2026-11-25.1.jsonl");
    vi.spyOn(Math, "max").mockReturnValue(0);
    await mkdir(join(taken, "inside"), { recursive: true });
    for (const id of ["11", "12"]) await log.write(closed(id));
    expect(await idsIn("lenswire.jsonl")).toEqual(["10", "11", "12"]);
    expect(events).toMatchObject([{ kind: "auditRotationFailed" }]);
    vi.restoreAllMocks();
    await log.write(closed("13"));
    await log.close();
    expect(await idsIn("lenswire.2026-11-25.2.jsonl")).toEqual(["10", "11", "12"]);
    expect(await idsIn("lenswire.jsonl")).toEqual(["13"]);
  });
});

test("the newest records are found across files", async () => {
  const log = await openLog({ rotateBytes: 400 });
  const logins = ["a", "b", "c", "d", "e", "f"];
  for (const user of logins)
    await log.write({
      ...{ event: "login", time: "2026-11-25T12:00:00.000Z", user, lens: "l", group: "g", outcome: "00000" },
      ...{ clientAddress: "127.0.0.1", applicationName: undefined },
    });
  await log.close();
  expect((await names()).length).toBeGreaterThan(1);
  const query = { user: undefined, table: undefined, sinceMs: undefined, limit: 100 };
  const { records, complete } = await readAuditTail(file, query);
  expect(complete).toBe(true);
  expect(records.map(({ user }) => user)).toEqual([...logins].reverse());
});

describe.each(["ENOSPC", "EACCES"])("a disk that answers %s", (code) => {
  test("refuses what is to be recorded, keeps no half line, and serves again by itself", async () => {
    const log = await openLog({ fsync: "always" });
    await log.write(closed("10"));
    const makeRoom = fillDisk(lineBytes + 20, code);
    const answers = await Promise.allSettled(["11", "12", "13"].map((id) => log.write(closed(id))));
    // What is in the file as a whole is recorded.
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(answers[1]).toMatchObject({ reason: { sqlstate: "58030", cause: { code } } });
    expect(await idsIn("lenswire.jsonl")).toEqual(["10", "11"]);
    await expect(log.write(closed("14"))).rejects.toMatchObject({ sqlstate: "58030" });
    makeRoom();
    await log.write(closed("15"));
    await log.close();
    expect(await idsIn("lenswire.jsonl")).toEqual(["10", "11", "15"]);
    expect(events.map(({ kind }) => kind)).toEqual(["auditFailed", "auditFailed", "auditFailed"]);
  });

  test("is told and counted only, where the audit is not required", async () => {
    const log = await openLog({ required: false });
    const makeRoom = fillDisk(20, code);
    await log.write(closed("10"));
    makeRoom();
    await log.write(closed("11"));
    await log.close();
    expect(await idsIn("lenswire.jsonl")).toEqual(["11"]);
    expect(events).toMatchObject([{ kind: "auditFailed", error: { code } }]);
  });
});

test("half a line that cannot be taken back stays alone on its line", async () => {
  const log = await openLog();
  await log.write(closed("10"));
  vi.spyOn(handles, "truncate").mockRejectedValueOnce(failure("EIO"));
  const makeRoom = fillDisk(20);
  await expect(log.write(closed("11"))).rejects.toMatchObject({ sqlstate: "58030" });
  makeRoom();
  await log.write(closed("12"));
  await log.close();
  const lines = (await readFile(file, "utf8")).split("\n");
  expect(lines).toHaveLength(4);
  expect(lines[1]).toBe(JSON.stringify(closed("11")).slice(0, 20));
  expect(lines[2]).toBe(JSON.stringify(closed("12")));
});

test("a write that takes nothing and says nothing is a failure, not a wait without end", async () => {
  const log = await openLog();
  vi.spyOn(handles, "write").mockResolvedValueOnce({ bytesWritten: 0 } as never);
  await expect(log.write(closed("10"))).rejects.toMatchObject({ sqlstate: "58030" });
  await log.write(closed("11"));
  await log.close();
  expect(await idsIn("lenswire.jsonl")).toEqual(["11"]);
});

test("an fsync that fails refuses what it was for", async () => {
  const log = await openLog({ fsync: "always" });
  vi.spyOn(handles, "datasync").mockRejectedValueOnce(failure("EIO"));
  await expect(log.write(closed("10"))).rejects.toMatchObject({ sqlstate: "58030" });
  await log.write(closed("11"));
  await log.close();
});
