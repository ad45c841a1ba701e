// What the prepared data directory holds besides initdb's own: settings, the caller's role, the measure functions, and
// functions of PostgreSQL that are replaced or taken from clients.
import { allowedStableFunctions, allowedVolatileFunctions, likePatterns } from "./allowed-functions.ts";
import { ownSchemaSql } from "./own-relations.ts";
import { versionText } from "./postgres-version.ts";
import { quoteText } from "./quoting.ts";
import { callerRole, databaseOid } from "./session-state.ts";
import { rowsOfSettingSql } from "./setting-rows.ts";
import { allSettingsSql } from "./settings-view.ts";

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
  // A temporary file would be the instance's memory all the same.
  "temp_file_limit = 64MB",
  "jit = off",
  "timezone = 'UTC'",
  "log_timezone = 'UTC'",
  "datestyle = 'iso, mdy'",
  "lc_messages = 'C'",
  "default_text_search_config = 'pg_catalog.english'",
] as const;

const measureFunctionsSql = ["measure", "agg", "aggregate"].flatMap((name) => [
  `CREATE AGGREGATE pg_catalog.${name}(anyelement) ` +
    "(SFUNC = pg_catalog.any_value_transfn, STYPE = anyelement)",
  `COMMENT ON AGGREGATE pg_catalog.${name}(anyelement) IS 'value of a measure for each group'`,
]);

/** The role gets its oid by hand, so that it is the same in every directory; its name is each caller's in turn. */
const callerRoleSql = [
  `CREATE ROLE ${callerRole.preparedName} LOGIN NOINHERIT`,
  `UPDATE pg_catalog.pg_authid SET oid = ${callerRole.oid} WHERE rolname = '${callerRole.preparedName}'`,
];

/** One DO block that runs `action` for each of PostgreSQL's functions, in `f`, that fulfils the condition. */
function forFunctions(condition: string, action: string): string {
  return (
    "DO $do$ DECLARE f record; BEGIN FOR f IN SELECT p.oid, p.proname, p.proretset, " +
    "pg_get_function_identity_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result, " +
    "p.oid::regprocedure::text AS signature FROM pg_proc p WHERE p.oid < 16384 " +
    `AND ${condition} ORDER BY p.oid LOOP ${action} END LOOP; END $do$`
  );
}

function nameMatches(names: readonly string[]): string {
  return `p.proname LIKE ANY (ARRAY[${likePatterns(names).map(quoteText).join(", ")}])`;
}

const revokeSql = forFunctions(
  `NOT (p.provolatile = 'i' OR p.provolatile = 's' AND ${nameMatches(allowedStableFunctions)} ` +
    `OR p.provolatile = 'v' AND ${nameMatches(allowedVolatileFunctions)})`,
  "EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', f.signature);",
);

/**
 * Session locks would outlive the statement, so the functions are made anew without one, under oids for which
 * PostgreSQL has no function of its own built in. void_in ignores its argument.
 */
const advisoryLocksSql = forFunctions(
  "p.proname ~ '^pg_(try_)?advisory_'",
  `DELETE FROM pg_proc WHERE oid = f.oid;
   IF f.result = 'void' THEN
     EXECUTE format('CREATE FUNCTION pg_catalog.%I(%s) RETURNS void LANGUAGE internal VOLATILE STRICT AS ''void_in''',
       f.proname, f.arguments);
   ELSE
     EXECUTE format('CREATE FUNCTION pg_catalog.%I(%s) RETURNS boolean LANGUAGE sql VOLATILE AS ''SELECT true''',
       f.proname, f.arguments);
   END IF;`,
);

/** Settings whose values SHOW prints in a form of their own: PostgreSQL is given them for a moment, in the caller's rights. */
const spelledSettings = [
  ...["datestyle", "intervalstyle", "timezone", "bytea_output", "extra_float_digits"],
  ...["statement_timeout", "lock_timeout", "idle_session_timeout", "idle_in_transaction_session_timeout"],
  ...["transaction_timeout", "default_transaction_read_only", "default_transaction_isolation"],
  ...["default_transaction_deferrable", "standard_conforming_strings", "row_security", "jit", "work_mem"],
];

/** The built-in one could make the session the superuser's. This one tells what was asked for and changes nothing. */
const setConfigSql = [
  "ALTER FUNCTION pg_catalog.set_config(text, text, boolean) RENAME TO lenswire_set",
  `CREATE FUNCTION pg_catalog.set_config(setting_name text, new_value text, is_local boolean) RETURNS text
   LANGUAGE plpgsql VOLATILE AS $function$
   DECLARE
     setting text := pg_catalog.lower(setting_name);
     shown text := coalesce(new_value, '');
     before text;
   BEGIN
     IF setting_name IS NULL THEN
       RAISE EXCEPTION 'SET requires parameter name' USING ERRCODE = '22004';
     END IF;
     RAISE NOTICE USING ERRCODE = 'LWSET', MESSAGE = pg_catalog.json_build_object(
       'name', setting_name, 'value', coalesce(new_value, ''), 'local', coalesce(is_local, false))::text;
     IF setting = 'client_encoding' THEN
       shown := coalesce(
         nullif(pg_catalog.pg_encoding_to_char(pg_catalog.pg_char_to_encoding(shown)), ''), shown);
     ELSIF new_value IS NOT NULL AND setting IN (${spelledSettings.map(quoteText).join(", ")}) THEN
       before := pg_catalog.lenswire_setting(setting);
       EXECUTE pg_catalog.format('SET LOCAL %I TO %L', setting, new_value);
       shown := pg_catalog.lenswire_setting(setting);
       EXECUTE pg_catalog.format('SET LOCAL %I TO %L', setting, before);
     END IF;
     RETURN shown;
   END $function$`,
  "COMMENT ON FUNCTION pg_catalog.set_config(text, text, boolean) IS 'SET X as a function'",
  "REVOKE UPDATE ON pg_catalog.pg_settings FROM PUBLIC",
  "DELETE FROM pg_catalog.pg_rewrite WHERE rulename IN ('pg_settings_u', 'pg_settings_n')",
];

/** Under their own oids: PostgreSQL's planner puts the body in place of the call. */
const sessionFunctionsSql = [
  `CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE
   AS $function$ SELECT ${quoteText(versionText)}::pg_catalog.text $function$`,
  `CREATE OR REPLACE FUNCTION pg_catalog.pg_backend_pid() RETURNS integer LANGUAGE sql STABLE
   AS $function$ SELECT pg_catalog.current_setting('lenswire.process_id')::pg_catalog.int4 $function$`,
  // The instance itself is always spoken to in UTF8.
  `CREATE OR REPLACE FUNCTION pg_catalog.pg_client_encoding() RETURNS name LANGUAGE sql STABLE
   AS $function$ SELECT pg_catalog.current_setting('client_encoding')::name $function$`,
];

/**
 * Most settings are the engine's alone; the instance is told of those that a session has. Under its own oid, over
 * PostgreSQL's own function under another name, and not STRICT: the planner puts no such body in place of the call.
 */
function currentSettingSql(ownArguments: string, names: string, symbol: string): string[] {
  return [
    `CREATE FUNCTION pg_catalog.lenswire_setting(${ownArguments}) RETURNS text LANGUAGE internal STABLE STRICT
   AS '${symbol}'`,
    `CREATE OR REPLACE FUNCTION pg_catalog.current_setting(${ownArguments}) RETURNS text LANGUAGE sql STABLE
   AS $function$ SELECT coalesce(
     nullif(pg_catalog.lenswire_setting('lenswire.settings', true), '')::pg_catalog.json
       OPERATOR(pg_catalog.->>) pg_catalog.lower($1),
     pg_catalog.lenswire_setting(${names})) $function$`,
  ];
}

const currentSettingsSql = [
  ...currentSettingSql("text, boolean", "$1, $2", "show_config_by_name_missing_ok"),
  ...currentSettingSql("text", "$1", "show_config_by_name"),
];

/** Cursors and prepared statements are the engine's; the instance is told of those that a session has. */
const sessionObjectsSql = [
  rowsOfSettingSql("pg_cursor", "lenswire.cursors", [
    "name text",
    "statement text",
    "is_holdable boolean",
    "is_binary boolean",
    "is_scrollable boolean",
    "creation_time timestamptz",
  ]),
  rowsOfSettingSql("pg_prepared_statement", "lenswire.statements", [
    "name text",
    "statement text",
    "prepare_time timestamptz",
    "parameter_types regtype[]",
    "result_types regtype[]",
    "from_sql boolean",
    "generic_plans bigint",
    "custom_plans bigint",
  ]),
];

/** As NOTIFY: nobody listens, and what PostgreSQL refuses is refused. */
const notifySql = `CREATE OR REPLACE FUNCTION pg_catalog.pg_notify(text, text) RETURNS void
   LANGUAGE plpgsql VOLATILE AS $function$
   BEGIN
     IF pg_catalog.octet_length(coalesce($1, '')) = 0 THEN
       RAISE EXCEPTION 'channel name cannot be empty' USING ERRCODE = '22023';
     ELSIF pg_catalog.octet_length($1) >= 64 THEN
       RAISE EXCEPTION 'channel name too long' USING ERRCODE = '22023';
     ELSIF pg_catalog.octet_length($2) >= 8000 THEN
       RAISE EXCEPTION 'payload string too long' USING ERRCODE = '22023';
     END IF;
   END $function$`;

/** The instance is told of the session's TLS where a statement reads it; its own backend has none. */
const tlsSql = `CREATE OR REPLACE VIEW pg_catalog.pg_stat_ssl AS
   SELECT pg_catalog.current_setting('lenswire.process_id')::pg_catalog.int4 AS pid,
     told ->> 'version' IS NOT NULL AS ssl, told ->> 'version' AS version, told ->> 'cipher' AS cipher,
     (told ->> 'bits')::pg_catalog.int4 AS bits, told ->> 'clientName' AS client_dn,
     (told ->> 'clientSerial')::pg_catalog.numeric AS client_serial, told ->> 'issuerName' AS issuer_dn
   FROM (SELECT coalesce(nullif(pg_catalog.current_setting('lenswire.tls', true), ''), '{}')::pg_catalog.json) AS tls (told)`;

/** Each runs on its own, as the superuser. */
export function preparationSql(): string[] {
  return [
    ...callerRoleSql,
    ...measureFunctionsSql,
    ...setConfigSql,
    ...sessionFunctionsSql,
    ...currentSettingsSql,
    ...allSettingsSql,
    ...sessionObjectsSql,
    ...ownSchemaSql,
    notifySql,
    tlsSql,
    advisoryLocksSql,
    revokeSql,
    `DELETE FROM pg_catalog.pg_database WHERE oid <> ${databaseOid}`,
    "VACUUM FULL",
    "CHECKPOINT",
  ];
}
