// Subqueries inside expressions: EXISTS, scalar subqueries, ARRAY(...), IN, ANY and ALL.
import { assert, unreachable } from "../errors.ts";
import { operatorId } from "../query/offered-functions.ts";
import type { Expression, SubLink } from "../query/query.ts";
import { elementType, oids } from "../query/type-oids.ts";
import { outputTargets, targetName } from "./names.ts";
import type { Printer } from "./printer.ts";

/** A condition that keeps rows: what is NULL keeps none, which lets an engine join for IN over several columns. */
export function asFilter(expression: Expression): Expression {
  if (expression.kind === "BoolExpr" && expression.operation !== "not")
    return { ...expression, args: expression.args.map(asFilter) };
  return expression.kind === "SubLink" ? { ...expression, unknownIsFalse: true } : expression;
}

export function printSubLink(printer: Printer, node: SubLink): string {
  switch (node.link) {
    case "exists":
      return `EXISTS (${printer.query(node.query)})`;
    case "expression":
      return `(${printer.query(node.query)})`;
    case "array": {
      const target = outputTargets(node.query)[0];
      assert(target !== undefined, "ARRAY has a column");
      if (elementType(target.expression.type) !== undefined && !printer.dialect.has.nestedArrays) {
        printer.refuse("an array of more than one dimension", node.location, "Select the elements as rows.");
      }
      return printer.dialect.arrayOfQuery(printer.query(node.query), target.expression.type);
    }
    case "any":
    case "all":
      return node.tests.length === 1 ? printQuantified(printer, node) : printRowQuantified(printer, node);
    default:
      return unreachable(node.link);
  }
}

const comparisons = {
  equal: "=",
  notEqual: "<>",
  less: "<",
  lessOrEqual: "<=",
  greater: ">",
  greaterOrEqual: ">=",
} as const;

function comparisonOf(printer: Printer, node: SubLink, index: number): string {
  const test = node.tests[index];
  assert(test !== undefined, "a subquery's column has a test");
  const id = operatorId(test.operator);
  const zoned = [test.left.type, test.type].filter((type) => type === oids.timestamptz).length;
  if (id === undefined || !(id in comparisons) || zoned === 1) {
    return printer.refuse(
      "this operator over a subquery",
      node.location,
      "Join the subquery and compare the columns in ON or WHERE.",
    );
  }
  return comparisons[id as keyof typeof comparisons];
}

function printQuantified(printer: Printer, node: SubLink): string {
  const comparison = comparisonOf(printer, node, 0);
  const left = node.tests[0];
  assert(left !== undefined, "a quantified subquery has a test");
  const value = printer.print(left.left);
  const query = printer.query(node.query);
  if (node.link === "any" && comparison === "=") return `(${value} IN (${query}))`;
  if (node.link === "all" && comparison === "<>") return `(${value} NOT IN (${query}))`;
  return `(${value} ${comparison} ${node.link === "any" ? "ANY" : "ALL"} (${query}))`;
}

/** Rows are compared column by column: engines disagree on what a row with a NULL in it equals. */
function printRowQuantified(printer: Printer, node: SubLink): string {
  const targets = outputTargets(node.query);
  const tests = node.tests.map((test, index) => {
    const target = targets[index];
    assert(target !== undefined, "a subquery's column is tested");
    const name = node.query.setOperation === undefined ? targetName(target, index) : `c${index + 1}`;
    return `${printer.print(test.left)} ${comparisonOf(printer, node, index)} s.${printer.quote(name)}`;
  });
  const test = `(${tests.join(node.combine === "and" ? " AND " : " OR ")})`;
  const exists = (condition: string) =>
    `EXISTS (SELECT 1 FROM (${printer.query(node.query)}) AS s WHERE ${condition})`;
  if (node.unknownIsFalse === true && node.link === "any") return exists(test);
  const [found, lost] = node.link === "any" ? [test, "TRUE"] : [`NOT ${test}`, "FALSE"];
  const otherwise = node.link === "any" ? "FALSE" : "TRUE";
  return `CASE WHEN ${exists(found)} THEN ${lost} WHEN ${exists(`${test} IS NULL`)} THEN NULL ELSE ${otherwise} END`;
}
