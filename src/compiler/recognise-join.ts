// `a JOIN b ON <the model's condition>`: the join stays as written, the model lends it its relationship (M8) and its
// raw keys, so that masked keys join on what they are.

import type { JoinKey, LinkedJoin, Relationship } from "../model/model.ts";
import type { Expression } from "../query/query.ts";
import type { Block } from "./block.ts";
import { conjunction } from "./compilation.ts";
import { joinCondition } from "./member-sql.ts";
import { operatorName } from "./offered-names.ts";
import { type JoinShape, type ScanAccess, scansOf } from "./shape.ts";

export interface RecognisedJoin {
  readonly condition: Expression;
  /** The client's further conjuncts. */
  readonly rest: Expression | undefined;
  readonly edge: { readonly left: string; readonly right: string; readonly relationship: Relationship };
}

interface Equality {
  readonly conjunct: Expression;
  readonly sides: readonly [Side, Side];
}

interface Side {
  readonly access: ScanAccess;
  readonly dimension: string;
}

export function recogniseJoin(
  block: Block,
  on: Expression,
  left: JoinShape,
  right: JoinShape,
): RecognisedJoin | undefined {
  const conjuncts = on.kind === "BoolExpr" && on.operation === "and" ? on.args : [on];
  const equalities = conjuncts.flatMap((conjunct) => equality(block, conjunct));
  if (equalities.length === 0) return undefined;
  for (const leftScan of scansOf(left)) {
    for (const rightScan of scansOf(right)) {
      const found =
        matchEdges(block, leftScan, rightScan, equalities) ??
        matchEdges(block, rightScan, leftScan, equalities);
      if (found === undefined) continue;
      const { join, used, from, to } = found;
      const rest = conjuncts.filter((conjunct) => !used.includes(conjunct));
      return {
        condition: joinCondition(join, from, to),
        rest: conjunction(rest),
        edge: {
          left: leftScan.key,
          right: rightScan.key,
          relationship: from === leftScan ? join.relationship : inverse(join.relationship),
        },
      };
    }
  }
  return undefined;
}

function inverse(relationship: Relationship): Relationship {
  if (relationship === "one_to_many") return "many_to_one";
  return relationship === "many_to_one" ? "one_to_many" : relationship;
}

function matchEdges(
  block: Block,
  from: ScanAccess,
  to: ScanAccess,
  equalities: readonly Equality[],
):
  | {
      readonly join: LinkedJoin;
      readonly used: readonly Expression[];
      readonly from: ScanAccess;
      readonly to: ScanAccess;
    }
  | undefined {
  for (const join of block.compilation.linkedTable(from.table).joins) {
    if (join.to !== to.table || join.keys === undefined || join.keys.length === 0) continue;
    const used = join.keys.map(
      (key) => equalities.find((item) => isKey(block, item, key, from, to))?.conjunct,
    );
    if (used.every((conjunct) => conjunct !== undefined)) return { join, used, from, to };
  }
  return undefined;
}

function isKey(block: Block, item: Equality, key: JoinKey, from: ScanAccess, to: ScanAccess): boolean {
  const [one, other] = item.sides;
  const matches = (side: Side, access: ScanAccess, end: JoinKey["from"]) =>
    side.access.key === access.key && isMember(block, side, end);
  return (
    (matches(one, from, key.from) && matches(other, to, key.to)) ||
    (matches(other, from, key.from) && matches(one, to, key.to))
  );
}

function isMember(block: Block, side: Side, end: JoinKey["from"]): boolean {
  const { dimensions } = block.compilation.linkedTable(side.access.table);
  const own = dimensions.find((dimension) => dimension.name === side.dimension);
  if (end.kind === "dimension" && end.name === side.dimension) return true;
  const column =
    end.kind === "column"
      ? end.name
      : dimensions.find((dimension) => dimension.name === end.name)?.plainColumn;
  return column !== undefined && own?.plainColumn === column;
}

/** `a = b` between two dimensions, through casts of no effect. */
function equality(block: Block, conjunct: Expression): readonly Equality[] {
  if (conjunct.kind !== "OpExpr" || operatorName(conjunct.operator) !== "=") return [];
  const [first, second] = conjunct.args.map((arg) => dimensionOf(block, arg));
  return first === undefined || second === undefined ? [] : [{ conjunct, sides: [first, second] }];
}

function dimensionOf(block: Block, expression: Expression | undefined): Side | undefined {
  if (expression === undefined) return undefined;
  if (expression.kind === "RelabelType") return dimensionOf(block, expression.arg);
  if (expression.kind === "FuncExpr" && expression.format !== "call" && expression.args.length === 1)
    return isIntegerWidening(expression) ? dimensionOf(block, expression.args[0]) : undefined;
  if (expression.kind !== "Var") return undefined;
  const shape = block.compilation.shapes.get(expression.entry)?.columns[expression.column - 1];
  if (shape?.kind !== "value" || shape.member?.kind !== "dimension") return undefined;
  return { access: shape.member.access, dimension: shape.member.name };
}

const integerTypes = [21, 23, 20, 1700];

/** A cast between integer types, or from one to numeric, to a wider type: equal values stay equal. */
function isIntegerWidening(cast: Expression & { readonly kind: "FuncExpr" }): boolean {
  const [arg] = cast.args;
  if (arg === undefined) return false;
  const from = integerTypes.indexOf(arg.type);
  return from >= 0 && integerTypes.indexOf(cast.type) > from;
}
