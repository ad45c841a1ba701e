// The newest records of the audit files, read from their end: what operators look at, not an archive's search.
import { open } from "node:fs/promises";
import { rotatedFiles } from "./rotated-files.ts";

/** Bytes that are read, however large the files are: some thousand statements. */
const tailBytesMax = 4 * 1024 * 1024;

export interface AuditQuery {
  readonly user: string | undefined;
  /** Statements that read this table. */
  readonly table: string | undefined;
  /** Milliseconds since 1970. */
  readonly sinceMs: number | undefined;
  readonly limit: number;
}

export interface AuditTail {
  /** The newest first. What was written when a statement had run stands in its own record, under `closed`. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
  /** Whether everything that is kept was looked at. */
  readonly complete: boolean;
}

type RawRecord = Readonly<Record<string, unknown>>;

/** Rejects when a file cannot be read. */
export async function readAuditTail(file: string, query: AuditQuery): Promise<AuditTail> {
  const { lines, complete } = await lastLines(file);
  const closed = new Map<unknown, RawRecord>();
  const records: RawRecord[] = [];
  for (const line of lines.reverse()) {
    const record = parse(line);
    if (record === undefined) continue;
    if (record["event"] === "closed") closed.set(record["id"], record);
    else if (isWanted(record, query)) {
      records.push(record["event"] === "opened" ? { ...record, closed: closed.get(record["id"]) } : record);
      if (records.length >= query.limit) return { records, complete: true };
    }
  }
  return { records, complete };
}

function isWanted(record: RawRecord, { user, table, sinceMs }: AuditQuery): boolean {
  if (user !== undefined && record["user"] !== user) return false;
  const { tables, time } = record;
  if (table !== undefined && !(Array.isArray(tables) && tables.includes(table))) return false;
  return sinceMs === undefined || Date.parse(String(time)) >= sinceMs;
}

/** Of the file that is being written and those before it. */
async function lastLines(file: string): Promise<{ lines: string[]; complete: boolean }> {
  // Names are asked for first: a file that gets another one now is then missing for this once, and not read twice.
  const files = [...(await rotatedFiles(file)), file].reverse();
  let lines: string[] = [];
  let left = tailBytesMax;
  for (const path of files) {
    if (left === 0) return { lines, complete: false };
    const tail = await tailOf(path, left);
    lines = [...tail.lines, ...lines];
    left -= tail.bytes;
    if (!tail.complete) return { lines, complete: false };
  }
  return { lines, complete: true };
}

async function tailOf(path: string, bytesMax: number) {
  const handle = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  // It got another name, or was deleted as too old, since its name was read.
  if (handle === undefined) return { lines: [], complete: true, bytes: 0 };
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - bytesMax);
    const bytes = Buffer.alloc(size - start);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    const lines = bytes.toString("utf8", 0, bytesRead).split("\n");
    // Where it begins in the middle, so does the first line.
    return { lines: start > 0 ? lines.slice(1) : lines, complete: start === 0, bytes: bytesRead };
  } finally {
    await handle.close();
  }
}

/** Undefined for a line that is not written to its end. */
function parse(line: string): RawRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as RawRecord) : undefined;
  } catch {
    return undefined;
  }
}
