// What a scan is made for: who reads it, and which of its values are masked.
import type { SubQueryKey } from "../compiler/sub-query.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import type { Query, ReachingFilter } from "../query/query.ts";

/** masked: as the reader may see it. raw: for forced segments, raw counts, model joins and the keys of M8 alone. */
export type View = "masked" | "raw";

/** secured: segments forced and masks on. raw: the base SQL as it is, for a forced segment of another table. */
export type Mode = "secured" | "raw";

export interface SubQueryUse {
  readonly table: string;
  /** The table of the measures, and the measures. */
  readonly target: string;
  readonly measures: readonly string[];
  /** What WHERE says to them. */
  readonly filters: readonly ReachingFilter[];
}

export interface ScanContext {
  readonly visible: VisibleModel;
  /** The query of sub-query dimensions of a table, over scans of the mode, and what its keys are equal to. */
  subQuery(of: SubQueryUse, mode: Mode): { readonly query: Query; readonly keys: readonly SubQueryKey[] };
  /** Whether a measure is 0 where the query has no row. */
  isZeroOfNoRows(table: string, measure: string, mode: Mode): boolean;
}
