// M6: the tree of model joins that connects the tables a client names.
import type { LinkedJoin, TypedModel } from "../model/model.ts";

export type JoinTree =
  | { readonly kind: "tree"; readonly root: string; readonly joins: readonly LinkedJoin[] }
  | { readonly kind: "ambiguous"; readonly tables: readonly string[]; readonly paths: readonly string[] }
  | { readonly kind: "unreachable"; readonly tables: readonly string[] };

/**
 * The root is the first table, in the order given, from which all others are reached along declared edges. Paths are
 * shortest ones; of several, one that passes through tables that are named.
 */
export function joinTree(model: TypedModel, tables: readonly string[]): JoinTree {
  let ambiguous: JoinTree | undefined;
  for (const root of tables) {
    const tree = treeFrom(model, root, tables);
    if (tree.kind === "tree") return tree;
    if (tree.kind === "ambiguous") ambiguous ??= tree;
  }
  return ambiguous ?? { kind: "unreachable", tables: firstUnconnected(model, tables) };
}

function treeFrom(model: TypedModel, root: string, tables: readonly string[]): JoinTree {
  const joins: LinkedJoin[] = [];
  const reached = new Map<string, LinkedJoin>();
  for (const target of tables) {
    if (target === root) continue;
    const paths = shortestPaths(model, root, target);
    if (paths.length === 0) return { kind: "unreachable", tables: [root, target] };
    const best = mostNamed(paths, tables);
    const [path] = best;
    if (best.length > 1 || path === undefined)
      return { kind: "ambiguous", tables: [root, target], paths: best.map(pathText) };
    for (const join of path) {
      const known = reached.get(join.to);
      if (known === join) continue;
      if (known !== undefined || join.to === root)
        return { kind: "ambiguous", tables: [root, join.to], paths: [pathText(path)] };
      reached.set(join.to, join);
      joins.push(join);
    }
  }
  return { kind: "tree", root, joins };
}

function mostNamed(
  paths: readonly (readonly LinkedJoin[])[],
  named: readonly string[],
): readonly (readonly LinkedJoin[])[] {
  const score = (path: readonly LinkedJoin[]) => path.filter((join) => named.includes(join.to)).length;
  const best = Math.max(...paths.map(score));
  return paths.filter((path) => score(path) === best);
}

/** All shortest paths along declared edges; more than a handful are as ambiguous as two. */
export function shortestPaths(
  model: TypedModel,
  from: string,
  to: string,
): readonly (readonly LinkedJoin[])[] {
  let frontier: (readonly LinkedJoin[])[] = [[]];
  const seen = new Set([from]);
  while (frontier.length > 0) {
    const found = frontier.filter((path) => endOf(path, from) === to);
    if (found.length > 0) return found.slice(0, 8);
    const next: (readonly LinkedJoin[])[] = [];
    for (const path of frontier) {
      for (const join of model.tables.get(endOf(path, from))?.table.joins ?? []) {
        if (!seen.has(join.to)) next.push([...path, join]);
      }
    }
    for (const path of next) seen.add(endOf(path, from));
    frontier = next;
  }
  return [];
}

function endOf(path: readonly LinkedJoin[], from: string): string {
  return path.at(-1)?.to ?? from;
}

export function pathText(path: readonly LinkedJoin[]): string {
  return [path[0]?.from, ...path.map((join) => join.to)].join(" -> ");
}

/** The first two of the tables that no table of the list connects, for the message. */
function firstUnconnected(model: TypedModel, tables: readonly string[]): readonly string[] {
  for (const one of tables)
    for (const other of tables)
      if (one !== other && shortestPaths(model, one, other).length === 0) return [one, other];
  return tables.slice(0, 2);
}

/** The declared joins that touch one of the tables, for the message. */
export function declaredJoins(model: TypedModel, tables: readonly string[]): readonly string[] {
  const texts: string[] = [];
  for (const { table } of model.tables.values())
    for (const join of table.joins)
      if (tables.includes(join.from) || tables.includes(join.to)) texts.push(`${join.from} -> ${join.to}`);
  return texts;
}
