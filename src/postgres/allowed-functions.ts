// The functions that a catalog statement may call, by name. Immutable functions of PostgreSQL are all allowed: their
// result depends on nothing but their arguments. Of the others only those listed here are; EXECUTE on the rest is
// taken from everybody when the data directory is prepared.

/**
 * Functions by the client that needs them, over all their signatures. A name that ends in `*` stands for all that
 * begin so.
 */
export const allowedStableFunctions: readonly string[] = [
  // Every client: casts and operators whose result depends on the session's TimeZone, DateStyle or search_path.
  "date timestamp timestamptz time timetz timezone money numeric length regclass xml in_range overlaps",
  "date_*_timestamptz timestamp_*_timestamptz timestamptz_*_date timestamptz_*_timestamp",
  "timestamptz_pl_interval timestamptz_mi_interval interval_pl_timestamptz",
  "date_part date_trunc extract date_add date_subtract age make_timestamptz generate_series",
  "to_char to_date to_number to_timestamp now statement_timestamp transaction_timestamp",
  // Every client: text and arrays.
  "anytextcat textanycat concat concat_ws format quote_literal quote_nullable array_to_string",
  "convert convert_from convert_to",
  // Every client: who and where am I.
  "current_database current_schema current_schemas current_setting current_user session_user getpgusername",
  "pg_backend_pid version pg_client_encoding getdatabaseencoding",
  // psql \d, pgjdbc getColumns, SQLAlchemy, pg_dump, DBeaver, DataGrip: definitions as text.
  "format_type oidvectortypes pg_get_acl pg_get_constraintdef pg_get_expr pg_get_function_arg_default",
  "pg_get_function_arguments pg_get_function_identity_arguments pg_get_function_result pg_get_function_sqlbody",
  "pg_get_functiondef pg_get_indexdef pg_get_keywords pg_get_object_address pg_get_partition_constraintdef",
  "pg_get_partkeydef pg_get_publication_tables pg_get_replica_identity_index pg_get_replication_slots",
  "pg_get_ruledef pg_get_serial_sequence pg_get_statisticsobjdef pg_get_statisticsobjdef_columns",
  "pg_get_statisticsobjdef_expressions pg_get_triggerdef pg_get_userbyid pg_get_viewdef",
  "pg_get_catalog_foreign_keys col_description obj_description shobj_description pg_typeof pg_basetype",
  "pg_char_to_encoding pg_encoding_to_char pg_collation_for pg_column_size pg_describe_object",
  "pg_identify_object pg_identify_object_as_address pg_options_to_table pg_index_column_has_property",
  "pg_mcv_list_items pg_index_has_property pg_indexam_has_property pg_sequence_parameters _pg_index_position",
  "to_regclass to_regcollation to_regnamespace to_regoper to_regoperator to_regproc to_regprocedure to_regrole",
  "to_regtype to_regtypemod",
  // psql \d, Metabase, pgAdmin: what is visible, and what the user may do.
  "pg_*_is_visible has_*_privilege pg_has_role row_security_active pg_column_is_updatable",
  "pg_relation_is_updatable pg_relation_is_publishable aclexplode pg_my_temp_schema pg_is_other_temp_schema",
  // DataGrip, DBeaver, pgAdmin: the server's state.
  "pg_postmaster_start_time pg_conf_load_time pg_show_all_settings pg_settings_get_flags pg_timezone_names",
  "pg_timezone_abbrevs_abbrevs pg_timezone_abbrevs_zone pg_available_extensions",
  "pg_available_extension_versions pg_extension_update_paths pg_tablespace_location pg_tablespace_databases",
  "pg_relation_filenode pg_cursor pg_prepared_statement pg_listening_channels pg_trigger_depth",
  "inet_client_addr inet_client_port inet_server_addr inet_server_port",
  "txid_current txid_current_if_assigned txid_current_snapshot pg_current_xact_id",
  "pg_current_xact_id_if_assigned pg_current_snapshot mxid_age pg_input_is_valid pg_input_error_info",
  // DBeaver, Metabase, pgAdmin: the views pg_stat_*, which count nothing here.
  "pg_stat_get_*",
  // SQLAlchemy, Sigma, postgres.js: answers as JSON.
  "array_to_json row_to_json to_json to_jsonb json_build_array json_build_object jsonb_build_array",
  "jsonb_build_object json_agg* json_object_agg* jsonb_agg* jsonb_object_agg* json_populate_record*",
  "jsonb_populate_record* json_to_record* jsonb_to_record* jsonb_path_*_tz",
  // pgAdmin, DataGrip: enumeration types.
  "enum_first enum_last enum_range",
].flatMap((names) => names.split(" "));

export const allowedVolatileFunctions: readonly string[] = [
  // Npgsql with several hosts, pgAdmin, DataGrip.
  "pg_is_in_recovery pg_is_wal_replay_paused pg_last_wal_receive_lsn pg_last_wal_replay_lsn",
  "pg_last_xact_replay_timestamp pg_jit_available",
  // psql \dt+, DBeaver, pgAdmin: sizes.
  "pg_database_size pg_relation_size pg_table_size pg_indexes_size pg_total_relation_size pg_tablespace_size",
  // DataGrip, pgAdmin: locks and prepared transactions.
  "pg_lock_status pg_blocking_pids pg_prepared_xact",
  // psql \dP, DBeaver: partitions.
  "pg_partition_tree pg_partition_ancestors pg_sequence_last_value",
  // Applications that tell others; here nobody is told.
  "pg_notify",
  // SQL of people.
  "random gen_random_uuid clock_timestamp timeofday",
].flatMap((names) => names.split(" "));

/** The list as patterns of LIKE, with `_` meaning itself. */
export function likePatterns(names: readonly string[]): string[] {
  return names.map((name) => name.replaceAll("_", "\\_").replaceAll("*", "%"));
}
