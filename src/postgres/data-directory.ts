// Opens PGlite over an unpacked data directory, and reads a directory back out of it.
import { MemoryFS, PGlite, type PGliteOptions } from "@electric-sql/pglite";
import type { DirectoryEntry } from "./directory-file.ts";

/** The part of Emscripten's file system that is used here. */
interface FileSystem {
  mkdirTree(path: string, mode?: number): void;
  writeFile(path: string, content: Uint8Array): void;
  readFile(path: string): Uint8Array;
  readdir(path: string): string[];
  stat(path: string): { mode: number };
  isDir(mode: number): boolean;
  chmod(path: string, mode: number): void;
}

interface PgliteModule {
  readonly FS: FileSystem;
  _emscripten_force_exit(status: number): void;
}

const root = "/pglite/data";

function moduleOf(instance: PGlite): PgliteModule {
  return instance.Module as unknown as PgliteModule;
}

/** A file system in memory that begins with the given files. */
class PreparedFileSystem extends MemoryFS {
  private readonly entries: readonly DirectoryEntry[];

  constructor(entries: readonly DirectoryEntry[]) {
    super();
    this.entries = entries;
  }

  override async initialSyncFs(): Promise<void> {
    const instance = this.pg;
    if (instance === undefined) throw new TypeError("the file system belongs to no instance");
    const files = moduleOf(instance).FS;
    files.mkdirTree(root, 0o700);
    for (const entry of this.entries) {
      if (entry.content === undefined) files.mkdirTree(root + entry.path, 0o700);
      else files.writeFile(root + entry.path, entry.content);
    }
    files.chmod(root, 0o700);
  }
}

/** PGlite's own, without the search_path that it puts in the place of PostgreSQL's. */
function startParameters(): string[] {
  const parameters = PGlite.defaultStartParams;
  const at = parameters.indexOf("search_path=public");
  return at < 1 ? parameters : parameters.toSpliced(at - 1, 2);
}

export function openDirectory(entries: readonly DirectoryEntry[], options: PGliteOptions): Promise<PGlite> {
  return PGlite.create({ ...options, startParams: startParameters(), fs: new PreparedFileSystem(entries) });
}

function readTree(files: FileSystem, folder: string, into: DirectoryEntry[]): void {
  for (const name of files.readdir(folder)) {
    if (name === "." || name === "..") continue;
    const path = `${folder}/${name}`;
    const relative = path.slice(root.length);
    if (files.isDir(files.stat(path).mode)) {
      into.push({ path: relative, content: undefined });
      readTree(files, path, into);
    } else {
      into.push({ path: relative, content: files.readFile(path) });
    }
  }
}

const zoneFolder = "/pglite/share/postgresql/timezone";

/** The compiled zone files that come with PGlite, by the name of the zone. */
export function zoneFiles(instance: PGlite): ReadonlyMap<string, Buffer> {
  const files = moduleOf(instance).FS;
  const found = new Map<string, Buffer>();
  const readFolder = (folder: string): void => {
    for (const name of files.readdir(folder)) {
      if (name === "." || name === "..") continue;
      const path = `${folder}/${name}`;
      if (files.isDir(files.stat(path).mode)) readFolder(path);
      else found.set(path.slice(zoneFolder.length + 1), Buffer.from(files.readFile(path)));
    }
  };
  readFolder(zoneFolder);
  return found;
}

/** Shuts the instance down and returns the files that it left. */
export async function closeIntoEntries(instance: PGlite): Promise<DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  const module = moduleOf(instance);
  const exit = module._emscripten_force_exit;
  // The files are complete only after the shutdown checkpoint, and gone once the runtime has exited.
  module._emscripten_force_exit = (status) => {
    readTree(module.FS, root, entries);
    exit(status);
  };
  await instance.close();
  return entries;
}
