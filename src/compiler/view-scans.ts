// A lens view in FROM: the rows of its whole fixed join tree, whichever of its columns are read.
import { assert } from "../errors.ts";
import type { VisibleRelation } from "../model/visible-model.ts";
import type { RelationEntry } from "../query/query.ts";
import type { Block } from "./block.ts";
import { type Joined, modelJoin, registerRelation } from "./lens-scans.ts";
import type { ScanAccess } from "./shape.ts";

export function viewScans(block: Block, entry: RelationEntry, relation: VisibleRelation): Joined {
  const view = block.compilation.input.visible.model.linked.views.get(relation.name);
  assert(view !== undefined, `view ${relation.name} is in the model`);
  const accesses = new Map<string, ScanAccess>();
  const joined = modelJoin(block, view.root, view.joins, (table, access) => {
    accesses.set(table, access);
  });
  const of = (table: string) => {
    const access = accesses.get(table);
    assert(access !== undefined, `table ${table} stands in the view ${relation.name}`);
    return access;
  };
  registerRelation(block, entry, relation, { root: of(view.root), of });
  return joined;
}
