// The analysed query tree in our own form. It is PostgreSQL's Query with three simplifications made by the reader:
// every range table entry has a number that is unique in the whole statement (so there are no levels), variables of a
// join's alias are replaced by what they stand for, and grouping expressions are named by their place (GroupKey).
// Source: PostgreSQL 18, src/include/nodes/parsenodes.h and primnodes.h.
import type { AttributeReference } from "../attributes.ts";
import type { Value } from "../data-type.ts";

/** A number that names one range table entry or one common table expression in a statement. */
export type EntryId = number;

export interface Query {
  readonly kind: "Query";
  /** Names this block in the statement: what GroupKey, GroupingFunc and Aggref refer to. */
  readonly id: EntryId;
  readonly ctes: readonly CommonTableExpression[];
  readonly recursive: boolean;
  /** Joined by comma. Empty: one row without columns. Empty too for a set operation and for a bare VALUES's parent. */
  readonly from: readonly FromItem[];
  readonly where: Expression | undefined;
  readonly targets: readonly Target[];
  /** Present when the block has GROUP BY (also an empty grouping set). */
  readonly group: Grouping | undefined;
  readonly having: Expression | undefined;
  /** True when the block aggregates, with or without GROUP BY. */
  readonly hasAggregates: boolean;
  readonly windows: readonly WindowDefinition[];
  readonly distinct: Distinct | undefined;
  readonly orderBy: readonly SortItem[];
  readonly limit: Expression | undefined;
  /** FETCH FIRST n ROWS WITH TIES. */
  readonly withTies: boolean;
  readonly offset: Expression | undefined;
  /** For UNION, INTERSECT, EXCEPT: the tree of arms; targets then name the output columns of the left-most arm. */
  readonly setOperation: SetOperation | undefined;
}

export interface Target {
  readonly expression: Expression;
  /** PostgreSQL's name for it; for messages, and for a readable alias. Undefined for a junk target. */
  readonly name: string | undefined;
  /** Needed for ORDER BY or DISTINCT ON only; not a column of the result. */
  readonly junk: boolean;
  /** A printed alias that must be exactly this, because model SQL around the block names it bare. */
  readonly alias?: string;
  /** The relation column that it comes from unchanged, if any: pg_class oid and attnum. */
  readonly origin: { readonly relationOid: number; readonly column: number } | undefined;
}

export interface Grouping {
  readonly keys: readonly Expression[];
  /** GROUPING SETS with ROLLUP and CUBE expanded: each a list of places in keys. Undefined: one set of all keys. */
  readonly sets: readonly (readonly number[])[] | undefined;
  /** GROUP BY DISTINCT. */
  readonly distinct: boolean;
}

export interface SortItem {
  /** Place in targets, from 0. */
  readonly target: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export type Distinct =
  | { readonly kind: "all" }
  /** DISTINCT ON: places in targets. */
  | { readonly kind: "on"; readonly targets: readonly number[] };

export interface CommonTableExpression {
  readonly id: EntryId;
  readonly name: string;
  readonly query: Query;
  readonly recursive: boolean;
  readonly materialized: "default" | "always" | "never";
  readonly columns: readonly ColumnType[];
}

export interface ColumnType {
  readonly name: string;
  /** PostgreSQL type OID and modifier. */
  readonly type: number;
  readonly modifier: number;
}

export type SetOperation =
  | {
      readonly kind: "union" | "intersect" | "except";
      readonly all: boolean;
      readonly left: SetOperation;
      readonly right: SetOperation;
      readonly columns: readonly ColumnType[];
    }
  | { readonly kind: "arm"; readonly entry: SubqueryEntry };

export type FromItem = { readonly kind: "entry"; readonly entry: RangeTableEntry } | JoinItem;

export interface JoinItem {
  readonly kind: "join";
  readonly type: "inner" | "left" | "right" | "full";
  readonly left: FromItem;
  readonly right: FromItem;
  /** Undefined for CROSS JOIN. */
  readonly on: Expression | undefined;
  /** A left join of the compiler's that has one row of the right side at most, so that it decides on no row. */
  readonly addsNoRows?: true;
  readonly location: number;
}

interface EntryBase {
  readonly id: EntryId;
  /** The alias or name the client used, for messages. */
  readonly name: string;
  readonly columns: readonly ColumnType[];
  readonly lateral: boolean;
}

/** A table of the catalog instance: a lens relation or a system relation. */
export interface RelationEntry extends EntryBase {
  readonly kind: "relation";
  readonly relationOid: number;
}

export interface SubqueryEntry extends EntryBase {
  readonly kind: "subquery";
  readonly query: Query;
  /** A printed alias that must be exactly this, because model SQL names it. */
  readonly alias?: string;
}

export interface ValuesEntry extends EntryBase {
  readonly kind: "values";
  readonly rows: readonly (readonly Expression[])[];
}

/** Set-returning functions in FROM. */
export interface FunctionEntry extends EntryBase {
  readonly kind: "function";
  readonly functions: readonly { readonly call: Expression; readonly columnCount: number }[];
  readonly ordinality: boolean;
}

export interface CteEntry extends EntryBase {
  readonly kind: "cte";
  /** The id of the CommonTableExpression. */
  readonly cte: EntryId;
}

/**
 * A lens table as the compiler leaves it: which of its columns the query needs. Only policy/ replaces it, by a
 * SecuredScanEntry; the renderer refuses it. Var.column numbers the `outputs`, from 1.
 */
export interface LensScanEntry extends EntryBase {
  readonly kind: "lensScan";
  readonly table: string;
  readonly outputs: readonly ScanOutput[];
  /** What WHERE says to sub-query dimensions that it reaches into. */
  readonly filters: readonly ReachingFilter[];
}

/** A conjunct of WHERE, for the sub-query dimensions of one scan. */
export interface ReachingFilter {
  /** Over columns of the scans in `reads`; of other entries too where it is not plain. */
  readonly condition: Expression;
  readonly reads: ReadonlyMap<EntryId, LensScanEntry>;
  /** Those that joins of the model connect with the scan, the scan itself included. */
  readonly joined: ReadonlySet<EntryId>;
  /** Whether it can stand in another query: over scans alone, without subqueries. */
  readonly isPlain: boolean;
  /** 1-based character in the client's text. */
  readonly position: number | undefined;
}

export type ScanOutput =
  /** A dimension, with its mask. */
  | { readonly kind: "dimension"; readonly name: string }
  /** A dimension or base column without any mask: for model joins and for keys of M8 only. */
  | { readonly kind: "rawKey"; readonly name: string; readonly source: "dimension" | "column" }
  | { readonly kind: "segment"; readonly name: string }
  /** The argument of an aggregate measure (`sql`), over masked columns. */
  | { readonly kind: "measureArgument"; readonly name: string }
  /** The conjunction of a measure's filters, over masked columns; boolean. */
  | { readonly kind: "measureFilter"; readonly name: string }
  /** A base column under its mask, for raw aggregate text. */
  | { readonly kind: "baseColumn"; readonly name: string }
  /** A member of another table read inside raw aggregate text. */
  | { readonly kind: "joinedMember"; readonly table: string; readonly name: string }
  /** Constant true: NULL in the unmatched rows of an outer join. */
  | { readonly kind: "presence" };

/** Opaque here; built by policy/secured-scan.ts and printed by dialect/. */
export interface SecuredScanEntry extends EntryBase {
  readonly kind: "securedScan";
  readonly scan: SecuredScan;
}

/** SQL text of the model with the columns in it named by alias. */
export type ScanSql = readonly (
  | string
  | { readonly alias: string; readonly column: string }
  | { readonly alias: string }
  /** A value that is bound when the statement runs; a list as a subquery of one column. */
  | AttributeReference
  /** Another member, inlined: printed in parentheses. */
  | ScanExpression
)[];

export type ScanExpression =
  | { readonly kind: "sql"; readonly sql: ScanSql }
  /** The argument is text-valued SQL for md5. */
  | { readonly kind: "md5"; readonly argument: ScanExpression }
  | { readonly kind: "redacted" }
  | { readonly kind: "nullOf"; readonly type: number; readonly modifier: number }
  | { readonly kind: "true" }
  | { readonly kind: "literal"; readonly text: string }
  /** SQL that may read whole rows: over a row of these columns of `alias` and of no other. */
  | {
      readonly kind: "overColumns";
      readonly alias: string;
      readonly columns: readonly string[];
      readonly sql: ScanSql;
    }
  | {
      readonly kind: "case";
      readonly whens: readonly { readonly when: ScanSql; readonly label: ScanExpression }[];
      readonly elseLabel: ScanExpression | undefined;
    }
  /** Each parenthesised, ANDed. */
  | { readonly kind: "all"; readonly conditions: readonly ScanSql[] }
  | {
      readonly kind: "cast";
      readonly argument: ScanExpression;
      readonly type: number;
      readonly modifier: number;
    };

/**
 * A subselect over one table's base SQL:
 *   SELECT outputs FROM (SELECT inner FROM (base) AS alias WHERE forced) AS alias LEFT JOIN joins
 * `inner` puts the masked columns in place of the raw ones and the raw ones out under private names.
 */
export interface SecuredScan {
  readonly table: string;
  readonly baseSql: string;
  readonly alias: string;
  /** What the masked layer yields; undefined when no column is masked and no raw key is needed beside it. */
  readonly inner: readonly { readonly name: string; readonly expression: ScanExpression }[] | undefined;
  /** Forced segments: conditions on the raw base columns. */
  readonly forced: readonly ScanSql[];
  /** Joins that forced segments and raw keys read through: inside the masked layer. */
  readonly forcedJoins: readonly (ScanJoin | ScanQueryJoin)[];
  /** Secured scans of other tables that members read through, and sub-queries with values per row. */
  readonly joins: readonly (ScanJoin | ScanQueryJoin)[];
  readonly outputs: readonly { readonly name: string; readonly expression: ScanExpression }[];
  /** The forced segments are more than plain conjuncts of own columns: engines that reorder need a barrier. */
  readonly barrier: boolean;
}

export interface ScanJoin {
  readonly alias: string;
  readonly scan: SecuredScan;
  readonly on: ScanSql;
}

/** A query with at most one row for each row of the scan. */
export interface ScanQueryJoin {
  readonly alias: string;
  readonly query: Query;
  readonly on: ScanSql;
}

export type RangeTableEntry =
  | RelationEntry
  | SubqueryEntry
  | ValuesEntry
  | FunctionEntry
  | CteEntry
  | LensScanEntry
  | SecuredScanEntry;

export interface WindowDefinition {
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly {
    readonly expression: Expression;
    readonly descending: boolean;
    readonly nullsFirst: boolean;
  }[];
  /** Undefined: PostgreSQL's default frame. */
  readonly frame: WindowFrame | undefined;
}

export interface WindowFrame {
  readonly mode: "range" | "rows" | "groups";
  readonly start: FrameBound;
  readonly end: FrameBound;
  readonly exclude: "noOthers" | "currentRow" | "group" | "ties";
}

export type FrameBound =
  | { readonly kind: "unboundedPreceding" | "currentRow" | "unboundedFollowing" }
  | { readonly kind: "preceding" | "following"; readonly offset: Expression };

// ---- expressions -----------------------------------------------------------------------------------------------

interface ExpressionBase {
  /** PostgreSQL OID of the result's type. */
  readonly type: number;
  /** Byte offset in the analysed text; -1 when PostgreSQL knows none. */
  readonly location: number;
}

export interface Var extends ExpressionBase {
  readonly kind: "Var";
  readonly entry: EntryId;
  /** 1-based; 0 is a whole row, negative a system column. */
  readonly column: number;
  readonly modifier: number;
}

/** The value of a grouping expression of the block that the expression stands in (or of an outer one). */
export interface GroupKey extends ExpressionBase {
  readonly kind: "GroupKey";
  /** The id of the block that groups. */
  readonly block: EntryId;
  /** Place in Grouping.keys, from 0. */
  readonly index: number;
  readonly modifier: number;
}

export interface Const extends ExpressionBase {
  readonly kind: "Const";
  readonly modifier: number;
  /** Decoded as data-type.ts says; for types without a DataType (regclass, oid ...) the number or text. */
  readonly value: Value;
  /** The measure that it is all the reader gets of, `table.measure`. */
  readonly measure?: string;
}

export interface Param extends ExpressionBase {
  readonly kind: "Param";
  /** $n of the client, from 1; 0 and below are values the engine binds (current_user ...). */
  readonly number: number;
}

export type CastFormat = "call" | "explicitCast" | "implicitCast" | "sqlSyntax";

export interface FuncExpr extends ExpressionBase {
  readonly kind: "FuncExpr";
  readonly function: number;
  readonly args: readonly Expression[];
  readonly format: CastFormat;
  readonly returnsSet: boolean;
  readonly variadic: boolean;
}

export interface OpExpr extends ExpressionBase {
  readonly kind: "OpExpr";
  readonly operator: number;
  readonly args: readonly Expression[];
}

/** a IS DISTINCT FROM b. */
export interface DistinctExpr extends ExpressionBase {
  readonly kind: "DistinctExpr";
  readonly operator: number;
  readonly args: readonly Expression[];
}

export interface NullIfExpr extends ExpressionBase {
  readonly kind: "NullIfExpr";
  readonly operator: number;
  readonly args: readonly Expression[];
}

/** a op ANY (array) or a op ALL (array). */
export interface ScalarArrayOpExpr extends ExpressionBase {
  readonly kind: "ScalarArrayOpExpr";
  readonly operator: number;
  readonly any: boolean;
  readonly args: readonly Expression[];
}

export interface BoolExpr extends ExpressionBase {
  readonly kind: "BoolExpr";
  readonly operation: "and" | "or" | "not";
  readonly args: readonly Expression[];
}

export interface SubLink extends ExpressionBase {
  readonly kind: "SubLink";
  readonly link: "exists" | "all" | "any" | "expression" | "array";
  /** The left-hand expressions of ANY and ALL, with the operator for each column of the subquery. */
  readonly tests: readonly { readonly operator: number; readonly left: Expression; readonly type: number }[];
  /** For several columns: how the single tests combine. */
  readonly combine: "and" | "or";
  readonly query: Query;
  /** NULL and false come to the same where it stands. */
  readonly unknownIsFalse?: boolean;
}

export interface CaseExpr extends ExpressionBase {
  readonly kind: "CaseExpr";
  /** The operand of a simple CASE; each `when` then holds CaseTest in its place. */
  readonly arg: Expression | undefined;
  readonly whens: readonly { readonly when: Expression; readonly then: Expression }[];
  readonly otherwise: Expression | undefined;
}

export interface CaseTest extends ExpressionBase {
  readonly kind: "CaseTest";
}

export interface CoalesceExpr extends ExpressionBase {
  readonly kind: "CoalesceExpr";
  readonly args: readonly Expression[];
}

export interface MinMaxExpr extends ExpressionBase {
  readonly kind: "MinMaxExpr";
  readonly operation: "greatest" | "least";
  readonly args: readonly Expression[];
}

export interface NullTest extends ExpressionBase {
  readonly kind: "NullTest";
  readonly arg: Expression;
  readonly negated: boolean;
}

export interface BooleanTest extends ExpressionBase {
  readonly kind: "BooleanTest";
  readonly arg: Expression;
  readonly test: "true" | "notTrue" | "false" | "notFalse" | "unknown" | "notUnknown";
}

/** CURRENT_DATE, LOCALTIMESTAMP(3), CURRENT_USER ... */
export interface SqlValueFunction extends ExpressionBase {
  readonly kind: "SqlValueFunction";
  readonly operation:
    | "current_date"
    | "current_time"
    | "current_timestamp"
    | "localtime"
    | "localtimestamp"
    | "current_role"
    | "current_user"
    | "user"
    | "session_user"
    | "current_catalog"
    | "current_schema";
  readonly modifier: number;
}

/** A cast through text. */
export interface CoerceViaIo extends ExpressionBase {
  readonly kind: "CoerceViaIo";
  readonly arg: Expression;
  readonly format: CastFormat;
}

/** A cast that changes only the label of the type. */
export interface RelabelType extends ExpressionBase {
  readonly kind: "RelabelType";
  readonly arg: Expression;
  readonly modifier: number;
  readonly format: CastFormat;
}

/** An array cast: `element` is the cast of one element, with CaseTest standing for it. */
export interface ArrayCoerceExpr extends ExpressionBase {
  readonly kind: "ArrayCoerceExpr";
  readonly arg: Expression;
  readonly element: Expression;
  readonly modifier: number;
}

export interface ArrayExpr extends ExpressionBase {
  readonly kind: "ArrayExpr";
  readonly elementType: number;
  readonly elements: readonly Expression[];
  readonly multiDimensional: boolean;
}

export interface RowExpr extends ExpressionBase {
  readonly kind: "RowExpr";
  readonly args: readonly Expression[];
}

/** (a, b) < (c, d): one operator per column. */
export interface RowCompareExpr extends ExpressionBase {
  readonly kind: "RowCompareExpr";
  readonly comparison: "<" | "<=" | ">=" | ">" | "=" | "<>";
  readonly operators: readonly number[];
  readonly left: readonly Expression[];
  readonly right: readonly Expression[];
}

export interface SubscriptExpr extends ExpressionBase {
  readonly kind: "SubscriptExpr";
  readonly array: Expression;
  readonly upper: readonly (Expression | undefined)[];
  /** Present for slices. */
  readonly lower: readonly (Expression | undefined)[] | undefined;
}

export interface CollateExpr extends ExpressionBase {
  readonly kind: "CollateExpr";
  readonly arg: Expression;
  readonly collation: number;
}

export interface Aggref extends ExpressionBase {
  readonly kind: "Aggref";
  readonly function: number;
  readonly args: readonly Expression[];
  /** WITHIN GROUP: the direct arguments (percentile_cont(0.5)); args are then the sorted ones. */
  readonly directArgs: readonly Expression[];
  readonly aggregateKind: "normal" | "orderedSet" | "hypothetical";
  readonly star: boolean;
  readonly distinct: boolean;
  readonly orderBy: readonly {
    readonly expression: Expression;
    readonly descending: boolean;
    readonly nullsFirst: boolean;
  }[];
  readonly filter: Expression | undefined;
  readonly variadic: boolean;
  /** The id of the block that aggregates: the one the node stands in, or an outer one. */
  readonly block: EntryId;
}

/** GROUPING(a, b): places in the keys of the block's Grouping. */
export interface GroupingFunc extends ExpressionBase {
  readonly kind: "GroupingFunc";
  readonly block: EntryId;
  readonly keys: readonly number[];
}

export interface WindowFunc extends ExpressionBase {
  readonly kind: "WindowFunc";
  readonly function: number;
  readonly args: readonly Expression[];
  readonly filter: Expression | undefined;
  readonly star: boolean;
  /** An aggregate used as a window function. */
  readonly aggregate: boolean;
  /** Place in Query.windows, from 0. */
  readonly window: number;
}

// ---- what the compiler puts in, the reader never -----------------------------------------------------------------

/** An aggregate of the model over private columns of a scan: the warehouse's own aggregate, in its own type. */
export interface ModelAggregate extends ExpressionBase {
  readonly kind: "ModelAggregate";
  readonly aggregate:
    | "count"
    | "count_distinct"
    | "count_distinct_approx"
    | "sum"
    | "avg"
    | "min"
    | "max"
    | "any_value"
    | "bool_or";
  /** The id of the block that aggregates. */
  readonly block: EntryId;
  /** None: COUNT(*). Several for the distinct count of a composite key. */
  readonly args: readonly Expression[];
  readonly filter: Expression | undefined;
  /** The measure that it computes, `table.measure`. */
  readonly measure: string;
}

/** SQL of the model with expressions in the place of references; yields `type`. */
export interface ModelSql extends ExpressionBase {
  readonly kind: "ModelSql";
  readonly parts: readonly (string | Expression | { readonly kind: "aliasOf"; readonly entry: EntryId })[];
  /** The member whose text this is, `table.member`. */
  readonly member: string;
  /** Whether it says that its expressions are equal, two and two, and nothing else. */
  readonly equates?: boolean;
}

/** Null-safe equality over any type. */
export interface NotDistinct extends ExpressionBase {
  readonly kind: "NotDistinct";
  readonly left: Expression;
  readonly right: Expression;
}

/** A cast to the type of the node, by value: what the analysed tree expects where a measure's own value differs. */
export interface CastTo extends ExpressionBase {
  readonly kind: "CastTo";
  readonly arg: Expression;
  readonly modifier: number;
}

export type Expression =
  | Var
  | GroupKey
  | Const
  | Param
  | FuncExpr
  | OpExpr
  | DistinctExpr
  | NullIfExpr
  | ScalarArrayOpExpr
  | BoolExpr
  | SubLink
  | CaseExpr
  | CaseTest
  | CoalesceExpr
  | MinMaxExpr
  | NullTest
  | BooleanTest
  | SqlValueFunction
  | CoerceViaIo
  | RelabelType
  | ArrayCoerceExpr
  | ArrayExpr
  | RowExpr
  | RowCompareExpr
  | SubscriptExpr
  | CollateExpr
  | Aggref
  | GroupingFunc
  | WindowFunc
  | ModelAggregate
  | ModelSql
  | NotDistinct
  | CastTo;
