// What FROM looks like to the rules of measures: which lens table instances it holds, how they are joined, and so
// whether the rows of one can stand several times, or be missing, among the rows of the block.
import type { Relationship } from "../model/model.ts";
import type { Expression, ScanOutput, Var } from "../query/query.ts";

/** Access to one instance of a lens table in FROM, through however many transparent subqueries. */
export interface ScanAccess {
  /** Unique within the block that uses it. */
  readonly key: string;
  readonly table: string;
  /** A column of the instance's scan as this block sees it. */
  demand(output: ScanOutput): Var;
}

/** A measure column of a FROM entry. */
export interface MeasureColumn {
  readonly access: ScanAccess;
  readonly name: string;
  /** The name the client used. */
  readonly label: string;
  readonly type: number;
  readonly modifier: number;
  /** The casts that transparent subqueries put around it. */
  readonly wrap: ((value: Expression) => Expression) | undefined;
}

/** A dimension or segment of one instance. */
export interface MemberColumn {
  readonly access: ScanAccess;
  readonly kind: "dimension" | "segment";
  readonly name: string;
}

export type ColumnShape =
  | {
      readonly kind: "value";
      /** Asked when the column is used, so that unused ones are never read. */
      readonly expression: () => Expression;
      /** The member that it is, unchanged. */
      readonly member: MemberColumn | undefined;
    }
  | { readonly kind: "measure"; readonly measure: MeasureColumn };

export interface EntryShape {
  readonly name: string;
  /** The names of the columns, for messages. */
  readonly columnNames: readonly string[];
  /** Column numbers from 1. */
  readonly columns: readonly ColumnShape[];
  /** For lens relations: NULL where the whole row is. */
  readonly presence: (() => Expression) | undefined;
}

export type JoinShape =
  | { readonly kind: "scan"; readonly access: ScanAccess }
  /** Rows that are not those of a lens table. */
  | { readonly kind: "opaque" }
  | {
      readonly kind: "join";
      readonly type: "inner" | "left" | "right" | "full";
      readonly left: JoinShape;
      readonly right: JoinShape;
      /** The model's edge that the join follows, read from left to right. */
      readonly edge:
        | { readonly left: string; readonly right: string; readonly relationship: Relationship }
        | undefined;
    };

export function scansOf(shape: JoinShape): readonly ScanAccess[] {
  switch (shape.kind) {
    case "scan":
      return [shape.access];
    case "opaque":
      return [];
    default:
      return [...scansOf(shape.left), ...scansOf(shape.right)];
  }
}

/** The instances of a table that joins of the model connect with the instance, through whichever tables. */
export function connectedInstances(shape: JoinShape, key: string, table: string): readonly ScanAccess[] {
  const edges = edgesOf(shape);
  const reached = new Set([key]);
  for (const at of reached)
    for (const { left, right } of edges) {
      if (left === at) reached.add(right);
      if (right === at) reached.add(left);
    }
  return scansOf(shape).filter((access) => access.table === table && reached.has(access.key));
}

/** The instance, and those of which joins give each of its rows at most one. */
export function determinedInstances(shape: JoinShape, key: string): ReadonlySet<string> {
  const edges = edgesOf(shape);
  const reached = new Set([key]);
  for (const at of reached)
    for (const { left, right, relationship } of edges) {
      if (left === at && relationship !== "one_to_many") reached.add(right);
      if (right === at && relationship !== "many_to_one") reached.add(left);
    }
  return reached;
}

type Edge = { readonly left: string; readonly right: string; readonly relationship: Relationship };

function edgesOf(shape: JoinShape): readonly Edge[] {
  if (shape.kind !== "join") return [];
  const own = shape.edge === undefined ? [] : [shape.edge];
  return [...own, ...edgesOf(shape.left), ...edgesOf(shape.right)];
}

/** Whether a row of the instance can stand in several rows of the block. Says yes where it cannot tell. */
export function isMultiplied(shape: JoinShape, key: string): boolean {
  if (shape.kind !== "join") return false;
  const inLeft = holds(shape.left, key);
  const [own, other] = inLeft ? [shape.left, shape.right] : [shape.right, shape.left];
  if (isMultiplied(own, key)) return true;
  if (shape.edge === undefined) return true;
  const relationship = inLeft ? shape.edge.relationship : inverse(shape.edge.relationship);
  if (relationship === "one_to_many") return true;
  return isMultiplied(other, inLeft ? shape.edge.right : shape.edge.left);
}

/** The instances of which several rows can stand beside one row of this one; none where that is not told by joins. */
export function repeatersOf(shape: JoinShape, key: string): readonly string[] {
  if (shape.kind !== "join") return [];
  const inLeft = holds(shape.left, key);
  const [own, other] = inLeft ? [shape.left, shape.right] : [shape.right, shape.left];
  const inOwn = repeatersOf(own, key);
  if (shape.edge === undefined) return inOwn;
  const far = inLeft ? shape.edge.right : shape.edge.left;
  const relationship = inLeft ? shape.edge.relationship : inverse(shape.edge.relationship);
  const next = relationship === "one_to_many" ? [far] : [];
  return [...inOwn, ...next, ...repeatersOf(other, far)];
}

/** Facts that do not lie on one path: joins that the model knows repeat the rows of every table. */
export function isProductOfFacts(shape: JoinShape): boolean {
  const known = (part: JoinShape): boolean =>
    part.kind === "scan" ||
    (part.kind === "join" && part.edge !== undefined && known(part.left) && known(part.right));
  return known(shape) && scansOf(shape).every(({ key }) => isMultiplied(shape, key));
}

/** Whether a row of the block can be without a row of the instance. */
export function canBeUnmatched(shape: JoinShape, key: string): boolean {
  if (shape.kind !== "join") return false;
  const inLeft = holds(shape.left, key);
  const nullable = inLeft
    ? shape.type === "right" || shape.type === "full"
    : shape.type === "left" || shape.type === "full";
  return nullable || canBeUnmatched(inLeft ? shape.left : shape.right, key);
}

function holds(shape: JoinShape, key: string): boolean {
  return scansOf(shape).some((access) => access.key === key);
}

function inverse(relationship: Relationship): Relationship {
  if (relationship === "one_to_many") return "many_to_one";
  if (relationship === "many_to_one") return "one_to_many";
  return relationship;
}
