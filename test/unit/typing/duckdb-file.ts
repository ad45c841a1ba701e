// A DuckDB file with the rows that a test writes down, opened as a lens opens it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { openDuckDb } from "../../../src/warehouse/duckdb.ts";
import type { Warehouse } from "../../../src/warehouse/warehouse.ts";

export interface DuckDbFile {
  readonly path: string;
  readonly warehouse: Warehouse;
  remove(): Promise<void>;
}

export async function makeDuckDb(sql: string): Promise<DuckDbFile> {
  const folder = await mkdtemp(join(tmpdir(), "lenswire-typing-"));
  const path = join(folder, "test.duckdb");
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
  const warehouse = await openDuckDb({ path, emit: () => undefined });
  return {
    path,
    warehouse,
    async remove() {
      await warehouse.close();
      await rm(folder, { recursive: true });
    },
  };
}
