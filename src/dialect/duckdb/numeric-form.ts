// How a value of PostgreSQL's numeric type is held in DuckDB: as a DECIMAL or whole number of known digits, or in
// double precision where DuckDB has no exact operation (division, average).
import { expressionModifier } from "../../query/expression-modifier.ts";
import { aggregateId, functionId, operatorId, windowFunctionId } from "../../query/offered-functions.ts";
import type { Const, Expression, FuncExpr, ModelAggregate, OpExpr, Query } from "../../query/query.ts";
import { isFloat, isInteger, isString, oids } from "../../query/type-oids.ts";
import { numberPattern } from "./number-pattern.ts";
import { decimalDigitsMax, numericModifier } from "./types.ts";

/** Digits in all and after the point. */
export interface DecimalForm {
  readonly digits: number;
  readonly scale: number;
}

/** `unknown`: only the warehouse can tell. */
export type NumericForm = DecimalForm | "double" | "unknown";

/** The expressions that a column or key stands for: one for each arm or row; none where they are not known. */
export type Sources = (node: Expression) => readonly Expression[];

export function isDecimal(form: NumericForm): form is DecimalForm {
  return typeof form === "object";
}

const integerDigits = new Map<number, number>([
  [oids.int2, 5],
  [oids.int4, 10],
  [oids.int8, 19],
]);

function decimal(digits: number, scale: number): DecimalForm {
  return { digits: Math.min(decimalDigitsMax, digits), scale };
}

const widest = decimal(decimalDigitsMax, 0);

/** By statement and expression: what many levels of subqueries hand on is looked for once. */
const forms = new WeakMap<Sources, WeakMap<Expression, NumericForm>>();

/** The form of an expression of a number type. */
export function numericForm(node: Expression, sources: Sources): NumericForm {
  let known = forms.get(sources);
  if (known === undefined) {
    known = new WeakMap();
    forms.set(sources, known);
  }
  let form = known.get(node);
  if (form === undefined) {
    form = findForm(node, sources);
    known.set(node, form);
  }
  return form;
}

function findForm(node: Expression, sources: Sources): NumericForm {
  const digits = integerDigits.get(node.type);
  if (digits !== undefined) return decimal(digits, 0);
  if (isFloat(node.type)) return "double";
  if (node.type !== oids.numeric) return "unknown";
  const modifier = numericModifier(expressionModifier(node));
  if (modifier !== undefined) return decimal(modifier.precision, modifier.scale);
  const form = (inner: Expression) => numericForm(inner, sources);
  switch (node.kind) {
    case "Const":
      return constantForm(node);
    case "Var":
    case "GroupKey": {
      const behind = sources(node);
      return behind.length === 0 ? "unknown" : common(behind, sources);
    }
    case "FuncExpr":
      return functionForm(node, sources);
    case "OpExpr":
      return operatorForm(node, sources);
    case "NullIfExpr":
      return node.args[0] === undefined ? "unknown" : form(node.args[0]);
    case "CaseExpr":
      return common(
        [...node.whens.map(({ then }) => then), ...(node.otherwise ? [node.otherwise] : [])],
        sources,
      );
    case "CoalesceExpr":
    case "MinMaxExpr":
      return common(node.args, sources);
    case "Aggref":
    case "WindowFunc":
      return aggregateForm(node.function, node.args, sources);
    case "ModelAggregate":
      return modelForm(node, sources);
    case "CoerceViaIo":
      return isString(node.arg.type) ? "double" : "unknown";
    case "RelabelType":
    case "CollateExpr":
    case "CastTo":
      return form(node.arg);
    case "SubLink":
      return node.link === "expression" ? queryForm(node.query, sources) : "unknown";
    default:
      return "unknown";
  }
}

function constantForm(node: Const): NumericForm {
  if (node.value === null) return decimal(1, 0);
  const text = String(node.value);
  if (!/^-?\d/.test(text)) return "double";
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  return decimal(whole.length + fraction.length, fraction.length);
}

function queryForm(query: Query, sources: Sources): NumericForm {
  const target = query.targets.find(({ junk }) => !junk);
  if (query.setOperation !== undefined || target === undefined) return "unknown";
  return numericForm(target.expression, sources);
}

/** NULL takes any form; the widest of the others wins. */
function common(nodes: readonly Expression[], sources: Sources): NumericForm {
  return nodes
    .filter((node) => !(node.kind === "Const" && node.value === null))
    .map((node) => numericForm(node, sources))
    .reduce<NumericForm>((left, right) => combined(left, right, 0), decimal(1, 0));
}

/** Both in one DECIMAL, with room for `more` digits before the point. */
function combined(left: NumericForm, right: NumericForm, more: number): NumericForm {
  if (left === "unknown" || right === "unknown") return "unknown";
  if (left === "double" || right === "double") return "double";
  const scale = Math.max(left.scale, right.scale);
  return decimal(Math.max(left.digits - left.scale, right.digits - right.scale) + scale + more, scale);
}

function multiplied(left: NumericForm, right: NumericForm): NumericForm {
  if (!isDecimal(left) || !isDecimal(right)) return combined(left, right, 0);
  return decimal(left.digits + right.digits, left.scale + right.scale);
}

function operatorForm(node: OpExpr, sources: Sources): NumericForm {
  const [left, right = left] = node.args;
  if (left === undefined || right === undefined) return "unknown";
  const a = numericForm(left, sources);
  const b = numericForm(right, sources);
  switch (operatorId(node.operator)) {
    case "addNumeric":
    case "subtractNumeric":
      return combined(a, b, 1);
    case "moduloNumeric":
      return combined(a, b, 0);
    case "multiplyNumeric":
      return multiplied(a, b);
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

function functionForm(node: FuncExpr, sources: Sources): NumericForm {
  const [first, second] = node.args;
  if (first === undefined) return "unknown";
  const a = numericForm(first, sources);
  const id = functionId(node.function);
  switch (id) {
    case undefined:
      // A cast to numeric: of integers exact, of floats in double precision.
      return isInteger(first.type) ? a : isFloat(first.type) ? "double" : "unknown";
    case "abs":
      return a;
    case "mod":
      return second === undefined ? "unknown" : combined(a, numericForm(second, sources), 0);
    case "ceil":
    case "ceiling":
    case "floor":
      return isDecimal(a) ? decimal(a.digits - a.scale + 1, 0) : a;
    case "sign":
      return decimal(1, 0);
    case "factorial":
    case "div":
      return widest;
    case "to_number":
      return decimal(decimalDigitsMax, fractionOfPattern(second));
    case "round":
    case "trunc":
      return decimal(
        decimalDigitsMax,
        Math.max(0, node.args.length === 1 ? 0 : (constantInteger(second) ?? 0)),
      );
    case "extract":
      return extractForm(first);
    default:
      return "double";
  }
}

/** Digits after the point in a constant pattern of to_number(). */
function fractionOfPattern(pattern: Expression | undefined): number {
  const text = pattern?.kind === "Const" ? String(pattern.value) : "";
  return numberPattern(text)?.fraction.length ?? 0;
}

/** Digits after the point of the fields of extract() that have a fraction. */
const fractionFields: ReadonlyMap<string, number> = new Map(
  ["second", "seconds", "sec", "secs", "s", "epoch"]
    .map((name): [string, number] => [name, 6])
    .concat(
      ["millisecond", "milliseconds", "msec", "msecs", "ms"].map((name): [string, number] => [name, 3]),
    ),
);

function extractForm(field: Expression): NumericForm {
  if (field.kind !== "Const" || typeof field.value !== "string") return "unknown";
  return decimal(25, fractionFields.get(field.value.toLowerCase().trim()) ?? 0);
}

function aggregateForm(oid: number, args: readonly Expression[], sources: Sources): NumericForm {
  const first = args[0];
  if (first === undefined) return "unknown";
  const form = numericForm(first, sources);
  switch (aggregateId(oid) ?? windowFunctionId(oid)) {
    case "sum":
      return isDecimal(form) ? decimal(decimalDigitsMax, form.scale) : form;
    case "min":
    case "max":
    case "any_value":
    case "first_value":
    case "last_value":
    case "nth_value":
    case "mode":
    case "percentile_disc":
      return form;
    case "lag":
    case "lead":
      return args[2] === undefined ? form : combined(form, numericForm(args[2], sources), 0);
    default:
      return "double";
  }
}

function modelForm(node: ModelAggregate, sources: Sources): NumericForm {
  const [first] = node.args;
  const form = first === undefined ? "unknown" : numericForm(first, sources);
  switch (node.aggregate) {
    case "avg":
      return "double";
    case "sum":
      return isDecimal(form) ? decimal(decimalDigitsMax, form.scale) : form;
    case "min":
    case "max":
    case "any_value":
      return form;
    default:
      return "unknown";
  }
}
