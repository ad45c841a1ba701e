// A warehouse asked without Lenswire: what a statement's source SQL takes by itself.
import { DuckDBInstance } from "@duckdb/node-api";

export interface DirectDuckDb {
  /** Prepares the SQL, runs it and fetches all rows. */
  run(sql: string): Promise<void>;
  /** Prepares it alone. */
  prepare(sql: string): Promise<void>;
  close(): void;
}

export async function openDirectDuckDb(path: string): Promise<DirectDuckDb> {
  const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  return {
    async run(sql) {
      const statement = await connection.prepare(sql);
      const result = await statement.stream();
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; )
        chunk = await result.fetchChunk();
      statement.destroySync();
    },
    async prepare(sql) {
      (await connection.prepare(sql)).destroySync();
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
