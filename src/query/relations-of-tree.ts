// The relations that a printed tree reads, found before the tree is read: a catalog statement may hold what we do not read.
import type { DumpNode, DumpValue } from "./dump-node.ts";

/** pg_class OIDs, at any depth. */
export function relationsOfTree(tree: DumpNode): readonly number[] {
  const found = new Set<number>();
  const left: DumpValue[] = [tree];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (value === null || typeof value === "string" || value.kind === "datum") continue;
    if (value.kind === "node") addRelation(value, found);
    for (const child of value.kind === "node" ? value.values : value.items) left.push(child);
  }
  return [...found];
}

function addRelation(node: DumpNode, found: Set<number>): void {
  if (node.label !== "RANGETBLENTRY") return;
  const oid = Number(node.values[node.names.indexOf("relid")] ?? 0);
  if (oid > 0) found.add(oid);
}
