// Outer joins that not every engine can plan: with conditions that refer to a query further out, or hold subqueries.
import type { EntryId, Expression, FromItem, JoinItem } from "../query/query.ts";
import { someExpression, type Visitor, visitExpression, visitQuery } from "../query/walk.ts";
import type { Printer } from "./printer.ts";

const outerHint =
  "Compute the join in a CTE or a subquery in FROM, and refer to the outer query in its WHERE.";
const subqueryHint =
  "Compute the subquery's answer as a column of one side, in a subquery in FROM, and compare that.";

/** Refuses, with a place, the joins of which DuckDB says that they are not implemented. */
export function checkOuterJoin(printer: Printer, join: JoinItem): void {
  if (join.type === "inner") return;
  const [left, right] = [entriesOf(join.left), entriesOf(join.right)];
  for (const conjunct of join.on === undefined ? [] : conjuncts(join.on)) {
    const reads = readsOf(conjunct);
    const outer = reads.find(({ entry }) => !left.has(entry) && !right.has(entry));
    if (outer !== undefined) {
      printer.refuse("an outer join whose condition refers to an outer query", outer.location, outerHint);
    }
    const subquery = firstSubquery(conjunct);
    const side = join.type === "left" ? right : join.type === "right" ? left : new Set();
    if (subquery !== undefined && !reads.every(({ entry }) => side.has(entry))) {
      printer.refuse("this subquery in the condition of an outer join", subquery.location, subqueryHint);
    }
  }
  if (join.type === "full") checkSides(printer, join);
}

/** The sides of a FULL JOIN may refer to nothing outside them. */
function checkSides(printer: Printer, join: JoinItem): void {
  for (const item of [join.left, join.right]) {
    const own = new Set<EntryId>();
    const reads: Read[] = [];
    visitItem(item, collecting(own, reads));
    const outer = reads.find(({ entry }) => !own.has(entry));
    if (outer !== undefined) {
      printer.refuse("a FULL JOIN of a query that refers to an outer one", outer.location, outerHint);
    }
  }
}

function visitItem(item: FromItem, visitor: Visitor): void {
  if (item.kind === "join") {
    visitItem(item.left, visitor);
    visitItem(item.right, visitor);
    if (item.on !== undefined) visitExpression(item.on, visitor);
    return;
  }
  const { entry } = item;
  visitor.entry?.(entry);
  if (entry.kind === "subquery") visitQuery(entry.query, visitor);
  if (entry.kind === "function") for (const { call } of entry.functions) visitExpression(call, visitor);
  if (entry.kind === "values") for (const cell of entry.rows.flat()) visitExpression(cell, visitor);
}

function conjuncts(condition: Expression): readonly Expression[] {
  return condition.kind === "BoolExpr" && condition.operation === "and"
    ? condition.args.flatMap(conjuncts)
    : [condition];
}

interface Read {
  readonly entry: EntryId;
  readonly location: number;
}

function collecting(own: Set<EntryId>, reads: Read[]): Visitor {
  return {
    expression: (node) => {
      if (node.kind === "Var") reads.push({ entry: node.entry, location: node.location });
      return true;
    },
    entry: ({ id }) => {
      own.add(id);
    },
  };
}

/** The columns that an expression reads of entries which do not stand in subqueries of its own. */
function readsOf(expression: Expression): readonly Read[] {
  const own = new Set<EntryId>();
  const reads: Read[] = [];
  visitExpression(expression, collecting(own, reads));
  return reads.filter(({ entry }) => !own.has(entry));
}

function firstSubquery(expression: Expression): Expression | undefined {
  let found: Expression | undefined;
  someExpression(expression, (node) => {
    if (node.kind === "SubLink") found ??= node;
    return found !== undefined;
  });
  return found;
}

function entriesOf(item: FromItem): ReadonlySet<EntryId> {
  if (item.kind === "entry") return new Set([item.entry.id]);
  return new Set([...entriesOf(item.left), ...entriesOf(item.right)]);
}
