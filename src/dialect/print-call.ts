// Calls of offered functions and operators, and casts.

import { assert } from "../errors.ts";
import { nearestOffered } from "../query/nearest-offered.ts";
import { isCastFunction, isLengthCoercion } from "../query/offered-casts.ts";
import { functionId, operatorId, setFunctionId } from "../query/offered-functions.ts";
import { operatorName } from "../query/operator-names.ts";
import type { Expression, FuncExpr, OpExpr } from "../query/query.ts";
import { oids } from "../query/type-oids.ts";
import type { Call, Rendering } from "./dialect.ts";
import { notOffered } from "./dialect-errors.ts";
import { hints } from "./hints.ts";
import type { Printer } from "./printer.ts";

/** Arguments, types and place of a call; an argument is printed when it is asked for. */
export function callOf(printer: Printer, nodes: readonly Expression[], type: number, location: number): Call {
  const printed: (string | undefined)[] = [];
  const arg = (index: number): string => {
    const node = nodes[index];
    assert(node !== undefined, `a call has an argument ${index}`);
    printed[index] ??= printer.print(node);
    return printed[index];
  };
  return {
    settings: printer.settings,
    server: printer.server,
    print: printer.print,
    sources: printer.sources,
    boundValue: printer.boundValue,
    refuse: printer.refuse,
    nodes,
    arg,
    get args() {
      return nodes.map((_, index) => arg(index));
    },
    types: nodes.map((node) => node.type),
    type,
    location,
  };
}

/** Refuses a function that the dialect has and this server has not. */
export function checkServerHas(printer: Printer, oid: number, location: number): void {
  const hint = printer.dialect.missingFunction?.(oid);
  if (hint === undefined) return;
  const { name } = nearestOffered(oid);
  printer.refuse(`${name ?? "this function"}() with these arguments`, location, hint);
}

function rendered(rendering: Rendering, call: Call): string {
  if (typeof rendering === "function") return rendering(call);
  return call.refuse(rendering.refused, call.location, rendering.hint);
}

export function printFunction(printer: Printer, node: FuncExpr): string {
  const [value, modifier] = node.args;
  if (isLengthCoercion(node.function)) {
    assert(value !== undefined, "a length coercion has a value");
    if (modifier?.kind !== "Const" || typeof modifier.value !== "number") {
      return printer.refuse("a type modifier that is not a constant", node.location, hints.literal);
    }
    return castTo(printer, value, node.type, modifier.value, node.location);
  }
  if (isCastFunction(node.function)) {
    assert(value !== undefined, "a cast has a value");
    return castTo(printer, value, node.type, -1, node.location);
  }
  checkServerHas(printer, node.function, node.location);
  if (node.returnsSet) return printRows(printer, node);
  const id = functionId(node.function);
  if (id === undefined) throw notOfferedFunction(node.function, node.location);
  if (node.variadic && id !== "concat" && id !== "concat_ws") {
    printer.refuse("VARIADIC", node.location, hints.arguments);
  }
  if (node.variadic) printer.refuse("VARIADIC with an array", node.location, hints.arguments);
  return rendered(printer.dialect.functions[id], callOf(printer, node.args, node.type, node.location));
}

/** A set-returning function in a select list, one row for each of its values. */
function printRows(printer: Printer, node: FuncExpr): string {
  const id = setFunctionId(node.function);
  if (id === undefined) throw notOfferedFunction(node.function, node.location);
  if (!printer.expandsRows)
    printer.refuse("a set-returning function in this place", node.location, hints.inFrom);
  return printer.dialect.setFunctions[id].rows(callOf(printer, node.args, node.type, node.location));
}

export function notOfferedFunction(oid: number, location: number) {
  const { name, nearest } = nearestOffered(oid);
  return notOffered(name === undefined ? "this function" : `function ${name}`, nearest, location);
}

export function printOperator(printer: Printer, node: OpExpr): string {
  return printOperatorCall(printer, node.operator, node.args, node.type, node.location);
}

export function printOperatorCall(
  printer: Printer,
  operator: number,
  args: readonly Expression[],
  type: number,
  location: number,
): string {
  const id = operatorId(operator);
  if (id === undefined) {
    const name = operatorName(operator);
    throw notOffered(name === undefined ? "this operator" : `operator ${name}`, undefined, location);
  }
  return rendered(printer.dialect.operators[id], callOf(printer, args, type, location));
}

const sameText: ReadonlySet<number> = new Set([oids.text, oids.varchar, oids.name, oids.unknown]);

/** A cast by meaning: the text of `node` as a value of the type. */
export function castTo(
  printer: Printer,
  node: Expression,
  type: number,
  modifier: number,
  location: number,
): string {
  const from = node.type;
  if (modifier < 0 && (from === type || (sameText.has(from) && sameText.has(type))))
    return printer.print(node);
  let text: string | undefined;
  return printer.dialect.cast({
    settings: printer.settings,
    server: printer.server,
    print: printer.print,
    sources: printer.sources,
    boundValue: printer.boundValue,
    refuse: printer.refuse,
    node,
    get text() {
      text ??= printer.print(node);
      return text;
    },
    from,
    to: type,
    modifier,
    location,
  });
}
