// The linked model: every reference resolved, every path of joins found. Plain data.
import type { AttributeReference, Attributes } from "../attributes.ts";
import type { DataType, IntervalValue } from "../data-type.ts";
import type { SourceLocation } from "../problem.ts";

export type { SourceLocation };

/**
 * A `{...}` reference inside member SQL, resolved. `table` is the table that owns it; the table of the member itself
 * for `{TABLE.x}`, `{TABLE}.x` and `{x}`.
 */
export type SqlReference =
  | { readonly kind: "dimension"; readonly table: string; readonly name: string }
  | { readonly kind: "measure"; readonly table: string; readonly name: string }
  | { readonly kind: "segment"; readonly table: string; readonly name: string }
  /** A column of the table's own base SQL. */
  | { readonly kind: "column"; readonly table: string; readonly name: string }
  /** The bare alias, `{TABLE}` or `{carriers}`. The linker makes none: `{TABLE}.x` becomes the column `x`. */
  | { readonly kind: "alias"; readonly table: string };

/** SQL in the warehouse's dialect: text with references between; those to attributes in segments alone. */
export interface MemberSql {
  readonly parts: readonly (string | SqlReference | AttributeReference)[];
  /**
   * Base columns of the own table that this text itself reads, by any spelling (bare, qualified, `{TABLE}.x`),
   * not through other members. "all" where the parser cannot tell. In a typed model these names, those of column
   * references and `plainColumn` are spelt as the warehouse spells them.
   */
  readonly reads: readonly string[] | "all";
  readonly location: SourceLocation;
}

export type Relationship = "one_to_one" | "one_to_many" | "many_to_one";

/** One declared edge: `from LEFT JOIN to ON sql`. */
export interface LinkedJoin {
  readonly from: string;
  readonly to: string;
  readonly relationship: Relationship;
  readonly sql: MemberSql;
  /**
   * The equalities that make up the condition, where it is a conjunction of `from member = to member` and of
   * nothing else; `undefined` otherwise. Names are of dimensions or, failing that, of base columns.
   */
  readonly keys: readonly JoinKey[] | undefined;
  readonly location: SourceLocation;
}

export interface JoinKey {
  readonly from: { readonly kind: "dimension" | "column"; readonly name: string };
  readonly to: { readonly kind: "dimension" | "column"; readonly name: string };
}

/** `meta.secure`: on which effective groups a mask or a forced segment falls: includes and not excludes. */
export interface Secure {
  readonly func: "redact" | "md5" | undefined;
  readonly includes: readonly string[] | "*";
  readonly excludes: readonly string[];
  readonly location: SourceLocation;
}

export type DimensionType = "string" | "number" | "time" | "boolean";

/** A text, or SQL whose value becomes one. */
export type CaseLabel = string | MemberSql;

export type DimensionSource =
  | { readonly kind: "sql"; readonly sql: MemberSql }
  | {
      readonly kind: "case";
      readonly whens: readonly { readonly sql: MemberSql; readonly label: CaseLabel }[];
      readonly elseLabel: CaseLabel | undefined;
    }
  | {
      readonly kind: "subQuery";
      readonly table: string;
      readonly measure: string;
      readonly propagateFilters: boolean;
      /** The reference to the measure, as it was written. */
      readonly sql: MemberSql;
    };

interface MemberBase {
  readonly name: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** `public: false` members are usable inside the model and invisible to clients. */
  readonly public: boolean;
  readonly location: SourceLocation;
  /** Why this release leaves the member out of the catalog (window functions as measures). */
  readonly unavailable: string | undefined;
}

export interface LinkedDimension extends MemberBase {
  readonly kind: "dimension";
  readonly type: DimensionType;
  readonly source: DimensionSource;
  /** The base column, when the dimension is nothing but one (`column: x`, `{TABLE}.x`, `x`). */
  readonly plainColumn: string | undefined;
  readonly primaryKey: boolean;
  readonly secure: Secure | undefined;
}

export type MeasureType =
  | "count"
  | "count_distinct"
  | "count_distinct_approx"
  | "sum"
  | "avg"
  | "min"
  | "max"
  | "number"
  | "string"
  | "time"
  | "boolean";

export type WindowBound = IntervalValue | "unbounded";

/** Which rows a rolling measure counts in a period of time. */
export type RollingWindow =
  | {
      readonly kind: "fixed";
      readonly trailing: WindowBound;
      readonly leading: WindowBound;
      /** The end of the period that both bounds are measured from. */
      readonly offset: "start" | "end";
    }
  /** From the start of the granularity that the period begins in to the end of the period. */
  | { readonly kind: "toDate"; readonly granularity: Granularity };

export type Granularity = "day" | "week" | "month" | "quarter" | "year";

export interface LinkedMeasure extends MemberBase {
  readonly kind: "measure";
  readonly type: MeasureType;
  /** Absent for a plain `count`. */
  readonly sql: MemberSql | undefined;
  /** Each a condition on rows, to be parenthesised and ANDed. */
  readonly filters: readonly MemberSql[];
  /**
   * aggregate: its own aggregate over `sql` (count ... max);
   * calculated: an expression over other measures;
   * rawAggregate: `sql` already holds aggregate functions (types number, string, time, boolean).
   */
  readonly form: "aggregate" | "calculated" | "rawAggregate";
  readonly rollingWindow: RollingWindow | undefined;
  readonly secure: Secure | undefined;
}

export interface LinkedSegment extends MemberBase {
  readonly kind: "segment";
  readonly sql: MemberSql;
  readonly secure: Secure | undefined;
}

export interface LinkedTable {
  readonly name: string;
  /** Base SQL in the warehouse's dialect, Jinja done, no trailing semicolon. */
  readonly sql: string;
  readonly description: string | undefined;
  readonly public: boolean;
  readonly dataSource: string | undefined;
  readonly joins: readonly LinkedJoin[];
  readonly dimensions: readonly LinkedDimension[];
  readonly measures: readonly LinkedMeasure[];
  readonly segments: readonly LinkedSegment[];
  /** Names of the primary-key dimensions, in order; empty when the table has none. */
  readonly primaryKey: readonly string[];
  readonly location: SourceLocation;
}

export interface ViewMember {
  /** The name clients see. */
  readonly name: string;
  readonly table: string;
  readonly member: string;
  readonly kind: "dimension" | "measure" | "segment";
}

export interface LinkedView {
  readonly name: string;
  readonly description: string | undefined;
  readonly public: boolean;
  readonly root: string;
  /** Edges of the fixed join tree, each after the one its `from` needs. */
  readonly joins: readonly LinkedJoin[];
  readonly members: readonly ViewMember[];
  readonly location: SourceLocation;
}

export type ApiScope = "meta" | "data" | "graphql" | "jobs" | "source";

export interface RateLimits {
  readonly requestsPerMinute: number | undefined;
  readonly requestsPerHour: number | undefined;
  readonly concurrentRequests: number | undefined;
}

export interface UserGroup {
  readonly name: string;
  readonly description: string | undefined;
  /** undefined: all of them. */
  readonly apiScopes: readonly ApiScope[] | undefined;
  /** Tags (`users:id:x`, `roles:id:y`) or "*"; undefined in the seed's form, where the group's own name decides. */
  readonly includes: readonly string[] | "*" | undefined;
  readonly excludes: readonly string[];
  readonly allowPrivateMembers: boolean;
  readonly rateLimits: RateLimits | undefined;
  readonly attributes: Attributes;
}

export interface LinkedModel {
  /** A hash of all model files and of the types that the warehouse tells: the model version in every cache key. */
  readonly version: string;
  readonly tables: ReadonlyMap<string, LinkedTable>;
  readonly views: ReadonlyMap<string, LinkedView>;
  /** In file order. */
  readonly groups: readonly UserGroup[];
}

/** What the warehouse says of a table: the columns of its base SQL and the type of each member. */
export interface TypedTable {
  readonly table: LinkedTable;
  readonly baseColumns: readonly { readonly name: string; readonly type: DataType }[];
  /** By dimension name. */
  readonly dimensionTypes: ReadonlyMap<string, DataType>;
  /** By measure name. */
  readonly measureTypes: ReadonlyMap<string, DataType>;
}

export interface TypedModel {
  readonly linked: LinkedModel;
  readonly tables: ReadonlyMap<string, TypedTable>;
}
