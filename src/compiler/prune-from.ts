// FROM without the tables that are outer joined and that nothing reads, where that cannot change the result: the one
// rule for views, joins of the model, joins of the client, and side plans. Such a table can only repeat the other rows;
// it goes where it never does, or where nobody sees how often a row stands. Distinct rows do not: so facts that do not
// lie on one path are aggregated apart, not over their product.
import type { EntryId, Expression, FromItem, JoinItem } from "../query/query.ts";
import { mapFromItem, visitExpression, visitQuery } from "../query/walk.ts";
import type { JoinShape } from "./shape.ts";

/** Whether it can show how often a row of FROM stands. */
export type Repeats = "seen" | "unseen";

export interface PrunedFrom {
  readonly from: readonly FromItem[];
  readonly shape: JoinShape;
}

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

/** The items without what can go, given the entries that everything around them reads. */
export function prunedFrom(
  { from, shape }: PrunedFrom,
  read: ReadonlySet<EntryId>,
  repeats: Repeats,
): PrunedFrom {
  const shapes = shapesOf(shape, from.length);
  const pruned = from.map((item, place) => {
    const others = from.filter((other) => other !== item);
    const all = new Set([...read, ...others.flatMap((other) => [...readsOf(other)])]);
    return prune({ item, shape: shapes[place] ?? { kind: "opaque" } }, all, repeats);
  });
  const [first, ...rest] = pruned;
  return {
    from: pruned.map(({ item }) => item),
    shape: rest.reduce<JoinShape>(
      (left, right) => ({ kind: "join", type: "inner", left, right: right.shape, edge: undefined }),
      first?.shape ?? shape,
    ),
  };
}

/** The shapes of a list's items, of which the list's shape is made from the left. */
function shapesOf(shape: JoinShape, count: number): readonly JoinShape[] {
  if (count <= 1 || shape.kind !== "join") return [shape];
  return [...shapesOf(shape.left, count - 1), shape.right];
}

interface Part {
  readonly item: FromItem;
  readonly shape: JoinShape;
}

function prune(part: Part, read: ReadonlySet<EntryId>, repeats: Repeats): Part {
  const { item, shape } = part;
  if (item.kind === "entry" || shape.kind !== "join") return part;
  const left: Part = { item: item.left, shape: shape.left };
  const right: Part = { item: item.right, shape: shape.right };
  const goes = (side: Part) =>
    ![...entriesOf(side.item)].some((entry) => read.has(entry)) &&
    (repeats === "unseen" || isAtMostOne(shape, side));
  if (item.type === "left" && goes(right)) return prune(left, read, repeats);
  if (item.type === "right" && goes(left)) return prune(right, read, repeats);
  const condition = entriesRead([item.on]);
  const keptLeft = prune(left, new Set([...read, ...condition, ...readsOf(item.right)]), repeats);
  const keptRight = prune(right, new Set([...read, ...condition, ...readsOf(item.left)]), repeats);
  return {
    item: { ...item, left: keptLeft.item, right: keptRight.item } satisfies JoinItem,
    shape: { ...shape, left: keptLeft.shape, right: keptRight.shape },
  };
}

/** Whether the join gives each row of the other side at most one row of this one: a table that the model joins so. */
function isAtMostOne(shape: JoinShape & { readonly kind: "join" }, side: Part): boolean {
  const { edge } = shape;
  if (edge === undefined || side.item.kind !== "entry" || side.shape.kind !== "scan") return false;
  const toOne = side.shape === shape.right ? "many_to_one" : "one_to_many";
  return edge.relationship === "one_to_one" || edge.relationship === toOne;
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

/** The entry of the block's FROM that an instance is reached through. */
export function entryOf(key: string): EntryId {
  return Number(key.split("/")[0]);
}
