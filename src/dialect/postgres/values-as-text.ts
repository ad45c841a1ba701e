// Arguments that a function or operator turns into text by itself.
import { assert } from "../../errors.ts";
import { oids } from "../../query/type-oids.ts";
import type { Call } from "../dialect.ts";
import { cast } from "./casts.ts";
import { writesAlike } from "./time-zone.ts";

/** The argument as it is where PostgreSQL writes it alike, else cast to text under the client's styles. */
export function asText(call: Call, index: number): string {
  const node = call.nodes[index];
  assert(node !== undefined, "a call has nodes for its arguments");
  const text = call.arg(index);
  if (writesAlike(node.type, call.settings)) return text;
  return cast({ ...call, node, text, from: node.type, to: oids.text, modifier: -1 });
}
