// Where a table's unmasked primary key is among the group keys, a group is one row, and an aggregate over it is an
// expression over that row: the same value, without grouping (M3).
import type { Const, Expression, LensScanEntry, ModelAggregate } from "../query/query.ts";
import { replaceExpressions } from "../query/walk.ts";
import type { Block } from "./block.ts";
import { bigintOid, booleanOid, conjunction } from "./compilation.ts";

/** The places of the primary key among the block's keys, when its FROM is one table and its groups are that's rows. */
export function rowKeyPlaces(block: Block): readonly number[] | undefined {
  const [item, ...more] = block.from;
  if (item?.kind !== "entry" || item.entry.kind !== "lensScan" || more.length > 0) return undefined;
  if (block.sets !== undefined) return undefined;
  const { entry } = item;
  if (!block.compilation.input.visible.clearKeys.has(entry.table)) return undefined;
  const { primaryKey } = block.compilation.linkedTable(entry.table);
  const places: number[] = [];
  for (const name of primaryKey) {
    const place = block.keys.findIndex((key) => isDimension(key, entry, name));
    if (place < 0) return undefined;
    places.push(place);
  }
  return places;
}

function isDimension(key: Expression, entry: LensScanEntry, name: string): boolean {
  if (key.kind !== "Var" || key.entry !== entry.id) return false;
  const output = entry.outputs[key.column - 1];
  return output?.kind === "dimension" && output.name === name;
}

/** The aggregate over a group of one row; undefined where it has no such form. */
function rowForm(node: Expression): Expression | undefined {
  if (node.kind !== "ModelAggregate" || node.args.length > 1) return undefined;
  const [argument] = node.args;
  switch (node.aggregate) {
    case "count":
    case "count_distinct":
    case "count_distinct_approx":
      return countOfRow(node, argument);
    case "sum":
    case "avg":
    case "min":
    case "max":
      if (argument === undefined) return undefined;
      return {
        kind: "CastTo",
        arg: node.filter === undefined ? argument : choose(node.filter, argument, undefined, argument.type),
        type: node.type,
        modifier: -1,
        location: -1,
      };
    default:
      return undefined;
  }
}

function countOfRow(node: ModelAggregate, argument: Expression | undefined): Expression {
  const one: Expression = { ...bigint(1n), measure: node.measure };
  const present: Expression | undefined = argument && {
    kind: "NullTest",
    arg: argument,
    negated: true,
    type: booleanOid,
    location: -1,
  };
  const condition = conjunction([present, node.filter]);
  return condition === undefined ? one : choose(condition, one, bigint(0n), bigintOid);
}

function bigint(value: bigint): Const {
  return { kind: "Const", value, type: bigintOid, modifier: -1, location: -1 };
}

function choose(
  when: Expression,
  then: Expression,
  otherwise: Expression | undefined,
  type: number,
): Expression {
  return { kind: "CaseExpr", arg: undefined, whens: [{ when, then }], otherwise, type, location: -1 };
}

/** The expression over groups as one over rows; undefined when an aggregate in it has no row form. */
export function overRow(block: Block, expression: Expression): Expression | undefined {
  let possible = true;
  const rewritten = replaceExpressions(expression, (node) => {
    if (node.kind === "GroupKey" && node.block === block.id) return block.keys[node.index];
    const own =
      (node.kind === "Aggref" || node.kind === "GroupingFunc" || node.kind === "ModelAggregate") &&
      node.block === block.id;
    if (!own) return undefined;
    const row = rowForm(node);
    possible &&= row !== undefined;
    return row ?? node;
  });
  return possible ? rewritten : undefined;
}
