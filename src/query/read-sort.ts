// SortGroupClause: what ORDER BY, DISTINCT and GROUP BY list, by reference to entries of a target list.
import type { DumpNode } from "./dump-node.ts";
import { NodeFields } from "./node-fields.ts";
import { refuse } from "./unsupported-node.ts";

export interface SortReference {
  /** The tleSortGroupRef of a target. */
  readonly reference: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/**
 * `<` and `>` of the default B-tree operator class of each type, by OID. ORDER BY ... USING may name others, which no
 * warehouse has. Source: pg_amop.dat.
 */
const defaultSortOperators = new Set([
  58, 59, 95, 97, 520, 521, 412, 413, 609, 610, 622, 623, 631, 633, 660, 662, 664, 666, 672, 674, 1058, 1059,
  1060, 1072, 1073, 1095, 1097, 1110, 1112, 1322, 1324, 1332, 1334, 1552, 1554, 1754, 1756, 1957, 1959, 2062,
  2064, 2974, 2975, 2990, 2991, 3242, 3243,
]);

/** A sorted item; `text` and `placeOf` (the byte at which what a reference sorts by stands) are for the error. */
export function readSort(
  node: DumpNode,
  text: string,
  placeOf: (reference: number) => number = () => -1,
): SortReference {
  const fields = new NodeFields(node);
  const reference = fields.number("tleSortGroupRef");
  fields.skip("eqop");
  const operator = fields.number("sortop");
  if (operator !== 0 && !defaultSortOperators.has(operator)) {
    throw refuse(
      "ORDER BY with this operator or type",
      text,
      placeOf(reference),
      "Use ORDER BY ... ASC or DESC, of the value cast to text where it has no order.",
    );
  }
  const descending = fields.boolean("reverse_sort");
  const nullsFirst = fields.boolean("nulls_first");
  fields.skip("hashable");
  fields.end();
  return { reference, descending, nullsFirst };
}

/** Only the reference: GROUP BY and DISTINCT compare, they do not sort. */
export function sortReference(node: DumpNode): number {
  const fields = new NodeFields(node);
  const reference = fields.number("tleSortGroupRef");
  fields.skip("eqop", "sortop", "reverse_sort", "nulls_first", "hashable");
  fields.end();
  return reference;
}
