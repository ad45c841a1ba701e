// FROM: lens relations become scans, the joins that the model knows take its condition (M6), everything else stays as
// the client wrote it (M7). Registers what each entry offers to the expressions of the block.

import { assert } from "../errors.ts";
import { findRoot, formatPath, shortestPath } from "../model/join-graph.ts";
import type { VisibleRelation } from "../model/visible-model.ts";
import type { Expression, FromItem, JoinItem, RangeTableEntry, RelationEntry } from "../query/query.ts";
import { visitExpression } from "../query/walk.ts";
import type { Block } from "./block.ts";
import { conjunction, type PlaceInFrom } from "./compilation.ts";
import { ambiguousJoinPath, catalogBesideLens, crossBesideJoin, noJoinPath } from "./compiler-errors.ts";
import { compileExpression } from "./expressions.ts";
import { type Joined, modelJoin, registerPlain, registerTable } from "./lens-scans.ts";
import { declaredJoins, unconnectedPair } from "./model-joins.ts";
import { operatorName } from "./offered-names.ts";
import { boundedShape } from "./plan-size.ts";
import { recogniseJoin } from "./recognise-join.ts";
import type { JoinShape } from "./shape.ts";
import { viewScans } from "./view-scans.ts";

/** Compiles FROM into the block. `where` is the client's, to tell M7 from a missing path. */
export function compileFrom(block: Block, items: readonly FromItem[], where: Expression | undefined): void {
  const [only, ...others] = items;
  const isAlone = only?.kind === "entry" && others.length === 0;
  const joined = isAlone
    ? [compileEntry(block, only.entry, "alone")]
    : compileCross(block, items.flatMap(crossUnits), where);
  block.from = joined.map(({ item }) => item);
  const [first, ...rest] = joined;
  block.shape = boundedShape(
    rest.reduce<JoinShape>(
      (left, { shape }) => ({ kind: "join", type: "inner", left, right: shape, edge: undefined }),
      first?.shape ?? { kind: "opaque" },
    ),
  );
}

/** `a, b CROSS JOIN c` as three units, in order. */
function crossUnits(item: FromItem): readonly FromItem[] {
  if (item.kind === "join" && item.type === "inner" && item.on === undefined)
    return [...crossUnits(item.left), ...crossUnits(item.right)];
  return [item];
}

function compileCross(block: Block, units: readonly FromItem[], where: Expression | undefined): Joined[] {
  refuseProductWithJoin(block, units, where);
  const tables = units.map((unit) => lensTable(block, unit));
  const counts = new Map<string, number>();
  for (const table of tables) if (table) counts.set(table.name, (counts.get(table.name) ?? 0) + 1);
  const candidates = tables.filter((table) => table !== undefined && counts.get(table.name) === 1);
  const names = candidates.map((table) => table?.name ?? "");
  if (names.length < 2) return units.map((unit) => compileUnit(block, unit));
  const graph = block.compilation.input.visible.model.linked;
  const tree = findRoot(graph, names);
  const isShown = (table: string) => block.compilation.shownTable(table) !== undefined;
  if (tree?.kind === "ambiguous")
    throw ambiguousJoinPath({
      tables: [tree.root, tree.target],
      paths: tree.paths
        .filter((path) => path.every((join) => isShown(join.from) && isShown(join.to)))
        .map(formatPath),
      position: block.compilation.input.positionOfTables([tree.root, tree.target]),
    });
  if (tree === undefined) {
    if (where !== undefined && equatesTables(units, where))
      return units.map((unit) => compileUnit(block, unit));
    const pair = unconnectedPair(graph, names);
    throw noJoinPath({
      tables: pair,
      joins: declaredJoins(graph, pair, isShown),
      position: block.compilation.input.positionOfTables(pair),
    });
  }
  const entries = new Map<string, RelationEntry>();
  const others: FromItem[] = [];
  units.forEach((unit, place) => {
    const name = tables[place]?.name;
    if (name !== undefined && counts.get(name) === 1 && unit.kind === "entry")
      entries.set(name, unit.entry as RelationEntry);
    else others.push(unit);
  });
  const model = modelJoin(block, tree.root, tree.joins, (table, access) => {
    const entry = entries.get(table);
    if (entry !== undefined) registerTable(block, entry, access);
  });
  return [model, ...others.map((unit) => compileUnit(block, unit))];
}

/** The lens table (not view) that a unit is. */
function lensTable(block: Block, unit: FromItem): VisibleRelation | undefined {
  if (unit.kind !== "entry" || unit.entry.kind !== "relation") return undefined;
  const relation = block.compilation.input.relations.get(unit.entry.relationOid);
  return relation?.kind === "table" ? relation : undefined;
}

/**
 * `a JOIN b ON ... CROSS JOIN c` where the model joins c with a or b: between tables a CROSS JOIN is the model's join, and
 * here it would be a product without a word.
 */
function refuseProductWithJoin(
  block: Block,
  units: readonly FromItem[],
  where: Expression | undefined,
): void {
  const joined = units.filter((unit) => unit.kind === "join").flatMap((unit) => tablesIn(block, unit));
  if (joined.length === 0 || (where !== undefined && equatesTables(units, where))) return;
  const graph = block.compilation.input.visible.model.linked;
  for (const unit of units) {
    const table = lensTable(block, unit)?.name;
    if (table === undefined || joined.includes(table)) continue;
    const other = joined.find(
      (name) =>
        shortestPath(graph, name, table) !== undefined || shortestPath(graph, table, name) !== undefined,
    );
    if (other !== undefined)
      throw crossBesideJoin(table, other, block.compilation.input.positionOfTables([table]));
  }
}

function tablesIn(block: Block, item: FromItem): readonly string[] {
  if (item.kind === "join") return [...tablesIn(block, item.left), ...tablesIn(block, item.right)];
  const table = lensTable(block, item);
  return table === undefined ? [] : [table.name];
}

/** Whether WHERE has an equality between columns of two different units. */
function equatesTables(units: readonly FromItem[], where: Expression): boolean {
  const unitOf = new Map<number, number>();
  units.forEach((unit, place) => {
    for (const id of entriesIn(unit)) unitOf.set(id, place);
  });
  let found = false;
  visitExpression(where, {
    expression: (node) => {
      if (node.kind !== "OpExpr" || operatorName(node.operator) !== "=") return true;
      const equated = new Set<number>();
      for (const arg of node.args)
        visitExpression(arg, {
          expression: (inner) => {
            const unit = inner.kind === "Var" ? unitOf.get(inner.entry) : undefined;
            if (unit !== undefined) equated.add(unit);
            return true;
          },
        });
      found ||= equated.size >= 2;
      return true;
    },
  });
  return found;
}

function entriesIn(item: FromItem): readonly number[] {
  return item.kind === "entry" ? [item.entry.id] : [...entriesIn(item.left), ...entriesIn(item.right)];
}

function compileUnit(block: Block, unit: FromItem): Joined {
  return unit.kind === "entry" ? compileEntry(block, unit.entry, "beside") : compileJoin(block, unit);
}

function compileJoin(block: Block, join: JoinItem): Joined {
  const side = (item: FromItem): Joined => {
    const units = compileCross(block, crossUnits(item), undefined);
    const [first, ...rest] = units;
    assert(first !== undefined, "a join has two sides");
    return rest.reduce<Joined>(
      (left, right) => ({
        item: {
          kind: "join",
          type: "inner",
          left: left.item,
          right: right.item,
          on: undefined,
          location: -1,
        },
        shape: { kind: "join", type: "inner", left: left.shape, right: right.shape, edge: undefined },
      }),
      first,
    );
  };
  const left = side(join.left);
  const right = side(join.right);
  const known = join.on === undefined ? undefined : recogniseJoin(block, join.on, left.shape, right.shape);
  const rest = known === undefined ? join.on : known.rest;
  const on = rest === undefined ? undefined : compileExpression(rest, block, "on");
  return {
    item: { ...join, left: left.item, right: right.item, on: conjunction([known?.condition, on]) },
    shape: { kind: "join", type: join.type, left: left.shape, right: right.shape, edge: known?.edge },
  };
}

function compileEntry(block: Block, entry: RangeTableEntry, place: PlaceInFrom): Joined {
  block.compilation.blocks.set(entry.id, block);
  switch (entry.kind) {
    case "relation":
      return compileRelation(block, entry);
    case "subquery":
    case "cte":
      return block.compilation.recursion.entry(block, entry, place);
    case "values": {
      registerPlain(block, entry);
      const rows = entry.rows.map((row) => row.map((cell) => compileExpression(cell, block, "on")));
      return { item: { kind: "entry", entry: { ...entry, rows } }, shape: { kind: "opaque" } };
    }
    case "function": {
      registerPlain(block, entry);
      const functions = entry.functions.map((item) => ({
        ...item,
        call: compileExpression(item.call, block, "on"),
      }));
      return { item: { kind: "entry", entry: { ...entry, functions } }, shape: { kind: "opaque" } };
    }
    default:
      throw new TypeError(`the analysed tree holds no ${entry.kind}`);
  }
}

function compileRelation(block: Block, entry: RelationEntry): Joined {
  const { compilation } = block;
  const relation = compilation.input.relations.get(entry.relationOid);
  if (relation === undefined)
    throw catalogBesideLens(entry.name, compilation.input.positionOfTables([entry.name]));
  if (relation.kind === "table") {
    const scan = compilation.newScan(relation.name);
    registerTable(block, entry, scan.access);
    return { item: { kind: "entry", entry: scan.entry }, shape: { kind: "scan", access: scan.access } };
  }
  return viewScans(block, entry, relation);
}
