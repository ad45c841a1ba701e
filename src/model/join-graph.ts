// Paths along declared joins: which joins lead from one table to others, and what they multiply. Pure.
import type { LinkedJoin } from "./model.ts";

/** A LinkedModel, or one under construction. */
export interface JoinGraph {
  readonly tables: ReadonlyMap<string, { readonly joins: readonly LinkedJoin[] }>;
}

export type JoinPath =
  | { readonly kind: "path"; readonly joins: readonly LinkedJoin[] }
  /** Two of the shortest paths. */
  | { readonly kind: "ambiguous"; readonly paths: readonly [readonly LinkedJoin[], readonly LinkedJoin[]] };

/** Shortest paths between two tables that are looked at before the choice is called ambiguous. */
const pathsMax = 64;

/**
 * The shortest path along declared joins from `root` to `target`; undefined where there is none. Of several, the one
 * that leads through the most tables of `named` is taken; where that leaves two, the path is ambiguous.
 */
export function shortestPath(
  model: JoinGraph,
  root: string,
  target: string,
  named: ReadonlySet<string> = new Set(),
): JoinPath | undefined {
  const paths = shortestPaths(model, root, target);
  if (paths.length === 0) return undefined;
  const score = (path: readonly LinkedJoin[]) => path.filter((join) => named.has(join.to)).length;
  const best = Math.max(...paths.map(score));
  const [first, second] = paths.filter((path) => score(path) === best);
  if (first === undefined) return undefined;
  if (second !== undefined) return { kind: "ambiguous", paths: [first, second] };
  return { kind: "path", joins: first };
}

function shortestPaths(model: JoinGraph, root: string, target: string): LinkedJoin[][] {
  if (root === target) return [[]];
  const into = shortestJoinsInto(model, root);
  let paths = (into.get(target) ?? []).map((join) => [join]);
  while (paths.length > 0 && paths[0]?.[0]?.from !== root) {
    paths = paths
      .flatMap((path) => (into.get(path[0]?.from ?? root) ?? []).map((join) => [join, ...path]))
      .slice(0, pathsMax);
  }
  return paths;
}

/** For each table that is reached from `root`: the joins that end a shortest path to it. */
function shortestJoinsInto(model: JoinGraph, root: string): Map<string, LinkedJoin[]> {
  const into = new Map<string, LinkedJoin[]>();
  const reached = new Set([root]);
  let level = [root];
  while (level.length > 0) {
    const next = new Set<string>();
    for (const join of level.flatMap((table) => model.tables.get(table)?.joins ?? [])) {
      if (reached.has(join.to) || !model.tables.has(join.to)) continue;
      next.add(join.to);
      into.set(join.to, [...(into.get(join.to) ?? []), join]);
    }
    for (const table of next) reached.add(table);
    level = [...next];
  }
  return into;
}

export type JoinTree =
  | { readonly kind: "tree"; readonly root: string; readonly joins: readonly LinkedJoin[] }
  | {
      readonly kind: "ambiguous";
      readonly root: string;
      readonly target: string;
      readonly paths: readonly [readonly LinkedJoin[], readonly LinkedJoin[]];
    };

/**
 * The first table, in FROM order, from which all others are reached, with the joins that lead to them (each after the
 * one that its `from` needs). undefined: from no table are all others reached.
 */
export function findRoot(model: JoinGraph, tablesInFromOrder: readonly string[]): JoinTree | undefined {
  const named = new Set(tablesInFromOrder);
  const root = tablesInFromOrder.find((candidate) =>
    tablesInFromOrder.every((table) => shortestPaths(model, candidate, table).length > 0),
  );
  if (root === undefined) return undefined;
  const entered = new Map<string, LinkedJoin>();
  const joins: LinkedJoin[] = [];
  for (const target of tablesInFromOrder) {
    const path = shortestPath(model, root, target, named);
    if (path === undefined) return undefined;
    if (path.kind === "ambiguous") return { kind: "ambiguous", root, target, paths: path.paths };
    for (const join of path.joins) {
      const other = entered.get(join.to);
      if (other === join) continue;
      if (other !== undefined) return { kind: "ambiguous", root, target: join.to, paths: [[other], [join]] };
      entered.set(join.to, join);
      joins.push(join);
    }
  }
  return { kind: "tree", root, joins };
}

/**
 * Whether the joins of a tree can repeat a row of `table`: a walk over the tree that starts at the table crosses a
 * join forwards that is one_to_many, or backwards that is many_to_one.
 */
export function multiplies(joins: readonly LinkedJoin[], table: string): boolean {
  const visited = new Set([table]);
  const waiting = [table];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const join of joins) {
      const forwards = join.from === at && !visited.has(join.to);
      const backwards = join.to === at && !visited.has(join.from);
      if (!forwards && !backwards) continue;
      if (forwards && join.relationship === "one_to_many") return true;
      if (backwards && join.relationship === "many_to_one") return true;
      const next = forwards ? join.to : join.from;
      visited.add(next);
      waiting.push(next);
    }
  }
  return false;
}

/** `shipments -> carriers -> regions`, for messages. */
export function formatPath(joins: readonly LinkedJoin[]): string {
  const [first] = joins;
  return first === undefined ? "" : [first.from, ...joins.map((join) => join.to)].join(" -> ");
}
