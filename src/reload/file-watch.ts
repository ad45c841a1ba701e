// Notices that files have changed, by asking for their times again and again: what network file systems, and the links
// that a Kubernetes volume swaps, do not tell by events is seen all the same.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Files and folders that are looked at. What lies beyond is not noticed, but read by a reload that is asked for. */
const entriesMax = 10_000;

const intervalMs = 1000;

/** Names, times and sizes of files, and of everything in folders, as one text that changes with them. */
export async function fingerprintOf(paths: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const path of paths) {
    const names = await readdir(path, { recursive: true }).catch(() => []);
    for (const name of ["", ...names.sort()]) {
      if (lines.length >= entriesMax) return lines.join("\n");
      const file = join(path, name);
      const found = await stat(file).catch(() => undefined);
      // Of a folder the names in it count, which stand here anyhow.
      if (found?.isDirectory() !== true)
        lines.push(`${file} ${found?.mtimeMs} ${found?.ctimeMs} ${found?.size} ${found?.ino}`);
    }
  }
  return lines.join("\n");
}

export class FileWatch {
  readonly #paths: readonly string[];
  readonly #onChange: () => void;
  /** As of the last change that was told, and of the last look. */
  #told: string;
  #last: string;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `seen` is the fingerprint from before the files were read. */
  constructor(paths: readonly string[], seen: string, onChange: () => void) {
    this.#paths = paths;
    this.#onChange = onChange;
    this.#told = seen;
    this.#last = seen;
  }

  /** Looks again and again, until it is closed. */
  start(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.look().finally(() => this.start()), intervalMs);
    this.#timer.unref();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Tells of a change once two looks have found the same: whoever writes several files is done then. */
  async look(): Promise<void> {
    const now = await fingerprintOf(this.#paths);
    const isSettled = now === this.#last;
    this.#last = now;
    if (this.#isClosed || !isSettled || now === this.#told) return;
    this.#told = now;
    this.#onChange();
  }
}
