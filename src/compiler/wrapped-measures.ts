// M1 and M2: MEASURE(m), and the aggregates that BI tools wrap round a measure. A measure has exactly one value per
// group, so no wrapper changes it.

import type { MeasureType } from "../model/model.ts";
import type { Aggref, CaseExpr, Const, Expression } from "../query/query.ts";
import { mapChildren, replaceExpressions, visitExpression } from "../query/walk.ts";
import type { Block } from "./block.ts";
import { castArgument, isCast } from "./casts.ts";
import { conjunction } from "./compilation.ts";
import { measureArgument, measureWrapper } from "./compiler-errors.ts";
import { measureValue } from "./measure-value.ts";
import { aggregateName } from "./offered-names.ts";
import type { MeasureColumn } from "./shape.ts";

type CompileRows = (expression: Expression) => Expression;

interface Use {
  readonly node: Aggref;
  readonly block: Block;
  readonly filter: Expression | undefined;
  readonly compileRows: CompileRows;
}

const anyMeasureWrappers = new Set(["sum", "avg", "min", "max", "any_value"]);
const numericOnly = new Set(["sum", "avg"]);

/** The value of an aggregate call that uses a measure; undefined when it uses none. */
export function wrappedMeasure(node: Aggref, block: Block, compileRows: CompileRows): Expression | undefined {
  const { compilation } = block;
  const isCall = compilation.input.measureFunctions.has(node.function);
  if (!isCall && !node.args.some((arg) => usesMeasure(arg, block))) return undefined;
  const position = compilation.position(node.location);
  const filter = node.filter === undefined ? undefined : compileRows(node.filter);
  const use: Use = { node, block, filter, compileRows };
  const [arg] = node.args;
  if (isCall) {
    const measure = arg === undefined ? undefined : measureOf(arg, block);
    if (measure === undefined || node.distinct || node.orderBy.length > 0) throw measureArgument(position);
    return measureValue({ block, measure, filter, location: node.location });
  }
  const name = aggregateName(node.function) ?? "aggregate";
  const value = arg === undefined ? undefined : wrapperValue(use, name, arg);
  if (value === undefined) throw measureWrapper(name.toUpperCase(), position);
  return { kind: "CastTo", arg: value, type: node.type, modifier: -1, location: node.location };
}

function wrapperValue(use: Use, name: string, arg: Expression): Expression | undefined {
  const measure = castMeasure(arg, use.block);
  if (!isAccepted(use, name, measure)) return undefined;
  if (measure !== undefined || onlyMeasures(arg, use.block)) return overMeasures(arg, use, use.filter);
  if (!anyMeasureWrappers.has(name)) return undefined;
  return caseOverMeasure(arg, use);
}

/** Whether the wrapper fits: `measure` is undefined for an expression over several. */
function isAccepted(use: Use, name: string, measure: MeasureColumn | undefined): boolean {
  const type = measure === undefined ? undefined : modelType(measure, use.block);
  if (use.block.compilation.input.strictWrappers)
    return type !== undefined && isMatching(name, type, use.node);
  if (anyMeasureWrappers.has(name))
    return !(numericOnly.has(name) && (type === "string" || type === "time" || type === "boolean"));
  if (use.node.orderBy.length > 0) return false;
  switch (name) {
    case "count":
      if (use.node.distinct) return type === "count_distinct" || type === "count_distinct_approx";
      return type === "count";
    case "string_agg":
      return type === "string";
    case "bool_and":
    case "bool_or":
    case "every":
      return type === "boolean";
    default:
      return false;
  }
}

/** `measureAggregates: strict`: the aggregate is the measure's own. */
function isMatching(name: string, type: MeasureType, node: Aggref): boolean {
  switch (type) {
    case "count":
      return name === "count" && !node.distinct;
    case "count_distinct":
    case "count_distinct_approx":
      return name === "count" && node.distinct;
    case "sum":
    case "avg":
    case "min":
    case "max":
      return name === type;
    default:
      return name === "any_value";
  }
}

function modelType(measure: MeasureColumn, block: Block): MeasureType | undefined {
  const table = block.compilation.linkedTable(measure.access.table);
  return table.measures.find((item) => item.name === measure.name)?.type;
}

/** f(CASE WHEN c THEN m [ELSE NULL|0] END) is MEASURE(m) FILTER (WHERE c), 0 for no value where ELSE 0. */
function caseOverMeasure(arg: Expression, use: Use): Expression | undefined {
  if (isCast(arg)) {
    const inner = castArgument(arg);
    const value = inner && caseOverMeasure(inner, use);
    return value && mapChildren(arg, { expression: () => value, query: (query) => query });
  }
  if (arg.kind !== "CaseExpr" || arg.whens.length !== 1) return undefined;
  const [branch] = arg.whens;
  if (branch === undefined || !onlyMeasures(branch.then, use.block)) return undefined;
  const condition = branchCondition(arg, branch.when);
  if (usesMeasure(condition, use.block)) return undefined;
  const zero = elseConstant(arg.otherwise);
  if (zero === undefined) return undefined;
  const filter = conjunction([use.filter, use.compileRows(condition)]);
  const value = overMeasures(branch.then, use, filter);
  if (zero.value === null) return value;
  return { kind: "CoalesceExpr", args: [value, zero], type: arg.type, location: arg.location };
}

function branchCondition(node: CaseExpr, when: Expression): Expression {
  const { arg } = node;
  if (arg === undefined) return when;
  return replaceExpressions(when, (inner) => (inner.kind === "CaseTest" ? arg : undefined));
}

/** NULL or 0, through casts; undefined for anything else. */
function elseConstant(otherwise: Expression | undefined): Const | undefined {
  if (otherwise === undefined) return { kind: "Const", value: null, type: 25, modifier: -1, location: -1 };
  if (isCast(otherwise)) {
    const inner = castArgument(otherwise);
    const constant = elseConstant(inner);
    return constant && { ...constant, type: otherwise.type, modifier: -1 };
  }
  if (otherwise.kind !== "Const") return undefined;
  const { value } = otherwise;
  const isZero = value === 0 || value === 0n || (typeof value === "string" && /^0+(\.0+)?$/.test(value));
  return value === null || isZero ? otherwise : undefined;
}

function overMeasures(expression: Expression, use: Use, filter: Expression | undefined): Expression {
  const { block, compileRows } = use;
  const rewrite = (node: Expression): Expression => {
    const measure = measureOf(node, block);
    if (measure !== undefined) return measureValue({ block, measure, filter, location: node.location });
    return mapChildren(node, {
      expression: rewrite,
      query: (query) => block.compilation.recursion.query(query),
    });
  };
  return expression.kind === "Var" && measureOf(expression, block) === undefined
    ? compileRows(expression)
    : rewrite(expression);
}

/** The measure that a column is, of this block's own FROM. */
export function measureOf(node: Expression, block: Block): MeasureColumn | undefined {
  if (node.kind !== "Var" || block.compilation.blocks.get(node.entry) !== block) return undefined;
  const column = block.compilation.shapes.get(node.entry)?.columns[node.column - 1];
  return column?.kind === "measure" ? column.measure : undefined;
}

function castMeasure(node: Expression, block: Block): MeasureColumn | undefined {
  const inner = isCast(node) ? castArgument(node) : undefined;
  return inner === undefined ? measureOf(node, block) : castMeasure(inner, block);
}

export function usesMeasure(expression: Expression, block: Block): boolean {
  let found = false;
  visitExpression(expression, {
    expression: (node) => {
      found ||= measureOf(node, block) !== undefined;
      return !found;
    },
    query: () => false,
  });
  return found;
}

/** Whether the expression has columns, and measures are all of them. */
function onlyMeasures(expression: Expression, block: Block): boolean {
  let measures = 0;
  let others = 0;
  visitExpression(expression, {
    expression: (node) => {
      if (measureOf(node, block) !== undefined) measures += 1;
      else if (node.kind === "Var" || node.kind === "GroupKey" || node.kind === "Aggref") others += 1;
      else if (node.kind === "SubLink") others += 1;
      return true;
    },
    query: () => false,
  });
  return measures > 0 && others === 0;
}
