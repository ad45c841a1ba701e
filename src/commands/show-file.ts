// How messages name a file.
import { relative, resolve } from "node:path";

/** As an editor started here would open it; a file elsewhere keeps its whole path. */
export function showFile(file: string): string {
  const path = relative(process.cwd(), resolve(file));
  return path.startsWith("..") ? resolve(file) : path;
}
