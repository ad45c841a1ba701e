// The lenses of test/lenses, each with a warehouse of its own. Their data is made by scripts that every warehouse
// understands. "retail": many tables, several facts over shared ones, keys of several columns, names that need quotes.
// "members": every kind of member in its combinations.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import type { DemoFolder } from "./served-demo.ts";

/** Not called like the script's schema: DuckDB names a database after its file. */
export const lensFile = "warehouse.duckdb";

const configText = (name: string, lensFolder: string) => `name: ${name}
sources: [{name: main, type: duckdb, path: ./${lensFile}}]
lenses: [{name: ${name}, model: ${lensFolder}/model}]
server: {host: 127.0.0.1, port: 0}
admin: {host: 127.0.0.1, port: 0}
auth: {users: ${lensFolder}/users.yml}
limits: {queriesPerMinute: 100000, catalogQueriesPerMinute: 100000, idleTimeout: 10m}
audit: {file: ./audit.jsonl}
`;

/** The warehouse and the configuration, not served yet. */
export async function makeLensFolder(name: "retail" | "members"): Promise<DemoFolder> {
  const lensFolder = fileURLToPath(new URL(`../lenses/${name}`, import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), `lenswire-${name}-`));
  const config = join(folder, "config.yaml");
  await writeFile(config, configText(name, lensFolder));
  const instance = await DuckDBInstance.create(join(folder, lensFile));
  const connection = await instance.connect();
  await connection.run(await readFile(join(lensFolder, "data.sql"), "utf8"));
  connection.closeSync();
  instance.closeSync();
  return {
    folder,
    database: name,
    config,
    auditFile: join(folder, "audit.jsonl"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
