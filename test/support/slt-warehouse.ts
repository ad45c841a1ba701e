// The raw tables behind the lens, asked directly: what the hand-written SQL of a result suite runs on.
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";

export interface RawValue {
  /** As PostgreSQL would write it, but for the zeros at the end of a number. */
  readonly text: string | null;
  readonly isDouble: boolean;
}

function rawValue(value: DuckDBValue): RawValue {
  if (value === null) return { text: null, isDouble: false };
  if (typeof value === "boolean") return { text: value ? "t" : "f", isDouble: false };
  return { text: String(value), isDouble: typeof value === "number" && !Number.isInteger(value) };
}

export class RawTables {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /** Read only: the server has the same file open. Names without a schema are looked up in the one given. */
  static async open(file: string, schema: string): Promise<RawTables> {
    const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
    const connection = await instance.connect();
    await connection.run(`SET TimeZone = 'UTC'; SET schema = '${schema}'`);
    return new RawTables(instance, connection);
  }

  async rows(sql: string): Promise<RawValue[][]> {
    const reader = await this.#connection.runAndReadAll(sql);
    return reader.getRows().map((row) => row.map(rawValue));
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}
