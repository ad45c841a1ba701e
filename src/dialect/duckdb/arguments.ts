// What renderings ask of their arguments: constants, casts to text.

import { assert } from "../../errors.ts";
import { isCastFunction } from "../../query/offered-casts.ts";
import type { Expression } from "../../query/query.ts";
import { isFloat, isString, oids } from "../../query/type-oids.ts";
import type { Call, RaisedError } from "../dialect.ts";
import { hints } from "../hints.ts";
import { toText } from "./casts-to-text.ts";
import { raise } from "./raise.ts";

/** The printed argument. */
export function argument(call: Call, index: number): string {
  return call.arg(index);
}

/** The number, or `least` where it is less; NULL stays NULL, which greatest() would pass over. */
export function atLeast(text: string, least: number): string {
  return `CASE WHEN ${text} < ${least} THEN ${least} ELSE ${text} END`;
}

/** The value of an argument that is a constant text; undefined for any other. */
export function constantText(call: Call, index: number): string | undefined {
  const node = call.nodes[index];
  return node?.kind === "Const" && typeof node.value === "string" ? node.value : undefined;
}

/** The value of an argument that is a constant whole number; undefined for any other. */
export function constantInteger(call: Call, index: number): number | undefined {
  const node = call.nodes[index];
  return node?.kind === "Const" && typeof node.value === "number" ? node.value : undefined;
}

/** An argument that must be a constant text, because it decides what is rendered. */
export function requiredText(call: Call, index: number, what: string): string {
  return (
    constantText(call, index) ?? call.refuse(`${what} that is not a constant`, call.location, hints.literal)
  );
}

/** The argument as text, cast by meaning where it is not one. */
export function argumentAsText(call: Call, index: number): string {
  const node = call.nodes[index];
  const text = argument(call, index);
  assert(node !== undefined, "a call has nodes for its arguments");
  if (isString(node.type)) {
    if (node.type === oids.bpchar) call.refuse("type character", call.location, hints.castText);
    return text;
  }
  return toText({ ...call, node, text, from: node.type, to: oids.text, modifier: -1 });
}

/** The value of a constant number under casts that do not change it; undefined for anything else. */
export function constantNumber(node: Expression): number | undefined {
  if (node.kind === "Const" && node.value !== null && !Array.isArray(node.value)) {
    const value = Number(node.value);
    return Number.isNaN(value) ? undefined : value;
  }
  const isExact = isFloat(node.type) || node.type === oids.numeric;
  const inner =
    node.kind === "FuncExpr" && isCastFunction(node.function) && isExact ? node.args[0] : undefined;
  return inner === undefined ? undefined : constantNumber(inner);
}

/**
 * `otherwise`, unless the condition holds for arguments of which none is NULL: functions of NULL are NULL in
 * PostgreSQL, whatever the others are.
 */
export function raisingWhen(call: Call, condition: string, error: RaisedError, otherwise: string): string {
  const present = call.args
    .filter((text, index) => !isPresent(call, index) && !condition.startsWith(`${text} = `))
    .map((text) => `${text} IS NOT NULL`);
  return `CASE WHEN ${[condition, ...present].join(" AND ")} THEN ${raise(error)} ELSE ${otherwise} END`;
}

function isPresent(call: Call, index: number): boolean {
  const node = call.nodes[index];
  return node?.kind === "Const" && node.value !== null;
}
