// The rows of an INSERT into a temporary table as a SELECT of them, in the order of the table's columns.
import type { Const, Expression, FromItem, Query, Target } from "../query/query.ts";
import type { TemporaryColumn, TemporaryTableDefinition } from "../temporary-table.ts";
import { namesAlike, omittedDefault } from "./analysis-errors.ts";

/** varchar(varchar, integer, boolean): fits a value to varchar(n). */
const varcharLengthOid = 669;
const bigintOid = 20;

/** `query`: as it was read, its targets named after the columns that they go to. */
export function insertedRows(query: Query, table: TemporaryTableDefinition): Query {
  const names = new Set(table.columns.map((column) => printed(column.name)));
  if (names.size < table.columns.length) throw namesAlike(table.name);
  const byName = new Map(query.targets.map((target) => [target.name, target]));
  const targets = table.columns.map((column): Target => {
    const target = byName.get(printed(column.name));
    if (target !== undefined) return { ...target, expression: withoutLengthCheck(target.expression) };
    if (column.default !== undefined) throw omittedDefault(table.name, column.name);
    return { expression: nullOf(column), name: column.name, junk: false, origin: undefined };
  });
  return { ...query, targets, from: query.from.map(asItsOwnBlock) };
}

/** As it comes out of PostgreSQL's printed tree: with a space for each line break. */
function printed(name: string): string {
  return name.replaceAll("\n", " ");
}

/** An assignment refuses what is too long, where a cast cuts it: whoever takes the rows checks their length. */
function withoutLengthCheck(expression: Expression): Expression {
  if (expression.kind !== "FuncExpr" || expression.function !== varcharLengthOid) return expression;
  const [value, , isExplicit] = expression.args;
  return value !== undefined && isExplicit?.kind === "Const" && isExplicit.value === false
    ? value
    : expression;
}

function nullOf({ typeOid, typeModifier }: TemporaryColumn): Const {
  return { kind: "Const", type: typeOid, modifier: typeModifier, value: null, location: -1 };
}

/**
 * The client's SELECT is computed before its columns are cast to those of the table: OFFSET 0 keeps it a block of its own,
 * or a bare measure would be grouped by what the keys are cast to.
 */
function asItsOwnBlock(item: FromItem): FromItem {
  if (item.kind !== "entry" || item.entry.kind !== "subquery") return item;
  const { entry } = item;
  const none: Const = { kind: "Const", type: bigintOid, modifier: -1, value: 0n, location: -1 };
  const offset = entry.query.offset ?? none;
  return { kind: "entry", entry: { ...entry, query: { ...entry.query, offset } } };
}
