// Names of PostgreSQL functions that are not offered, by OID, so that a refusal can name one. Those without an entry
// belong to types and features that a lens has no use for. Source: PostgreSQL 18, pg_proc.dat.

const packed = `
abbrev 598 599, acosd 2732, acosh 2466, age 1181, amvalidate 338, area 975 979 1468, array_agg 4053,
array_dims 747, array_fill 1193 1286, array_positions 3279, array_replace 3168, array_reverse 6381,
array_sample 6216, array_shuffle 6215, array_sort 6388 6389 6390, array_to_json 3153 3154,
array_to_tsvector 3327, asind 2731, asinh 2465, atan2d 2734, atand 2733, atanh 2467,
bit_count 6162 6163, boolsend 2437, bound_box 4067, broadcast 698, casefold 6412, center 1542 1543,
clock_timestamp 2649, col_description 1216, concat 3058, concat_ws 3059, convert 1813,
convert_from 1714, convert_to 1717, cosd 2736, cotd 2738, count 2147, crc32 6364, crc32c 6365,
cume_dist 3990, current_database 861, current_schema 1402, current_schemas 1403,
current_setting 2077 3294, current_user 745, currtid2 1294, currval 1575, date_part 1273,
daterange_canonical 3915, daterange_subdiff 3925, dense_rank 3992, dexp 233, diagonal 981,
diameter 1469, dlog1 234, dlog10 1339, dround 228, dtrunc 229, enum_range 3530 3531, erf 6219,
erfc 6220, extract 6201, family 711, fmgr_c_validator 2247, fmgr_internal_validator 2246,
fmgr_sql_validator 2248, format 3539 3540, format_type 1081, gamma 6383, gen_random_uuid 3432,
generate_subscripts 1191 1192, get_bit 723 3032, get_byte 721, get_current_ts_config 3759,
getdatabaseencoding 1039, getpgusername 710, height 977, host 699, hostmask 1362,
icu_unicode_version 6099, int4 77 313 317 319 480 1684 1744 2558 3451 6371, intervaltypmodin 2903,
is_normalized 4351, isclosed 1430, isempty 3850 4237, ishorizontal 1407 1411 1415, isopen 1431,
isparallel 1408 1412, isperp 1409 1413, isvertical 1406 1410 1414, json_agg 3175, json_agg_strict 6276,
json_array_elements 3955, json_array_elements_text 3969, json_array_length 3956,
json_build_array 3198 3199, json_build_object 3200 3201, json_each 3958, json_each_text 3959,
json_object 3202 3203, json_object_agg 3197, json_object_agg_strict 6280, json_object_agg_unique 6281,
json_object_agg_unique_strict 6282, json_object_keys 3957, json_strip_nulls 3261,
json_to_tsvector 4215 4216, json_typeof 3968, jsonb_agg 3267, jsonb_agg_strict 6284,
jsonb_array_elements 3219, jsonb_array_elements_text 3465, jsonb_array_length 3207,
jsonb_build_array 3271 3272, jsonb_build_object 3273 3274, jsonb_each 3208, jsonb_each_text 3932,
jsonb_hash 4045, jsonb_hash_extended 3416, jsonb_insert 3579, jsonb_object 3263 3264,
jsonb_object_agg 3270, jsonb_object_agg_strict 6288, jsonb_object_agg_unique 6289,
jsonb_object_agg_unique_strict 6290, jsonb_object_keys 3931, jsonb_path_exists 4005,
jsonb_path_exists_tz 1177, jsonb_path_match 4009, jsonb_path_match_tz 2030, jsonb_path_query 4006,
jsonb_path_query_array 4007, jsonb_path_query_array_tz 1180, jsonb_path_query_first 4008,
jsonb_path_query_first_tz 2023, jsonb_path_query_tz 1179, jsonb_pretty 3306, jsonb_set 3305,
jsonb_set_lax 5054, jsonb_strip_nulls 3262, jsonb_to_tsvector 4213 4214, jsonb_typeof 3210,
lastval 2559, length 1318 1530 1531 1681 1713 3711, lgamma 6384, like 1571 2007, like_escape 2009,
lo_get 3458 3459, lo_import 764 767, loread 954, lower 3848 4235, lower_inc 3851 4238,
lower_inf 3853 4240, lowrite 955, ltrim 6195, makeaclitem 1365, masklen 697,
max 2118 2124 2125 2244 2797 3526 3564 4189 5099 6373, md5 2321,
min 2134 2140 2141 2245 2798 3527 3565 4190 5100 6374, min_scale 5042, mxid_age 3939, netmask 696,
nextval 1574, normalize 4350, notlike 1572 2008, npoints 1545 1556, num_nonnulls 440, num_nulls 438,
numeric_inc 1764, numerictypmodin 2917, numnode 3672, numrange_subdiff 3924, obj_description 1215 1348,
octet_length 1375 1682, overlaps 1271, overlay 749 752 3030 3031, parse_ident 1268, pclose 1433,
percent_rank 3988, pg_cancel_backend 2171, pg_column_size 1269, pg_input_is_valid 6210,
pg_read_file 2624 3293 3826 6208, pg_size_pretty 2288 3166, pg_sleep 2626, pg_terminate_backend 2096,
pg_typeof 1619, phraseto_tsquery 5001 5006, plainto_tsquery 3747 3751, plpgsql_validator 13497,
popen 1434, position 1698 2014, postgresql_fdw_validator 2316, querytree 3673,
quote_nullable 1289 1290, radius 1470, random_normal 6212, rank 3986, regclasssend 2453,
regcollationsend 4197, regconfigsend 3739, regdictionarysend 3774,
regexp_instr 6257 6258 6259 6260 6261 6262, regexp_matches 2763 2764, regexp_split_to_table 2765 2766,
regnamespacesend 4088, regoperatorsend 2451, regopersend 2449, regproceduresend 2447, regprocsend 2445,
regrolesend 4095, regtypesend 2455, reverse 6382, row_to_json 3155 3156, rtrim 6196,
satisfies_hash_partition 5028, scale 3281, session_user 746, set_bit 724 3033, set_byte 722,
set_config 2078, set_masklen 605 635, setseed 1599, setval 1576 1765, setweight 3320 3624, sha224 3419,
sha256 3420, sha384 3421, sha512 3422, shobj_description 1993, similar_escape 1623, sind 2735,
slope 992, string_agg 3545, string_to_table 6160 6161, strip 3623, substr 2085 2086,
substring 1680 1699 2012 2013, sum 2112, system_user 6311, tand 2737, text 2922, textlen 1257,
textsend 2415, timeofday 274, timestamp 2025, timestamptypmodin 2905, timestamptz 1176 1359,
timestamptztypmodin 2907, timetypmodin 2909, timezone 2037 2038 6336, to_ascii 1845 1846 1847,
to_bin 6330 6331, to_json 3176, to_jsonb 3787, to_number 1777, to_oct 6332 6333, to_regclass 3495,
to_regcollation 4195, to_regnamespace 4086, to_regoper 3492, to_regoperator 3476, to_regproc 3494,
to_regprocedure 3479, to_regrole 4093, to_regtype 3493, to_regtypemod 6317, to_tsquery 3746 3750,
to_tsvector 3745 3749 4209 4210 4211 4212, trim_array 6172, trim_scale 5043, trunc 753 4112,
ts_rank 3703 3704 3705 3706, unicode_assigned 6105, unicode_version 4549, unistr 6198,
unknownsend 2417, unnest 1293 3322, upper 3849 4236, upper_inc 3852 4239, upper_inf 3854 4241,
uuidv4 6428, uuidv7 6429 6430, varcharsend 2433, varchartypmodin 2915, version 89,
websearch_to_tsquery 5007 5009, width 976, width_bucket 3218, xpath 2931 2932, xpath_exists 3049 3050
`;

const names = new Map<number, string>();
for (const item of packed.split(",")) {
  const [name, ...numbers] = item.trim().split(" ");
  for (const number of numbers) if (name !== undefined) names.set(Number(number), name);
}

/** The name of a PostgreSQL function that is not offered; undefined for those that are not listed. */
export function functionName(oid: number): string | undefined {
  return names.get(oid);
}
