// Expressions of a block: columns become columns of scans or group keys, measures become their values.

import type { Aggref, Expression, NullTest, Var } from "../query/query.ts";
import { mapChildren } from "../query/walk.ts";
import type { Block, Clause } from "./block.ts";
import { booleanOid, conjunction, expressionKey } from "./compilation.ts";
import {
  dimensionOutsideKeys,
  measureInGroupBy,
  measureInJoin,
  measureInWhere,
  measureMisplaced,
  measureOverWindow,
  outerMeasure,
  systemColumn,
  wholeRow,
} from "./compiler-errors.ts";
import { measureValue } from "./measure-value.ts";
import { aggregateName } from "./offered-names.ts";
import type { EntryShape, MeasureColumn } from "./shape.ts";
import { wrappedMeasure } from "./wrapped-measures.ts";

export function compileExpression(node: Expression, block: Block, clause: Clause): Expression {
  if (block.phase === "bare" && node.kind !== "Const") {
    const place = block.bareKeys.get(expressionKey(node));
    if (place !== undefined) return block.key(place, node.location);
  }
  switch (node.kind) {
    case "Var":
      return compileVar(node, block, clause);
    case "Aggref":
      return compileAggregate(node, block, clause);
    case "WindowFunc":
      if (block.compilation.input.measureFunctions.has(node.function))
        throw measureOverWindow(block.compilation.position(node.location));
      return children(node, block, clause);
    case "NullTest":
      return compileNullTest(node, block, clause);
    default:
      return children(node, block, clause);
  }
}

function children(node: Expression, block: Block, clause: Clause): Expression {
  return mapChildren(node, {
    expression: (child) => compileExpression(child, block, clause),
    query: (query) => block.compilation.recursion.query(query),
  });
}

function compileVar(node: Var, block: Block, clause: Clause): Expression {
  const { compilation } = block;
  const shape = compilation.shapes.get(node.entry);
  if (shape === undefined) return node;
  const position = compilation.position(node.location);
  if (node.column < 0) throw systemColumn(shape.name, position);
  const column = shape.columns[node.column - 1];
  if (node.column === 0 || column === undefined) throw wholeRow(shape.name, position);
  const owner = compilation.blocks.get(node.entry) ?? block;
  if (column.kind === "value") {
    const expression = { ...column.expression(), location: node.location };
    const isDetermined =
      column.member !== undefined && owner.phase === "bare" && owner.determines(column.member.access);
    return isDetermined ? owner.keyOf(expression) : rowValue(expression, owner, node);
  }
  if (owner !== block) throw outerMeasure(column.measure.label, position);
  return measureInClause(column.measure, block, clause, node.location);
}

/** A value of FROM's rows, in the phase that its block is in. */
function rowValue(expression: Expression, owner: Block, node: Var): Expression {
  if (owner.phase === "rows") return expression;
  if (owner.phase === "grouped") return owner.keyOf(expression);
  const { compilation } = owner;
  throw dimensionOutsideKeys(columnName(owner, node), compilation.position(node.location));
}

function columnName(block: Block, node: Var): string {
  return block.compilation.shapes.get(node.entry)?.columnNames[node.column - 1] ?? "?";
}

function measureInClause(measure: MeasureColumn, block: Block, clause: Clause, location: number): Expression {
  const position = block.compilation.position(location);
  switch (clause) {
    case "where":
      throw measureInWhere(measure.label, position);
    case "on":
      throw measureInJoin(measure.label, position);
    case "group":
      throw measureInGroupBy(measure.label, position);
    case "value":
      if (block.phase === "rows") throw measureMisplaced(measure.label, position);
      return measureValue({ block, measure, filter: undefined, location });
    default:
      return clause satisfies never;
  }
}

function compileAggregate(node: Aggref, block: Block, clause: Clause): Expression {
  const owner = block.compilation.blocksById.get(node.block) ?? block;
  const compileRows = (expression: Expression) => compileExpression(expression, block, "value");
  return owner.overRows(() => {
    if (owner === block) {
      const value = wrappedMeasure(node, block, compileRows);
      if (value !== undefined) return value;
    }
    const [first] = node.args;
    if (first?.kind === "Var" && first.column === 0) return countOfRows(node, first, block);
    return children(node, block, clause === "value" ? "value" : clause);
  });
}

/** count(c) over a lens relation c: the rows that are not missing. */
function countOfRows(node: Aggref, row: Var, block: Block): Expression {
  const shape = block.compilation.shapes.get(row.entry);
  const counts = aggregateName(node.function) === "count" && !node.distinct;
  if (shape?.presence === undefined || !counts)
    throw wholeRow(shape?.name ?? "?", block.compilation.position(row.location));
  const filter = node.filter && compileExpression(node.filter, block, "value");
  return { ...node, args: [shape.presence()], filter };
}

function compileNullTest(node: NullTest, block: Block, clause: Clause): Expression {
  const row = node.arg;
  if (row.kind !== "Var" || row.column !== 0) return children(node, block, clause);
  const shape = block.compilation.shapes.get(row.entry);
  if (shape?.presence === undefined)
    throw wholeRow(shape?.name ?? "?", block.compilation.position(row.location));
  const owner = block.compilation.blocks.get(row.entry) ?? block;
  return wholeRowTest(node, row, owner, shape);
}

/**
 * `c IS NULL` is true of a missing row: a row of a lens table is never all NULL, its key is not. `c IS NOT NULL` is
 * true when no dimension is NULL, as PostgreSQL has it for rows.
 */
function wholeRowTest(node: NullTest, row: Var, owner: Block, shape: EntryShape): Expression {
  const test = (arg: Expression): Expression => ({
    kind: "NullTest",
    arg: rowValue(arg, owner, row),
    negated: node.negated,
    type: booleanOid,
    location: node.location,
  });
  if (!node.negated && shape.presence !== undefined) return test(shape.presence());
  const values = shape.columns.flatMap((column) => (column.kind === "value" ? [column.expression()] : []));
  const all = conjunction(values.map(test));
  return all ?? test({ kind: "Const", value: true, type: booleanOid, modifier: -1, location: -1 });
}
