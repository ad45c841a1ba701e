// Arrays: ANY and ALL over them, casts of their elements, subscripts.

import { assert } from "../errors.ts";
import { operatorId } from "../query/offered-functions.ts";
import type { ArrayCoerceExpr, Const, Expression, ScalarArrayOpExpr, SubscriptExpr } from "../query/query.ts";
import { elementType, oids } from "../query/type-oids.ts";
import { hints } from "./hints.ts";
import { printOperatorCall } from "./print-call.ts";
import type { Printer } from "./printer.ts";

/** Elements over which an operator that has no set form is written out one by one. */
const writtenOutElementsMax = 100;

export function printArrayComparison(printer: Printer, node: ScalarArrayOpExpr): string {
  const [value, array] = node.args;
  assert(value !== undefined && array !== undefined, "ANY has two arguments");
  const elements = elementsOf(array);
  if (elements === undefined) return overArray(printer, node, value, array);
  if (elements.length === 0) return node.any ? "FALSE" : "TRUE";
  const id = operatorId(node.operator);
  const comparable = !elements.some((element) => needsOwnComparison(value.type, element.type));
  if (comparable && ((id === "equal" && node.any) || (id === "notEqual" && !node.any))) {
    const list = elements.map((element) => printer.bare(element)).join(", ");
    return `(${printer.print(value)} ${node.any ? "IN" : "NOT IN"} (${list}))`;
  }
  if (elements.length > writtenOutElementsMax) {
    return printer.refuse(
      `this operator over more than ${writtenOutElementsMax} values`,
      node.location,
      "Write a subquery over VALUES instead of the list.",
    );
  }
  const tests = elements.map((element) =>
    printOperatorCall(printer, node.operator, [value, element], oids.bool, node.location),
  );
  return `(${tests.join(node.any ? " OR " : " AND ")})`;
}

/** Types whose values an engine does not compare with each other as PostgreSQL does. */
function needsOwnComparison(left: number, right: number): boolean {
  return left !== right && (left === oids.timestamptz || right === oids.timestamptz);
}

/** The elements of an array that is written out; undefined for any other. */
function elementsOf(array: Expression): readonly Expression[] | undefined {
  if (array.kind === "RelabelType") {
    const element = elementType(array.type);
    const inner = elementsOf(array.arg);
    return element === undefined ? undefined : inner?.map((node) => ({ ...node, type: element }));
  }
  if (array.kind === "ArrayExpr" && !array.multiDimensional) return array.elements;
  if (array.kind !== "Const" || !Array.isArray(array.value)) return undefined;
  const type = elementType(array.type);
  const values: Const["value"][] = array.value;
  if (type === undefined || values.some((value) => Array.isArray(value))) return undefined;
  return values.map((value) => ({ kind: "Const", type, modifier: -1, location: array.location, value }));
}

function overArray(printer: Printer, node: ScalarArrayOpExpr, value: Expression, array: Expression): string {
  const id = operatorId(node.operator);
  const element = elementType(array.type);
  if (id === undefined || element === undefined || needsOwnComparison(value.type, element)) {
    return printer.refuse("this operator with ANY or ALL of an array", node.location, hints.unnest);
  }
  const text = printer.dialect.anyOfArray(printer.print(value), id, node.any, printer.print(array));
  return text ?? printer.refuse("this operator with ANY or ALL of an array", node.location, hints.unnest);
}

export function printArrayCast(printer: Printer, node: ArrayCoerceExpr): string {
  const from = elementType(node.arg.type);
  const text = printer.print(node.arg);
  if (
    node.element.kind === "CaseTest" ||
    (node.element.kind === "RelabelType" && node.element.arg.kind === "CaseTest")
  ) {
    return text;
  }
  assert(from !== undefined, "an array has a type of elements");
  return printer.dialect.mapArray(text, (element) => {
    const stand = { kind: "CaseTest", type: from, location: node.location } as const;
    return printer.withCaseTest(element, stand, () => printer.bare(node.element));
  });
}

export function printSubscript(printer: Printer, node: SubscriptExpr): string {
  if (elementType(node.array.type) === undefined)
    printer.refuse("a subscript of this type", node.location, hints.inModel);
  if (node.upper.length !== 1)
    printer.refuse("an array of more than one dimension", node.location, hints.oneDimension);
  const array = printer.print(node.array);
  const upper = node.upper[0];
  if (node.lower !== undefined) {
    const lower = node.lower[0];
    return printer.dialect.slice(array, lower && printer.print(lower), upper && printer.print(upper));
  }
  assert(upper !== undefined, "a subscript has a value");
  return printer.dialect.subscript(array, printer.print(upper));
}
