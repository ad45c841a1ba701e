// The errors that a warehouse can cause. None carries the warehouse's own text, which may hold values of rows.
import { type DataType, formatDataType } from "../data-type.ts";
import { type LensError, lensError } from "../errors.ts";
import type { SqlstateName } from "../sqlstate.ts";

/** What each kind of data error says to the client. */
export const dataErrorTexts = {
  data_exception: "a value could not be converted",
  numeric_value_out_of_range: "value out of range",
  invalid_datetime_format: "invalid input syntax for a date or time",
  datetime_field_overflow: "date/time field value out of range",
  division_by_zero: "division by zero",
  character_not_in_repertoire: 'invalid byte sequence for encoding "UTF8"',
  invalid_parameter_value: "invalid parameter value",
  invalid_text_representation: "invalid input syntax",
  invalid_argument_for_logarithm: "cannot take logarithm of zero or of a negative number",
  invalid_argument_for_power_function: "invalid argument for a power or root",
  invalid_argument_for_width_bucket_function: "invalid bounds or count of width_bucket()",
  invalid_row_count_in_limit_clause: "LIMIT must not be negative",
  invalid_row_count_in_result_offset_clause: "OFFSET must not be negative",
  invalid_regular_expression: "invalid regular expression",
  cardinality_violation: "more than one row returned by a subquery used as an expression",
} as const satisfies Partial<Record<SqlstateName, string>>;

export type DataErrorName = keyof typeof dataErrorTexts;

export function dataError(name: DataErrorName, cause: unknown, message?: string): LensError {
  return lensError(name, message ?? dataErrorTexts[name], { cause });
}

/** The warehouse has no plan for the statement, although each of its parts could be written for it. */
export function warehouseCannotPlan(reference: string, cause: unknown): LensError {
  return lensError("feature_not_supported", "the warehouse cannot run a statement of this form", {
    detail: `The log holds more under the reference ${reference}.`,
    hint: "Write correlated subqueries and outer joins with unusual conditions as joins of subqueries in FROM.",
    cause,
  });
}

export function warehouseFailed(reference: string, cause: unknown): LensError {
  return lensError("fdw_error", "the warehouse could not run the statement", {
    detail: `The log holds more under the reference ${reference}.`,
    cause,
  });
}

export function valueOutOfRange(type: DataType): LensError {
  return lensError("numeric_value_out_of_range", `${formatDataType(type)} out of range`);
}

/** A number that the warehouse's decimals cannot hold exactly: it is refused, never rounded. */
export function parameterTooPrecise(digitsMax: number): LensError {
  return lensError("numeric_value_out_of_range", "value out of range for the warehouse's numeric type", {
    detail: `The warehouse holds at most ${digitsMax} digits.`,
  });
}

/** The rendered SQL yields a type that has no sound reading as the wanted one: a fault of the program. */
export function columnTypeMismatch(column: number, warehouseType: string, wanted: DataType): LensError {
  return lensError(
    "internal_error",
    `column ${column} of the warehouse's answer has type ${warehouseType}, not ${formatDataType(wanted)}`,
  );
}

export function columnCountMismatch(count: number, wanted: number): LensError {
  return lensError("internal_error", `the warehouse's answer has ${count} columns instead of ${wanted}`);
}

export function notAQuery(): LensError {
  return lensError("internal_error", "only a query can be sent to the warehouse");
}

export function warehouseFileUnusable(path: string, cause: unknown): LensError {
  return lensError("fdw_error", `could not open the DuckDB file "${path}"`, {
    hint: 'Check that the file exists and can be read; "lenswire demo" writes the demo\'s.',
    cause,
  });
}

export function warehouseClosed(): LensError {
  return lensError("admin_shutdown", "the warehouse is closed");
}
