// The settings that a session has: those with an effect here, those that are remembered only, and those that say
// what this server is. Names and defaults are PostgreSQL 18's.
import {
  anyText,
  booleanValue,
  clientEncoding,
  durationMs,
  integerBetween,
  nameList,
  oneOf,
  onlySupported,
  type ReadSetting,
  realBetween,
  timeZone,
} from "./setting-values.ts";

/** Who may change it: a session, nobody, or only somebody with rights that no session here has. */
export type SettingAccess = "session" | "fixed" | "forbidden";

export interface SettingDefinition {
  /** As SHOW spells it. */
  readonly name: string;
  readonly initial: string;
  readonly read: ReadSetting;
  readonly access: SettingAccess;
  /** Whether clients are told of changes by ParameterStatus. */
  readonly reported: boolean;
}

function define(
  name: string,
  initial: string,
  read: ReadSetting,
  options: { readonly access?: SettingAccess; readonly reported?: boolean } = {},
): SettingDefinition {
  return { name, initial, read, access: options.access ?? "session", reported: options.reported ?? false };
}

const reported = { reported: true };
const fixed = { access: "fixed" } as const;
const fixedAndReported = { access: "fixed", reported: true } as const;
const forbidden = { access: "forbidden" } as const;

const isolationLevel = oneOf("serializable", "repeatable read", "read committed", "read uncommitted");
const messageLevel = oneOf(
  "debug5",
  "debug4",
  "debug3",
  "debug2",
  "debug1",
  "log",
  "notice",
  "warning",
  "error",
);

/** Values that only the session knows; the initial texts below stand until it is open. */
const ofTheSession = [
  define("application_name", "", anyText, reported),
  define("client_encoding", "UTF8", clientEncoding, reported),
  define("DateStyle", "ISO, MDY", anyText, reported),
  define("default_transaction_read_only", "off", booleanValue, reported),
  define("in_hot_standby", "off", anyText, fixedAndReported),
  define("integer_datetimes", "on", anyText, fixedAndReported),
  define(
    "IntervalStyle",
    "postgres",
    oneOf("postgres", "postgres_verbose", "sql_standard", "iso_8601"),
    reported,
  ),
  define("is_superuser", "off", anyText, fixedAndReported),
  define("scram_iterations", "4096", integerBetween(1, 2_147_483_647), reported),
  define("search_path", '"$user", public', nameList, reported),
  define("server_encoding", "UTF8", anyText, fixedAndReported),
  define("server_version", "", anyText, fixedAndReported),
  define("session_authorization", "", anyText, reported),
  define("standard_conforming_strings", "on", onlySupported("on", "off"), reported),
  define("TimeZone", "UTC", timeZone, reported),
];

const withEffect = [
  define("bytea_output", "hex", oneOf("escape", "hex")),
  define("client_min_messages", "notice", messageLevel),
  define("default_transaction_deferrable", "off", booleanValue),
  define("default_transaction_isolation", "read committed", isolationLevel),
  define("extra_float_digits", "1", integerBetween(-15, 3)),
  define("idle_in_transaction_session_timeout", "0", durationMs),
  define("idle_session_timeout", "0", durationMs),
  define("role", "none", anyText),
  define("statement_timeout", "0", durationMs),
  define("transaction_deferrable", "off", booleanValue),
  define("transaction_isolation", "read committed", isolationLevel),
  define("transaction_read_only", "off", booleanValue),
  define("transaction_timeout", "0", durationMs),
];

const aboutTheServer = [
  define("block_size", "8192", anyText, fixed),
  define("data_checksums", "off", anyText, fixed),
  define("lc_collate", "C", anyText, fixed),
  define("lc_ctype", "C", anyText, fixed),
  define("max_function_args", "100", anyText, fixed),
  define("max_identifier_length", "63", anyText, fixed),
  define("max_index_keys", "32", anyText, fixed),
  define("segment_size", "1GB", anyText, fixed),
  define("server_version_num", "", anyText, fixed),
  define("ssl", "off", anyText, fixed),
  define("wal_block_size", "8192", anyText, fixed),
];

const offInitially = new Set(["debug_pretty_print", "quote_all_identifiers", "transform_null_equals"]);

/** Booleans that tools switch around their queries and that change nothing here. */
const inertBooleans = [
  "array_nulls",
  "check_function_bodies",
  "debug_pretty_print",
  "enable_async_append",
  "enable_bitmapscan",
  "enable_gathermerge",
  "enable_hashagg",
  "enable_hashjoin",
  "enable_incremental_sort",
  "enable_indexonlyscan",
  "enable_indexscan",
  "enable_material",
  "enable_memoize",
  "enable_mergejoin",
  "enable_nestloop",
  "enable_parallel_append",
  "enable_parallel_hash",
  "enable_partition_pruning",
  "enable_seqscan",
  "enable_sort",
  "enable_tidscan",
  "escape_string_warning",
  "geqo",
  "jit",
  "parallel_leader_participation",
  "quote_all_identifiers",
  "row_security",
  "synchronize_seqscans",
  "transform_null_equals",
].map((name) => define(name, offInitially.has(name) ? "off" : "on", booleanValue));

const inert = [
  define("backslash_quote", "safe_encoding", oneOf("safe_encoding", "on", "off")),
  define("constraint_exclusion", "partition", oneOf("partition", "on", "off")),
  define("cpu_tuple_cost", "0.01", realBetween(0, Number.MAX_VALUE)),
  define("cursor_tuple_fraction", "0.1", realBetween(0, 1)),
  define("default_statistics_target", "100", integerBetween(1, 10_000)),
  define("default_tablespace", "", anyText),
  define("default_text_search_config", "pg_catalog.english", anyText),
  define("effective_cache_size", "4GB", anyText),
  define("from_collapse_limit", "8", integerBetween(1, 2_147_483_647)),
  define("geqo_threshold", "12", integerBetween(2, 2_147_483_647)),
  define("gin_fuzzy_search_limit", "0", integerBetween(0, 2_147_483_647)),
  define("jit_above_cost", "100000", realBetween(-1, Number.MAX_VALUE)),
  define("join_collapse_limit", "8", integerBetween(1, 2_147_483_647)),
  define("lc_messages", "C", anyText),
  define("lc_monetary", "C", anyText),
  define("lc_numeric", "C", anyText),
  define("lc_time", "C", anyText),
  define("lock_timeout", "0", durationMs),
  define("maintenance_work_mem", "64MB", anyText),
  define("max_parallel_workers_per_gather", "2", integerBetween(0, 1024)),
  define("plan_cache_mode", "auto", oneOf("auto", "force_generic_plan", "force_custom_plan")),
  define("random_page_cost", "4", realBetween(0, Number.MAX_VALUE)),
  define("seq_page_cost", "1", realBetween(0, Number.MAX_VALUE)),
  define("session_replication_role", "origin", anyText, forbidden),
  define("synchronous_commit", "on", oneOf("local", "remote_write", "remote_apply", "on", "off")),
  define("tcp_keepalives_count", "0", integerBetween(0, 2_147_483_647)),
  define("tcp_keepalives_idle", "0", anyText),
  define("tcp_keepalives_interval", "0", anyText),
  define("tcp_user_timeout", "0", durationMs),
  define("temp_buffers", "8MB", anyText),
  define("temp_tablespaces", "", anyText),
  define("work_mem", "4MB", anyText),
  define("xmlbinary", "base64", oneOf("base64", "hex")),
  define("xmloption", "content", oneOf("content", "document")),
];

/** What PostgreSQL lets superusers alone change. */
const privileged = [
  define("log_min_duration_statement", "-1", anyText, forbidden),
  define("log_min_messages", "warning", anyText, forbidden),
  define("log_statement", "none", anyText, forbidden),
  define("track_activities", "on", anyText, forbidden),
  define("zero_damaged_pages", "off", anyText, forbidden),
];

const all = [...ofTheSession, ...withEffect, ...aboutTheServer, ...inertBooleans, ...inert, ...privileged];

/** By name in lower case. */
export const settingDefinitions: ReadonlyMap<string, SettingDefinition> = new Map(
  all
    .toSorted((left, right) => (left.name.toLowerCase() < right.name.toLowerCase() ? -1 : 1))
    .map((definition) => [definition.name.toLowerCase(), definition]),
);

export const reportedSettings: readonly SettingDefinition[] = [...settingDefinitions.values()].filter(
  (definition) => definition.reported,
);
