// Functions over numbers.

import { assert } from "../../errors.ts";
import type { mathFunctions } from "../../query/offered-math-functions.ts";
import { isFloat, oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { hints } from "../hints.ts";
import { argument, constantInteger, raisingWhen } from "./arguments.ts";
import { widthBucket } from "./buckets.ts";
import { moduloInteger, moduloNumeric } from "./division.ts";
import { fifteenDigitDecimal, fifteenDigits, fifteenDigitText, isHeldInDouble } from "./numbers.ts";
import { isDecimal, numericForm } from "./numeric-form.ts";
import { once } from "./once.ts";
import { raise } from "./raise.ts";
import { decimalDigitsMax } from "./types.ts";

/** A function that DuckDB has under the same name and with the same meaning. */
export function named(name: string): Rendering {
  return (call) => `${name}(${call.args.join(", ")})`;
}

function isNumeric(call: Call): boolean {
  return call.types[0] === oids.numeric;
}

/** An argument that a function of doubles takes. */
function double(call: Call, index: number): string {
  return call.types[index] === oids.float8
    ? argument(call, index)
    : `CAST(${argument(call, index)} AS DOUBLE)`;
}

function ofDoubles(name: string): Rendering {
  return (call) => `${name}(${call.args.map((_, index) => double(call, index)).join(", ")})`;
}

const acosh: Rendering = (call) =>
  once(
    [double(call, 0)],
    (value) => `CASE WHEN ${value} < 1 THEN ${raise("numeric_value_out_of_range")} ELSE acosh(${value}) END`,
  );

/** Where DuckDB yields infinity or 0 out of finite numbers PostgreSQL ends the statement. */
const exp: Rendering = (call) => {
  const value = double(call, 0);
  const result = `exp(${value})`;
  const lost = `(isinf(${result}) OR ${result} = 0) AND NOT isinf(${value})`;
  return `CASE WHEN ${lost} THEN ${raise("numeric_value_out_of_range")} ELSE ${result} END`;
};

export const power: Rendering = (call) => {
  const [base, exponent] = [double(call, 0), double(call, 1)];
  const result = `power(${base}, ${exponent})`;
  const invalid = `(${base} = 0 AND ${exponent} < 0) OR (${base} < 0 AND NOT isinf(${exponent}) AND ${exponent} <> floor(${exponent}))`;
  const overflow = `isinf(${result}) AND NOT isinf(${base}) AND NOT isinf(${exponent})`;
  return `CASE WHEN ${invalid} THEN ${raise("invalid_argument_for_power_function")} WHEN ${overflow} THEN ${raise("numeric_value_out_of_range")} ELSE ${result} END`;
};

/** Towards minus or plus infinity: of a double that stands for a numeric, after its 15 sure digits. */
function toWhole(name: "ceil" | "floor"): Rendering {
  return (call) => {
    const [node] = call.nodes;
    const sure = isNumeric(call) && node !== undefined && numericForm(node, call.sources) === "double";
    return `${name}(${sure ? fifteenDigits(argument(call, 0)) : argument(call, 0)})`;
  };
}

/** Half to even for floats, away from zero for numerics. */
const round: Rendering = (call) => {
  if (isFloat(call.types[0] ?? 0)) return `round_even(${argument(call, 0)}, 0)`;
  return toDigits(call, "round");
};

const trunc: Rendering = (call) => {
  if (isFloat(call.types[0] ?? 0)) return `trunc(${argument(call, 0)})`;
  return toDigits(call, "trunc");
};

/** round(numeric, n) and trunc(numeric, n): a DECIMAL of n digits after the point. */
function toDigits(call: Call, name: "round" | "trunc"): string {
  const digits = call.args.length === 1 ? 0 : constantInteger(call, 1);
  if (digits === undefined) {
    return call.refuse(`${name} to a number of digits that is not a constant`, call.location, hints.literal);
  }
  return roundedTo(call, digits, name);
}

/** The first argument, a numeric, as a DECIMAL of so many digits after the point. */
export function roundedTo(call: Call, digits: number, name: "round" | "trunc"): string {
  const [node] = call.nodes;
  assert(node !== undefined, "a number is rounded");
  const scale = Math.max(0, digits);
  if (scale > decimalDigitsMax || digits < -decimalDigitsMax) {
    return call.refuse(`${name} to more than ${decimalDigitsMax} digits`, call.location, hints.numeric);
  }
  const value = argument(call, 0);
  const form = numericForm(node, call.sources);
  if (isDecimal(form)) {
    const cut = digits < form.scale ? `${name}(${value}${digits === 0 ? "" : `, ${digits}`})` : value;
    // More digits than there are show as zeros.
    return digits > form.scale ? `CAST(${cut} AS DECIMAL(${decimalDigitsMax},${scale}))` : cut;
  }
  if (form === "unknown") {
    return `CASE WHEN ${isHeldInDouble(value)} THEN ${roundedDouble(value, digits, name)} ELSE CAST(${name}(${value}, ${digits}) AS DECIMAL(${decimalDigitsMax},${scale})) END`;
  }
  return roundedDouble(value, digits, name);
}

function roundedDouble(value: string, digits: number, name: "round" | "trunc"): string {
  const scale = Math.max(0, digits);
  if (name === "round" && digits >= 0) {
    return fifteenDigitDecimal(value, `DECIMAL(${decimalDigitsMax},${scale})`, scale);
  }
  // A cast would round at the last digit kept: more are kept, then cut or rounded.
  const kept = Math.min(decimalDigitsMax, scale + 16);
  const wide = `CAST(${fifteenDigitText(value)} AS DECIMAL(${decimalDigitsMax},${kept}))`;
  return `CAST(${name}(${wide}, ${digits}) AS DECIMAL(${decimalDigitsMax},${scale}))`;
}

const sign: Rendering = (call) =>
  isNumeric(call)
    ? `CAST(sign(${argument(call, 0)}) AS DECIMAL(1,0))`
    : `CAST(sign(${argument(call, 0)}) AS DOUBLE)`;

/** A logarithm to another base, to the digits that the quotient is sure of. */
const log: Rendering = (call) => {
  if (call.args.length === 1) return `log10(${double(call, 0)})`;
  const base = double(call, 0);
  const logarithm = fifteenDigits(`ln(${double(call, 1)}) / ln(${base})`);
  const present = `${argument(call, 0)} IS NOT NULL AND ${argument(call, 1)} IS NOT NULL`;
  const checked = raisingWhen(
    call,
    `${base} = 1 AND ${argument(call, 1)} > 0`,
    "division_by_zero",
    logarithm,
  );
  return `CASE WHEN ${present} THEN ${checked} END`;
};

const integerNames = new Map<number, string>([
  [oids.int4, "INTEGER"],
  [oids.int8, "BIGINT"],
]);

function ofIntegers(name: string): Rendering {
  return (call) => {
    const type = integerNames.get(call.type);
    if (type === undefined)
      return call.refuse(`${name} of numeric`, call.location, "Cast the arguments to bigint.");
    return `CAST(${name}(${call.args.join(", ")}) AS ${type})`;
  };
}

/** The whole quotient, from the dividend without its remainder where both are exact. */
const div: Rendering = (call) => {
  const isExact = call.nodes.every((node) => isDecimal(numericForm(node, call.sources)));
  return once([argument(call, 0), argument(call, 1)], (left, right) => {
    const quotient = isExact
      ? `round((${left} - ${left} % ${right}) / ${right})`
      : `trunc(${fifteenDigits(`CAST(${left} AS DOUBLE) / CAST(${right} AS DOUBLE)`)})`;
    // Beyond 15 digits a quotient in double precision is not exact.
    const lost = `abs(CAST(${left} AS DOUBLE) / CAST(${right} AS DOUBLE)) >= 1e15`;
    const checked = `CASE WHEN ${lost} THEN ${raise("numeric_value_out_of_range")} ELSE CAST(${quotient} AS DECIMAL(${decimalDigitsMax},0)) END`;
    return `CASE WHEN ${left} IS NULL OR ${right} IS NULL THEN NULL WHEN ${right} = 0 THEN ${raise("division_by_zero")} ELSE ${checked} END`;
  });
};

const factorial: Rendering = (call) => {
  const value = argument(call, 0);
  return `CASE WHEN ${value} < 0 THEN ${raise("numeric_value_out_of_range")} ELSE factorial(CAST(${value} AS INTEGER)) END`;
};

const random: Rendering = (call) =>
  call.args.length === 0
    ? "random()"
    : call.refuse(
        "random() between two values",
        call.location,
        "Use floor(random() * (high - low + 1)) + low.",
      );

export const math: Readonly<Record<keyof typeof mathFunctions, Rendering>> = {
  abs: named("abs"),
  ceil: toWhole("ceil"),
  ceiling: toWhole("ceil"),
  floor: toWhole("floor"),
  round,
  trunc,
  sign,
  mod: (call) => (isNumeric(call) ? moduloNumeric(call) : moduloInteger(call)),
  div,
  power,
  pow: power,
  sqrt: ofDoubles("sqrt"),
  cbrt: ofDoubles("cbrt"),
  exp,
  ln: ofDoubles("ln"),
  log,
  log10: ofDoubles("log10"),
  degrees: ofDoubles("degrees"),
  radians: ofDoubles("radians"),
  pi: named("pi"),
  sin: ofDoubles("sin"),
  cos: ofDoubles("cos"),
  tan: ofDoubles("tan"),
  asin: ofDoubles("asin"),
  acos: ofDoubles("acos"),
  atan: ofDoubles("atan"),
  atan2: ofDoubles("atan2"),
  // DuckDB fails at zero, where it is endless.
  cot: (call) => `(1e0 / tan(${argument(call, 0)}))`,
  sinh: ofDoubles("sinh"),
  cosh: ofDoubles("cosh"),
  tanh: ofDoubles("tanh"),
  asinh: ofDoubles("asinh"),
  acosh,
  atanh: (call) =>
    once([double(call, 0)], (value) => {
      const outside = `abs(${value}) > 1 AND NOT isnan(${value})`;
      const end = `WHEN ${value} = -1 THEN CAST('-inf' AS DOUBLE)`;
      return `CASE WHEN ${outside} THEN ${raise("numeric_value_out_of_range")} ${end} ELSE atanh(${value}) END`;
    }),
  gcd: ofIntegers("gcd"),
  lcm: ofIntegers("lcm"),
  factorial,
  width_bucket: widthBucket,
  random,
};
