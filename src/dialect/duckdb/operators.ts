// Operators in DuckDB.
import type { OperatorId } from "../../query/offered-functions.ts";
import { elementType, oids } from "../../query/type-oids.ts";
import type { Rendering } from "../dialect.ts";
import { argument, argumentAsText, raisingWhen } from "./arguments.ts";
import { arrayCat, containsAll, joined } from "./arrays.ts";
import { shiftLeft, shiftRight } from "./bits.ts";
import { divideInteger, divideNumeric, moduloInteger, moduloNumeric, wide } from "./division.ts";
import { addFloat, divideFloat, multiplyFloat, subtractFloat } from "./floats.ts";
import { addInterval, addTimeOfDay, multiplyInterval, timestampDifference } from "./interval-arithmetic.ts";
import { like } from "./like.ts";
import { power } from "./math.ts";
import { isDecimal, numericForm } from "./numeric-form.ts";
import { raise } from "./raise.ts";
import { matches } from "./regular-expressions.ts";
import { fromLocal } from "./time-zone.ts";

function infix(operator: string): Rendering {
  return (call) => `(${argument(call, 0)} ${operator} ${argument(call, 1)})`;
}

function prefix(operator: string): Rendering {
  return (call) => `(${operator}${argument(call, 0)})`;
}

/** Where one side has a time zone and the other none, the other is a time of the session's. */
function comparison(operator: string): Rendering {
  return (call) => {
    const zoned = call.types.includes(oids.timestamptz);
    const sides = call.args.map((text, index) => {
      const type = call.types[index];
      if (!zoned || type === oids.timestamptz) return text;
      return fromLocal(type === oids.date ? `CAST(${text} AS TIMESTAMP)` : text, call, call.location);
    });
    return `(${sides[0]} ${operator} ${sides[1]})`;
  };
}

function integers(operator: string): Rendering {
  return (call) => `(${wide(call).join(` ${operator} `)})`;
}

const concatenateAny: Rendering = (call) => `(${argumentAsText(call, 0)} || ${argumentAsText(call, 1)})`;

const concatenateArray: Rendering = (call) =>
  call.types.every((type) => elementType(type) !== undefined) ? arrayCat(call) : joined(call);

const divideInterval: Rendering = (call) => {
  const quotient = `(${argument(call, 0)} / ${argument(call, 1)})`;
  return raisingWhen(call, `${argument(call, 1)} = 0`, "division_by_zero", quotient);
};

/** The widest DECIMAL that DuckDB holds in 64 bits, and to which it limits what comes of two such. */
const shortDigitsMax = 18;

/**
 * Sums and products of decimals to all 38 digits: where the result may have more than 18 of two operands that have
 * not, one of them is made wider, because DuckDB would keep to 64 bits and fail.
 */
function decimals(operator: "+" | "-" | "*"): Rendering {
  return (call) => {
    const [left, right] = call.nodes.map((node) => numericForm(node, call.sources));
    const texts = [argument(call, 0), argument(call, 1)];
    if (left !== undefined && right !== undefined && isDecimal(left) && isDecimal(right)) {
      const digits =
        operator === "*"
          ? left.digits + right.digits
          : Math.max(left.digits - left.scale, right.digits - right.scale) +
            Math.max(left.scale, right.scale) +
            1;
      const isShort = left.digits <= shortDigitsMax && right.digits <= shortDigitsMax;
      if (isShort && digits > shortDigitsMax) {
        texts[0] = `CAST(${texts[0]} AS DECIMAL(${shortDigitsMax + 1 + left.scale},${left.scale}))`;
      }
    }
    return `(${texts.join(` ${operator} `)})`;
  };
}

/** DuckDB counts the days to its own infinity. */
const dateDifference: Rendering = (call) => {
  const [left, right] = [argument(call, 0), argument(call, 1)];
  const infinite = call.nodes
    .flatMap((node, index) =>
      node.kind === "Const" && isFiniteDay(node.value) ? [] : [`isinf(${index === 0 ? left : right})`],
    )
    .join(" OR ");
  const days = `CAST((${left} - ${right}) AS INTEGER)`;
  if (infinite === "") return days;
  return `CASE WHEN ${infinite} THEN ${raise("datetime_field_overflow")} ELSE ${days} END`;
};

function isFiniteDay(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

export const operators: Readonly<Record<OperatorId, Rendering>> = {
  equal: comparison("="),
  notEqual: comparison("<>"),
  less: comparison("<"),
  lessOrEqual: comparison("<="),
  greater: comparison(">"),
  greaterOrEqual: comparison(">="),
  addInteger: integers("+"),
  subtractInteger: integers("-"),
  multiplyInteger: integers("*"),
  divideInteger,
  moduloInteger,
  addFloat,
  subtractFloat,
  multiplyFloat,
  divideFloat,
  addNumeric: decimals("+"),
  subtractNumeric: decimals("-"),
  multiplyNumeric: decimals("*"),
  divideNumeric,
  moduloNumeric,
  plus: (call) => argument(call, 0),
  negate: prefix("-"),
  absolute: (call) => `abs(${argument(call, 0)})`,
  power,
  squareRoot: (call) => `sqrt(${argument(call, 0)})`,
  cubeRoot: (call) => `cbrt(${argument(call, 0)})`,
  bitAnd: infix("&"),
  bitOr: infix("|"),
  bitXor: (call) => `xor(${argument(call, 0)}, ${argument(call, 1)})`,
  bitNot: prefix("~"),
  shiftLeft,
  shiftRight,
  addDays: (call) => `CAST((${argument(call, 0)} + ${argument(call, 1)}) AS DATE)`,
  subtractDays: (call) => `CAST((${argument(call, 0)} - ${argument(call, 1)}) AS DATE)`,
  dateDifference,
  addInterval: (call) => addInterval(call, "+"),
  subtractInterval: (call) => addInterval(call, "-"),
  timestampDifference,
  addTimeOfDay,
  multiplyInterval,
  divideInterval,
  concatenate: infix("||"),
  concatenateAny,
  concatenateArray,
  concatenateBytes: infix("||"),
  like: like("LIKE"),
  notLike: like("NOT LIKE"),
  ilike: like("ILIKE"),
  notIlike: like("NOT ILIKE"),
  matches: matches({ negated: false, anyCase: false }),
  notMatches: matches({ negated: true, anyCase: false }),
  matchesAnyCase: matches({ negated: false, anyCase: true }),
  notMatchesAnyCase: matches({ negated: true, anyCase: true }),
  startsWith: (call) => `starts_with(${argument(call, 0)}, ${argument(call, 1)})`,
  arrayContains: (call) => containsAll(argument(call, 0), argument(call, 1)),
  arrayContained: (call) => containsAll(argument(call, 1), argument(call, 0)),
  arrayOverlaps: (call) => `list_has_any(${argument(call, 0)}, ${argument(call, 1)})`,
};
