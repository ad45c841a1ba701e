// Where the build puts the worker and the packed directory. From src (tests) it is the build's output beside it:
// worker threads cannot load TypeScript.
import { fileURLToPath } from "node:url";

const fromSource = import.meta.url.endsWith(".ts");
const buildFolder = fromSource ? "../../dist/postgres/" : "./";

export const workerUrl = new URL(`${buildFolder}worker.js`, import.meta.url);
export const directoryPath = fileURLToPath(new URL(`${buildFolder}catalog-directory.gz`, import.meta.url));
export const directoryStampPath = `${directoryPath}.stamp`;

/** A file of the PGlite package. */
export function pglitePath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.resolve("@electric-sql/pglite")));
}
