// Functions over arrays, and arrays as such.

import type { arrayFunctions } from "../../query/offered-array-functions.ts";
import type { OperatorId } from "../../query/offered-functions.ts";
import { elementType, isString, oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { hints } from "../hints.ts";
import { argument, constantInteger, constantText } from "./arguments.ts";
import { toText } from "./casts-to-text.ts";
import { once } from "./once.ts";
import { raise } from "./raise.ts";
import { typeName } from "./types.ts";

export function array(elements: readonly string[], type: number): string {
  const name = typeName(type, -1);
  const list = `[${elements.join(", ")}]`;
  return elements.length === 0 && name !== undefined ? `CAST(${list} AS ${name})` : list;
}

export function mapArray(list: string, change: (element: string) => string): string {
  return `list_transform(${list}, lambda e: ${change("e")})`;
}

/** A subscript outside the array is NULL; DuckDB counts negative ones from the end. */
export function subscript(list: string, index: string): string {
  return `${list}[CASE WHEN ${index} > 0 THEN ${index} END]`;
}

export function slice(list: string, lower: string | undefined, upper: string | undefined): string {
  const from = lower === undefined ? "1" : `greatest(${lower}, 1)`;
  const to = upper === undefined ? `len(${list})` : `greatest(${upper}, 0)`;
  const bounds = [lower, upper].filter((bound) => bound !== undefined).map((bound) => `${bound} IS NOT NULL`);
  const part = `list_slice(${list}, ${from}, ${to})`;
  return bounds.length === 0 ? part : `CASE WHEN ${bounds.join(" AND ")} THEN ${part} END`;
}

const comparisons: Partial<Record<OperatorId, string>> = {
  equal: "=",
  notEqual: "<>",
  less: "<",
  lessOrEqual: "<=",
  greater: ">",
  greaterOrEqual: ">=",
};

export function anyOfArray(
  value: string,
  operator: OperatorId,
  any: boolean,
  list: string,
): string | undefined {
  const comparison = comparisons[operator];
  if (comparison === undefined) return undefined;
  const test = `${value} ${comparison} ${any ? "ANY" : "ALL"} (SELECT unnest(${list}))`;
  return `CASE WHEN ${list} IS NOT NULL THEN ${test} END`;
}

function firstDimension(call: Call): void {
  if (constantInteger(call, 1) !== 1)
    call.refuse("an array of more than one dimension", call.location, hints.oneDimension);
}

const arrayLength: Rendering = (call) => {
  firstDimension(call);
  return `CAST(NULLIF(len(${argument(call, 0)}), 0) AS INTEGER)`;
};

const arrayLower: Rendering = (call) => {
  firstDimension(call);
  return `CASE WHEN len(${argument(call, 0)}) > 0 THEN 1 END`;
};

function elements(call: Call, index: number, type: number): string {
  return elementType(type) === undefined
    ? `[${argument(call, index)}]`
    : `COALESCE(${argument(call, index)}, [])`;
}

export const joined = (call: Call): string =>
  `list_concat(${elements(call, 0, call.types[0] ?? 0)}, ${elements(call, 1, call.types[1] ?? 0)})`;

export function arrayCat(call: Call): string {
  const [left, right] = [argument(call, 0), argument(call, 1)];
  return `CASE WHEN ${left} IS NULL AND ${right} IS NULL THEN NULL ELSE list_concat(COALESCE(${left}, []), COALESCE(${right}, [])) END`;
}

function positionFrom(call: Call): string {
  return once([argument(call, 0), argument(call, 1), argument(call, 2)], (list, value, start) => {
    const places = `list_filter(range(greatest(${start}, 1), len(${list}) + 1), lambda i: ${list}[i] IS NOT DISTINCT FROM ${value})`;
    return `CASE WHEN ${start} IS NOT NULL THEN CAST(${places}[1] AS INTEGER) END`;
  });
}

const arrayPositions: Rendering = (call) =>
  once([argument(call, 0), argument(call, 1)], (list, value) => {
    const places = `list_filter(range(1, len(${list}) + 1), lambda i: ${list}[i] IS NOT DISTINCT FROM ${value})`;
    return `CASE WHEN ${list} IS NOT NULL THEN CAST(${places} AS INTEGER[]) END`;
  });

const arrayReplace: Rendering = (call) =>
  once([argument(call, 0), argument(call, 1), argument(call, 2)], (list, from, to) =>
    mapArray(
      list,
      (element) => `CASE WHEN ${element} IS NOT DISTINCT FROM ${from} THEN ${to} ELSE ${element} END`,
    ),
  );

const trimArray: Rendering = (call) =>
  once([argument(call, 0), argument(call, 1)], (list, count) => {
    const known = `${list} IS NOT NULL AND ${count} IS NOT NULL`;
    const refused = `${known} AND (${count} < 0 OR ${count} > len(${list}))`;
    const rest = `list_slice(${list}, 1, len(${list}) - ${count})`;
    return `CASE WHEN ${refused} THEN ${raise("data_exception")} WHEN ${known} THEN ${rest} END`;
  });

const arrayPosition: Rendering = (call) => {
  if (call.args.length > 2) return positionFrom(call);
  return `CAST(list_position(${argument(call, 0)}, ${argument(call, 1)}) AS INTEGER)`;
};

/** Elements as text, those that are NULL left out or shown as the third argument. */
const arrayToString: Rendering = (call) => {
  if (constantText(call, 1) === undefined)
    return call.refuse("a separator that is not a constant", call.location, hints.literal);
  const [list, separator] = [argument(call, 0), argument(call, 1)];
  const element = elementType(call.types[0] ?? 0);
  const node = call.nodes[0];
  if (element === undefined || node === undefined)
    return call.refuse("array_to_string() of this", call.location, hints.castText);
  if (element === oids.numeric || element === oids.bool)
    return call.refuse("array_to_string() of this type", call.location, hints.castText);
  const cast = (text: string) =>
    isString(element)
      ? text
      : toText({
          ...call,
          node: { ...node, type: element } as typeof node,
          text,
          from: element,
          to: oids.text,
          modifier: -1,
        });
  const shown =
    call.args[2] === undefined ? cast : (text: string) => `COALESCE(${cast(text)}, ${argument(call, 2)})`;
  const texts = isString(element) && call.args[2] === undefined ? list : mapArray(list, shown);
  return `array_to_string(${texts}, ${separator})`;
};

/** The parts of a text; those that are the third argument are NULL. */
export function stringToArray(call: Call): string {
  if (call.args.length === 2) return splitText(call);
  const word = argument(call, 2);
  return once([splitText(call), word], (list, none) =>
    mapArray(list, (element) => `CASE WHEN ${element} = ${none} THEN NULL ELSE ${element} END`),
  );
}

function splitText(call: Call): string {
  const [value, separator] = [argument(call, 0), argument(call, 1)];
  const split = `CASE WHEN ${separator} = '' THEN [${value}] ELSE string_split(${value}, ${separator}) END`;
  return `CASE WHEN ${value} IS NULL OR ${separator} IS NULL THEN CASE WHEN ${value} IS NULL THEN NULL ELSE list_transform(range(1, length(${value}) + 1), lambda i: substring(${value}, i, 1)) END WHEN ${value} = '' THEN CAST([] AS VARCHAR[]) ELSE ${split} END`;
}

function countOf(test: "IS NULL" | "IS NOT NULL"): Rendering {
  return (call) => `(${call.args.map((text) => `CASE WHEN ${text} ${test} THEN 1 ELSE 0 END`).join(" + ")})`;
}

/** A NULL in an array is contained in none. */
export function containsAll(list: string, other: string): string {
  const whole = `len(list_filter(${other}, lambda e: e IS NULL)) = 0`;
  return `CASE WHEN ${list} IS NOT NULL THEN list_has_all(${list}, ${other}) AND ${whole} END`;
}

export const arrays: Readonly<Record<keyof typeof arrayFunctions, Rendering>> = {
  array_length: arrayLength,
  cardinality: (call) => `CAST(len(${argument(call, 0)}) AS INTEGER)`,
  array_position: arrayPosition,
  array_append: joined,
  array_prepend: joined,
  array_cat: arrayCat,
  array_remove: (call) =>
    `list_filter(${argument(call, 0)}, lambda e: e IS DISTINCT FROM ${argument(call, 1)})`,
  array_upper: arrayLength,
  array_lower: arrayLower,
  array_ndims: (call) => `CASE WHEN len(${argument(call, 0)}) > 0 THEN 1 END`,
  array_to_string: arrayToString,
  string_to_array: stringToArray,
  array_positions: arrayPositions,
  array_replace: arrayReplace,
  array_dims: (call) =>
    once(
      [argument(call, 0)],
      (list) => `CASE WHEN len(${list}) > 0 THEN concat('[1:', len(${list}), ']') END`,
    ),
  array_reverse: (call) => `list_reverse(${argument(call, 0)})`,
  trim_array: trimArray,
  num_nulls: countOf("IS NULL"),
  num_nonnulls: countOf("IS NOT NULL"),
};
