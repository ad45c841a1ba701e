// Whether a piece of the model's SQL aggregates: tells raw aggregate measures from calculations over other members.
import { parseExpression } from "./columns-read.ts";
import { nameParts, type RawNode, visitRaw } from "./parse-tree-walk.ts";

/** Aggregate functions of PostgreSQL, DuckDB, Trino, Snowflake and BigQuery. */
const aggregateNames = new Set(
  `any_value approx_count_distinct approx_distinct approx_percentile approx_quantile approx_quantiles approx_top_k
  approx_top_count arbitrary arg_max arg_max_null arg_min arg_min_null argmax argmin array_agg array_concat_agg avg
  bit_and bit_or bit_xor bitstring_agg bool_and bool_or checksum corr count count_if count_star countif covar_pop
  covar_samp cume_dist dense_rank entropy every favg first fsum geometric_mean geomean group_concat grouping
  histogram json_agg json_group_array json_group_object json_object_agg jsonb_agg jsonb_object_agg kurtosis
  kurtosis_pop kurtosissum last list listagg logical_and logical_or mad max max_by mean median min min_by mode
  multimap_agg numeric_histogram percent_rank percentile_cont percentile_disc product quantile quantile_cont
  quantile_disc range_agg range_intersect_agg rank regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope
  regr_sxx regr_sxy regr_syy reservoir_quantile sem skewness stddev stddev_pop stddev_samp string_agg sum sumkahan
  kahan_sum max_n min_n hll approx_set map_agg object_agg booland_agg boolor_agg var_pop var_samp variance
  variance_pop variance_samp xmlagg array_unique_agg array_union_agg minhash bitmap_count xor_agg`.split(
    /\s+/,
  ),
);

/**
 * Whether an SQL expression calls an aggregate function, outside of window calls and subqueries; undefined where the
 * text is not an expression that PostgreSQL's parser knows.
 */
export async function callsAggregate(expression: string): Promise<boolean | undefined> {
  const value = await parseExpression(expression);
  if (value === undefined) return undefined;
  let found = false;
  visitRaw(value, (kind, fields) => {
    if (kind === "SubLink") return false;
    found ||= kind === "FuncCall" && isAggregateCall(fields);
    return !found;
  });
  return found;
}

/** Whether a call aggregates, by its name or its syntax. A call with OVER does not. */
export function isAggregateCall(fields: RawNode): boolean {
  if (fields.over !== undefined) return false;
  const { agg_filter, agg_within_group, agg_star, agg_distinct, agg_order } = fields;
  if (agg_star || agg_distinct || agg_within_group || agg_filter !== undefined || agg_order !== undefined)
    return true;
  return aggregateNames.has(nameParts(fields.funcname).at(-1)?.toLowerCase() ?? "");
}
