// A session's temporary tables in an instance that all sessions of its group share: they exist inside one transaction,
// which ends with the statement that they were made for and is always rolled back.
import type { TemporaryTableDefinition } from "../temporary-table.ts";
import { type Instance, InstanceError } from "./instance.ts";
import { quoteName, quoteText } from "./quoting.ts";
import { superuserOid } from "./session-state.ts";

/** One table as a worker is given it. */
export interface TemporaryTableInput {
  readonly name: string;
  /** Its pg_class oid; those of its types, indexes and constraints are the next. */
  readonly oid: number;
  /** SQL that makes it. */
  readonly definition: string;
  /** SQL that fills it; absent where its rows are not wanted. */
  readonly rows?: string | undefined;
}

/** Rolled back definitions leave dead rows in the catalog, and a trace in the log: they are removed after so many. */
const tablesBetweenVacuumsMax = 500;

/** Catalogs in which a dead row keeps its oid from the next table that is to have it. */
const catalogsOfOids = ["pg_class", "pg_type", "pg_constraint", "pg_attrdef"];
const otherCatalogs = ["pg_attribute", "pg_depend", "pg_shdepend", "pg_index", "pg_namespace"];

/**
 * To be run after BEGIN, as the superuser: PostgreSQL takes the schemas of these names for those of its session's temporary
 * tables, and would make them under an oid of its own otherwise.
 */
export const temporarySchemasSql =
  "INSERT INTO pg_catalog.pg_namespace (oid, nspname, nspowner) " +
  `VALUES (99999998, 'pg_temp_0', ${superuserOid}), (99999999, 'pg_toast_temp_0', ${superuserOid})`;

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

/** In the transaction that the instance is in. `intervalStyle`: the session's. */
export async function makeTemporaryTables(
  instance: Instance,
  tables: readonly TemporaryTableInput[],
  intervalStyle = "postgres",
): Promise<void> {
  for (const table of tables) {
    instance.setNextOid(table.oid);
    await instance.run(table.definition);
  }
  const rows = tables.flatMap((table) => table.rows ?? []);
  // Under sql_standard the sign of the first field would be that of all.
  const style = (name: string) => `SET LOCAL intervalstyle = ${quoteText(name)}`;
  if (rows.length > 0) await instance.run([style("postgres"), ...rows, style(intervalStyle)].join("; "));
}

/** To be called outside a transaction, after tables were rolled back. */
export async function clearAfter(instance: Instance, tables: readonly TemporaryTableInput[]): Promise<void> {
  const before = instance.temporaryTables;
  instance.temporaryTables += tables.length;
  const isDue =
    Math.floor(before / tablesBetweenVacuumsMax) <
    Math.floor(instance.temporaryTables / tablesBetweenVacuumsMax);
  await vacuum(instance, isDue ? [...catalogsOfOids, ...otherCatalogs] : catalogsOfOids);
  if (isDue) await instance.run("CHECKPOINT");
}

/** Index entries too, however few: by them PostgreSQL looks whether an oid is in use. */
async function vacuum(instance: Instance, catalogs: readonly string[]): Promise<void> {
  const names = catalogs.map((catalog) => `pg_catalog.${catalog}`).join(", ");
  await instance.run(`VACUUM (INDEX_CLEANUP ON, SKIP_DATABASE_STATS ON) ${names}`);
}

/** A definition of ours that PostgreSQL refuses is a bug, whatever its words. */
export function asBug(thrown: unknown): unknown {
  return thrown instanceof InstanceError && !thrown.fatal
    ? new TypeError(`a temporary table could not be made: ${thrown.message}`)
    : thrown;
}
