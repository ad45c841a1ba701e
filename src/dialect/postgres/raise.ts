// Expressions that end the statement by a given error when they are evaluated, without a function of ours in the
// warehouse: each does what PostgreSQL itself answers with that SQLSTATE.
import { oids } from "../../query/type-oids.ts";
import type { RaisedError } from "../dialect.ts";
import { typeName } from "./types.ts";

/** 0, but not before the statement runs: what is constant would be computed, and fail, while it is planned. */
const zero = "pg_catalog.num_nulls(pg_catalog.clock_timestamp())";
/** An empty text of the same kind. */
const nothing = `pg_catalog.repeat('x', ${zero})`;

const failures: Readonly<Record<RaisedError, string>> = {
  data_exception: `pg_catalog.int4range(1, ${zero}) IS NULL`,
  numeric_value_out_of_range: `2147483647 + (1 + ${zero}) IS NULL`,
  invalid_datetime_format: `CAST(${nothing} AS date) IS NULL`,
  datetime_field_overflow: `pg_catalog.make_date(2000, ${zero}, 1) IS NULL`,
  division_by_zero: `1 / ${zero} IS NULL`,
  invalid_parameter_value: `pg_catalog.date_trunc(${nothing}, pg_catalog.clock_timestamp()) IS NULL`,
  invalid_text_representation: `CAST(${nothing} AS integer) IS NULL`,
  invalid_argument_for_logarithm: `pg_catalog.ln(CAST(${zero} AS numeric)) IS NULL`,
  invalid_argument_for_power_function: `pg_catalog.sqrt(CAST(${zero} - 1 AS numeric)) IS NULL`,
  invalid_argument_for_width_bucket_function: `pg_catalog.width_bucket(CAST(${zero} AS numeric), 1, 2, ${zero}) IS NULL`,
  invalid_row_count_in_limit_clause: `(SELECT 1 LIMIT ${zero} - 1) IS NULL`,
  invalid_row_count_in_result_offset_clause: `(SELECT 1 OFFSET ${zero} - 1) IS NULL`,
  invalid_regular_expression: `pg_catalog.textregexeq('', '(' || ${nothing}) IS NULL`,
  cardinality_violation: `(SELECT 1 FROM pg_catalog.generate_series(1, 2 + ${zero})) IS NULL`,
};

/** An expression of the type that is never evaluated without ending the statement by the error. */
export function raise(error: RaisedError, type: number): string {
  const name = typeName(type, -1) ?? typeName(oids.text, -1);
  return `CASE WHEN ${failures[error]} THEN NULL::${name} END`;
}
