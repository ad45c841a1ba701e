// Run by the build: makes the data directory that every instance begins with, and packs it beside the built files, with
// the names of time zones.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { PGlite } from "@electric-sql/pglite";
import { zoneAbbreviationsPath } from "../zone-abbreviations.ts";
import { closeIntoEntries, zoneFiles } from "./data-directory.ts";
import { type DirectoryEntry, packDirectory } from "./directory-file.ts";
import { directoryPath, directoryStampPath, pglitePath } from "./directory-location.ts";
import { initdbOptions, postgresqlSettings, preparationSql } from "./directory-sql.ts";
import { abbreviationsOf } from "./time-zone-file.ts";

/** What the directory is made from, so that it is made again when and only when that changes. */
async function stamp(): Promise<string> {
  const hash = createHash("sha256");
  hash.update(await readFile(pglitePath("pglite.wasm")));
  hash.update(JSON.stringify([initdbOptions, postgresqlSettings, preparationSql()]));
  return hash.digest("hex");
}

async function isUpToDate(wanted: string): Promise<boolean> {
  try {
    await readFile(directoryPath);
    await readFile(zoneAbbreviationsPath);
    return (await readFile(directoryStampPath, "utf8")) === wanted;
  } catch {
    return false;
  }
}

/** Files of databases that no longer exist, of the running server, and caches it makes again. */
function isNeeded(entry: DirectoryEntry): boolean {
  return !/^\/base\/[14](\/|$)|^\/base\/pgsql_tmp|^\/postmaster\.pid$/.test(entry.path);
}

async function prepare(): Promise<void> {
  const wanted = await stamp();
  if (await isUpToDate(wanted)) return;
  const instance = await PGlite.create({
    initDbStartParams: [...initdbOptions],
    postgresqlconf: [...postgresqlSettings],
  });
  await writeFile(zoneAbbreviationsPath, gzipSync(JSON.stringify(abbreviationsOf(zoneFiles(instance)))));
  for (const statement of preparationSql()) await instance.exec(statement);
  const entries = (await closeIntoEntries(instance)).filter(isNeeded);
  await writeFile(directoryPath, packDirectory(entries));
  await writeFile(directoryStampPath, wanted);
}

await prepare();
