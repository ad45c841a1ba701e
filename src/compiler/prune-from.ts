// FROM without the tables that are LEFT JOINed and that nothing reads. They can only repeat the other rows, which
// distinct rows do not see: so facts that do not lie on one path are aggregated apart, not over their product.
import type { EntryId, Expression, FromItem } from "../query/query.ts";
import { mapFromItem, visitExpression, visitQuery } from "../query/walk.ts";
import { type JoinShape, scansOf } from "./shape.ts";

/** The FROM entries that the expressions read. */
export function entriesRead(expressions: readonly (Expression | undefined)[]): ReadonlySet<EntryId> {
  const read = new Set<EntryId>();
  for (const expression of expressions)
    if (expression !== undefined) visitExpression(expression, noting(read));
  return read;
}

function noting(read: Set<EntryId>) {
  return {
    expression: (node: Expression) => {
      if (node.kind === "Var") read.add(node.entry);
      return true;
    },
  };
}

/** The items with fewer repeated rows, the same rows otherwise. For what does not depend on how often a row stands. */
export function prunedFrom(items: readonly FromItem[], read: ReadonlySet<EntryId>): readonly FromItem[] {
  return items.map((item) => {
    const others = items.filter((other) => other !== item);
    return prune(item, new Set([...read, ...others.flatMap((other) => [...readsOf(other)])]));
  });
}

function prune(item: FromItem, read: ReadonlySet<EntryId>): FromItem {
  if (item.kind === "entry") return item;
  const { left, right, on } = item;
  if (item.type === "left" && ![...entriesOf(right)].some((entry) => read.has(entry)))
    return prune(left, read);
  const condition = entriesRead([on]);
  return {
    ...item,
    left: prune(left, new Set([...read, ...condition, ...readsOf(right)])),
    right: prune(right, new Set([...read, ...condition])),
  };
}

function entriesOf(item: FromItem): ReadonlySet<EntryId> {
  if (item.kind === "entry") return new Set([item.entry.id]);
  return new Set([...entriesOf(item.left), ...entriesOf(item.right)]);
}

/** What the item's own conditions, LATERAL subqueries and functions read. */
function readsOf(item: FromItem): ReadonlySet<EntryId> {
  const read = new Set<EntryId>();
  mapFromItem(item, {
    expression: (expression) => {
      visitExpression(expression, noting(read));
      return expression;
    },
    query: (query) => {
      visitQuery(query, noting(read));
      return query;
    },
  });
  return read;
}

/** The shape of the items that are left. */
export function prunedShape(shape: JoinShape, items: readonly FromItem[]): JoinShape {
  const left = new Set(items.flatMap((item) => [...entriesOf(item)]));
  return shapeOf(shape, left);
}

function shapeOf(shape: JoinShape, entries: ReadonlySet<EntryId>): JoinShape {
  if (shape.kind !== "join") return shape;
  const isGone = (side: JoinShape) =>
    isKnown(side) && scansOf(side).every(({ key }) => !entries.has(Number(key.split("/")[0])));
  const left = shapeOf(shape.left, entries);
  return isGone(shape.right) ? left : { ...shape, left, right: shapeOf(shape.right, entries) };
}

/** Whether it is made of lens tables only, which say by their keys what entries they are of. */
function isKnown(shape: JoinShape): boolean {
  if (shape.kind === "join") return isKnown(shape.left) && isKnown(shape.right);
  return shape.kind === "scan";
}
