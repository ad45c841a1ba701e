// What policy did to a statement: for the audit record, EXPLAIN and `lenswire compile`.

export interface Decision {
  readonly group: string;
  readonly tables: readonly string[];
  /** Members read, `table.member`. */
  readonly members: readonly string[];
  /** Columns of base SQL that they are computed from, `table.column` in lower case; `table.*` where SQL does not tell. */
  readonly columns: readonly string[];
  /** Forced segments, `table.segment`. */
  readonly segments: readonly string[];
  /** Masked members that the statement reads, `table.member`. */
  readonly masked: readonly string[];
  /** Members that the statement reads and that are masked for other groups, `table.member`. */
  readonly unmasked: readonly string[];
}
