// Answers of catalog statements that hold for a model version, the least recently used dropped first.
import type { ExecutedStatement } from "../postgres/catalog-instances.ts";

/** Bytes of rows in one answer and in all of them. */
const answerBytesMax = 1024 * 1024;
const cacheBytesMax = 16 * 1024 * 1024;

/** Bytes that an entry takes besides its rows, estimated: key, columns, the objects themselves. */
const entryOverheadBytes = 2048;

interface Entry {
  readonly answer: ExecutedStatement;
  readonly bytes: number;
}

export class AnswerCache {
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;

  get(key: string): ExecutedStatement | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.answer;
  }

  put(key: string, answer: ExecutedStatement): void {
    let bytes = entryOverheadBytes + 2 * key.length;
    for (const row of answer.dataRows) bytes += row.length;
    if (bytes > answerBytesMax) return;
    this.remove(key);
    this.entries.set(key, { answer, bytes });
    this.bytes += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= cacheBytesMax) break;
      this.remove(oldest);
    }
  }

  private remove(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    this.bytes -= entry.bytes;
  }
}
