// Copies the tables of a DuckDB file into a PostgreSQL, so that one lens can be served from both.
import { DuckDBInstance } from "@duckdb/node-api";
import pg from "pg";
import type { RealPostgres } from "./real-postgres.ts";

/** DuckDB's names of types that PostgreSQL calls otherwise. */
const typeNames: Readonly<Record<string, string>> = {
  VARCHAR: "text",
  DOUBLE: "double precision",
  TINYINT: "smallint",
};

/** Rows of one INSERT, each column an array: PostgreSQL takes them in one parameter each. */
const rowsPerInsert = 5000;

export async function runInPostgres(postgres: RealPostgres, sql: string): Promise<void> {
  const client = new pg.Client({ ...postgres });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Tables of the schema `main`, into the schema `public`. */
export async function copyTables(file: string, postgres: RealPostgres): Promise<void> {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const duckdb = await instance.connect();
  const client = new pg.Client({ ...postgres });
  await client.connect();
  const read = async (sql: string) => (await duckdb.runAndReadAll(sql)).getRowsJson();
  const tables = await read("SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1");
  for (const [table] of tables) {
    const described = await read(
      `SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = '${table}' ORDER BY column_index`,
    );
    const columns = described.map(([name, type]) => ({
      name: `"${name}"`,
      type: typeNames[String(type)] ?? String(type),
    }));
    await client.query(
      `CREATE TABLE "${table}" (${columns.map(({ name, type }) => `${name} ${type}`).join(", ")})`,
    );
    const values = columns.map(({ type }, place) => `$${place + 1}::text[]::${type}[]`).join(", ");
    const texts = columns.map(({ name }) => `CAST(${name} AS VARCHAR)`).join(", ");
    const rows = await read(`SELECT ${texts} FROM "${table}"`);
    for (let at = 0; at < rows.length; at += rowsPerInsert) {
      const part = rows.slice(at, at + rowsPerInsert);
      await client.query(
        `INSERT INTO "${table}" SELECT * FROM unnest(${values})`,
        columns.map((_, place) => part.map((row) => row[place])),
      );
    }
  }
  await client.query("ANALYZE");
  await client.end();
  duckdb.closeSync();
  instance.closeSync();
}
