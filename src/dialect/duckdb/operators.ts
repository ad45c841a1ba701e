// Operators in DuckDB.
import type { OperatorId } from "../../query/offered-functions.ts";
import { elementType, oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { refusal } from "../dialect.ts";
import { argument, argumentAsText } from "./arguments.ts";
import { addInterval, addTimeOfDay, multiplyInterval, timestampDifference } from "./interval-arithmetic.ts";
import { like } from "./like.ts";
import { power } from "./math.ts";
import { numericForm } from "./numeric-form.ts";
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

const integerNames = new Map<number, string>([
  [oids.int2, "SMALLINT"],
  [oids.int4, "INTEGER"],
  [oids.int8, "BIGINT"],
]);

/**
 * Whole numbers in the type of the result: beside a SMALLINT DuckDB reads a literal as one too, and the sum of both
 * would overflow where PostgreSQL's integer does not.
 */
function wide(call: Call): readonly string[] {
  const name = integerNames.get(call.type);
  return call.args.map((text, index) =>
    name !== undefined && call.types[index] === oids.int2 && call.type !== oids.int2
      ? `CAST(${text} AS ${name})`
      : text,
  );
}

function integers(operator: string): Rendering {
  return (call) => `(${wide(call).join(` ${operator} `)})`;
}

function nonZeroConstant(call: Call): boolean {
  const node = call.nodes[1];
  return node?.kind === "Const" && node.value !== null && Number(node.value) !== 0;
}

/** DuckDB yields NULL or infinity for a division by zero; PostgreSQL ends the statement. */
export function unlessZero(call: Call, divisor: string, quotient: string): string {
  if (nonZeroConstant(call)) return quotient;
  return `CASE WHEN ${divisor} = 0 THEN ${raise("division_by_zero")} ELSE ${quotient} END`;
}

const divideInteger: Rendering = (call) => {
  const [dividend, divisor] = wide(call);
  return unlessZero(call, argument(call, 1), `(${dividend} // ${divisor})`);
};

export const moduloInteger: Rendering = (call) => {
  const [dividend, divisor] = wide(call);
  return unlessZero(call, argument(call, 1), `(${dividend} % ${divisor})`);
};

const divideFloat: Rendering = (call) =>
  unlessZero(call, argument(call, 1), `(${argument(call, 0)} / ${argument(call, 1)})`);

/** Differs from PostgreSQL: computed in double precision, exact to 15 significant digits. */
const divideNumeric: Rendering = (call) => {
  const sides = call.nodes.map((node, index) => {
    const text = argument(call, index);
    return numericForm(node, call.resolve) === "double" ? text : `CAST(${text} AS DOUBLE)`;
  });
  return unlessZero(call, argument(call, 1), `(${sides[0]} / ${sides[1]})`);
};

export const moduloNumeric: Rendering = (call) => {
  if (call.nodes.some((node) => numericForm(node, call.resolve) === "double")) {
    call.refuse("the remainder of a quotient or average", call.location);
  }
  return unlessZero(call, argument(call, 1), `(${argument(call, 0)} % ${argument(call, 1)})`);
};

const concatenateAny: Rendering = (call) => `(${argumentAsText(call, 0)} || ${argumentAsText(call, 1)})`;

const concatenateArray: Rendering = (call) => {
  const [left = 0, right = 0] = call.types;
  const [a, b] = [argument(call, 0), argument(call, 1)];
  const list = (text: string, type: number) =>
    elementType(type) === undefined ? `[${text}]` : `COALESCE(${text}, [])`;
  return `list_concat(${list(a, left)}, ${list(b, right)})`;
};

/** PostgreSQL shifts by the count's low bits and drops what goes out; DuckDB refuses both. */
const shift = refusal("a bit shift");

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
  addFloat: infix("+"),
  subtractFloat: infix("-"),
  multiplyFloat: infix("*"),
  divideFloat,
  addNumeric: infix("+"),
  subtractNumeric: infix("-"),
  multiplyNumeric: infix("*"),
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
  shiftLeft: shift,
  shiftRight: shift,
  addDays: (call) => `CAST((${argument(call, 0)} + ${argument(call, 1)}) AS DATE)`,
  subtractDays: (call) => `CAST((${argument(call, 0)} - ${argument(call, 1)}) AS DATE)`,
  dateDifference: (call) => `CAST((${argument(call, 0)} - ${argument(call, 1)}) AS INTEGER)`,
  addInterval: (call) => addInterval(call, "+"),
  subtractInterval: (call) => addInterval(call, "-"),
  timestampDifference,
  addTimeOfDay,
  multiplyInterval,
  divideInterval: refusal("division of an interval"),
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
  arrayContains: (call) => `list_has_all(${argument(call, 0)}, ${argument(call, 1)})`,
  arrayContained: (call) => `list_has_all(${argument(call, 1)}, ${argument(call, 0)})`,
  arrayOverlaps: (call) => `list_has_any(${argument(call, 0)}, ${argument(call, 1)})`,
};
