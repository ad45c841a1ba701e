// Where the columns of a statement's result come from: made by policy, recorded by the audit, told to lineage services.

/** How a column is made of a value: as it is, computed from it, or from many of it. */
export type DirectUse = "identity" | "transformation" | "aggregation";

/** How a value decides on rows, groups, order or a branch without being shown. */
export type IndirectUse = "conditional" | "filter" | "group" | "join" | "sort" | "window";

export interface LineageUse {
  /** `table.member`; or, where none is named, a column of the table's base SQL. */
  readonly member?: string;
  /** `table.column`, lower case; `table.*` where the SQL does not tell. */
  readonly column?: string;
  readonly use: DirectUse | IndirectUse;
  /** What the reader gets in the place of its value. */
  readonly masked?: "redact" | "md5";
}

export interface ColumnLineage {
  readonly name: string;
  /** As PostgreSQL writes it. */
  readonly type: string;
  /** What its values are, or are computed from. */
  readonly direct: readonly LineageUse[];
  /** What else decides on its values, beside `rows`. */
  readonly indirect: readonly LineageUse[];
}

export interface StatementLineage {
  readonly columns: readonly ColumnLineage[];
  /** What decides which rows there are and their order: of every column. */
  readonly rows: readonly LineageUse[];
  /** Base columns that the named members are computed from, at whatever distance. */
  readonly members: readonly { readonly member: string; readonly columns: readonly string[] }[];
}
