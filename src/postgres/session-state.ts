// Brings an instance's session to what the next statement wants: settings, database name, and the caller's role name.
import { type Instance, InstanceError } from "./instance.ts";
import { mirroredSettings } from "./mirrored-settings.ts";
import { reservedRoleName } from "./postgres-errors.ts";
import { quoteText, truncateName } from "./quoting.ts";

export interface SessionState {
  /** The client's, by name, as SHOW prints them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Ours, by lower-case name. */
  readonly ownSettings: Readonly<Record<string, string>>;
  readonly databaseName: string;
  readonly otherDatabases: readonly string[];
  readonly user: string;
}

/** What was last applied to an instance; `undefined` before the first statement. */
export interface AppliedState {
  readonly settings: ReadonlyMap<string, string>;
  readonly databaseNames: readonly string[];
  readonly user: string;
}

/** Rows of pg_authid and pg_database that may be replaced before the dead ones are removed. */
const renamesBetweenVacuumsMax = 500;

/** oids of the prepared directory: the database that PGlite opens, the superuser, and the caller's role. */
export const databaseOid = 5;
export const superuserOid = 10;
export const callerRole = { oid: 16_100, preparedName: "lens_user" } as const;
const otherDatabasesOid = 16_200;

function settingsSql(applied: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): string[] {
  const parts: string[] = [];
  for (const name of applied.keys()) {
    if (!wanted.has(name)) parts.push(`SELECT pg_catalog.lenswire_set(${quoteText(name)}, NULL, false)`);
  }
  for (const [name, value] of wanted) {
    if (applied.get(name) === value) continue;
    parts.push(`SELECT pg_catalog.lenswire_set(${quoteText(name)}, ${quoteText(value)}, false)`);
  }
  return parts;
}

function databaseSql(names: readonly string[]): string[] {
  const [current = "", ...others] = names;
  const columns =
    "datdba, encoding, datlocprovider, datistemplate, datallowconn, dathasloginevt, datconnlimit, " +
    "datfrozenxid, datminmxid, dattablespace, datcollate, datctype, datlocale, daticurules, datcollversion, datacl";
  return [
    `DELETE FROM pg_catalog.pg_database WHERE oid <> ${databaseOid}`,
    `UPDATE pg_catalog.pg_database SET datname = ${quoteText(current)} WHERE oid = ${databaseOid}`,
    ...others.map(
      (name, index) =>
        `INSERT INTO pg_catalog.pg_database (oid, datname, ${columns}) ` +
        `SELECT ${otherDatabasesOid + index}, ${quoteText(name)}, ${columns} ` +
        `FROM pg_catalog.pg_database WHERE oid = ${databaseOid}`,
    ),
  ];
}

/** The superuser, who owns everything, gives way when the caller bears its name. */
export function ownerFor(user: string): string {
  return user === "lenswire" ? "lenswire_owner" : "lenswire";
}

function userSql(user: string): string[] {
  const owner = ownerFor(user);
  return [
    `UPDATE pg_catalog.pg_authid SET rolname = '-' WHERE oid = ${callerRole.oid}`,
    `UPDATE pg_catalog.pg_authid SET rolname = ${quoteText(owner)} WHERE oid = ${superuserOid}`,
    `UPDATE pg_catalog.pg_authid SET rolname = ${quoteText(user)} WHERE oid = ${callerRole.oid}`,
  ];
}

/**
 * Applies what differs. All of it is one transaction: when a value is refused, nothing has changed, and the error is
 * PostgreSQL's. The instance must be outside a transaction.
 */
export async function applySessionState(instance: Instance, state: SessionState): Promise<void> {
  const wanted = new Map([...mirroredSettings(state.settings), ...Object.entries(state.ownSettings)]);
  const current = truncateName(state.databaseName);
  const others = new Set(state.otherDatabases.map(truncateName));
  others.delete(current);
  const databaseNames = [current, ...[...others].sort()];
  const user = truncateName(state.user);
  const applied = instance.applied;
  const parts = settingsSql(applied?.settings ?? new Map(), wanted);
  const renamed =
    applied === undefined || JSON.stringify(applied.databaseNames) !== JSON.stringify(databaseNames);
  if (renamed) parts.push(...databaseSql(databaseNames));
  const otherUser = applied?.user !== user;
  if (otherUser) parts.push(...userSql(user));
  if (parts.length === 0) return;
  try {
    await instance.run(parts.join("; "));
  } catch (thrown) {
    // One of PostgreSQL's own roles, such as pg_monitor, bears the name.
    if (thrown instanceof InstanceError && thrown.error.sqlstate === "23505") {
      throw new InstanceError(reservedRoleName(user));
    }
    throw thrown;
  }
  instance.applied = { settings: wanted, databaseNames, user };
  if (!renamed && !otherUser) return;
  instance.renames += 1;
  if (instance.renames % renamesBetweenVacuumsMax === 0) {
    await instance.run("VACUUM pg_catalog.pg_authid");
    await instance.run("VACUUM pg_catalog.pg_database");
  }
}
