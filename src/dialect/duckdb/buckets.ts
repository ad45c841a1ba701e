// width_bucket(): which of equal parts of a range, or of given parts, a value lies in.
import { elementType, oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { argument } from "./arguments.ts";
import { isDecimal, numericForm } from "./numeric-form.ts";
import { once } from "./once.ts";
import { raise } from "./raise.ts";

const invalid = raise("invalid_argument_for_width_bucket_function");

export const widthBucket: Rendering = (call) => {
  if (elementType(call.types[1] ?? 0) !== undefined) return ofThresholds(call);
  const isExact =
    call.types[0] === oids.numeric &&
    call.nodes.slice(0, 3).every((node) => isDecimal(numericForm(node, call.sources)));
  const values = [0, 1, 2].map((index) =>
    isExact ? argument(call, index) : `CAST(${argument(call, index)} AS DOUBLE)`,
  ) as [string, string, string];
  return once([...values, `CAST(${argument(call, 3)} AS BIGINT)`], (value, low, high, count) => {
    const known = [value, low, high, count].map((text) => `${text} IS NULL`).join(" OR ");
    const nan = isExact ? "" : ` OR isnan(${value}) OR NOT isfinite(${low}) OR NOT isfinite(${high})`;
    const refused = `${count} <= 0 OR ${low} = ${high}${nan}`;
    const part = isExact ? exactPart(value, low, high, count) : floatPart(value, low, high, count);
    const below = `${low} < ${high} AND ${value} < ${low} OR ${low} > ${high} AND ${value} > ${low}`;
    const above = `${low} < ${high} AND ${value} >= ${high} OR ${low} > ${high} AND ${value} <= ${high}`;
    const bucket = `CASE WHEN ${below} THEN 0 WHEN ${above} THEN ${count} + 1 ELSE ${part} + 1 END`;
    return `CASE WHEN ${known} THEN NULL WHEN ${refused} THEN ${invalid} ELSE CAST(${bucket} AS INTEGER) END`;
  });
};

/** The quotient could round up to the number of parts. */
function floatPart(value: string, low: string, high: string, count: string): string {
  const part = `CAST(floor(${count} * ((${value} - ${low}) / (${high} - ${low}))) AS BIGINT)`;
  return `least(${part}, ${count} - 1)`;
}

/** A quotient in double precision, put right by the exact decimals at its edges. */
function exactPart(value: string, low: string, high: string, count: string): string {
  const near = `CAST(floor(CAST(${value} - ${low} AS DOUBLE) * ${count} / CAST(${high} - ${low} AS DOUBLE)) AS BIGINT)`;
  const [width, distance] = [`abs(${high} - ${low})`, `abs(${value} - ${low}) * ${count}`];
  return once([`(${near})`], (part) => {
    const more = `${distance} >= ${width} * (${part} + 1)`;
    const less = `${distance} < ${width} * ${part}`;
    return `CASE WHEN ${more} THEN ${part} + 1 WHEN ${less} THEN ${part} - 1 ELSE ${part} END`;
  });
}

/** How many of the thresholds, which ascend, are not above the value. */
function ofThresholds(call: Call): string {
  return once([argument(call, 0), argument(call, 1)], (value, thresholds) => {
    const counted = `len(list_filter(${thresholds}, lambda t: t <= ${value}))`;
    return `CASE WHEN ${value} IS NOT NULL AND ${thresholds} IS NOT NULL THEN CAST(${counted} AS INTEGER) END`;
  });
}
