// Expressions to text. Every printed expression binds tighter than any operator, so that it can stand anywhere.

import { assert, unreachable } from "../errors.ts";
import { boundValues } from "../query/bound-values.ts";
import { operatorId } from "../query/offered-functions.ts";
import type { CaseExpr, Expression, MinMaxExpr, ModelSql, SqlValueFunction, Var } from "../query/query.ts";
import { elementType, oids } from "../query/type-oids.ts";
import { hints } from "./hints.ts";
import { printAggref, printGroupingFunc, printModelAggregate, printWindowFunc } from "./print-aggregate.ts";
import { printArrayCast, printArrayComparison, printSubscript } from "./print-array.ts";
import { castTo, printFunction, printOperator, printOperatorCall } from "./print-call.ts";
import { printGroupKey } from "./print-key.ts";
import { printSubLink } from "./print-sublink.ts";
import { endingComment, type Printer } from "./printer.ts";

export function printExpression(printer: Printer, node: Expression): string {
  const form = printer.dialect.forms[node.kind] as
    | ((printer: Printer, node: Expression) => string | undefined)
    | undefined;
  return form?.(printer, node) ?? printCommon(printer, node);
}

function printCommon(printer: Printer, node: Expression): string {
  switch (node.kind) {
    case "Var":
      return printVar(printer, node);
    case "GroupKey":
      return printGroupKey(printer, node);
    case "Const":
      return printer.dialect.literal(node, printer);
    case "Param":
      return printer.parameter(node.number, node.type);
    case "FuncExpr":
      return printFunction(printer, node);
    case "OpExpr":
      return printOperator(printer, node);
    case "DistinctExpr":
      return printDistinct(printer, node.operator, node.args, node.location);
    case "NullIfExpr":
      return printNullIf(printer, node.operator, node.args, node.location);
    case "ScalarArrayOpExpr":
      return printArrayComparison(printer, node);
    case "BoolExpr":
      return node.operation === "not"
        ? `(NOT ${printer.print(first(node.args))})`
        : `(${node.args.map((arg) => printer.print(arg)).join(node.operation === "and" ? " AND " : " OR ")})`;
    case "SubLink":
      return printSubLink(printer, node);
    case "CaseExpr":
      return printCase(printer, node);
    case "CaseTest":
      return printer.caseTest().text;
    case "CoalesceExpr":
      return `COALESCE(${node.args.map((arg) => printer.bare(arg)).join(", ")})`;
    case "MinMaxExpr":
      return printMinMax(printer, node);
    case "NullTest":
      return printNullTest(printer, node.arg, node.negated, node.location);
    case "BooleanTest":
      return `(${printer.print(node.arg)} ${booleanTests[node.test]})`;
    case "SqlValueFunction":
      return printValueFunction(printer, node);
    default:
      return printConversion(printer, node);
  }
}

type Conversion = Exclude<Expression, { kind: keyof typeof printedAbove }>;

const printedAbove = {
  Var: 0,
  GroupKey: 0,
  Const: 0,
  Param: 0,
  FuncExpr: 0,
  OpExpr: 0,
  DistinctExpr: 0,
  NullIfExpr: 0,
  ScalarArrayOpExpr: 0,
  BoolExpr: 0,
  SubLink: 0,
  CaseExpr: 0,
  CaseTest: 0,
  CoalesceExpr: 0,
  MinMaxExpr: 0,
  NullTest: 0,
  BooleanTest: 0,
  SqlValueFunction: 0,
} as const;

function printConversion(printer: Printer, node: Conversion): string {
  switch (node.kind) {
    case "CoerceViaIo":
    case "CastTo":
      // The argument of a measure has whatever type the warehouse gives it: the measure's own comes from the warehouse too.
      if (node.kind === "CastTo" && node.arg.type === 0)
        return printer.dialect.conform(printer.print(node.arg), node.type, node.modifier);
      return castTo(printer, node.arg, node.type, node.kind === "CastTo" ? node.modifier : -1, node.location);
    case "RelabelType":
    case "CollateExpr":
      return printer.print(node.arg);
    case "ArrayCoerceExpr":
      return printArrayCast(printer, node);
    case "ArrayExpr":
      if (node.multiDimensional)
        printer.refuse("an array of more than one dimension", node.location, hints.oneDimension);
      return printer.dialect.array(
        node.elements.map((element) => printer.bare(element)),
        node.type,
      );
    case "RowExpr":
      return printer.refuse("a row as a value", node.location, hints.columns);
    case "RowCompareExpr":
      return printRowComparison(printer, node);
    case "SubscriptExpr":
      return printSubscript(printer, node);
    case "Aggref":
      return printAggref(printer, node);
    case "GroupingFunc":
      return printGroupingFunc(printer, node);
    case "WindowFunc":
      return printWindowFunc(printer, node);
    case "ModelAggregate":
      return printModelAggregate(printer, node);
    case "ModelSql":
      return printModelSql(printer, node);
    case "NotDistinct":
      return `(${printer.print(node.left)} IS NOT DISTINCT FROM ${printer.print(node.right)})`;
    default:
      return unreachable(node);
  }
}

const booleanTests = {
  true: "IS TRUE",
  notTrue: "IS NOT TRUE",
  false: "IS FALSE",
  notFalse: "IS NOT FALSE",
  unknown: "IS NULL",
  notUnknown: "IS NOT NULL",
} as const;

function first(nodes: readonly Expression[]): Expression {
  const node = nodes[0];
  assert(node !== undefined, "an expression has an argument");
  return node;
}

function pair(nodes: readonly Expression[]): readonly [Expression, Expression] {
  const [left, right] = nodes;
  assert(left !== undefined && right !== undefined, "an operator has two arguments");
  return [left, right];
}

function printVar(printer: Printer, node: Var): string {
  if (node.column < 1) printer.refuse("a whole row as a value", node.location, hints.columns);
  return `${printer.quote(printer.names.alias(node.entry))}.${printer.quote(printer.names.column(node.entry, node.column))}`;
}

function printDistinct(
  printer: Printer,
  operator: number,
  args: readonly Expression[],
  location: number,
): string {
  const [left, right] = pair(args);
  const text = equality(printer, operator, left, right, location);
  return `(${text.left} IS DISTINCT FROM ${text.right})`;
}

/** Two printed values that may be compared as they are; refuses what needs more than that. */
function equality(printer: Printer, operator: number, left: Expression, right: Expression, location: number) {
  if (operatorId(operator) !== "equal") printer.refuse("this comparison", location, hints.castBoth);
  const zoned = [left.type, right.type].filter((type) => type === oids.timestamptz).length;
  if (zoned === 1) printer.refuse("comparing a time zone's time with one of none", location, hints.castBoth);
  return { left: printer.print(left), right: printer.print(right) };
}

function printNullIf(
  printer: Printer,
  operator: number,
  args: readonly Expression[],
  location: number,
): string {
  const [left, right] = pair(args);
  const equal = printOperatorCall(printer, operator, [left, right], oids.bool, location);
  if (operatorId(operator) === "equal" && left.type === right.type) {
    return `NULLIF(${printer.bare(left)}, ${printer.bare(right)})`;
  }
  return `CASE WHEN ${equal} THEN NULL ELSE ${printer.print(left)} END`;
}

function printCase(printer: Printer, node: CaseExpr): string {
  const otherwise = node.otherwise === undefined ? "" : ` ELSE ${printer.bare(node.otherwise)}`;
  const arms = (when: (node: Expression) => string) =>
    node.whens.map((arm) => ` WHEN ${when(arm.when)} THEN ${printer.bare(arm.then)}`).join("");
  if (node.arg === undefined) return `CASE${arms((when) => printer.bare(when))}${otherwise} END`;
  const text = printer.print(node.arg);
  const searched = printer.withCaseTest(text, node.arg, () => arms((when) => printer.bare(when)));
  return `CASE${searched}${otherwise} END`;
}

function printMinMax(printer: Printer, node: MinMaxExpr): string {
  const name = node.operation === "greatest" ? "GREATEST" : "LEAST";
  return `${name}(${node.args.map((arg) => printer.bare(arg)).join(", ")})`;
}

function printNullTest(printer: Printer, arg: Expression, negated: boolean, location: number): string {
  if (arg.kind === "RowExpr") {
    // A row IS NULL when all its columns are, and IS NOT NULL when all are not.
    const tests = arg.args.map((part) => printNullTest(printer, part, negated, location));
    return `(${tests.join(" AND ")})`;
  }
  return `(${printer.print(arg)} IS ${negated ? "NOT " : ""}NULL)`;
}

const rowOperators = { "<": "<", "<=": "<=", ">=": ">=", ">": ">", "=": "=", "<>": "<>" } as const;

/** (a, b) < (c, d) column by column, as PostgreSQL decides it: the first pair that differs, NULL if one is NULL. */
function printRowComparison(printer: Printer, node: Extract<Expression, { kind: "RowCompareExpr" }>): string {
  const comparison = rowOperators[node.comparison];
  const strict = comparison === "<=" ? "<" : comparison === ">=" ? ">" : comparison;
  const pairs = node.left.map((left, index) => {
    const right = node.right[index];
    assert(right !== undefined, "a row comparison has two equal sides");
    for (const type of [left.type, right.type]) {
      if (elementType(type) !== undefined)
        printer.refuse("comparing rows of arrays", node.location, hints.columns);
    }
    return { left: printer.print(left), right: printer.print(right) };
  });
  const arms = pairs
    .slice(0, -1)
    .map(
      ({ left, right }) =>
        `WHEN ${left} <> ${right} OR (${left} = ${right}) IS NULL THEN ${left} ${strict} ${right}`,
    );
  const last = pairs.at(-1);
  assert(last !== undefined, "a row has columns");
  return `CASE ${arms.join(" ")} ELSE ${last.left} ${comparison} ${last.right} END`;
}

function printValueFunction(printer: Printer, node: SqlValueFunction): string {
  const now = {
    kind: "Param",
    number: boundValues.now.number,
    type: oids.timestamptz,
    location: node.location,
  } as const;
  const text = (value: { readonly number: number }) => printer.parameter(value.number, oids.text);
  switch (node.operation) {
    case "current_timestamp":
      return castTo(printer, now, oids.timestamptz, node.modifier, node.location);
    case "localtimestamp":
      return castTo(printer, now, oids.timestamp, node.modifier, node.location);
    case "current_date":
      return castTo(printer, now, oids.date, -1, node.location);
    case "localtime":
      return castTo(printer, now, oids.time, node.modifier, node.location);
    case "current_time":
      return printer.refuse(
        "a time of day with a time zone",
        node.location,
        "Use LOCALTIME or CURRENT_TIMESTAMP.",
      );
    case "current_role":
    case "current_user":
    case "user":
      return text(boundValues.currentUser);
    case "session_user":
      return text(boundValues.sessionUser);
    case "current_catalog":
      return text(boundValues.currentDatabase);
    case "current_schema":
      return text(boundValues.currentSchema);
    default:
      return unreachable(node.operation);
  }
}

function printModelSql(printer: Printer, node: ModelSql): string {
  const parts = node.parts.map((part) => {
    if (typeof part === "string") return part;
    return part.kind === "aliasOf" ? printer.quote(printer.names.alias(part.entry)) : printer.print(part);
  });
  return `(${endingComment(parts.join(""))})`;
}
