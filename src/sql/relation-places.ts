// Where the tables of a FROM stand in a statement's text: PostgreSQL's analysed trees do not say.
import type { Node } from "@pgsql/types";
import { isSelect, visitRaw } from "./parse-tree-walk.ts";

interface RangeVar {
  readonly relname?: string;
  readonly alias?: { readonly aliasname?: string };
  readonly location?: number;
}

/**
 * The byte at which the last of the tables stands, in the first FROM that names them all outside its subqueries;
 * undefined where there is none.
 */
export function relationPlace(tree: Node, tables: readonly string[]): number | undefined {
  let found: number | undefined;
  visitRaw(tree, (kind, fields) => {
    if (found !== undefined) return false;
    if (isSelect(kind, fields)) {
      const places = new Map<string, number>();
      collect((fields as { readonly fromClause?: unknown }).fromClause, places);
      const own = tables.map((table) => places.get(table));
      if (own.every((place) => place !== undefined)) found = Math.max(...own);
    }
    return true;
  });
  return found;
}

/** The first place of each table of a FROM clause, its joins included, by name and by alias. */
function collect(item: unknown, places: Map<string, number>): void {
  if (Array.isArray(item)) {
    for (const each of item) collect(each, places);
    return;
  }
  const node = item as
    | { readonly RangeVar?: RangeVar; readonly JoinExpr?: Record<string, unknown> }
    | undefined;
  const { relname, alias, location = 0 } = node?.RangeVar ?? {};
  for (const name of [relname, alias?.aliasname]) {
    if (name !== undefined && !places.has(name)) places.set(name, location);
  }
  if (node?.JoinExpr !== undefined) collect([node.JoinExpr["larg"], node.JoinExpr["rarg"]], places);
}
