// Visits PostgreSQL's raw parse trees, of which every node is an object with one key, its kind.
import type { Node } from "@pgsql/types";

/** The fields of nodes that are looked at here; which of them a node has depends on its kind. */
export interface RawNode {
  readonly fields?: unknown;
  readonly indirection?: unknown;
  readonly funcname?: unknown;
  readonly agg_star?: boolean;
  readonly agg_distinct?: boolean;
  readonly agg_within_group?: boolean;
  readonly agg_filter?: unknown;
  readonly agg_order?: unknown;
  readonly over?: unknown;
}

/**
 * Calls `visit` for each object under `tree` that stands under a key, with that key: for nodes the key is the kind
 * (`ColumnRef`), for fields that hold a node without a kind around it the field's name. Return false to stay out of it.
 */
export function visitRaw(
  tree: Node | unknown,
  visit: (kind: string, fields: RawNode) => boolean | undefined,
): void {
  if (typeof tree !== "object" || tree === null) return;
  if (Array.isArray(tree)) {
    for (const item of tree) visitRaw(item, visit);
    return;
  }
  for (const kind in tree) {
    const value = (tree as Readonly<Record<string, unknown>>)[kind];
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value)) visitRaw(value, visit);
    else if (visit(kind, value as RawNode) !== false) visitRaw(value, visit);
  }
}

/** The strings of a list of String nodes: the parts of a name. */
export function nameParts(list: unknown): readonly string[] {
  if (!Array.isArray(list)) return [];
  const parts: string[] = [];
  for (const item of list) {
    const text = (item as { readonly String?: { readonly sval?: string } }).String?.sval;
    if (text !== undefined) parts.push(text);
  }
  return parts;
}

/** Whether a list of fields ends in `*`. */
export function hasStar(list: unknown): boolean {
  return Array.isArray(list) && list.some((item) => "A_Star" in (item as object));
}

/** Whether what visitRaw() hands out is a SELECT; an arm of a set operation stands under its field's name alone. */
export function isSelect(kind: string, fields: RawNode): boolean {
  return kind === "SelectStmt" || ((kind === "larg" || kind === "rarg") && "op" in fields);
}
