// One SELECT, or a set operation over several, with everything that belongs to it.

import { assert } from "../errors.ts";
import { expressionModifier } from "../query/expression-modifier.ts";
import type { Expression, FuncExpr, Grouping, Query, SetOperation, SortItem } from "../query/query.ts";
import { oids } from "../query/type-oids.ts";
import { visitExpression } from "../query/walk.ts";
import { negativeRowCount } from "./dialect-errors.ts";
import { hints } from "./hints.ts";
import { outputTargets, targetName } from "./names.ts";
import { direction } from "./print-aggregate.ts";
import { castTo } from "./print-call.ts";
import { printFrom } from "./print-from.ts";
import { printKey } from "./print-key.ts";
import { asFilter } from "./print-sublink.ts";
import { type ColumnTypes, type Printer, withoutParentheses } from "./printer.ts";

/** The query without parentheses, its columns named as Names says, in the types `wanted` where given. */
export function printQuery(
  printer: Printer,
  query: Query,
  wanted: ColumnTypes | undefined,
  isResult: boolean,
): string {
  const ctes = printCtes(printer, query);
  const columns = sortedColumns(query, wanted);
  const body =
    query.setOperation === undefined
      ? printSelect(printer, query, columns, isResult)
      : printSetOperation(printer, query.setOperation, columns, isResult);
  const parts = [ctes, body];
  const order = printOrderBy(printer, query);
  if (order !== "") parts.push(`ORDER BY ${order}`);
  const clause = query.withTies && printer.dialect.has.withTies;
  if (query.withTies && !clause) return printTies(printer, query, { ctes, body, order });
  const limit = printRowCount(printer, "LIMIT", query.limit);
  const offset = printRowCount(printer, "OFFSET", query.offset);
  if (limit !== undefined && !clause) parts.push(`LIMIT ${limit}`);
  if (offset !== undefined) parts.push(`OFFSET ${offset}`);
  if (clause) parts.push(`FETCH FIRST ${limit ?? "NULL"} ROWS WITH TIES`);
  return parts.filter((part) => part !== "").join("\n");
}

/** The wanted types, with the columns told that the query sorts by. */
function sortedColumns(query: Query, wanted: ColumnTypes | undefined): ColumnTypes {
  const targets = outputTargets(query);
  const sorted = new Set(query.orderBy.map((item) => query.targets[item.target]));
  return targets.map((target, index) => ({
    type: wanted?.[index]?.type ?? target.expression.type,
    sorted: wanted?.[index]?.sorted === true || sorted.has(target),
  }));
}

/** FETCH FIRST ... WITH TIES where the engine has none: by the rank of each row in the order. */
function printTies(
  printer: Printer,
  query: Query,
  printed: { readonly ctes: string; readonly body: string; readonly order: string },
): string {
  const isWhole = query.setOperation !== undefined || query.distinct !== undefined || returnsSets(query);
  const keys = query.orderBy.map((item) => {
    const target = query.targets[item.target];
    assert(target !== undefined, "ORDER BY names a target");
    if (!isWhole) return `${printer.print(target.expression)}${direction(item)}`;
    // What such a query is ordered by is among its columns.
    if (target.junk) {
      const location = target.expression.location;
      return printer.refuse("FETCH FIRST ... WITH TIES with this ORDER BY", location, hints.inSubquery);
    }
    const place = outputTargets(query).indexOf(target);
    const name = query.setOperation === undefined ? targetName(target, place) : `c${place + 1}`;
    return `s.${printer.quote(name)}${direction(item)}`;
  });
  const over = keys.length === 0 ? "OVER ()" : `OVER (ORDER BY ${keys.join(", ")})`;
  const limit = printRowCount(printer, "LIMIT", query.limit) ?? "0";
  const offset = printRowCount(printer, "OFFSET", query.offset) ?? "0";
  const tests = [`${limit} > 0`, `rank() ${over} <= ${limit} + ${offset}`];
  if (offset !== "0") tests.push(`row_number() ${over} > ${offset}`);
  const rows = isWhole ? `SELECT * FROM (${printed.body}) AS s` : printed.body;
  const order = printed.order === "" ? "" : `ORDER BY ${printed.order}`;
  return [printed.ctes, rows, `QUALIFY ${tests.join(" AND ")}`, order]
    .filter((part) => part !== "")
    .join("\n");
}

/** Whether a select list makes several rows of one. */
function returnsSets(query: Query): boolean {
  let found = false;
  for (const { expression } of query.targets) {
    visitExpression(expression, {
      expression: (node) => {
        found ||= node.kind === "FuncExpr" && node.returnsSet;
        return !found;
      },
    });
  }
  return found;
}

function printCtes(printer: Printer, query: Query): string {
  if (query.ctes.length === 0) return "";
  const recursive = query.ctes.some((cte) => cte.recursive);
  if (recursive && !printer.dialect.has.recursiveCtes) printer.refuse("WITH RECURSIVE", -1, hints.inModel);
  const ctes = query.ctes.map((cte) => {
    const hint = { default: "", always: "MATERIALIZED ", never: "NOT MATERIALIZED " }[cte.materialized];
    const names = cte.columns.map((_, index) => `c${index + 1}`).join(", ");
    // A CTE of which only the rows are read has no columns, and an empty list of them is no SQL.
    const columns = names === "" ? "" : `(${names})`;
    const text = printer.query(cte.query, cte.recursive ? cte.columns : undefined);
    return `${printer.names.cte(cte.id)}${columns} AS ${cte.recursive ? "" : hint}(${text})`;
  });
  return `WITH ${recursive ? "RECURSIVE " : ""}${ctes.join(", ")}`;
}

function printSelect(
  printer: Printer,
  query: Query,
  wanted: ColumnTypes | undefined,
  isResult: boolean,
): string {
  const parts = [`SELECT ${printDistinct(printer, query)}${printTargets(printer, query, wanted, isResult)}`];
  if (query.from.length > 0) {
    parts.push(`FROM ${query.from.map((item) => printFrom(printer, item)).join(", ")}`);
  }
  if (query.where !== undefined) parts.push(`WHERE ${printer.bare(asFilter(query.where))}`);
  if (query.group !== undefined) parts.push(`GROUP BY ${printGrouping(printer, query.group)}`);
  if (query.having !== undefined) parts.push(`HAVING ${printer.bare(asFilter(query.having))}`);
  return parts.join("\n");
}

function printDistinct(printer: Printer, query: Query): string {
  if (query.distinct === undefined) return "";
  if (query.distinct.kind === "all") return "DISTINCT ";
  const keys = query.distinct.targets.map((index) => {
    const target = query.targets[index];
    assert(target !== undefined, "DISTINCT ON names a target");
    const key = printKey(printer, target.expression);
    const isSorted = query.orderBy.some((item) => item.target === index);
    return isSorted ? printer.dialect.comparable(key, target.expression.type) : key;
  });
  return `DISTINCT ON (${keys.join(", ")}) `;
}

function printTargets(
  printer: Printer,
  query: Query,
  wanted: ColumnTypes | undefined,
  isResult: boolean,
): string {
  const targets = outputTargets(query).map((target, index) => {
    const { expression } = target;
    const column = wanted?.[index];
    const type = column?.type ?? expression.type;
    const made = isOfType(printer, expression, type) ? expression.type : type;
    const text =
      made === expression.type
        ? printer.print(expression)
        : castTo(printer, expression, type, -1, expression.location);
    const conformed =
      isResult && !hasCertainType(expression)
        ? printer.dialect.conform(text, made, made === expression.type ? expressionModifier(expression) : -1)
        : text;
    const typed = column?.sorted === true ? printer.dialect.comparable(conformed, type) : conformed;
    return `${withoutParentheses(typed)} AS ${printer.quote(targetName(target, index))}`;
  });
  // A SELECT of no columns still has rows.
  return targets.length === 0 ? "NULL AS c0" : targets.join(", ");
}

/** Whether the expression needs no cast to be of the type in an arm of a set operation. */
function isOfType(printer: Printer, expression: Expression, type: number): boolean {
  if (expression.type === type) return true;
  return (
    printer.dialect.has.convertedArms && expression.type !== oids.timestamptz && type !== oids.timestamptz
  );
}

/**
 * Whether the warehouse gives the expression the type that was analysed. Not so for the model's own SQL, and where
 * there is nothing but constants, because an engine folds a NULL of no type out of them.
 */
function hasCertainType(expression: Expression): boolean {
  if (expression.kind === "Const" || expression.kind === "Param") return true;
  let hasColumns = false;
  let isModels = false;
  visitExpression(expression, {
    expression: (node) => {
      hasColumns ||= node.kind === "Var" || node.kind === "GroupKey" || (node.kind === "Aggref" && node.star);
      isModels ||= node.kind === "ModelAggregate" || node.kind === "ModelSql";
      return true;
    },
  });
  return hasColumns && !isModels;
}

function printGrouping(printer: Printer, group: Grouping): string {
  const key = (index: number) => {
    const expression = group.keys[index];
    assert(expression !== undefined, "a grouping set names a key");
    return printKey(printer, expression);
  };
  if (group.sets === undefined) {
    return group.keys.length === 0 ? "()" : group.keys.map((_, index) => key(index)).join(", ");
  }
  const texts = group.sets.map((set) => `(${set.map(key).join(", ")})`);
  const sets = group.distinct ? [...new Set(texts)] : texts;
  return `GROUPING SETS (${sets.join(", ")})`;
}

function printOrderBy(printer: Printer, query: Query): string {
  return query.orderBy
    .map((item) => printSortItem(printer, query, item))
    .filter((text) => text !== undefined)
    .join(", ");
}

function printSortItem(printer: Printer, query: Query, item: SortItem): string | undefined {
  const target = query.targets[item.target];
  assert(target !== undefined, "ORDER BY names a target");
  if (!target.junk) {
    const place = outputTargets(query).indexOf(target) + 1;
    return `${place}${direction(item)}`;
  }
  if (target.expression.kind === "Const" || target.expression.kind === "Param") return undefined;
  const { expression } = target;
  return `${printer.dialect.comparable(printer.print(expression), expression.type)}${direction(item)}`;
}

/** PostgreSQL casts the count to bigint; the cast says nothing to an engine. */
function withoutCast(node: Expression): Expression {
  const call = node as FuncExpr;
  return node.kind === "FuncExpr" && node.type === oids.int8 && call.format === "implicitCast" && call.args[0]
    ? call.args[0]
    : node;
}

function printRowCount(
  printer: Printer,
  clause: "LIMIT" | "OFFSET",
  count: Expression | undefined,
): string | undefined {
  if (count === undefined) return undefined;
  const node = withoutCast(count);
  if (node.kind === "Const") {
    if (node.value === null) return undefined;
    const value = BigInt(String(node.value));
    if (value < 0n) throw negativeRowCount(clause, node.location);
    return String(value);
  }
  const text = printer.print(node);
  if (printer.dialect.has.checkedRowCounts) return text;
  const error = printer.dialect.raise(
    clause === "LIMIT" ? "invalid_row_count_in_limit_clause" : "invalid_row_count_in_result_offset_clause",
    node.type,
  );
  return `(CASE WHEN ${text} < 0 THEN ${error} ELSE ${text} END)`;
}

/** Arms in parentheses, so that the nesting is exactly the tree's. */
function printSetOperation(
  printer: Printer,
  operation: SetOperation,
  wanted: ColumnTypes | undefined,
  isResult: boolean,
): string {
  if (operation.kind === "arm") return `(${printer.query(operation.entry.query, wanted, isResult)})`;
  const word = `${operation.kind.toUpperCase()}${operation.all ? " ALL" : ""}`;
  const side = (arm: SetOperation) => {
    const columns = operation.columns.map(({ type }, index) => ({ type, sorted: wanted?.[index]?.sorted }));
    const text = printSetOperation(printer, arm, columns, isResult);
    return arm.kind === "arm" ? text : `(${text})`;
  };
  return `${side(operation.left)} ${word} ${side(operation.right)}`;
}
