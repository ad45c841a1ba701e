// DuckDB as a dialect: its parts, put together.
import { oids } from "../../query/type-oids.ts";
import type { Dialect } from "../dialect.ts";
import { withoutParentheses } from "../printer.ts";
import { aggregates, modelAggregate, windowFunctions } from "./aggregates.ts";
import { anyOfArray, array, arrays, mapArray, slice, subscript } from "./arrays.ts";
import { cast } from "./casts.ts";
import { quoteIdentifier, textLiteral } from "./identifiers.ts";
import { literal } from "./literals.ts";
import { math } from "./math.ts";
import { operators } from "./operators.ts";
import { raise } from "./raise.ts";
import { setFunctions } from "./set-functions.ts";
import { text } from "./text.ts";
import { time } from "./time.ts";
import { typeName } from "./types.ts";

/** Renders for DuckDB as the driver opens it: read-only, UTC, its own default settings. */
export const duckDbDialect: Dialect = {
  kind: "duckdb",
  sqlBytesMax: 16 * 1024 * 1024,
  // DuckDB plans a chain of operators in the cube of its length: 300 take seconds, 1,000 more than a minute, and what
  // it plans cannot be interrupted.
  expressionDepthMax: 200,
  quoteIdentifier,
  textLiteral,
  literal,
  // Numerics keep the digits they are bound with; all others are the type they were analysed as.
  parameter: (position, type) => {
    const name = type === oids.numeric ? undefined : typeName(type, -1);
    return name === undefined ? `$${position}` : `CAST($${position} AS ${name})`;
  },
  typeName,
  cast,
  conform: (value, type, modifier) => {
    const name = typeName(type, modifier);
    if (name === undefined || isCastTo(value, name)) return value;
    return `CAST(${value} AS ${name})`;
  },
  operators,
  functions: { ...math, ...text, ...time, ...arrays },
  aggregates,
  windowFunctions,
  setFunctions,
  modelAggregate,
  md5: (value) => `md5(${value})`,
  array,
  subscript,
  slice,
  mapArray,
  anyOfArray,
  arrayOfQuery: (query) => `ARRAY(${query})`,
  numbersTo: (count) => `unnest(generate_series(1, CAST(${count} AS BIGINT)))`,
  raise,
  forms: {},
  comparable: (value) => value,
  has: {
    withTies: false,
    anyOuterJoin: false,
    recursiveCtes: true,
    groupsFrame: true,
    nestedArrays: false,
    checkedRowCounts: false,
    convertedArms: false,
    reorderedConditions: false,
  },
};

/** True when the text is one cast to the type already. */
function isCastTo(value: string, name: string): boolean {
  const end = ` AS ${name})`;
  if (!value.startsWith("CAST(") || !value.endsWith(end)) return false;
  return withoutParentheses(value.slice(4)) !== value.slice(4);
}
