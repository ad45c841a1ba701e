// A session's temporary tables in an instance that all sessions of its group share: they exist inside one transaction,
// which ends with the statement that they were made for and is always rolled back.
import type { TemporaryTableDefinition } from "../temporary-table.ts";
import { type Instance, InstanceError } from "./instance.ts";
import { quoteName, quoteText, truncateName } from "./quoting.ts";
import { ownerFor, superuserOid } from "./session-state.ts";

/** One table as a worker is given it. */
export interface TemporaryTableInput {
  readonly name: string;
  /** Its pg_class oid; those of its types, indexes and constraints are the next. */
  readonly oid: number;
  /** SQL that makes it. */
  readonly definition: string;
  /** How many CHECK constraints it has. */
  readonly checks: number;
  /** SQL that fills it; absent where its rows are not wanted. */
  readonly rows?: string | undefined;
}

/** Rolled back definitions leave dead rows in the catalog, and a trace in the log: they are removed after so many. */
const tablesBetweenVacuumsMax = 500;

/** Catalogs in which a dead row keeps its oid from the next table that is to have it. */
const catalogsOfOids = ["pg_class", "pg_type", "pg_constraint", "pg_attrdef"];
const otherCatalogs = ["pg_attribute", "pg_depend", "pg_shdepend", "pg_index", "pg_namespace"];

/**
 * As the superuser: PostgreSQL takes the schemas of these names for those of its session's temporary
 * tables, and would make them under an oid of its own otherwise.
 */
const temporarySchemasSql =
  "INSERT INTO pg_catalog.pg_namespace (oid, nspname, nspowner) " +
  `VALUES (99999998, 'pg_temp_0', ${superuserOid}), (99999999, 'pg_toast_temp_0', ${superuserOid})`;

/** CREATE TEMP TABLE with its constraints and indexes. */
export function createTemporaryTable(table: TemporaryTableDefinition): string {
  const columns = table.columns.map(
    (column) =>
      `${quoteName(column.name)} ${column.typeName}` +
      (column.default === undefined ? "" : ` DEFAULT ${column.default}`),
  );
  const constraints = table.constraints.map(
    (constraint) => `CONSTRAINT ${quoteName(constraint.name)} ${constraint.definition}`,
  );
  return [
    `CREATE TEMP TABLE ${quoteName(table.name)} (${[...columns, ...constraints].join(", ")})`,
    ...table.indexes.map((index) => index.definition),
  ].join("; ");
}

/** Begins a transaction that has the tables, in the rights of the user, whose they are. `intervalStyle`: the session's. */
export async function beginWithTables(
  instance: Instance,
  tables: readonly TemporaryTableInput[],
  user: string,
  intervalStyle = "postgres",
): Promise<void> {
  // Under sql_standard the sign of the first field would be that of all.
  const style = (name: string) =>
    intervalStyle === name ? [] : [`SET LOCAL intervalstyle = ${quoteText(name)}`];
  try {
    await instance.run(["BEGIN", temporarySchemasSql, asCaller(user), ...style("postgres")].join("; "));
    for (const table of tables) {
      instance.setNextOid(table.oid);
      await instance.run(table.definition);
    }
    const filling = tables.flatMap((table) => fill(table, user));
    if (intervalStyle !== "postgres") filling.push(`SET LOCAL intervalstyle = ${quoteText(intervalStyle)}`);
    if (filling.length > 0) await instance.run(filling.join("; "));
  } catch (thrown) {
    throw asBug(thrown);
  }
}

/** Rows were checked when they came: what a CHECK says of them now (it may ask for the time) is nobody's business. */
function fill({ oid, rows, checks }: TemporaryTableInput, user: string): string[] {
  if (rows === undefined) return [];
  if (checks === 0) return [rows];
  const withChecks = (count: number) => [
    asOwner(user),
    `UPDATE pg_catalog.pg_class SET relchecks = ${count} WHERE oid = ${oid}`,
    asCaller(user),
  ];
  return [...withChecks(0), rows, ...withChecks(checks)];
}

function asCaller(user: string): string {
  return `SET LOCAL SESSION AUTHORIZATION ${quoteName(truncateName(user))}`;
}

/** SQL that takes the superuser's rights up again. */
export function asOwner(user: string): string {
  return `SET LOCAL SESSION AUTHORIZATION ${quoteName(ownerFor(truncateName(user)))}`;
}

/** To be called outside a transaction, after tables were rolled back. */
export async function clearAfter(instance: Instance, tableCount: number): Promise<void> {
  const before = instance.temporaryTables;
  instance.temporaryTables += tableCount;
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
function asBug(thrown: unknown): unknown {
  return thrown instanceof InstanceError && !thrown.fatal
    ? new TypeError(`a temporary table could not be made: ${thrown.message}`)
    : thrown;
}
