// The audit log as a file of JSON lines. One writer appends what is waiting in one go, so that a hundred statements
// at once cost one fsync and keep their order.
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { EmitEvent } from "../events.ts";
import { auditUnavailable } from "./audit-errors.ts";
import type { AuditLog } from "./audit-log.ts";
import type { AuditRecord } from "./audit-record.ts";

export interface FileAuditOptions {
  readonly file: string;
  /** Whether a record that cannot be written fails what it records, or is only reported. */
  readonly required: boolean;
  /** off: when the system likes; interval: within a second; always: before write() resolves. */
  readonly fsync: "off" | "interval" | "always";
  readonly emit: EmitEvent;
}

/** Records waiting for the disk. Each belongs to a statement that waits too; more means that the disk hangs. */
const recordsWaitingMax = 10_000;

/** Characters of JSON put together for one write. */
const batchCharactersMax = 1024 * 1024;

const syncEveryMs = 1000;

interface Waiting {
  readonly record: AuditRecord;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Creates the folder and the file where they are missing. Rejects with 58030 when that fails, required or not. */
export async function openFileAuditLog(options: FileAuditOptions): Promise<AuditLog> {
  try {
    return new FileAuditLog(options, await openFile(options.file));
  } catch (error) {
    throw auditUnavailable(error);
  }
}

interface OpenFile {
  readonly handle: FileHandle;
  /** The file ends in the middle of a line, after a crash or a full disk: the next record begins a new one. */
  readonly torn: boolean;
}

async function openFile(path: string): Promise<OpenFile> {
  // SQL texts hold what people look for: the file is for the server's own user.
  await mkdir(dirname(path), { recursive: true, mode: 0o750 });
  const handle = await open(path, "a+", 0o600);
  const { size } = await handle.stat();
  if (size === 0) return { handle, torn: false };
  const last = Buffer.alloc(1);
  await handle.read(last, 0, 1, size - 1);
  return { handle, torn: last[0] !== 0x0a };
}

class FileAuditLog implements AuditLog {
  readonly #options: FileAuditOptions;
  readonly #waiting: Waiting[] = [];
  #file: OpenFile | undefined;
  /** The one writer, while it has work. */
  #working: Promise<void> | undefined;
  #unsynced = false;
  #syncDue = false;
  #closed = false;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(options: FileAuditOptions, file: OpenFile) {
    this.#options = options;
    this.#file = file;
    if (options.fsync !== "interval") return;
    this.#timer = setInterval(() => this.#syncSoon(), syncEveryMs);
    this.#timer.unref();
  }

  async write(record: AuditRecord): Promise<void> {
    try {
      await this.#queue(record);
    } catch (error) {
      this.#options.emit({ kind: "auditFailed", error });
      if (this.#options.required) throw auditUnavailable(error);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#syncDue = this.#unsynced && this.#options.fsync !== "off";
    if (this.#syncDue) this.#working ??= this.#work();
    await this.#working;
    await this.#giveUpFile();
  }

  #queue(record: AuditRecord): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new Error("the audit log is closed");
      if (this.#waiting.length >= recordsWaitingMax) throw new Error("too many audit records are waiting");
      this.#waiting.push({ record, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  #syncSoon(): void {
    if (!this.#unsynced) return;
    this.#syncDue = true;
    this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0 || this.#syncDue) {
      if (this.#waiting.length > 0) await this.#writeBatch();
      if (this.#syncDue || this.#closed) await this.#syncLate();
    }
    this.#working = undefined;
  }

  async #writeBatch(): Promise<void> {
    const batch: Waiting[] = [];
    let text = "";
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (text.length > batchCharactersMax) break;
      text += `${JSON.stringify(next.record)}\n`;
      batch.push(next);
      this.#waiting.shift();
    }
    try {
      await this.#append(text);
      if (this.#options.fsync === "always") await this.#sync();
      for (const { resolve } of batch) resolve();
    } catch (error) {
      await this.#giveUpFile();
      for (const { reject } of batch) reject(error);
    }
  }

  async #append(text: string): Promise<void> {
    this.#file ??= await openFile(this.#options.file);
    const { handle, torn } = this.#file;
    let bytes = Buffer.from(torn ? `\n${text}` : text);
    this.#file = { handle, torn: false };
    this.#unsynced = true;
    while (bytes.length > 0) {
      const { bytesWritten } = await handle.write(bytes);
      bytes = bytes.subarray(bytesWritten);
    }
  }

  async #sync(): Promise<void> {
    if (!this.#unsynced || this.#options.fsync === "off") return;
    this.#unsynced = false;
    await this.#file?.handle.datasync();
  }

  /** The records that it is about were answered for already, so a failure can only be told to the operator. */
  async #syncLate(): Promise<void> {
    this.#syncDue = false;
    try {
      await this.#sync();
    } catch (error) {
      this.#options.emit({ kind: "auditFailed", error });
      await this.#giveUpFile();
    }
  }

  /** What a failed write or fsync leaves on the disk is not known: the next record looks at the file afresh. */
  async #giveUpFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close().catch(() => undefined);
  }
}
