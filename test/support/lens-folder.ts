// The lenses of test/lenses, each with a warehouse of its own. Their data is made by scripts that every warehouse
// understands. "retail": many tables, several facts over shared ones, keys of several columns, names that need quotes.
// "members": every kind of member in its combinations. "regions": row filters over attributes of users and groups.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { runInPostgres } from "./postgres-copy.ts";
import type { RealPostgres } from "./real-postgres.ts";
import type { ResultLens } from "./result-suites.ts";
import { type DemoFolder, duckDbSource, postgresSource } from "./served-demo.ts";

type LensName = "retail" | "members" | "regions";

/** Not called like the script's schema: DuckDB names a database after its file. */
const lensFile = "warehouse.duckdb";

const configText = (name: string, lensFolder: string, source: string) => `name: ${name}
sources: [${source}]
lenses: [{name: ${name}, model: ${lensFolder}/model}]
server: {host: 127.0.0.1, port: 0}
admin: {host: 127.0.0.1, port: 0}
auth: {users: ${lensFolder}/users.yml}
limits: {queriesPerMinute: 100000, catalogQueriesPerMinute: 100000, idleTimeout: 10m}
audit: {file: ./audit.jsonl}
`;

/** The warehouse and the configuration, not served yet. The DuckDB file is there for a PostgreSQL too. */
export async function makeLensFolder(name: LensName, postgres?: RealPostgres): Promise<DemoFolder> {
  const lensFolder = fileURLToPath(new URL(`../lenses/${name}`, import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), `lenswire-${name}-`));
  const config = join(folder, "config.yaml");
  const source = postgres === undefined ? duckDbSource(lensFile) : postgresSource(postgres);
  await writeFile(config, configText(name, lensFolder, source));
  const script = await readFile(join(lensFolder, "data.sql"), "utf8");
  const instance = await DuckDBInstance.create(join(folder, lensFile));
  const connection = await instance.connect();
  await connection.run(script);
  connection.closeSync();
  instance.closeSync();
  if (postgres !== undefined) await runInPostgres(postgres, `${script}; ANALYZE`);
  return {
    folder,
    database: name,
    config,
    auditFile: join(folder, "audit.jsonl"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The lens as result suites are run against it: its raw tables are in a schema of its name. */
export function lensResults(name: LensName): ResultLens {
  return {
    warehouseFile: lensFile,
    schema: name,
    makeFolder: (postgres) => makeLensFolder(name, postgres),
  };
}
