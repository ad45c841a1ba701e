// Var nodes: a column of a range table entry of this block or an outer one. Variables of a join's alias become what
// they stand for, variables of the grouping step become GroupKey.
import type { NodeFields } from "./node-fields.ts";
import type { Expression } from "./query.ts";
import { unreadableTree } from "./query-errors.ts";
import { type ExpressionReader, scopeAt, slotAt } from "./scope.ts";
import { refuse } from "./unsupported-node.ts";

export function readVariable(fields: NodeFields, reader: ExpressionReader): Expression {
  const index = fields.number("varno");
  const column = fields.number("varattno");
  const type = fields.number("vartype");
  const modifier = fields.number("vartypmod");
  fields.skip("varcollid", "varnullingrels");
  const scope = scopeAt(reader.scope, fields.number("varlevelsup"));
  if (fields.number("varreturningtype") !== 0)
    throw refuse("RETURNING", reader.reading.text, -1, "Use SELECT: the tables of a lens are read-only.");
  fields.skip("varnosyn", "varattnosyn");
  const location = fields.number("location");
  const slot = slotAt(scope, index);
  switch (slot.kind) {
    case "entry":
      return { kind: "Var", type, location, entry: slot.id, column, modifier };
    case "group":
      if (column < 1 || column > slot.keys.length) throw unreadableTree(`no grouping key ${column}`);
      return { kind: "GroupKey", type, location, block: scope.block, index: column - 1, modifier };
    case "join":
      return joinColumn(slot, column, { type, location });
    default:
      slot satisfies never;
      throw unreadableTree("an unknown range table slot");
  }
}

function joinColumn(
  slot: { readonly column: (index: number) => Expression; readonly columnCount: number },
  column: number,
  place: { readonly type: number; readonly location: number },
): Expression {
  if (column === 0) {
    const args = Array.from({ length: slot.columnCount }, (_, index) => slot.column(index));
    return { kind: "RowExpr", ...place, args };
  }
  if (column < 0) throw unreadableTree("a system column of a join");
  return { ...slot.column(column - 1), location: place.location };
}
