// A folder with a lens of one small table, for tests whose configuration, users and groups are their own.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

const rowsSql = "CREATE TABLE orders AS SELECT range AS id, range % 7 AS n FROM range(1000)";

const table = `tables:
  - name: orders
    sql: SELECT * FROM orders
    dimensions: [{name: id, type: number, column: id, primary_key: true}]
    measures: [{name: amount, type: sum, sql: n}]
`;

/** Writes `files` by their paths, the table that a `./model` has, and the warehouse `./shop.duckdb`. */
export async function writeOrders(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries({ ...files, "model/tables/orders.yml": table })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const instance = await DuckDBInstance.create(join(folder, "shop.duckdb"));
  const connection = await instance.connect();
  await connection.run(rowsSql);
  connection.closeSync();
  instance.closeSync();
}
