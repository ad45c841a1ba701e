// Bits, buckets, quotients and arrays: functions that DuckDB has under no name, or with another meaning.
import type { Case } from "../compare.ts";
import { over, overValues } from "./case-makers.ts";

const double = "double precision";
const counts = ["0", "1", "5", "31", "32", "33", "63", "64", "-1", null];

export const functionCases: readonly Case[] = [
  ...["integer", "bigint"].flatMap((type) => [
    overValues("a << b", [type, "integer"], undefined, counts),
    overValues("a >> b", [type, "integer"], undefined, counts),
  ]),
  overValues("a << b", ["smallint", "integer"], undefined, ["0", "1", "5", "15", null]),
  overValues("a >> b", ["smallint", "integer"], undefined, ["0", "1", "5", "15", null]),
  overValues(
    "width_bucket(a, 0, 10, 4)",
    [double],
    ["-1", "0", "2.5", "9.999999999999999", "10", "1e308", "Infinity", null],
  ),
  overValues("width_bucket(a, b, 0, 3)", [double, double], ["-1", "0", "2.5", "10", "11"], ["10", "3"]),
  overValues("width_bucket(a, b, c, 5)", [double, double, double], ["1", "NaN"], ["1", "0"], ["1", "5"]),
  overValues("width_bucket(1, 0, 10, a)", ["integer"], ["0", "-1", "1", "2147483646"]),
  overValues(
    "width_bucket(a, 0.1, 0.7, 6)",
    ["numeric"],
    ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.69", "0.7", null],
  ),
  overValues(
    "width_bucket(a, 0.7, 0.1, 6)",
    ["numeric"],
    ["0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.69", "0.7", "1"],
  ),
  overValues("width_bucket(a, array[1, 3, 5])", ["integer"], ["0", "1", "2", "3", "5", "9", null]),
  overValues(
    "div(a, b)",
    ["numeric", "numeric"],
    ["7", "-7", "9.99", "0.3", "123456789012", null],
    ["2", "-2", "0.1", "0.7", null],
  ),
  overValues("div(a, b)", ["numeric", "numeric"], ["1"], ["0"]),
  over("asinh(a)", "integer"),
  overValues("acosh(a)", [double], ["1", "Infinity", "NaN", null]),
  overValues("acosh(a)", [double], ["0.5", "-2"]),
  overValues("atanh(a)", [double], ["0", "1", "-1", "NaN", null]),
  overValues("atanh(a)", [double], ["1.5"]),
  overValues(
    "array_position(a, 1, b)",
    ["integer[]", "integer"],
    ["{1,2,1}", "{}", "{2}", null],
    ["1", "2", "4", "0"],
  ),
  overValues(
    "array_positions(a, b)",
    ["integer[]", "integer"],
    ["{1,2,1,NULL}", "{}", "{NULL}", null],
    ["1", "5", null],
  ),
  overValues(
    "array_replace(a, b, 9)",
    ["integer[]", "integer"],
    ["{1,2,1,NULL}", "{}", null],
    ["1", "5", null],
  ),
  over("array_dims(a)", "integer[]"),
  over("array_reverse(a)", "text[]"),
  overValues("trim_array(a, b)", ["integer[]", "integer"], ["{1,2,3}", null], ["0", "2", "3", null]),
  overValues("trim_array(a, b)", ["integer[]", "integer"], ["{1,2}"], ["3", "-1"]),
  overValues("string_to_array(a, ',', b)", ["text", "text"], ["a,,b", "", "x", null], ["", "a", null]),
];
