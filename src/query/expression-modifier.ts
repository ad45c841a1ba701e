// The type modifier of an expression's result, as exprTypmod() of PostgreSQL's nodeFuncs.c tells it.
import type { Expression } from "./query.ts";

const noModifier = -1;
const integerType = 23;

/** PostgreSQL's type modifier; -1 for none. */
export function expressionModifier(expression: Expression): number {
  switch (expression.kind) {
    case "Var":
    case "GroupKey":
    case "Const":
    case "SqlValueFunction":
    case "RelabelType":
    case "ArrayCoerceExpr":
    case "CastTo":
      return expression.modifier;
    case "FuncExpr":
      return lengthCoercion(expression.args, expression.format !== "call");
    case "CollateExpr":
      return expressionModifier(expression.arg);
    case "NullIfExpr":
      return expression.args[0] === undefined ? noModifier : expressionModifier(expression.args[0]);
    case "CaseExpr":
      // Without ELSE the result may be NULL, which has any modifier.
      return common(
        expression.type,
        expression.whens.map(({ then }) => then).concat(expression.otherwise ?? []),
      );
    case "CoalesceExpr":
    case "MinMaxExpr":
      return common(expression.type, expression.args);
    case "SubLink": {
      if (expression.link !== "expression" && expression.link !== "array") return noModifier;
      const target = expression.query.targets.find(({ junk }) => !junk);
      return target === undefined ? noModifier : expressionModifier(target.expression);
    }
    default:
      return noModifier;
  }
}

/** A cast to a length: the function's second argument is the modifier. */
function lengthCoercion(args: readonly Expression[], cast: boolean): number {
  const length = args[1];
  if (!cast || args.length < 2 || args.length > 3 || length?.kind !== "Const") return noModifier;
  return length.type === integerType && typeof length.value === "number" ? length.value : noModifier;
}

/** The one modifier that all alternatives have. */
function common(type: number, alternatives: readonly Expression[]): number {
  const modifiers = new Set<number>();
  for (const alternative of alternatives) {
    if (alternative.type !== type) return noModifier;
    modifiers.add(expressionModifier(alternative));
  }
  const [only] = modifiers;
  return modifiers.size === 1 && only !== undefined ? only : noModifier;
}
