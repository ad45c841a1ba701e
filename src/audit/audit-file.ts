// The audit file that is being written: whole lines are appended, or nothing.
import { type FileHandle, mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";

export interface Appended {
  /** Lines that are in the file as a whole: the first ones. */
  readonly lines: number;
  /** Why the others are not. */
  readonly error?: unknown;
}

export class AuditFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #inode: number;
  /** A pipe or a device is never rotated. */
  readonly isRegular: boolean;
  #size: number;
  #day: string;
  /** It ends in the middle of a line, after a crash: the next record begins a new one. */
  #torn: boolean;

  private constructor(path: string, handle: FileHandle, found: Found) {
    this.path = path;
    this.#handle = handle;
    this.#inode = found.inode;
    this.isRegular = found.isRegular;
    this.#size = found.size;
    this.#day = found.day;
    this.#torn = found.torn;
  }

  /** Creates the folder and the file where they are missing. */
  static async open(path: string): Promise<AuditFile> {
    // SQL texts hold what people look for: the file is for the server's own user.
    await mkdir(dirname(path), { recursive: true, mode: 0o750 });
    const handle = await open(path, "a+", 0o600);
    try {
      return new AuditFile(path, handle, await look(handle));
    } catch (error) {
      await handle.close().catch(() => undefined);
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  /** Of its first record as far as it is known, else of the last write before it was opened; like 2026-11-25. */
  get day(): string {
    return this.#day;
  }

  /** Each line ends in a line feed. Never rejects; after an error the file must be opened anew. */
  async append(lines: readonly Buffer[], day: string): Promise<Appended> {
    if (this.#size === 0) this.#day = day;
    const start = this.#torn ? 1 : 0;
    const bytes = Buffer.concat(this.#torn ? [lineFeed, ...lines] : lines);
    let written = 0;
    try {
      while (written < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes.subarray(written));
        if (bytesWritten === 0) throw new Error("the audit file takes no bytes");
        written += bytesWritten;
      }
    } catch (error) {
      const whole = wholeLines(lines, written - start);
      await this.#cut(written - (whole.lines === 0 ? 0 : start + whole.bytes));
      return { lines: whole.lines, error };
    }
    this.#torn = false;
    this.#size += written;
    return { lines: lines.length };
  }

  /** Whether the path still leads to this file, and not to one that something else has put there. */
  async isInPlace(): Promise<boolean> {
    try {
      return (await stat(this.path)).ino === this.#inode;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
      throw error;
    }
  }

  datasync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** Takes back the half line of a write that failed. Where that fails too, it stands as one after a crash. */
  async #cut(bytes: number): Promise<void> {
    if (bytes === 0) return;
    try {
      const { size } = await this.#handle.stat();
      await this.#handle.truncate(size - bytes);
    } catch {
      // Whoever opens the file finds it torn.
    }
  }
}

const lineFeed = Buffer.from("\n");

interface Found {
  readonly inode: number;
  readonly isRegular: boolean;
  readonly size: number;
  readonly day: string;
  readonly torn: boolean;
}

async function look(handle: FileHandle): Promise<Found> {
  const stats = await handle.stat();
  const { ino: inode, size } = stats;
  const last = Buffer.from("\n");
  if (size > 0) await handle.read(last, 0, 1, size - 1);
  const day = stats.mtime.toISOString().slice(0, 10);
  return { inode, isRegular: stats.isFile(), size, day, torn: last[0] !== 0x0a };
}

function wholeLines(lines: readonly Buffer[], written: number): { lines: number; bytes: number } {
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    if (bytes + line.length > written) return { lines: index, bytes };
    bytes += line.length;
  }
  return { lines: lines.length, bytes };
}
