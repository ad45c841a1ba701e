// The arguments of a call, each in its place: PostgreSQL leaves named ones as they were written, and those that are
// left out to its planner.
import type { DumpNode } from "./dump-node.ts";
import { NodeFields } from "./node-fields.ts";
import type { Const, Expression } from "./query.ts";
import type { ExpressionReader } from "./scope.ts";
import { oids } from "./type-oids.ts";
import { nodeLocation, refuse } from "./unsupported-node.ts";

const makeInterval = 3464;

export function readArguments(
  called: number,
  nodes: readonly DumpNode[],
  reader: ExpressionReader,
): readonly Expression[] {
  if (!nodes.some((node) => node.label === "NAMEDARGEXPR")) return reader.many(nodes);
  const placed: Expression[] = [];
  nodes.forEach((node, index) => {
    if (node.label !== "NAMEDARGEXPR") {
      placed[index] = reader.one(node);
      return;
    }
    const fields = new NodeFields(node);
    const value = reader.one(fields.childNode("arg"));
    fields.skip("name");
    placed[fields.number("argnumber")] = value;
    fields.skip("location");
    fields.end();
  });
  return Array.from(placed, (value, index) => {
    if (value !== undefined) return value;
    // Of what is offered only make_interval() has arguments that may be left out; each of them is 0.
    if (called !== makeInterval) {
      const location = nodes[0] === undefined ? -1 : nodeLocation(nodes[0]);
      throw refuse(
        "a call that leaves arguments out",
        reader.reading.text,
        location,
        "Write all arguments by their places.",
      );
    }
    return zero(index === 6 ? oids.float8 : oids.int4);
  });
}

function zero(type: number): Const {
  return { kind: "Const", type, modifier: -1, location: -1, value: 0 };
}
