// One embedded PostgreSQL inside a worker: opened from the prepared directory, spoken to in protocol bytes.
import type { PGlite } from "@electric-sql/pglite";
import { openDirectory } from "./data-directory.ts";
import { type DirectoryEntry, directoryEntries } from "./directory-file.ts";
import { tooComplex } from "./postgres-errors.ts";
import {
  type AnswerMessage,
  concatBytes,
  queryMessage,
  readDataRow,
  readFields,
  splitMessages,
} from "./protocol-bytes.ts";
import type { AppliedState } from "./session-state.ts";
import type { WorkerData, WorkerError } from "./worker-protocol.ts";

const decoder = new TextDecoder();

/** PostgreSQL reported an error. `fatal` tells that the instance must not be used any more. */
export class InstanceError extends Error {
  readonly error: WorkerError;
  readonly fatal: boolean;

  constructor(error: WorkerError, fatal = false) {
    super(error.message);
    this.error = error;
    this.fatal = fatal;
  }
}

function readError(body: Uint8Array): WorkerError {
  const fields = readFields(body);
  const text = (code: string) => {
    const bytes = fields.get(code);
    return bytes === undefined ? undefined : decoder.decode(bytes);
  };
  const position = text("P");
  return {
    sqlstate: text("C") ?? "XX000",
    message: text("M") ?? "",
    detail: text("D"),
    hint: text("H"),
    position: position === undefined ? undefined : Number(position),
    context: contextOf(text("W")),
  };
}

/** Where in the data of a COPY; other contexts name functions, and some of those are ours. */
export function contextOf(context: string | undefined): string | undefined {
  return context?.startsWith("COPY ") ? context : undefined;
}

/**
 * The error of an exchange that began with a Parse. Without enough stack PostgreSQL says nothing to it at all, so that
 * the message after it finds no statement; what is left of the instance then is not to be trusted.
 */
export function statementError(body: Uint8Array, parsed: boolean): InstanceError {
  const error = readError(body);
  return !parsed && error.sqlstate === "26000"
    ? new InstanceError(tooComplex, true)
    : new InstanceError(error);
}

/** The directory's files, views of memory that all workers share. */
let entries: DirectoryEntry[] | undefined;

/** What the module shows of PostgreSQL's memory. */
interface ExportedMemory {
  readonly wasmMemory: { readonly buffer: ArrayBuffer };
  readonly _TransamVariables: number;
}

export class Instance {
  private readonly pglite: PGlite;
  /** What was last set for the session: most statements need no change. */
  applied: AppliedState | undefined;
  /** How often the caller or the database had to be given another name. */
  renames = 0;
  /** How many temporary tables were made and rolled back. */
  temporaryTables = 0;

  private constructor(pglite: PGlite) {
    this.pglite = pglite;
  }

  static async open(data: WorkerData): Promise<Instance> {
    entries ??= directoryEntries(data.directory);
    const pglite = await openDirectory(entries, {
      pgliteWasmModule: data.pgliteModule,
      initdbWasmModule: data.initdbModule,
    });
    return new Instance(pglite);
  }

  async close(): Promise<void> {
    await this.pglite.close();
  }

  /**
   * PostgreSQL gives this oid to what is made next, unless it is in use, and then the ones after it. Its counter is the
   * first word behind the pointer TransamVariables, which PGlite exports by name; no SQL sets it.
   */
  setNextOid(oid: number): void {
    const { wasmMemory, _TransamVariables: pointer } = this.pglite.Module as unknown as ExportedMemory;
    const memory = new DataView(wasmMemory.buffer);
    memory.setUint32(memory.getUint32(pointer, true), oid, true);
  }

  /**
   * Sends messages and returns all that was answered. Of more than `bytesMax` only the beginning is kept, and
   * `overflow` tells so.
   */
  async exchange(
    messages: Uint8Array,
    bytesMax = Number.POSITIVE_INFINITY,
  ): Promise<{ answers: AnswerMessage[]; overflow: boolean }> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    let overflow = false;
    await this.pglite.execProtocolRawStream(messages, {
      syncToFs: false,
      onRawData: (bytes) => {
        length += bytes.length;
        if (length > bytesMax) overflow = true;
        // The view is into the instance's memory: what is kept has to be copied.
        if (!overflow) chunks.push(bytes.slice());
      },
    });
    return { answers: splitMessages(concatBytes(chunks)), overflow };
  }

  /** Runs SQL of ours, in one transaction when it is several statements. Returns the rows of all. */
  async run(sql: string): Promise<(string | null)[][]> {
    const { answers } = await this.exchange(queryMessage(sql));
    const rows: (string | null)[][] = [];
    for (const answer of answers) {
      if (answer.type === "E") throw new InstanceError(readError(answer.body));
      if (answer.type === "D") {
        rows.push(readDataRow(answer.body).map((bytes) => (bytes === null ? null : decoder.decode(bytes))));
      }
    }
    if (!answers.some((answer) => answer.type === "Z")) throw new InstanceError(tooComplex, true);
    return rows;
  }
}
