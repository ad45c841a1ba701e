// Names of audit files that are full or of an earlier day: `lenswire.2026-11-25.1.jsonl` beside `lenswire.jsonl`.
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";

interface RotatedFile {
  readonly path: string;
  readonly day: string;
  /** From 1, within its day. */
  readonly number: number;
}

/** The oldest first, without the file that is being written. Rejects when the folder cannot be read. */
export async function rotatedFiles(file: string): Promise<readonly string[]> {
  return (await listRotated(file)).map(({ path }) => path);
}

/** Gives the file its name for good. Resolves with the name. */
export async function moveAside(file: string, day: string): Promise<string> {
  const numbers = (await listRotated(file)).filter((other) => other.day === day).map(({ number }) => number);
  const { folder, stem, extension } = partsOf(file);
  const path = join(folder, `${stem}.${day}.${Math.max(0, ...numbers) + 1}${extension}`);
  await rename(file, path);
  return path;
}

export async function deleteOldest(file: string, keepFiles: number): Promise<void> {
  const paths = await rotatedFiles(file);
  for (const path of paths.slice(0, Math.max(0, paths.length - keepFiles))) await rm(path, { force: true });
}

function partsOf(file: string): { folder: string; stem: string; extension: string } {
  const extension = extname(file);
  return { folder: dirname(file), stem: basename(file, extension), extension };
}

async function listRotated(file: string): Promise<RotatedFile[]> {
  const { folder, stem, extension } = partsOf(file);
  const found: RotatedFile[] = [];
  for (const name of await readdir(folder)) {
    if (!name.startsWith(stem) || !name.endsWith(extension)) continue;
    const middle = name.slice(stem.length, name.length - extension.length);
    const match = /^\.(\d{4}-\d{2}-\d{2})\.(\d+)$/.exec(middle);
    if (match === null) continue;
    found.push({ path: join(folder, name), day: match[1] ?? "", number: Number(match[2]) });
  }
  return found.sort((a, b) => (a.day === b.day ? a.number - b.number : a.day < b.day ? -1 : 1));
}
