// The audit log as a file of JSON lines. One writer appends what is waiting in one go, so that a hundred statements
// at once cost one fsync and keep their order; between two records it goes on to a new file, where that is due.
import type { EmitEvent } from "../events.ts";
import { auditUnavailable } from "./audit-errors.ts";
import { AuditFile } from "./audit-file.ts";
import type { AuditLog } from "./audit-log.ts";
import type { AuditRecord } from "./audit-record.ts";
import { deleteOldest, moveAside } from "./rotated-files.ts";

export interface FileAuditOptions {
  readonly file: string;
  /** Whether a record that cannot be written fails what it records, or is only reported. */
  readonly required: boolean;
  /** off: when the system likes; interval: within a second; always: before write() resolves. */
  readonly fsync: "off" | "interval" | "always";
  /** A file that would grow beyond this is given another name, and a new one is begun. */
  readonly rotateBytes: number;
  /** A new file for each day, in UTC. */
  readonly rotateDaily: boolean;
  /** Files under other names; the oldest beyond these are deleted. Undefined: all are kept. */
  readonly keepFiles: number | undefined;
  readonly emit: EmitEvent;
}

/** Records waiting for the disk. Each belongs to a statement that waits too; more means that the disk hangs. */
const recordsWaitingMax = 10_000;

/** Bytes put together for one write. */
const batchBytesMax = 1024 * 1024;

const syncEveryMs = 1000;

interface Waiting {
  readonly line: Buffer;
  readonly day: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Creates the folder and the file where they are missing. Rejects with 58030 when that fails, required or not. */
export async function openFileAuditLog(options: FileAuditOptions): Promise<AuditLog> {
  try {
    return new FileAuditLog(options, await AuditFile.open(options.file));
  } catch (error) {
    throw auditUnavailable(error);
  }
}

class FileAuditLog implements AuditLog {
  readonly #options: FileAuditOptions;
  readonly #waiting: Waiting[] = [];
  #file: AuditFile | undefined;
  /** The one writer, while it has work. */
  #working: Promise<void> | undefined;
  #unsynced = false;
  #syncDue = false;
  #closed = false;
  /** Told once, until it works again; meanwhile the file grows. */
  #rotationFails = false;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(options: FileAuditOptions, file: AuditFile) {
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
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      this.#waiting.push({ line, day: record.time.slice(0, 10), resolve, reject });
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
      const [first] = this.#waiting;
      if (first !== undefined) await this.#writeBatch(first);
      if (this.#syncDue || this.#closed) await this.#syncLate();
    }
    this.#working = undefined;
  }

  async #writeBatch(first: Waiting): Promise<void> {
    let batch: readonly Waiting[] = [];
    try {
      const file = await this.#fileFor(first);
      batch = this.#take(file.isRegular ? this.#options.rotateBytes - file.size : batchBytesMax);
      this.#unsynced = true;
      const lines = batch.map(({ line }) => line);
      const appended = await file.append(lines, first.day);
      if (this.#options.fsync === "always") await this.#sync();
      for (const { resolve } of batch.slice(0, appended.lines)) resolve();
      batch = batch.slice(appended.lines);
      if (batch.length > 0) throw appended.error;
    } catch (error) {
      await this.#giveUpFile();
      // Where no file could be opened, nothing was taken yet.
      if (batch.length === 0) batch = this.#take(batchBytesMax);
      for (const { reject } of batch) reject(error);
    }
  }

  /** The records of one write: one at least, of one day where days have files of their own. */
  #take(room: number): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    for (const next of this.#waiting) {
      bytes += next.line.length;
      const isLater = this.#options.rotateDaily && next.day > (batch[0] ?? next).day;
      if (batch.length > 0 && (isLater || bytes > Math.min(room, batchBytesMax))) break;
      batch.push(next);
    }
    this.#waiting.splice(0, batch.length);
    return batch;
  }

  async #fileFor(first: Waiting): Promise<AuditFile> {
    this.#file ??= await AuditFile.open(this.#options.file);
    if (this.#isFull(this.#file, first)) await this.#rotate(this.#file);
    this.#file ??= await AuditFile.open(this.#options.file);
    return this.#file;
  }

  #isFull(file: AuditFile, { line, day }: Waiting): boolean {
    const { rotateBytes, rotateDaily } = this.#options;
    if (!file.isRegular || file.size === 0) return false;
    return file.size + line.length > rotateBytes || (rotateDaily && day > file.day);
  }

  /** Where the file cannot be given its other name, it is written on: a record counts for more than a name. */
  async #rotate(file: AuditFile): Promise<void> {
    const { fsync, keepFiles } = this.#options;
    if (fsync !== "off") await this.#syncLate();
    try {
      if (await file.isInPlace()) await moveAside(file.path, file.day);
      await this.#giveUpFile();
      if (keepFiles !== undefined) await deleteOldest(file.path, keepFiles);
      this.#rotationFails = false;
    } catch (error) {
      if (!this.#rotationFails) this.#options.emit({ kind: "auditRotationFailed", error });
      this.#rotationFails = true;
    }
  }

  async #sync(): Promise<void> {
    if (!this.#unsynced || this.#options.fsync === "off") return;
    this.#unsynced = false;
    await this.#file?.datasync();
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
    await file?.close().catch(() => undefined);
  }
}
