// Aggregates, window functions and the model's aggregates in DuckDB.

import type { AggregateId, WindowFunctionId } from "../../query/offered-functions.ts";
import type { Expression, ModelAggregate } from "../../query/query.ts";
import { elementType, isInteger, oids } from "../../query/type-oids.ts";
import type { AggregateCall, AggregateRendering } from "../dialect.ts";
import { hints } from "../hints.ts";
import { argument, constantInteger, constantNumber } from "./arguments.ts";
import { daysOf, intervalOf, microsOf, monthsOf } from "./interval-parts.ts";
import { raise } from "./raise.ts";

/** `name(DISTINCT a, b ORDER BY c) FILTER (...) OVER (...)`. */
function called(call: AggregateCall, name: string, args: readonly string[] = call.args): string {
  const order = call.order === "" ? "" : ` ORDER BY ${call.order}`;
  return `${name}(${call.distinct ? "DISTINCT " : ""}${args.join(", ")}${order})${call.tail}`;
}

function plain(name: string): AggregateRendering {
  return (call) => called(call, name);
}

function cast(name: string, type: string): AggregateRendering {
  return (call) => `CAST(${called(call, name)} AS ${type})`;
}

const count: AggregateRendering = (call) => (call.node.star ? `count(*)${call.tail}` : called(call, "count"));

/** DuckDB's sum of integers is a HUGEINT, whose range is numeric's affair only where the result is one. */
const sum: AggregateRendering = (call) => {
  const [type = 0] = call.types;
  if (type === oids.int2 || type === oids.int4) return `CAST(${called(call, "sum")} AS BIGINT)`;
  if (type === oids.float4) return `CAST(${called(call, "sum")} AS FLOAT)`;
  if (type === oids.interval) return intervalSum(call);
  return called(call, "sum");
};

const avg: AggregateRendering = (call) =>
  call.types[0] === oids.interval
    ? `(${intervalSum(call)} / CAST(${called(call, "count")} AS DOUBLE))`
    : called(call, "avg");

/** Months, days and time apart, as an interval holds them. */
function intervalSum(call: AggregateCall): string {
  if (call.distinct)
    return call.refuse(
      "a sum or average of distinct intervals",
      call.location,
      "Take the distinct intervals in a subquery.",
    );
  const value = argument(call, 0);
  const sumOf = (part: (interval: string) => string) => called(call, "sum", [part(value)]);
  return intervalOf(sumOf(monthsOf), sumOf(daysOf), sumOf(microsOf));
}

/** Statistics of numerics are computed in double precision. */
function ofDoubles(name: string): AggregateRendering {
  return (call) => {
    const args = call.args.map((text, index) =>
      call.types[index] === oids.float8 || isInteger(call.types[index] ?? 0)
        ? text
        : `CAST(${text} AS DOUBLE)`,
    );
    return called(call, name, args);
  };
}

/** PostgreSQL's correlation of what does not vary is NULL; DuckDB's is not a number. */
function nullForNan(name: string): AggregateRendering {
  return (call) => {
    const value = called(call, name);
    return `CASE WHEN NOT isnan(${value}) THEN ${value} END`;
  };
}

/** PostgreSQL sorts to find what is distinct, and so yields it in order. */
function inOrder(call: AggregateCall): AggregateCall {
  if (!call.distinct || call.order !== "") return call;
  return { ...call, order: `${argument(call, 0)} ASC NULLS LAST` };
}

const stringAgg: AggregateRendering = (call) => {
  const delimiter = call.nodes[1];
  if (delimiter?.kind !== "Const")
    return call.refuse("a delimiter that is not a constant", call.location, hints.literal);
  const text = delimiter.value === null ? "''" : argument(call, 1);
  return called(inOrder(call), "string_agg", [argument(call, 0), text]);
};

const arrayAgg: AggregateRendering = (call) =>
  elementType(call.types[0] ?? 0) === undefined
    ? called(inOrder(call), "array_agg")
    : call.refuse("array_agg() of arrays", call.location, hints.oneDimension);

/** DuckDB takes a constant for its own parameter. */
function ofConstant(call: AggregateCall, name: string): never {
  return call.refuse(`${name}() of a constant`, call.location, "Write the constant itself.");
}

function percentile(name: "percentile_cont" | "percentile_disc"): AggregateRendering {
  return (call) => {
    const [fraction] = call.node.kind === "Aggref" ? call.node.directArgs : [];
    const fractions = fraction === undefined ? undefined : fractionsOf(fraction);
    if (fractions === undefined) {
      return call.refuse(
        `${name}() of a fraction that is not a constant between 0 and 1`,
        call.location,
        hints.literal,
      );
    }
    if (call.nodes[0]?.kind === "Const") return ofConstant(call, name);
    if (call.types[0] === oids.interval)
      return call.refuse(
        `${name}() of intervals`,
        call.location,
        "Take the percentile of date_part('epoch', value).",
      );
    const text = typeof fractions === "number" ? fractions : `[${fractions.join(", ")}]`;
    return `${name}(${text}) WITHIN GROUP (ORDER BY ${call.order})${call.tail}`;
  };
}

/** One fraction or an array of them, which DuckDB needs as constants. */
function fractionsOf(node: Expression): number | readonly number[] | undefined {
  const isFraction = (value: number | undefined): value is number =>
    value !== undefined && value >= 0 && value <= 1;
  if (node.kind === "Const" && Array.isArray(node.value)) {
    const values = node.value.map((value) => (value === null ? undefined : Number(value)));
    return values.every(isFraction) ? values : undefined;
  }
  if (node.kind === "ArrayCoerceExpr") return fractionsOf(node.arg);
  if (node.kind === "ArrayExpr") {
    const values = node.elements.map(constantNumber);
    return values.every(isFraction) ? values : undefined;
  }
  const value = constantNumber(node);
  return isFraction(value) ? value : undefined;
}

/** Of several most frequent values PostgreSQL takes the first in order. */
const mode: AggregateRendering = (call) =>
  call.nodes[0]?.kind === "Const"
    ? ofConstant(call, "mode")
    : `mode(${argument(call, 0)} ORDER BY ${call.order})${call.tail}`;

export const aggregates: Readonly<Record<AggregateId, AggregateRendering>> = {
  any_value: plain("any_value"),
  array_agg: arrayAgg,
  avg,
  bit_and: plain("bit_and"),
  bit_or: plain("bit_or"),
  bit_xor: plain("bit_xor"),
  bool_and: plain("bool_and"),
  bool_or: plain("bool_or"),
  corr: nullForNan("corr"),
  count,
  covar_pop: plain("covar_pop"),
  covar_samp: plain("covar_samp"),
  every: plain("bool_and"),
  max: plain("max"),
  min: plain("min"),
  mode,
  percentile_cont: percentile("percentile_cont"),
  percentile_disc: percentile("percentile_disc"),
  regr_avgx: plain("regr_avgx"),
  regr_avgy: plain("regr_avgy"),
  regr_count: cast("regr_count", "BIGINT"),
  regr_intercept: nullForNan("regr_intercept"),
  regr_r2: nullForNan("regr_r2"),
  regr_slope: nullForNan("regr_slope"),
  regr_sxx: plain("regr_sxx"),
  regr_sxy: plain("regr_sxy"),
  regr_syy: plain("regr_syy"),
  stddev: ofDoubles("stddev_samp"),
  stddev_pop: ofDoubles("stddev_pop"),
  stddev_samp: ofDoubles("stddev_samp"),
  string_agg: stringAgg,
  sum,
  var_pop: ofDoubles("var_pop"),
  var_samp: ofDoubles("var_samp"),
  variance: ofDoubles("var_samp"),
};

/** A count that is NULL or below 1 ends the statement; DuckDB yields NULL. */
const nthValue: AggregateRendering = (call) => {
  const place = constantInteger(call, 1);
  if (place !== undefined && place > 0) return called(call, "nth_value");
  const at = argument(call, 1);
  const checked = `CASE WHEN ${at} <= 0 THEN ${raise("invalid_parameter_value")} ELSE ${at} END`;
  return called(call, "nth_value", [argument(call, 0), checked]);
};

const ntile: AggregateRendering = (call) => {
  const buckets = constantInteger(call, 0);
  if (buckets === undefined || buckets < 1)
    return call.refuse("ntile() of a number that is not a constant above 0", call.location, hints.literal);
  return `CAST(${called(call, "ntile")} AS INTEGER)`;
};

export const windowFunctions: Readonly<Record<WindowFunctionId, AggregateRendering>> = {
  cume_dist: plain("cume_dist"),
  dense_rank: plain("dense_rank"),
  first_value: plain("first_value"),
  lag: plain("lag"),
  last_value: plain("last_value"),
  lead: plain("lead"),
  nth_value: nthValue,
  ntile,
  percent_rank: plain("percent_rank"),
  rank: plain("rank"),
  row_number: plain("row_number"),
};

/** The warehouse's own aggregates, in its own types. */
export function modelAggregate(
  aggregate: ModelAggregate["aggregate"],
  args: readonly string[],
  tail: string,
): string {
  const [first] = args;
  switch (aggregate) {
    case "count":
      if (first === undefined) return `count(*)${tail}`;
      return args.length === 1 ? `count(${first})${tail}` : `count(${composite(args)})${tail}`;
    case "count_distinct":
      return `count(DISTINCT ${composite(args)})${tail}`;
    case "count_distinct_approx":
      return `approx_count_distinct(${composite(args)})${tail}`;
    case "sum":
    case "avg":
    case "min":
    case "max":
    case "any_value":
    case "bool_or":
      return `${aggregate}(${args.join(", ")})${tail}`;
    default:
      return aggregate satisfies never;
  }
}

/** Several columns as one value: NULL when one of them is, as the key of an unmatched row. */
function composite(args: readonly string[]): string {
  if (args.length <= 1) return args.join("");
  const present = args.map((text) => `${text} IS NOT NULL`).join(" AND ");
  return `CASE WHEN ${present} THEN row(${args.join(", ")}) END`;
}
