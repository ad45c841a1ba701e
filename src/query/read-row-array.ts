// ARRAY[...], ROW(...) and subscripts.
import { asNode, type NodeFields } from "./node-fields.ts";
import type { Expression } from "./query.ts";
import type { ExpressionReader } from "./scope.ts";
import { refuse } from "./unsupported-node.ts";

const jsonbType = 3802;

export function readArray(fields: NodeFields, reader: ExpressionReader): Expression {
  const type = fields.number("array_typeid");
  fields.skip("array_collid");
  const elementType = fields.number("element_typeid");
  const elements = reader.many(fields.nodes("elements"));
  const multiDimensional = fields.boolean("multidims");
  fields.skip("list_start", "list_end");
  const location = fields.number("location");
  return { kind: "ArrayExpr", type, location, elementType, elements, multiDimensional };
}

export function readRow(fields: NodeFields, reader: ExpressionReader): Expression {
  const args = reader.many(fields.nodes("args"));
  const type = fields.number("row_typeid");
  fields.skip("row_format", "colnames");
  return { kind: "RowExpr", type, location: fields.number("location"), args };
}

export function readSubscript(fields: NodeFields, reader: ExpressionReader): Expression {
  const container = fields.number("refcontainertype");
  fields.skip("refelemtype");
  const type = fields.number("refrestype");
  fields.skip("reftypmod", "refcollid");
  const upper = subscripts(fields, "refupperindexpr", reader);
  const lower = subscripts(fields, "reflowerindexpr", reader);
  const array = reader.one(fields.childNode("refexpr"));
  fields.expectNull("refassgnexpr");
  if (container === jsonbType)
    throw refuse(
      "a subscript of jsonb",
      reader.reading.text,
      array.location,
      "Compute it in a dimension of the model, in the warehouse's own SQL.",
    );
  const slice = lower.length > 0 ? lower : undefined;
  return { kind: "SubscriptExpr", type, location: array.location, array, upper, lower: slice };
}

/** A bound that is left out (`[:2]`) is undefined. */
function subscripts(
  fields: NodeFields,
  name: string,
  reader: ExpressionReader,
): readonly (Expression | undefined)[] {
  return fields.list(name).map((item) => (item === null ? undefined : reader.one(asNode(item, name))));
}
