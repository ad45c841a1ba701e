// How a value of PostgreSQL's numeric type is held in DuckDB: as a DECIMAL or whole number of a known scale, or in
// double precision where DuckDB has no exact operation (division, average).
import { expressionModifier } from "../../query/expression-modifier.ts";
import { aggregateId, functionId, operatorId, windowFunctionId } from "../../query/offered-functions.ts";
import type { Const, Expression, FuncExpr, OpExpr, Query } from "../../query/query.ts";
import { isFloat, isInteger, oids } from "../../query/type-oids.ts";
import { numericModifier } from "./types.ts";

/** Digits after the point of a DECIMAL; `double`; or `unknown` for what only the warehouse can tell. */
export type NumericForm = number | "double" | "unknown";

export type Resolve = (node: Expression) => Expression | undefined;

/** The form of an expression of a number type. */
export function numericForm(node: Expression, resolve: Resolve): NumericForm {
  if (isInteger(node.type)) return 0;
  if (isFloat(node.type)) return "double";
  if (node.type !== oids.numeric) return "unknown";
  const modifier = numericModifier(expressionModifier(node));
  if (modifier !== undefined) return modifier.scale;
  const form = (inner: Expression) => numericForm(inner, resolve);
  switch (node.kind) {
    case "Const":
      return constantForm(node);
    case "Var":
    case "GroupKey": {
      const behind = resolve(node);
      return behind === undefined ? "unknown" : form(behind);
    }
    case "FuncExpr":
      return functionForm(node, resolve);
    case "OpExpr":
      return operatorForm(node, resolve);
    case "NullIfExpr":
      return node.args[0] === undefined ? "unknown" : form(node.args[0]);
    case "CaseExpr":
      return common(
        [...node.whens.map(({ then }) => then), ...(node.otherwise ? [node.otherwise] : [])],
        resolve,
      );
    case "CoalesceExpr":
    case "MinMaxExpr":
      return common(node.args, resolve);
    case "Aggref":
    case "WindowFunc":
      return aggregateForm(node.function, node.args, resolve);
    case "RelabelType":
    case "CollateExpr":
    case "CastTo":
      return form(node.arg);
    case "SubLink":
      return node.link === "expression" ? queryForm(node.query, resolve) : "unknown";
    default:
      return "unknown";
  }
}

function constantForm(node: Const): NumericForm {
  if (node.value === null) return 0;
  const text = String(node.value);
  if (!/^-?\d/.test(text)) return "double";
  return text.split(".")[1]?.length ?? 0;
}

function queryForm(query: Query, resolve: Resolve): NumericForm {
  const target = query.targets.find(({ junk }) => !junk);
  if (query.setOperation !== undefined || target === undefined) return "unknown";
  return numericForm(target.expression, resolve);
}

/** NULL takes any form; the widest of the others wins. */
function common(nodes: readonly Expression[], resolve: Resolve): NumericForm {
  return nodes
    .filter((node) => !(node.kind === "Const" && node.value === null))
    .map((node) => numericForm(node, resolve))
    .reduce<NumericForm>((left, right) => combined(left, right, Math.max), 0);
}

function combined(
  left: NumericForm,
  right: NumericForm,
  scale: (a: number, b: number) => number,
): NumericForm {
  if (left === "unknown" || right === "unknown") return "unknown";
  if (left === "double" || right === "double") return "double";
  return scale(left, right);
}

function operatorForm(node: OpExpr, resolve: Resolve): NumericForm {
  const [left, right = left] = node.args;
  if (left === undefined || right === undefined) return "unknown";
  const a = numericForm(left, resolve);
  const b = numericForm(right, resolve);
  switch (operatorId(node.operator)) {
    case "addNumeric":
    case "subtractNumeric":
    case "moduloNumeric":
      return combined(a, b, Math.max);
    case "multiplyNumeric":
      return combined(a, b, (x, y) => x + y);
    case "plus":
    case "negate":
    case "absolute":
      return a;
    case "divideNumeric":
    case "power":
      return "double";
    default:
      return "unknown";
  }
}

function constantInteger(node: Expression | undefined): number | undefined {
  return node?.kind === "Const" && typeof node.value === "number" ? node.value : undefined;
}

/** Scale of the seconds that extract() yields as numeric. */
export const secondScale = 6;

function functionForm(node: FuncExpr, resolve: Resolve): NumericForm {
  const [first, second] = node.args;
  if (first === undefined) return "unknown";
  const a = numericForm(first, resolve);
  const id = functionId(node.function);
  switch (id) {
    case undefined:
      // A cast to numeric: of integers exact, of floats in double precision.
      return isInteger(first.type) ? 0 : isFloat(first.type) ? "double" : "unknown";
    case "abs":
      return a;
    case "mod":
      return second === undefined ? "unknown" : combined(a, numericForm(second, resolve), Math.max);
    case "ceil":
    case "ceiling":
    case "floor":
    case "sign":
    case "factorial":
    case "div":
      return a === "double" ? "double" : 0;
    case "round":
    case "trunc":
      return Math.max(0, node.args.length === 1 ? 0 : (constantInteger(second) ?? 0));
    case "extract":
      return extractForm(first);
    default:
      return "double";
  }
}

/** Fields of extract() that have a fraction. */
export const fractionFields: ReadonlyMap<string, number> = new Map([
  ["second", secondScale],
  ["seconds", secondScale],
  ["epoch", secondScale],
  ["millisecond", 3],
  ["milliseconds", 3],
  ["msec", 3],
  ["ms", 3],
]);

function extractForm(field: Expression): NumericForm {
  if (field.kind !== "Const" || typeof field.value !== "string") return "unknown";
  return fractionFields.get(field.value.toLowerCase()) ?? 0;
}

function aggregateForm(oid: number, args: readonly Expression[], resolve: Resolve): NumericForm {
  const first = args[0];
  if (first === undefined) return "unknown";
  const id = aggregateId(oid) ?? windowFunctionId(oid);
  switch (id) {
    case "sum":
    case "min":
    case "max":
    case "any_value":
    case "first_value":
    case "last_value":
    case "nth_value":
    case "mode":
      return numericForm(first, resolve);
    case "lag":
    case "lead": {
      const other = args[2];
      return other === undefined
        ? numericForm(first, resolve)
        : combined(numericForm(first, resolve), numericForm(other, resolve), Math.max);
    }
    default:
      return "double";
  }
}
