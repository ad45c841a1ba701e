// Random small lenses with data that honours their declared joins: tables of few rows over few values, so that
// duplicates, NULLs, dangling keys and empty groups are the rule.
import type { Draw } from "./draw.ts";
import {
  type Cell,
  type DataRow,
  type FuzzJoin,
  type FuzzLens,
  type FuzzView,
  shortestPaths,
} from "./fuzz-lens.ts";
import { makeTable } from "./lens-members.ts";
import type { LensSpec, TableSpec } from "./lens-spec.ts";
import { openSight, type Sight } from "./sight.ts";

const texts = ["p", "q", "r"];

interface Edge {
  readonly one: string;
  readonly many: string;
  readonly unique: boolean;
  /** On the `many` side, in the order of the other's key. */
  readonly foreignKey: readonly string[];
}

export function drawLens(draw: Draw): FuzzLens {
  return makeLens(drawSpec(draw), openSight);
}

export function makeLens(spec: LensSpec, sight: Sight): FuzzLens {
  const tables = spec.tables.map((table) => [table.name, makeTable(table, spec, sight)] as const);
  return { tables: new Map(tables), joins: spec.joins, views: spec.views };
}

/** Two to six tables, joined as a tree and sometimes by an edge or two more: chains, stars, diamonds, several paths. */
export function drawSpec(draw: Draw): LensSpec {
  const names = ["a", "b", "c", "d", "e", "f"].slice(0, 2 + draw.upTo(4));
  const keys = new Map(names.map((name) => [name, draw.chance(20) ? ["id", "id2"] : ["id"]]));
  const edges: Edge[] = [];
  const joins: FuzzJoin[] = [];
  const connect = (one: string, many: string) => {
    const unique = draw.chance(20);
    const key = keys.get(one) ?? [];
    const foreignKey = key.map((column) => `${one}${edges.length}_${column}`);
    edges.push({ one, many, unique, foreignKey });
    const down = draw.pick(["forwards", "backwards", "both"]);
    const on = key.map((column, place): [string, string] => [column, foreignKey[place] ?? ""]);
    const further = draw.chance(15);
    if (down !== "backwards")
      joins.push({
        from: one,
        to: many,
        relationship: unique ? "one_to_one" : "one_to_many",
        on,
        only: further ? "to" : undefined,
      });
    if (down !== "forwards")
      joins.push({
        from: many,
        to: one,
        relationship: unique ? "one_to_one" : "many_to_one",
        on: on.map(([column, foreign]) => [foreign, column]),
        only: further ? "from" : undefined,
      });
  };
  names.forEach((name, place) => {
    if (place === 0) return;
    const other = draw.pick(names.slice(0, place));
    if (draw.chance(50)) connect(other, name);
    else connect(name, other);
  });
  const more = names.length > 2 && draw.chance(40) ? 1 + draw.upTo(1) : 0;
  for (let edge = 0; edge < more; edge++) {
    const one = draw.pick(names);
    const others = names.filter(
      (name) =>
        name !== one &&
        !joins.some((join) => join.from + join.to === one + name || join.to + join.from === one + name),
    );
    if (others.length > 0) connect(one, draw.pick(others));
  }
  const rows = new Map<string, DataRow[]>();
  for (const name of names) rows.set(name, drawRows(draw, keys.get(name) ?? []));
  for (const edge of edges) fillForeignKey(draw, edge, rows, keys);
  const tables = names.map((name): TableSpec => {
    const own = edges.filter((edge) => edge.many === name);
    // A table with joins needs a key; one without them may lack it.
    const keyless = draw.chance(10) && !joins.some((join) => join.from === name || isOneSide(join, name));
    return {
      name,
      primaryKey: keyless ? [] : (keys.get(name) ?? []),
      keyColumns: keys.get(name) ?? [],
      foreign: own.flatMap((edge) => edge.foreignKey),
      rows: rows.get(name) ?? [],
      through: drawThrough(draw, name, names, joins),
      far: drawFar(draw, name, names, joins),
      below: undefined,
    };
  });
  const withBelow = tables.map((table) => ({ ...table, below: drawBelow(draw, table, tables, joins) }));
  return { tables: withBelow, joins, views: drawViews(draw, names, joins) };
}

/** A sub-query needs keys at both ends: its own to be joined on, the other's where the path repeats rows. */
function drawBelow(
  draw: Draw,
  table: TableSpec,
  tables: readonly TableSpec[],
  joins: readonly FuzzJoin[],
): TableSpec["below"] {
  const paths = tables.flatMap((other) => {
    const [path, second] = other.name === table.name ? [] : shortestPaths(joins, table.name, other.name);
    const usable = table.primaryKey.length > 0 && other.primaryKey.length > 0;
    return path !== undefined && second === undefined && usable ? [path] : [];
  });
  if (paths.length === 0) return undefined;
  const measure = draw.pick(["n", "nx", "sx", "mnx", "sf", "nf", "r1", "dx", "c1", "c2"]);
  return { path: draw.pick(paths), measure };
}

/** Joins that lead each row to at most one row of another table. */
function drawThrough(draw: Draw, name: string, names: readonly string[], joins: readonly FuzzJoin[]) {
  const paths = names.flatMap((table) => {
    const [path, second] = table === name ? [] : shortestPaths(joins, name, table);
    const single = path?.every(({ relationship }) => relationship !== "one_to_many");
    return path !== undefined && second === undefined && single ? [path] : [];
  });
  return paths.length === 0 ? undefined : draw.pick(paths);
}

function drawFar(draw: Draw, name: string, names: readonly string[], joins: readonly FuzzJoin[]) {
  const others = names.filter((other) => other !== name && shortestPaths(joins, name, other).length === 1);
  if (others.length === 0) return undefined;
  return { table: draw.pick(others), measure: draw.pick(["n", "sx", "mnx", "sf", "r1", "c1"]) };
}

function isOneSide(join: FuzzJoin, name: string): boolean {
  return join.to === name && join.relationship !== "one_to_many";
}

function drawRows(draw: Draw, key: readonly string[]): DataRow[] {
  return Array.from({ length: draw.upTo(6) }, (_, place) => {
    const row: Record<string, Cell> = {
      x: draw.pick([1, null, 0, 1, 2, 5, -3]),
      h: draw.pick([1, 2, null]),
      g: draw.pick(["p", "q", null]),
      w: draw.pick(texts),
      s: draw.pick(texts),
    };
    key.forEach((column, index) => {
      row[column] =
        index === 0 && key.length > 1
          ? Math.floor(place / 2) + 1
          : key.length > 1
            ? (place % 2) + 1
            : place + 1;
    });
    return row;
  });
}

/** Foreign keys that point at a row, at none, or are NULL; each row of the other at most once where it is one_to_one. */
function fillForeignKey(
  draw: Draw,
  edge: Edge,
  rows: Map<string, DataRow[]>,
  keys: ReadonlyMap<string, readonly string[]>,
): void {
  const targets = rows.get(edge.one) ?? [];
  const key = keys.get(edge.one) ?? [];
  const taken = new Set<number>();
  const filled = (rows.get(edge.many) ?? []).map((row, index) => {
    const place = draw.upTo(targets.length + 1);
    const target = targets[place];
    const free = target !== undefined && !(edge.unique && taken.has(place));
    if (free) taken.add(place);
    const dangling = draw.chance(50);
    const values = edge.foreignKey.map((column, at): [string, Cell] => {
      if (free) return [column, target[key[at] ?? ""] ?? null];
      return [column, dangling ? 90 + index : null];
    });
    return { ...row, ...Object.fromEntries(values) };
  });
  rows.set(edge.many, filled);
}

function drawViews(draw: Draw, names: readonly string[], joins: readonly FuzzJoin[]): FuzzView[] {
  return ["v", "u"].flatMap((name) => drawView(draw, name, draw.pick(names), joins));
}

/** A tree of joins from the root, of any shape, not only of shortest paths. */
function drawView(draw: Draw, name: string, root: string, joins: readonly FuzzJoin[]): FuzzView[] {
  const chosen: FuzzJoin[] = [];
  const reached = new Set([root]);
  for (let size = 1 + draw.upTo(3); size > 0; size--) {
    const next = joins.filter((join) => reached.has(join.from) && !reached.has(join.to));
    if (next.length === 0) break;
    const join = draw.pick(next);
    chosen.push(join);
    reached.add(join.to);
  }
  return chosen.length === 0 ? [] : [{ name, root, joins: chosen }];
}
