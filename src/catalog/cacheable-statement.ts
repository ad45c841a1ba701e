// Which catalog statements have the same answer as long as the model has the same version: those that read nothing but
// definitions, with functions that depend on nothing else.
import type { Node } from "@pgsql/types";
import { isMirroredSetting } from "../postgres/mirrored-settings.ts";
import { ownRelationNames } from "../postgres/own-relations.ts";
import { visitRawTree } from "./statement-kind.ts";

/** Relations whose rows follow from the model, the user and the database name. */
const definitionRelations = new Set(
  [
    "pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_cast pg_class pg_collation",
    "pg_constraint pg_conversion pg_database pg_db_role_setting pg_default_acl pg_depend pg_description pg_enum",
    "pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server pg_foreign_table pg_index pg_inherits",
    "pg_init_privs pg_language pg_namespace pg_opclass pg_operator pg_opfamily pg_partitioned_table pg_policy",
    "pg_proc pg_publication pg_publication_namespace pg_publication_rel pg_range pg_rewrite pg_roles pg_seclabel",
    "pg_sequence pg_shdepend pg_shdescription pg_statistic_ext pg_tablespace pg_transform pg_trigger pg_ts_config",
    "pg_ts_dict pg_ts_parser pg_ts_template pg_type pg_indexes pg_matviews pg_policies pg_rules pg_sequences",
    "pg_tables pg_user pg_group pg_views",
    // The session's settings stand in the key of an answer that shows them; all others are the same in each instance.
    "pg_settings",
    // Instances count nothing: track_counts is off.
    "pg_stat_all_tables pg_stat_user_tables pg_stat_sys_tables pg_stat_all_indexes pg_stat_user_indexes",
    "pg_stat_sys_indexes pg_statio_all_tables pg_statio_user_tables pg_statio_sys_tables pg_statio_all_indexes",
    "pg_statio_user_indexes pg_statio_sys_indexes",
    // information_schema
    "administrable_role_authorizations applicable_roles character_sets check_constraints",
    "column_domain_usage column_privileges column_udt_usage columns constraint_column_usage",
    "constraint_table_usage data_type_privileges domain_constraints domains element_types enabled_roles",
    "information_schema_catalog_name key_column_usage parameters referential_constraints role_column_grants",
    "role_routine_grants role_table_grants routine_privileges routines schemata sequences sql_features",
    "sql_implementation_info sql_parts sql_sizing table_constraints table_privileges tables triggers",
    "udt_privileges usage_privileges user_defined_types view_column_usage view_table_usage views",
  ].flatMap((names) => names.split(" ")),
);

/** Functions that give the same answer within a model version, to the same user with the same settings. */
const steadyFunctions = new Set(
  [
    "format_type pg_get_constraintdef pg_get_expr pg_get_function_arguments pg_get_function_identity_arguments",
    "pg_get_function_result pg_get_functiondef pg_get_indexdef pg_get_keywords pg_get_partkeydef pg_get_ruledef",
    "pg_get_serial_sequence pg_get_statisticsobjdef_columns pg_get_triggerdef pg_get_userbyid pg_get_viewdef",
    "col_description obj_description shobj_description pg_typeof pg_encoding_to_char pg_char_to_encoding",
    "pg_table_is_visible pg_type_is_visible pg_function_is_visible pg_operator_is_visible pg_relation_is_publishable",
    "pg_opfamily_is_visible pg_partition_ancestors pg_column_is_updatable pg_is_in_recovery pg_collation_is_visible pg_opclass_is_visible pg_ts_config_is_visible pg_ts_dict_is_visible",
    "has_any_column_privilege has_column_privilege has_database_privilege has_function_privilege",
    "has_schema_privilege has_table_privilege has_type_privilege pg_has_role oidvectortypes aclexplode",
    "current_database current_schema current_schemas version quote_ident quote_literal to_regclass to_regtype",
    "_pg_expandarray array_to_string array_length array_upper array_lower array_position array_agg string_agg unnest",
    "string_to_array generate_series generate_subscripts row_number rank dense_rank count min max sum bool_or bool_and",
    "lower upper length substring substr replace trim btrim ltrim rtrim concat concat_ws format left right position",
    "split_part strpos starts_with translate ascii chr md5 abs ceil floor round coalesce nullif cardinality",
    "pg_size_pretty json_build_object jsonb_build_object json_agg jsonb_agg json_object_agg row_to_json to_json to_jsonb",
    "array_to_json regexp_replace regexp_match regexp_matches parse_ident text int4 int8 like_escape similar_to_escape",
  ].flatMap((names) => names.split(" ")),
);

/** Types whose literals can name the time of the statement. */
const timeTypes = new Set(["date", "time", "timetz", "timestamp", "timestamptz", "abstime"]);

/** SQLValueFunction: those that name the user, the database or the schema. */
const steadyValueFunctions = new Set([
  "SVFOP_CURRENT_ROLE",
  "SVFOP_CURRENT_USER",
  "SVFOP_USER",
  "SVFOP_SESSION_USER",
  "SVFOP_CURRENT_CATALOG",
  "SVFOP_CURRENT_SCHEMA",
]);

function lastName(names: unknown): string | undefined {
  if (!Array.isArray(names)) return undefined;
  const last = names.at(-1) as { readonly String?: { readonly sval?: string } } | undefined;
  return last?.String?.sval;
}

interface RawNode {
  readonly relname?: string;
  readonly ctename?: string;
  readonly funcname?: unknown;
  readonly args?: unknown;
  readonly names?: unknown;
  readonly op?: string;
}

/** PostgreSQL's presets, which nobody can change. */
const presetSettings = new Set([
  ...["block_size", "integer_datetimes", "max_function_args", "max_identifier_length", "max_index_keys"],
  ...["server_encoding", "server_version", "server_version_num"],
]);

/** Whether a call of current_setting() names one of them, or one that instances mirror: those stand in the cache's key. */
function readsSteadySetting(call: RawNode): boolean {
  const [name] = Array.isArray(call.args) ? call.args : [];
  const text = (name as { readonly A_Const?: { readonly sval?: { readonly sval?: string } } } | undefined)
    ?.A_Const?.sval?.sval;
  return text !== undefined && (isMirroredSetting(text) || presetSettings.has(text.toLowerCase()));
}

function isSteadyCall(call: RawNode): boolean {
  const name = lastName(call.funcname) ?? "";
  return steadyFunctions.has(name) || (name === "current_setting" && readsSteadySetting(call));
}

function isSteady(key: string, value: RawNode, queryNames: ReadonlySet<string>): boolean {
  switch (key) {
    case "RangeVar":
      return definitionRelations.has(value.relname ?? "") || queryNames.has(value.relname ?? "");
    case "FuncCall":
      return isSteadyCall(value);
    case "TypeName":
    case "typeName":
      return !timeTypes.has(lastName(value.names) ?? "");
    case "SQLValueFunction":
      return steadyValueFunctions.has(value.op ?? "");
    default:
      return true;
  }
}

const ownNames: ReadonlySet<string> = new Set(ownRelationNames);

function isOfSessions(relation: string): boolean {
  return relation.startsWith("pg_") || ownNames.has(relation);
}

/**
 * Names of WITH queries, wherever they stand. Every relation whose rows may change has a name that begins with pg_, or is
 * of the schema `lenswire`: such a name says nothing, since elsewhere in the statement it may be the relation's.
 */
function namesOfWithQueries(node: Node): ReadonlySet<string> {
  const names = new Set<string>();
  visitRawTree(node, (key, value) => {
    const { ctename } = (value ?? {}) as RawNode;
    if (key === "CommonTableExpr" && ctename !== undefined && !isOfSessions(ctename)) names.add(ctename);
  });
  return names;
}

/** Unsure is no: a statement that is not known to be steady runs every time. */
export function isCacheable(node: Node): boolean {
  if (!("SelectStmt" in node)) return false;
  const queryNames = namesOfWithQueries(node);
  let steady = true;
  visitRawTree(node, (key, value) => {
    if (typeof value === "object" && value !== null && !isSteady(key, value, queryNames)) steady = false;
  });
  return steady;
}
