// What the parts of the printer share: the dialect, the names, and each other.
import type { AttributeReference } from "../attributes.ts";
import { assert } from "../errors.ts";
import type { Expression, Query, SecuredScan, WindowDefinition } from "../query/query.ts";
import type { Dialect, Printing } from "./dialect.ts";
import type { Names } from "./names.ts";

/** Types that an outer set operation wants its arms' columns in, and which of them it sorts by. */
export type ColumnTypes = readonly { readonly type: number; readonly sorted?: boolean | undefined }[];

export interface Printer extends Printing {
  readonly dialect: Dialect;
  readonly names: Names;
  /** The text for a parameter, by its number in the tree. */
  parameter(number: number, type: number): string;
  /** The text for an attribute of the reader; for a list, a subquery without its parentheses. */
  attribute(reference: AttributeReference): string;
  /** An expression without the parentheses round it, for places that end it by themselves. */
  bare(node: Expression): string;
  /**
   * A SELECT without parentheses. `wanted` are the types that a set operation expects of its arm; `isResult` when its
   * columns are the statement's own, which must have the types that Describe told.
   */
  query(query: Query, wanted?: ColumnTypes, isResult?: boolean): string;
  scan(scan: SecuredScan, names: readonly string[], columns: ScanColumns): string;
  quote(name: string): string;
  /** The printed value that CaseTest stands for, for as long as `inside` runs. */
  withCaseTest<T>(text: string, node: Expression, inside: () => T): T;
  caseTest(): { readonly text: string; readonly node: Expression };
  /** Whether the select list of the block that is being printed may hold a set-returning function. */
  readonly expandsRows: boolean;
  /** The windows of the block that is being printed. */
  readonly windows: readonly WindowDefinition[];
}

export type ScanColumns = readonly { readonly type: number; readonly modifier: number }[] | undefined;

/** The text without a pair of parentheses that encloses all of it. */
export function withoutParentheses(text: string): string {
  if (!text.startsWith("(") || !text.endsWith(")")) return text;
  // Those of a subquery are its own.
  if (/^\((?:SELECT|WITH|VALUES|FROM)\b/.test(text)) return text;
  let depth = 0;
  let quote: string | undefined;
  for (let at = 0; at < text.length - 1; at += 1) {
    const character = text[at];
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
    } else if (character === "'" || character === '"') {
      quote = character;
    } else if (character === "(") {
      depth += 1;
    } else if (character === ")") {
      depth -= 1;
      if (depth === 0) return text;
    }
  }
  assert(quote === undefined && depth === 1, "printed text is balanced");
  return text.slice(1, -1);
}

/** SQL of the model with a line end after it, lest a comment at its end swallow what is printed next. */
export function endingComment(sql: string): string {
  return sql.includes("--") ? `${sql}\n` : sql;
}
