// What renderings ask of their arguments: constants, casts to text.
import { assert } from "../../errors.ts";
import { isString, oids } from "../../query/type-oids.ts";
import type { Call } from "../dialect.ts";
import { toText } from "./casts-to-text.ts";

/** The printed argument. */
export function argument(call: Call, index: number): string {
  const text = call.args[index];
  assert(text !== undefined, `a call has an argument ${index}`);
  return text;
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
  return constantText(call, index) ?? call.refuse(`${what} that is not a constant`, call.location);
}

/** The argument as text, cast by meaning where it is not one. */
export function argumentAsText(call: Call, index: number): string {
  const node = call.nodes[index];
  const text = argument(call, index);
  assert(node !== undefined, "a call has nodes for its arguments");
  if (isString(node.type)) {
    if (node.type === oids.bpchar) call.refuse("type character", call.location);
    return text;
  }
  return toText({ ...call, node, text, from: node.type, to: oids.text, modifier: -1 });
}
