// The packed data directory: what the build writes and the workers unpack. A list of paths and sizes, then the bytes.
import { gunzipSync, gzipSync } from "node:zlib";

export interface DirectoryEntry {
  /** Relative to the data directory, with a leading slash. */
  readonly path: string;
  /** Undefined for a folder. */
  readonly content: Uint8Array | undefined;
}

export function packDirectory(entries: readonly DirectoryEntry[]): Uint8Array {
  const index = entries.map((entry) => [entry.path, entry.content?.length ?? -1]);
  const header = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  const contents = entries.flatMap((entry) => (entry.content === undefined ? [] : [entry.content]));
  return gzipSync(Buffer.concat([length, header, ...contents]), { level: 9 });
}

/** Uncompressed bytes in memory that threads share. */
export function inflateDirectory(packed: Uint8Array): SharedArrayBuffer {
  const bytes = gunzipSync(packed);
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

export function directoryEntries(inflated: SharedArrayBuffer): DirectoryEntry[] {
  const bytes = new Uint8Array(inflated);
  const headerLength = new DataView(inflated).getUint32(0);
  const header = Buffer.from(bytes.slice(4, 4 + headerLength)).toString();
  const index = JSON.parse(header) as [string, number][];
  let at = 4 + headerLength;
  return index.map(([path, size]) => {
    if (size < 0) return { path, content: undefined };
    at += size;
    return { path, content: bytes.subarray(at - size, at) };
  });
}
