import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import type { LensEvent } from "../../../src/events.ts";
import { FileWatch, fingerprintOf } from "../../../src/reload/file-watch.ts";
import { type ReadAnew, Reloader } from "../../../src/reload/reloader.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lenswire-reload-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function reloaderOf(read: (signal: AbortSignal) => Promise<ReadAnew>) {
  const events: LensEvent[] = [];
  const reloader = new Reloader({ read, clock: systemClock, emit: (event) => events.push(event) });
  return { reloader, events };
}

test("what is asked for while a reload runs shares one that begins after it", async () => {
  const reads: (() => void)[] = [];
  let applied = 0;
  const { reloader } = reloaderOf(async () => {
    await new Promise<void>((resolve) => reads.push(resolve));
    return { apply: () => (applied += 1), problems: [] };
  });
  const first = reloader.reload("request");
  const second = reloader.reload("signal");
  const third = reloader.reload("change");
  expect(reads.length).toBe(1);
  reads[0]?.();
  expect(await first).toEqual({ done: true, problems: [] });
  await expect.poll(() => reads.length).toBe(2);
  reads[1]?.();
  await Promise.all([second, third]);
  expect([reads.length, applied]).toEqual([2, 2]);
});

test("what cannot be read changes nothing and is told", async () => {
  const problems = ["users.yml:1:1: no"];
  const { reloader, events } = reloaderOf(async () => ({ apply: undefined, problems }));
  expect(await reloader.reload("change")).toEqual({ done: false, problems });
  expect(events).toEqual([{ kind: "reloadFailed", cause: "change", problems }]);
  const broken = reloaderOf(() => Promise.reject(new TypeError("a fault")));
  expect(await broken.reloader.reload("signal")).toMatchObject({ done: false });
  expect(broken.events.map(({ kind }) => kind)).toEqual(["internalError", "reloadFailed"]);
});

test("a server that stops gives a reload up", async () => {
  const { reloader, events } = reloaderOf(
    (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  );
  const asked = reloader.reload("signal");
  await reloader.close();
  expect(await asked).toMatchObject({ done: false });
  expect(events).toEqual([]);
});

test("a change is told once, when two looks have found the same", async () => {
  const file = join(folder, "model.yml");
  await writeFile(file, "a");
  let changes = 0;
  const watch = new FileWatch([folder], await fingerprintOf([folder]), () => {
    changes += 1;
  });
  await watch.look();
  expect(changes).toBe(0);
  await writeFile(file, "ab");
  await watch.look();
  await writeFile(file, "abc");
  await watch.look();
  expect(changes).toBe(0);
  await watch.look();
  await watch.look();
  expect(changes).toBe(1);
  await rm(file);
  await watch.look();
  await watch.look();
  expect(changes).toBe(2);
  watch.close();
  await writeFile(file, "d");
  await watch.look();
  await watch.look();
  expect(changes).toBe(2);
});
