// Which relations a statement's text names, before any name is resolved.
import type { Node } from "@pgsql/types";
import { visitRaw } from "./parse-tree-walk.ts";

/** Whether the text names a relation whose own name, without schema, is among `names`; CTEs of that name count too. */
export function namesRelation(tree: Node, names: { has(name: string): boolean }): boolean {
  let found = false;
  visitRaw(tree, (kind, fields) => {
    const { relname } = fields as { readonly relname?: string };
    if (kind === "RangeVar" && relname !== undefined && names.has(relname)) found = true;
    return !found;
  });
  return found;
}
