// What DuckDB's failures mean to a client. DuckDB gives text only, so classes are told by its words; a client gets
// a text of ours, because DuckDB's quotes the values it failed on.

import { raisedErrorPrefix } from "../constants.ts";
import type { SqlstateName } from "../sqlstate.ts";
import { sqlstates } from "../sqlstate.ts";
import { type DataErrorName, dataErrorTexts } from "./warehouse-errors.ts";

export interface DataFailure {
  readonly name: DataErrorName;
  /** Instead of the usual text of that name. */
  readonly message?: string;
}

interface Rule {
  readonly pattern: RegExp;
  readonly name: DataErrorName;
  readonly message?: string;
}

/** Tried in order. Values lie in the middle of these texts, so patterns hold on to their beginnings and ends. */
const rules: readonly Rule[] = [
  {
    pattern: /^Out of Range Error: cannot take square root/,
    name: "invalid_argument_for_power_function",
    message: "cannot take square root of a negative number",
  },
  {
    pattern: /^Out of Range Error: cannot take logarithm of zero/,
    name: "invalid_argument_for_logarithm",
    message: "cannot take logarithm of zero",
  },
  {
    pattern: /^Out of Range Error: cannot take logarithm/,
    name: "invalid_argument_for_logarithm",
    message: "cannot take logarithm of a negative number",
  },
  {
    pattern: /^Out of Range Error: (Needed scale \d+ to |Overflow in \w+ of DECIMAL|Overflow in HUGEINT )/,
    name: "numeric_value_out_of_range",
    message: "value out of range: numeric has at most 38 digits in this warehouse",
  },
  { pattern: /^Out of Range Error: /, name: "numeric_value_out_of_range" },
  {
    pattern:
      /^Conversion Error: (Could not cast value |Failed to cast decimal value |Casting value .* failed: value is out)/s,
    name: "numeric_value_out_of_range",
  },
  {
    pattern:
      /^(Conversion|Invalid Input) Error: Type \w+ with value .* can't be cast because the value is out of range/s,
    name: "numeric_value_out_of_range",
  },
  {
    pattern: /^Conversion Error: Malformed JSON /,
    name: "invalid_text_representation",
    message: "invalid input syntax for type json",
  },
  {
    pattern: /^Conversion Error: (date|time|timestamp) field value out of range/,
    name: "datetime_field_overflow",
  },
  {
    pattern:
      /^Conversion Error: (Date and time not in timestamp range|Date out of range|Epoch seconds out of range|Unable to convert TIMESTAMPTZ|Time out of range)/,
    name: "datetime_field_overflow",
  },
  {
    pattern: /^Invalid Input Error: Cannot subtract infinite timestamps/,
    name: "datetime_field_overflow",
    message: "cannot subtract infinite timestamps",
  },
  {
    pattern: /^Conversion Error: invalid (date|time|timestamp) field format/,
    name: "invalid_datetime_format",
  },
  {
    pattern: /^Conversion Error: (extract specifier|date part|interval specifier) /,
    name: "invalid_parameter_value",
    message: "unit is not recognized",
  },
  {
    pattern: /^Conversion Error: Could not convert string .* to INTERVAL\b/s,
    name: "invalid_datetime_format",
  },
  { pattern: /^Conversion Error: Could not convert string /, name: "invalid_text_representation" },
  {
    pattern: /^Conversion Error: .*(blob conversion|Invalid byte encountered)/s,
    name: "invalid_text_representation",
    message: "invalid input syntax for type bytea",
  },
  { pattern: /^(Conversion|Invalid Input) Error: .*(UTF-?8|unicode)/is, name: "character_not_in_repertoire" },
  { pattern: /^Conversion Error: /, name: "data_exception" },
  {
    pattern: /^Invalid Input Error: More than one row returned by a subquery/,
    name: "cardinality_violation",
  },
  {
    pattern: /^Invalid Input Error: A(COS|SIN) is undefined outside/,
    name: "numeric_value_out_of_range",
    message: "input is out of range",
  },
  {
    pattern: /^Invalid Input Error: Could not parse string .* according to format specifier/s,
    name: "invalid_datetime_format",
  },
  {
    pattern:
      /^Invalid Input Error: (missing [\])]|unexpected \)|no argument for repetition operator|bad repetition operator|invalid (escape sequence|character class|character class range|perl operator|repetition size|named capture group)|trailing \\)/,
    name: "invalid_regular_expression",
  },
  {
    pattern: /^Not implemented Error: Unknown TimeZone /,
    name: "invalid_parameter_value",
    message: "time zone not recognized",
  },
  {
    pattern: /^Syntax Error: Invalid escape string/,
    name: "data_exception",
    message: "invalid escape string",
  },
];

/** The data error that this text of DuckDB's tells of; undefined for every other failure. */
export function dataFailureOf(text: string): DataFailure | undefined {
  const raised = raisedFailure(text);
  if (raised !== undefined) return raised;
  const rule = rules.find(({ pattern }) => pattern.test(text));
  if (rule === undefined) return undefined;
  return rule.message === undefined ? { name: rule.name } : { name: rule.name, message: rule.message };
}

/** DuckDB understands the statement and has no way to run it. */
export function isUnplannable(text: string): boolean {
  return text.startsWith("Not implemented Error: ");
}

/** Rendered SQL raises `error('lenswire:22012')` where PostgreSQL would fail and DuckDB would not. */
function raisedFailure(text: string): DataFailure | undefined {
  const start = `Invalid Input Error: ${raisedErrorPrefix}`;
  if (!text.startsWith(start)) return undefined;
  const state = text.slice(start.length, start.length + 5);
  const name = (Object.keys(dataErrorTexts) as DataErrorName[]).find(
    (candidate: SqlstateName) => sqlstates[candidate] === state,
  );
  return name === undefined ? undefined : { name };
}
