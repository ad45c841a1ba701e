// A lens view in FROM: its fixed join tree, without the leaf tables that no expression of the statement reads.
import { assert } from "../errors.ts";
import type { LinkedJoin, LinkedView } from "../model/model.ts";
import type { VisibleRelation } from "../model/visible-model.ts";
import type { RelationEntry } from "../query/query.ts";
import { visitQuery } from "../query/walk.ts";
import type { Block } from "./block.ts";
import { type Joined, modelJoin, registerRelation } from "./lens-scans.ts";
import type { ScanAccess } from "./shape.ts";

export function viewScans(block: Block, entry: RelationEntry, relation: VisibleRelation): Joined {
  const view = block.compilation.input.visible.model.linked.views.get(relation.name);
  assert(view !== undefined, `view ${relation.name} is in the model`);
  const needed = neededTables(block, entry, relation);
  const accesses = new Map<string, ScanAccess>();
  const joined = modelJoin(block, view.root, prunedJoins(view, needed), (table, access) => {
    accesses.set(table, access);
  });
  const root = accesses.get(view.root);
  assert(root !== undefined, "a view has a root");
  // A pruned table's columns are read by no expression, so any access will do for them.
  registerRelation(block, entry, relation, (table) => accesses.get(table) ?? root);
  return joined;
}

/** The tables whose columns the statement reads through this entry, and those its measures are made of. */
function neededTables(block: Block, entry: RelationEntry, relation: VisibleRelation): ReadonlySet<string> {
  const needed = new Set<string>();
  const add = (table: string, member: string) => {
    needed.add(table);
    const measure = block.compilation.linkedTable(table).measures.find((item) => item.name === member);
    if (measure?.form !== "calculated") return;
    for (const part of measure.sql?.parts ?? [])
      if (typeof part !== "string" && part.kind === "measure") add(part.table, part.name);
  };
  visitQuery(block.compilation.input.query, {
    expression: (node) => {
      if (node.kind !== "Var" || node.entry !== entry.id) return true;
      const columns = node.column === 0 ? relation.columns : [relation.columns[node.column - 1]];
      for (const column of columns) if (column !== undefined) add(column.table, column.member);
      return true;
    },
  });
  return needed;
}

/** The edges of the tree that lead to a needed table; the root and what lies between never go. */
function prunedJoins(view: LinkedView, needed: ReadonlySet<string>): readonly LinkedJoin[] {
  const kept: LinkedJoin[] = [];
  for (const join of [...view.joins].reverse()) {
    if (needed.has(join.to) || kept.some((later) => later.from === join.to)) kept.unshift(join);
  }
  return kept;
}
