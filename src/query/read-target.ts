// TargetEntry: one column of a block's target list.
import type { DumpNode } from "./dump-node.ts";
import { NodeFields } from "./node-fields.ts";
import type { Target } from "./query.ts";
import type { ExpressionReader } from "./scope.ts";

export interface ReferencedTarget {
  readonly target: Target;
  /** ressortgroupref: what sorting, grouping and windows name it by; 0 for none. */
  readonly reference: number;
}

export function readTarget(node: DumpNode, reader: ExpressionReader): ReferencedTarget {
  const fields = new NodeFields(node);
  const expression = reader.one(fields.childNode("expr"));
  fields.skip("resno");
  const name = fields.name("resname");
  const reference = fields.number("ressortgroupref");
  const relationOid = fields.number("resorigtbl");
  const column = fields.number("resorigcol");
  const junk = fields.boolean("resjunk");
  fields.end();
  const origin = relationOid === 0 ? undefined : { relationOid, column };
  return { target: { expression, name, junk, origin }, reference };
}
