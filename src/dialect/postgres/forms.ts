// Constructs that PostgreSQL prints in its own way, where the common printer writes them out for any engine.
import { assert } from "../../errors.ts";
import { type OperatorId, operatorId, setFunctionId } from "../../query/offered-functions.ts";
import type {
  ArrayCoerceExpr,
  BooleanTest,
  CaseExpr,
  DistinctExpr,
  Expression,
  FunctionEntry,
  MinMaxExpr,
  NotDistinct,
  NullIfExpr,
  NullTest,
  RelabelType,
  RowCompareExpr,
  ScalarArrayOpExpr,
  SubLink,
} from "../../query/query.ts";
import { elementType } from "../../query/type-oids.ts";
import type { Forms } from "../dialect.ts";
import { callOf, checkServerHas } from "../print-call.ts";
import type { Printer } from "../printer.ts";
import { isUtc } from "../utc.ts";
import { comparable, withLetters } from "./collation.ts";
import { comparedSides, operatorName } from "./operators.ts";
import { castsAlike, joinsByZone } from "./time-zone.ts";
import { typeName } from "./types.ts";

const orders: ReadonlySet<OperatorId> = new Set(["less", "lessOrEqual", "greater", "greaterOrEqual"]);
const ofLetters: ReadonlySet<OperatorId> = new Set([
  "ilike",
  "notIlike",
  "matches",
  "notMatches",
  "matchesAnyCase",
  "notMatchesAnyCase",
]);

/** The operator between a value and many; undefined where the session's zone would decide. */
function between(printer: Printer, operator: number, left: number, right: number): OperatorId | undefined {
  const id = operatorId(operator);
  if (joinsByZone(left, right) && !isUtc(printer.settings.timeZone)) return undefined;
  return id;
}

/** The left side, which alone has to say how both compare. */
function compared(printer: Printer, id: OperatorId, value: Expression): string {
  const text = printer.print(value);
  if (orders.has(id)) return comparable(text, value.type);
  return ofLetters.has(id) ? withLetters(text, value.type, printer, value.location) : text;
}

function spelt(id: OperatorId, type: number): string {
  const name = operatorName(id);
  return elementType(type) === undefined ? name : `OPERATOR(pg_catalog.${name})`;
}

function arrayComparison(printer: Printer, node: ScalarArrayOpExpr): string | undefined {
  const [value, array] = node.args;
  assert(value !== undefined && array !== undefined, "ANY has two arguments");
  const element = elementType(array.type);
  if (element === undefined) return undefined;
  const id = between(printer, node.operator, value.type, element);
  if (id === undefined) return undefined;
  const left = compared(printer, id, value);
  const text = printer.bare(array);
  // Parentheses round a subquery would be taken for those of ANY (SELECT ...).
  const list =
    array.kind === "SubLink" ? `CAST(${printer.print(array)} AS ${typeName(array.type, -1)})` : text;
  return `(${left} ${operatorName(id)} ${node.any ? "ANY" : "ALL"} (${list}))`;
}

function subLink(printer: Printer, node: SubLink): string | undefined {
  if (node.link !== "any" && node.link !== "all") return undefined;
  let operator: string | undefined;
  const sides: string[] = [];
  for (const test of node.tests) {
    const id = between(printer, test.operator, test.left.type, test.type);
    if (id === undefined) return undefined;
    operator = spelt(id, test.left.type);
    sides.push(compared(printer, id, test.left));
  }
  const left = sides.length === 1 ? sides[0] : `ROW(${sides.join(", ")})`;
  return `(${left} ${operator} ${node.link === "any" ? "ANY" : "ALL"} (${printer.query(node.query)}))`;
}

/** The value that a simple CASE compares its operand with; undefined for any other condition. */
function comparedWith(when: Expression): Expression | undefined {
  if (when.kind !== "OpExpr" || operatorId(when.operator) !== "equal") return undefined;
  const [left, right] = when.args;
  return left?.kind === "CaseTest" ? right : undefined;
}

function simpleCase(printer: Printer, node: CaseExpr): string | undefined {
  const { arg } = node;
  if (arg === undefined) return undefined;
  const values = node.whens.map(({ when }) => comparedWith(when));
  const isPlain = values.every(
    (value) =>
      value !== undefined && !(joinsByZone(arg.type, value.type) && !isUtc(printer.settings.timeZone)),
  );
  if (!isPlain) return undefined;
  const arms = node.whens.map(({ then }, index) => {
    const value = values[index];
    return value === undefined ? "" : ` WHEN ${printer.bare(value)} THEN ${printer.bare(then)}`;
  });
  const otherwise = node.otherwise === undefined ? "" : ` ELSE ${printer.bare(node.otherwise)}`;
  return `CASE ${printer.bare(arg)}${arms.join("")}${otherwise} END`;
}

function nullIf(printer: Printer, node: NullIfExpr): string | undefined {
  const [left, right] = node.args;
  assert(left !== undefined && right !== undefined, "NULLIF has two arguments");
  if (joinsByZone(left.type, right.type) && !isUtc(printer.settings.timeZone)) return undefined;
  return `NULLIF(${printer.bare(left)}, ${printer.bare(right)})`;
}

function distinct(printer: Printer, node: DistinctExpr): string | undefined {
  const [left, right] = node.args;
  assert(left !== undefined && right !== undefined, "IS DISTINCT FROM has two sides");
  if (operatorId(node.operator) !== "equal") return undefined;
  const sides = comparedSides([printer.print(left), printer.print(right)], {
    ...printer,
    types: [left.type, right.type],
    location: node.location,
  });
  return `(${sides[0]} IS DISTINCT FROM ${sides[1]})`;
}

function rowComparison(printer: Printer, node: RowCompareExpr): string | undefined {
  const isZoned = node.left.some((left, index) => joinsByZone(left.type, node.right[index]?.type ?? 0));
  if (isZoned && !isUtc(printer.settings.timeZone)) return undefined;
  const left = node.left.map((part) => comparable(printer.print(part), part.type));
  const right = node.right.map((part) => printer.print(part));
  return `(ROW(${left.join(", ")}) ${node.comparison} ROW(${right.join(", ")}))`;
}

function minMax(printer: Printer, node: MinMaxExpr): string {
  const args = node.args.map((arg, index) => {
    const text = printer.print(arg);
    return index === 0 ? comparable(text, arg.type) : text;
  });
  return `${node.operation === "greatest" ? "GREATEST" : "LEAST"}(${args.join(", ")})`;
}

function booleanTest(printer: Printer, node: BooleanTest): string | undefined {
  if (node.test !== "unknown" && node.test !== "notUnknown") return undefined;
  return `(${printer.print(node.arg)} IS ${node.test === "unknown" ? "" : "NOT "}UNKNOWN)`;
}

function nullTest(printer: Printer, node: NullTest): string | undefined {
  if (node.arg.kind !== "RowExpr") return undefined;
  const parts = node.arg.args.map((part) => printer.print(part));
  return `(ROW(${parts.join(", ")}) IS ${node.negated ? "NOT " : ""}NULL)`;
}

/** The type is said, so that what the text goes into finds the function that was analysed. */
function relabel(printer: Printer, node: RelabelType): string | undefined {
  const name = typeName(node.type, node.modifier);
  return name === undefined ? undefined : `CAST(${printer.print(node.arg)} AS ${name})`;
}

function arrayCast(printer: Printer, node: ArrayCoerceExpr): string | undefined {
  const name = typeName(node.type, node.modifier);
  if (name === undefined || !castsAlike(node.arg.type, node.type, printer.settings)) return undefined;
  const text = printer.print(node.arg);
  // A cast of an array that is written out goes to its elements, unless it is of a type already.
  const array = node.arg.kind === "ArrayExpr" ? `CAST(${text} AS ${typeName(node.arg.type, -1)})` : text;
  return `CAST(${array} AS ${name})`;
}

/**
 * PostgreSQL joins by IS NOT DISTINCT FROM row by row only. Arrays of one element are equal in just the same cases, and
 * can be hashed. Around an array the brackets add a dimension, and NULL and the empty array are then the same.
 */
function notDistinct(printer: Printer, node: NotDistinct): string | undefined {
  if ([node.left, node.right].some(({ type }) => elementType(type) !== undefined)) return undefined;
  return `(ARRAY[${printer.bare(node.left)}] OPERATOR(pg_catalog.=) ARRAY[${printer.bare(node.right)}])`;
}

export const forms: Forms = {
  ScalarArrayOpExpr: arrayComparison,
  SubLink: subLink,
  CaseExpr: simpleCase,
  DistinctExpr: distinct,
  NotDistinct: notDistinct,
  NullIfExpr: nullIf,
  RowCompareExpr: rowComparison,
  MinMaxExpr: minMax,
  BooleanTest: booleanTest,
  NullTest: nullTest,
  RelabelType: relabel,
  ArrayCoerceExpr: arrayCast,
};

/** Set-returning functions as FROM holds them; undefined where one of them is no such function. */
export function functionEntry(printer: Printer, entry: FunctionEntry, alias: string): string | undefined {
  const calls: string[] = [];
  for (const { call } of entry.functions) {
    if (call.kind !== "FuncExpr" || !call.returnsSet) return undefined;
    const id = setFunctionId(call.function);
    if (id === undefined) return undefined;
    checkServerHas(printer, call.function, call.location);
    calls.push(printer.dialect.setFunctions[id].rows(callOf(printer, call.args, call.type, call.location)));
  }
  const text = calls.length === 1 ? calls[0] : `ROWS FROM (${calls.join(", ")})`;
  const columns = entry.columns.map((_, index) => `c${index + 1}`);
  return `${text}${entry.ordinality ? " WITH ORDINALITY" : ""} AS ${alias}(${columns.join(", ")})`;
}
