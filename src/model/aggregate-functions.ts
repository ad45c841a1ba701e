// Names of functions that aggregate, over all engines: a text that calls one is an aggregate of its own.

const aggregateNames = `
  any_value approx_count_distinct approx_percentile approx_quantile approx_top_k arbitrary arg_max arg_max_null
  arg_max_nulls_last arg_min arg_min_null arg_min_nulls_last argmax argmin array_agg avg bit_and bit_or bit_xor
  bitstring_agg bool_and bool_or corr count count_distinct count_if count_star countif covar_pop covar_samp entropy
  every favg first fsum group_concat histogram histogram_exact hll json_agg json_object_agg jsonb_agg
  jsonb_object_agg kahan_sum kurtosis kurtosis_pop last list listagg logical_and logical_or mad max max_by mean
  median min min_by mode percentile_cont percentile_disc product quantile quantile_cont quantile_disc regr_avgx
  regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy reservoir_quantile sem skewness
  stddev stddev_pop stddev_samp string_agg sum sum_no_overflow sumkahan var_pop var_samp variance xmlagg`;

const windowNames = `
  cume_dist dense_rank fill first_value lag last_value lead nth_value ntile percent_rank rank rank_dense row_number`;

const aggregates = new Set(aggregateNames.trim().split(/\s+/));
const windows = new Set(windowNames.trim().split(/\s+/));

/** The first of the called functions that works on several rows; undefined where none does. */
export function findRowsFunction(calls: readonly string[]): string | undefined {
  return calls.find((call) => aggregates.has(call) || windows.has(call));
}
