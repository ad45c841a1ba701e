// Casts in a printed tree.
import type { NodeFields } from "./node-fields.ts";
import type { CastFormat, Expression } from "./query.ts";
import { unreadableTree } from "./query-errors.ts";
import type { ExpressionReader } from "./scope.ts";

/** CoercionForm of primnodes.h, by number. */
const formats: readonly CastFormat[] = ["call", "explicitCast", "implicitCast", "sqlSyntax"];

export function castFormat(number: number): CastFormat {
  const format = formats[number];
  if (format === undefined) throw unreadableTree(`a cast of form ${number}`);
  return format;
}

export function readRelabel(fields: NodeFields, reader: ExpressionReader): Expression {
  const arg = reader.one(fields.childNode("arg"));
  const type = fields.number("resulttype");
  const modifier = fields.number("resulttypmod");
  fields.skip("resultcollid");
  const format = castFormat(fields.number("relabelformat"));
  return { kind: "RelabelType", type, location: fields.number("location"), arg, modifier, format };
}

export function readCoerceViaIo(fields: NodeFields, reader: ExpressionReader): Expression {
  const arg = reader.one(fields.childNode("arg"));
  const type = fields.number("resulttype");
  fields.skip("resultcollid");
  const format = castFormat(fields.number("coerceformat"));
  return { kind: "CoerceViaIo", type, location: fields.number("location"), arg, format };
}

export function readArrayCoercion(fields: NodeFields, reader: ExpressionReader): Expression {
  const arg = reader.one(fields.childNode("arg"));
  const element = reader.one(fields.childNode("elemexpr"));
  const type = fields.number("resulttype");
  const modifier = fields.number("resulttypmod");
  fields.skip("resultcollid", "coerceformat");
  return { kind: "ArrayCoerceExpr", type, location: fields.number("location"), arg, element, modifier };
}

/** COLLATE: the type is the argument's. */
export function readCollate(fields: NodeFields, reader: ExpressionReader): Expression {
  const arg = reader.one(fields.childNode("arg"));
  const collation = fields.number("collOid");
  return { kind: "CollateExpr", type: arg.type, location: fields.number("location"), arg, collation };
}
