// The contract of a dialect: the parts from which one printer makes a warehouse's SQL out of an analysed tree.
import type { BoundValueName } from "../query/bound-values.ts";
import type {
  AggregateId,
  FunctionId,
  OperatorId,
  SetFunctionId,
  WindowFunctionId,
} from "../query/offered-functions.ts";
import type { Aggref, Const, Expression, FunctionEntry, ModelAggregate, WindowFunc } from "../query/query.ts";
import type { ServerTraits } from "../server-traits.ts";
import type { SqlstateName } from "../sqlstate.ts";
import type { WarehouseKind } from "../warehouse-kind.ts";
import type { Printer } from "./printer.ts";

/** The errors that rendered SQL raises by itself: what drivers know. */
export type RaisedError = Extract<
  SqlstateName,
  | "data_exception"
  | "numeric_value_out_of_range"
  | "invalid_datetime_format"
  | "datetime_field_overflow"
  | "division_by_zero"
  | "invalid_parameter_value"
  | "invalid_text_representation"
  | "invalid_argument_for_logarithm"
  | "invalid_argument_for_power_function"
  | "invalid_argument_for_width_bucket_function"
  | "invalid_row_count_in_limit_clause"
  | "invalid_row_count_in_result_offset_clause"
  | "invalid_regular_expression"
  | "cardinality_violation"
>;

/** Settings of the session that are written into rendered text. */
export interface RenderSettings {
  /** The session's TimeZone as SHOW prints it. */
  readonly timeZone: string;
  /** DateStyle, IntervalStyle and bytea_output as SHOW prints them: what a cast to text depends on. */
  readonly dateStyle: string;
  readonly intervalStyle: string;
  readonly byteaOutput: string;
}

/**
 * A construct that the dialect cannot express with PostgreSQL's meaning; `what` completes "... is not supported", the
 * hint says what to write instead.
 */
export interface Refusal {
  readonly refused: string;
  readonly hint: string;
}

export function refusal(what: string, hint: string): Refusal {
  return { refused: what, hint };
}

/** What the printer knows of the place an expression stands in, for the dialect. */
export interface Printing {
  readonly settings: RenderSettings;
  /** The server that the text is for; undefined for dialects that do not ask. */
  readonly server: ServerTraits | undefined;
  /** The expression as SQL text that binds tighter than any operator. */
  print(node: Expression): string;
  /**
   * The expressions that a column of a subquery, CTE or VALUES or a grouping key stands for, one for each arm or row.
   * Empty for columns of tables and of recursive CTEs.
   */
  sources(node: Expression): readonly Expression[];
  /** The text of a value that the engine binds. */
  boundValue(name: BoundValueName): string;
  /** Ends the statement with 0A000, at the node's place, and says what to write instead. */
  refuse(what: string, location: number, hint: string): never;
}

/** A call of a function or operator. */
export interface Call extends Printing {
  readonly nodes: readonly Expression[];
  /** One argument, printed. */
  arg(index: number): string;
  /** All arguments, printed. */
  readonly args: readonly string[];
  /** PostgreSQL type OIDs of the arguments. */
  readonly types: readonly number[];
  /** PostgreSQL type OID of the result. */
  readonly type: number;
  readonly location: number;
}

/** Yields text that binds tighter than any operator: a name, a literal, a call, or parenthesised. */
export type Rendering = ((call: Call) => string) | Refusal;

export interface AggregateCall extends Call {
  readonly node: Aggref | WindowFunc;
  /** The direct arguments of an ordered-set aggregate. */
  readonly direct: readonly string[];
  /** The ORDER BY inside, printed without the words; empty when there is none. */
  readonly order: string;
  readonly distinct: boolean;
  /** ` FILTER (WHERE ...)`, ` OVER (...)`: to be put after the call of an aggregate function. */
  readonly tail: string;
}

export type AggregateRendering = ((call: AggregateCall) => string) | Refusal;

export interface CastCall extends Printing {
  readonly node: Expression;
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly modifier: number;
  readonly location: number;
}

/** A set-returning function: its rows as an expression of a select list, or as a SELECT of one column. */
export interface SetFunctionRendering {
  /** Yields one row for each of the function's, as do all others of the select list beside it. */
  rows(call: Call): string;
  /** How many rows it has; NULL for none. */
  count(call: Call): string;
  /** A SELECT of the rows in a column of the name, where there is a better one than of rows(). */
  select?(call: Call, column: string): string | undefined;
}

/** How a dialect prints nodes of a kind by itself; undefined leaves the node to the common printer. */
export type Forms = {
  readonly [Kind in Expression["kind"]]?: (
    printer: Printer,
    node: Extract<Expression, { readonly kind: Kind }>,
  ) => string | undefined;
};

export interface Dialect {
  readonly kind: WarehouseKind;
  /** Bytes of rendered text that the warehouse is ever given. */
  readonly sqlBytesMax: number;
  /** Levels of one expression that the warehouse plans in reasonable time. */
  readonly expressionDepthMax: number;
  quoteIdentifier(name: string): string;
  textLiteral(text: string): string;
  /** A constant with its type; throws by `refuse` what the warehouse has no value for. */
  literal(constant: Const, printing: Printing): string;
  /** `position` counts from 1. */
  parameter(position: number, type: number): string;
  /** The warehouse's type for a cast; undefined where it has none. */
  typeName(type: number, modifier: number): string | undefined;
  /** A cast by meaning. */
  cast(call: CastCall): string;
  /**
   * The text as exactly the type, for columns whose warehouse type is the model's affair. The same text where the
   * type leaves nothing to say (numeric without a precision).
   */
  conform(text: string, type: number, modifier: number): string;
  /** The server that text is made for, where it matters. */
  readonly server?: ServerTraits;
  /** Why the server lacks a function that the dialect has, by its OID, as a hint; undefined where it has it. */
  missingFunction?(oid: number): string | undefined;
  readonly operators: Readonly<Record<OperatorId, Rendering>>;
  readonly functions: Readonly<Record<FunctionId, Rendering>>;
  readonly aggregates: Readonly<Record<AggregateId, AggregateRendering>>;
  readonly windowFunctions: Readonly<Record<WindowFunctionId, AggregateRendering>>;
  readonly setFunctions: Readonly<Record<SetFunctionId, SetFunctionRendering>>;
  /** `type` is what the aggregate's value has, 0 where the warehouse alone knows. */
  modelAggregate(
    aggregate: ModelAggregate["aggregate"],
    args: readonly string[],
    tail: string,
    type: number,
  ): string;
  /** md5 of a text as lower-case hexadecimal digits. */
  md5(text: string): string;
  /** An array of values of one type. */
  array(elements: readonly string[], type: number): string;
  /** One value or a slice of an array. */
  subscript(array: string, index: string): string;
  slice(array: string, lower: string | undefined, upper: string | undefined): string;
  /** The array with each element changed; `change` prints an element of the given text. */
  mapArray(array: string, change: (element: string) => string): string;
  /** `value op ANY/ALL (array)` for an array that is not written out; undefined where the operator is not possible. */
  anyOfArray(value: string, operator: OperatorId, any: boolean, array: string): string | undefined;
  /** ARRAY(SELECT ...), empty where the query has no rows. */
  arrayOfQuery(query: string, elementType: number): string;
  /** 1, 2 ... up to the count, one row each, as an expression of a select list. */
  numbersTo(count: string): string;
  /** An expression of the type that is never reached without ending the statement by this error. */
  raise(error: RaisedError, type: number): string;
  readonly forms: Forms;
  /** Set-returning functions of FROM with their alias, where the dialect has a form of its own for them. */
  functionEntry?(printer: Printer, entry: FunctionEntry, alias: string): string | undefined;
  /** The text of a value that is sorted by, so that texts come in the order of their code points. */
  comparable(text: string, type: number): string;
  readonly has: {
    /** Where it is not there, rank() in QUALIFY is. */
    readonly withTies: boolean;
    /** Outer joins may have conditions that refer to outer queries or hold subqueries. */
    readonly anyOuterJoin: boolean;
    readonly recursiveCtes: boolean;
    readonly groupsFrame: boolean;
    /** Arrays of arrays are arrays of two dimensions. */
    readonly nestedArrays: boolean;
    /** LIMIT and OFFSET fail by themselves where a count is negative. */
    readonly checkedRowCounts: boolean;
    /** The arms of a set operation come to its types as PostgreSQL brings them. */
    readonly convertedArms: boolean;
    /** A reader's condition may run before the policy's, where the engine finds that cheaper. */
    readonly reorderedConditions: boolean;
  };
}
