// The audit files as they are at one moment, held open: a server that rotates them while they are read takes no record
// away and shows none twice.
import { type FileHandle, open } from "node:fs/promises";
import { platform } from "node:process";
import { rotatedFiles } from "../audit/rotated-files.ts";

export interface OpenAuditFiles {
  /** By which the open files are read, the oldest first. */
  readonly paths: readonly string[];
  close(): Promise<void>;
}

/** Rejects when none is there. */
export async function openAuditFiles(file: string): Promise<OpenAuditFiles> {
  const handles = new Map<number, { readonly path: string; readonly handle: FileHandle }>();
  const close = async () => {
    for (const { handle } of handles.values()) await handle.close();
  };
  const add = async (path: string): Promise<unknown> => {
    try {
      const handle = await open(path, "r");
      const { ino } = await handle.stat();
      if (handles.has(ino)) await handle.close();
      else handles.set(ino, { path, handle });
      return undefined;
    } catch (error) {
      // It was deleted as too old since it was listed, or the server has not begun a new one yet.
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return error;
      throw error;
    }
  };
  try {
    // The newest before the others are listed: what gets another name in between is found again, by its number.
    const missing = await add(file);
    for (const path of await rotatedFiles(file)) await add(path);
    if (handles.size === 0) throw missing;
  } catch (error) {
    await close();
    throw error;
  }
  const [newest, ...others] = handles.values();
  const inOrder = newest?.path === file ? [...others, newest] : [...handles.values()];
  return { paths: inOrder.map(pathOf), close };
}

/** A file that is open has no other name on Windows; elsewhere its number leads to it, whatever it is called. */
function pathOf({ path, handle }: { readonly path: string; readonly handle: FileHandle }): string {
  return platform === "win32" ? path : `/dev/fd/${handle.fd}`;
}
