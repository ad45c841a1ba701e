// What a scan is made for: who reads it, and which of its values are masked.
import type { VisibleModel } from "../model/visible-model.ts";
import type { Query } from "../query/query.ts";

/** masked: as the reader may see it. raw: for forced segments, raw counts, model joins and the keys of M8 alone. */
export type View = "masked" | "raw";

/** secured: segments forced and masks on. raw: the base SQL as it is, for a forced segment of another table. */
export type Mode = "secured" | "raw";

export interface ScanContext {
  readonly visible: VisibleModel;
  /** The query of sub-query dimensions of `table`, over scans of the mode. */
  subQuery(table: string, target: string, measures: readonly string[], mode: Mode): Query;
}
