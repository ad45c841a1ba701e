// Asks the warehouse whether a primary key is one: not null and unique.

import type { LinkedTable } from "../model/model.ts";
import { errorAt, type Problem } from "../problem.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import { warehouseText } from "./describe-items.ts";
import { dimensionText, fromTable, type TextContext } from "./member-text.ts";

/** A statement that yields one row: how many rows have a null key, and how many a key that others have too. */
function keyCheckStatement(context: TextContext, table: LinkedTable): string {
  const keys = table.primaryKey.map((name, i) => ({
    alias: context.dialect.quoteIdentifier(`lenswire key ${i}`),
    dimension: table.dimensions.find((dimension) => dimension.name === name),
  }));
  const selected = keys.map(({ alias, dimension }) => {
    if (dimension === undefined) throw new TypeError("a primary key is not a dimension");
    return `(${dimensionText(context, table.name, dimension)}) AS ${alias}`;
  });
  const aliases = keys.map((key) => key.alias).join(", ");
  const isNull = keys.map((key) => `${key.alias} IS NULL`).join(" OR ");
  const rows = `SELECT ${selected.join(", ")} FROM ${fromTable(context, table)}`;
  const groups = `SELECT COUNT(*) AS n, (${isNull}) AS without_key FROM (${rows}) AS r GROUP BY ${aliases}`;
  const sumWhere = (condition: string) =>
    `CAST(COALESCE(SUM(CASE WHEN ${condition} THEN n ELSE 0 END), 0) AS BIGINT)`;
  return `SELECT ${sumWhere("without_key")}, ${sumWhere("NOT without_key AND n > 1")} FROM (${groups}) AS g`;
}

/** Reports a key that is none, with the number of offending rows. */
export async function checkKey(
  context: TextContext,
  warehouse: Warehouse,
  table: LinkedTable,
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  if (table.primaryKey.length === 0) return [];
  const first = table.dimensions.find((dimension) => dimension.primaryKey);
  const location = first?.location ?? table.location;
  const key = table.primaryKey.map((name) => `"${name}"`).join(", ");
  let counts: readonly [bigint, bigint];
  try {
    counts = await readCounts(context, warehouse, table, signal);
  } catch (error) {
    signal.throwIfAborted();
    return [
      errorAt(
        location,
        `the primary key ${key} of "${table.name}" cannot be checked: ${warehouseText(error)}`,
      ),
    ];
  }
  const [withoutKey, repeated] = counts;
  const problems: Problem[] = [];
  const start = `the primary key ${key} of "${table.name}"`;
  if (withoutKey > 0n) problems.push(errorAt(location, `${start} is null in ${rowsText(withoutKey)}`));
  if (repeated > 0n) {
    problems.push(
      errorAt(location, `${start} is not unique: ${rowsText(repeated)} have a key that another row has too`),
    );
  }
  return problems;
}

function rowsText(count: bigint): string {
  return count === 1n ? "1 row" : `${count} rows`;
}

async function readCounts(
  context: TextContext,
  warehouse: Warehouse,
  table: LinkedTable,
  signal: AbortSignal,
): Promise<readonly [bigint, bigint]> {
  const sql = keyCheckStatement(context, table);
  const stream = await warehouse.run(
    { sql, parameters: [], columnTypes: [{ kind: "bigint" }, { kind: "bigint" }] },
    signal,
  );
  try {
    const batch = await stream.next();
    if (batch?.kind !== "columns") throw new TypeError("the warehouse gave no row for a count");
    const count = (column: number): bigint => BigInt(batch.columns[column]?.[0] as bigint | number);
    return [count(0), count(1)];
  } finally {
    await stream.close();
  }
}
