// What the prepared data directory holds besides initdb's own: settings, the caller's role, the measure functions, and
// functions of PostgreSQL that are replaced or taken from clients.
import { callerRole, databaseOid } from "./session-state.ts";

export const initdbOptions = [
  // Small: an instance never writes more than the definitions of one lens.
  "--wal-segsize=1",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--locale=C",
  "--encoding=UTF8",
  "--auth=trust",
  "--no-sync",
] as const;

export const postgresqlSettings = [
  // 128 MB by default, for tables that are all empty.
  "shared_buffers = 8MB",
  "max_connections = 2",
  "max_locks_per_transaction = 256",
  // Nothing is kept: an instance that ends is made again from the prepared directory.
  "fsync = off",
  "full_page_writes = off",
  "synchronous_commit = off",
  "wal_level = minimal",
  "max_wal_senders = 0",
  "wal_recycle = off",
  "wal_init_zero = off",
  "min_wal_size = 2MB",
  "max_wal_size = 2MB",
  "autovacuum = off",
  // One user's statements are no other user's business.
  "track_counts = off",
  "track_activities = off",
  "jit = off",
  "timezone = 'UTC'",
  "log_timezone = 'UTC'",
  "datestyle = 'iso, mdy'",
  "lc_messages = 'C'",
  "default_text_search_config = 'pg_catalog.english'",
] as const;

const measureFunctionsSql = ["measure", "agg", "aggregate"].map(
  (name) =>
    `CREATE AGGREGATE pg_catalog.${name}(anyelement) ` +
    "(SFUNC = pg_catalog.any_value_transfn, STYPE = anyelement); " +
    `COMMENT ON AGGREGATE pg_catalog.${name}(anyelement) IS 'value of a measure for each group'`,
);

/** The role gets its oid by hand, so that it is the same in every directory; its name is each caller's in turn. */
const callerRoleSql = [
  `CREATE ROLE ${callerRole.preparedName} LOGIN NOINHERIT`,
  `UPDATE pg_catalog.pg_authid SET oid = ${callerRole.oid} WHERE rolname = '${callerRole.preparedName}'`,
];

export function preparationSql(): string[] {
  return [
    ...callerRoleSql,
    ...measureFunctionsSql,
    "ALTER FUNCTION pg_catalog.set_config(text, text, boolean) RENAME TO lenswire_set",
    "REVOKE EXECUTE ON FUNCTION pg_catalog.lenswire_set(text, text, boolean) FROM PUBLIC",
    `DELETE FROM pg_catalog.pg_database WHERE oid <> ${databaseOid}`,
    "VACUUM FULL",
    "CHECKPOINT",
  ];
}
