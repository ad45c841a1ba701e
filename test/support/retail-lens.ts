// The lens "retail": many tables, several facts over shared ones, keys of several columns, names that need quotes.
// Its data is made by one script that every warehouse understands.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import type { DemoFolder } from "./served-demo.ts";

const lensFolder = fileURLToPath(new URL("../lenses/retail", import.meta.url));

/** Not called like the script's schema: DuckDB names a database after its file. */
export const retailFile = "warehouse.duckdb";

const configText = `name: retail
sources: [{name: main, type: duckdb, path: ./${retailFile}}]
lenses: [{name: retail, model: ${lensFolder}/model}]
server: {host: 127.0.0.1, port: 0}
admin: {host: 127.0.0.1, port: 0}
auth: {users: ${lensFolder}/users.yml}
limits: {queriesPerMinute: 100000, catalogQueriesPerMinute: 100000, idleTimeout: 10m}
audit: {file: ./audit.jsonl}
`;

/** The warehouse and the configuration, not served yet. */
export async function makeRetailFolder(): Promise<DemoFolder> {
  const folder = await mkdtemp(join(tmpdir(), "lenswire-retail-"));
  const config = join(folder, "config.yaml");
  await writeFile(config, configText);
  const instance = await DuckDBInstance.create(join(folder, retailFile));
  const connection = await instance.connect();
  await connection.run(await readFile(join(lensFolder, "data.sql"), "utf8"));
  connection.closeSync();
  instance.closeSync();
  return {
    folder,
    database: "retail",
    config,
    auditFile: join(folder, "audit.jsonl"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
