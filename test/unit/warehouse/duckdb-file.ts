// A DuckDB file for one test file, opened as the warehouse opens it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { DataType, Value } from "../../../src/data-type.ts";
import type { LensEvent } from "../../../src/events.ts";
import type { BoundParameter, RowStream } from "../../../src/result.ts";
import { type DuckDbOptions, openDuckDb } from "../../../src/warehouse/duckdb.ts";
import type { Warehouse } from "../../../src/warehouse/warehouse.ts";

export interface DuckDbFile {
  readonly path: string;
  readonly warehouse: Warehouse;
  readonly events: LensEvent[];
  remove(): Promise<void>;
}

export async function makeDuckDbFile(
  setup: readonly string[],
  options: Partial<DuckDbOptions> = {},
): Promise<DuckDbFile> {
  const folder = await mkdtemp(join(tmpdir(), "lenswire-duckdb-"));
  const path = join(folder, "test.duckdb");
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const sql of setup) await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
  const events: LensEvent[] = [];
  const warehouse = await openDuckDb({ path, emit: (event) => events.push(event), ...options });
  return {
    path,
    warehouse,
    events,
    async remove() {
      await warehouse.close();
      await rm(folder, { recursive: true });
    },
  };
}

export const never = new AbortController().signal;

/** Every row of a query, as rows. */
export async function rowsOf(
  warehouse: Warehouse,
  sql: string,
  columnTypes: readonly DataType[],
  parameters: readonly BoundParameter[] = [],
): Promise<Value[][]> {
  return readRows(await warehouse.run({ sql, columnTypes, parameters }, never));
}

export async function readRows(stream: RowStream): Promise<Value[][]> {
  const rows: Value[][] = [];
  for (let batch = await stream.next(); batch !== undefined; batch = await stream.next()) {
    if (batch.kind !== "columns") throw new Error("not columns");
    for (let row = 0; row < batch.rowCount; row += 1) {
      rows.push(batch.columns.map((column) => column[row] as Value));
    }
  }
  return rows;
}

/** What a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("did not reject");
    },
    (error: unknown) => error,
  );
}
