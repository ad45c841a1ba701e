// A session's temporary tables in an instance that all sessions of its group share: they exist inside one transaction,
// which ends with the statement that they were made for and is always rolled back.
import type { TemporaryTableDefinition } from "../temporary-table.ts";
import { type Instance, InstanceError } from "./instance.ts";
import { quoteName, quoteText } from "./quoting.ts";

/** One table as a worker is given it. */
export interface TemporaryTableInput {
  readonly name: string;
  /** SQL that makes it. */
  readonly definition: string;
  /** SQL that fills it; absent where its rows are not wanted. */
  readonly rows?: string | undefined;
}

/** Rolled back definitions leave dead rows in the catalog, and a trace in the log: they are removed after so many. */
const tablesBetweenVacuumsMax = 500;

const filledCatalogs = [
  ...["pg_class", "pg_attribute", "pg_attrdef", "pg_type", "pg_depend", "pg_shdepend"],
  ...["pg_constraint", "pg_index", "pg_namespace"],
];

/** CREATE TEMP TABLE with its indexes. */
export function createTemporaryTable({ name, columns, indexes }: TemporaryTableDefinition): string {
  const table = `pg_temp.${quoteName(name)}`;
  const items = columns.map(
    (column) =>
      `${quoteName(column.name)} ${column.typeName}` +
      (column.default === undefined ? "" : ` DEFAULT ${column.default}`) +
      (column.notNull ? " NOT NULL" : ""),
  );
  return [
    `CREATE TEMP TABLE ${quoteName(name)} (${items.join(", ")})`,
    ...indexes.map(
      (index) =>
        `CREATE INDEX ${quoteName(index.name)} ON ${table} (${index.columns.map(quoteName).join(", ")})`,
    ),
  ].join("; ");
}

/** SQL after BEGIN. `intervalStyle`: the session's. */
export function makeTemporaryTables(
  tables: readonly TemporaryTableInput[],
  intervalStyle = "postgres",
): string {
  const rows = tables.flatMap((table) => table.rows ?? []);
  // Under sql_standard the sign of the first field would be that of all.
  const style = (name: string) => `SET LOCAL intervalstyle = ${quoteText(name)}`;
  const filling = rows.length === 0 ? [] : [style("postgres"), ...rows, style(intervalStyle)];
  return [...tables.map((table) => table.definition), ...filling].join("; ");
}

/** Runs `sql`, which makes tables, in the transaction that it is in or begins: pg_class oid and name of each. */
export async function temporaryOids(
  instance: Instance,
  sql: string,
): Promise<readonly (readonly [oid: number, name: string])[]> {
  const rows = await instance.run(
    `${sql}; SELECT oid, relname FROM pg_catalog.pg_class ` +
      "WHERE relnamespace = pg_catalog.pg_my_temp_schema() AND relkind = 'r'",
  );
  return rows.map(([oid, name]) => [Number(oid), name ?? ""] as const);
}

/** To be called outside a transaction, after tables were rolled back. */
export async function clearAfter(instance: Instance, tables: readonly TemporaryTableInput[]): Promise<void> {
  const before = instance.temporaryTables;
  instance.temporaryTables += tables.length;
  const isDue =
    Math.floor(before / tablesBetweenVacuumsMax) <
    Math.floor(instance.temporaryTables / tablesBetweenVacuumsMax);
  if (!isDue) return;
  for (const catalog of filledCatalogs) await instance.run(`VACUUM pg_catalog.${catalog}`);
  await instance.run("CHECKPOINT");
}

/** A definition of ours that PostgreSQL refuses is a bug, whatever its words. */
export function asBug(thrown: unknown): unknown {
  return thrown instanceof InstanceError && !thrown.fatal
    ? new TypeError(`a temporary table could not be made: ${thrown.message}`)
    : thrown;
}
