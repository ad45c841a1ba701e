// Long IN lists of constants as one array: PostgreSQL then reads and prints one constant instead of thousands.
import type { A_Const, A_Expr, Node } from "@pgsql/types";
import { inListItemsMax } from "../constants.ts";
import type { TextEdit } from "./edit-text.ts";
import { nameParts, visitRaw } from "./parse-tree-walk.ts";
import { quoteString } from "./quote-name.ts";
import type { TextPlaces } from "./text-places.ts";

const int4Max = 2n ** 31n;
const int8Max = 2n ** 63n;

/**
 * The edits that turn `x IN (...)` with more than 16 constants of one kind (strings, or numbers; NULL allowed) into
 * `= ANY` of an array, NOT IN into `<> ALL`. Strings get no cast, so that they are read as the type they are compared
 * with. Where PostgreSQL refuses the edited text, it is to be asked about the text without these edits: the error is
 * then exactly the client's, at the element's own place.
 */
export function collapseInLists(places: TextPlaces, tree: Node): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  visitRaw(tree, (kind, fields) => {
    if (kind !== "A_Expr") return undefined;
    const edit = collapse(places, fields as A_Expr);
    if (edit === undefined) return undefined;
    edits.push(edit);
    // The left side may hold lists of its own.
    for (const inner of collapseInLists(places, (fields as A_Expr).lexpr as Node)) edits.push(inner);
    return false;
  });
  return edits;
}

function collapse(places: TextPlaces, expression: A_Expr): TextEdit | undefined {
  const { kind, lexpr, rexpr, rexpr_list_end: end, location } = expression;
  if (kind !== "AEXPR_IN" || rexpr === undefined || !("List" in rexpr) || lexpr === undefined)
    return undefined;
  if (end === undefined || location === undefined || end <= 0) return undefined;
  // Beside an untyped left side the type of an array literal could not be told.
  if ("A_Const" in lexpr || "ParamRef" in lexpr || "RowExpr" in lexpr) return undefined;
  const items = rexpr.List.items ?? [];
  if (items.length <= inListItemsMax) return undefined;
  const array = arrayLiteral(items);
  if (array === undefined) return undefined;
  const negated = nameParts(expression.name)[0] === "<>";
  // OPERATOR() binds as tightly as IN does, which a bare = would not.
  const operator = negated ? "OPERATOR(pg_catalog.<>) ALL" : "OPERATOR(pg_catalog.=) ANY";
  return {
    start: places.offsetOfByte(location),
    end: places.offsetOfByte(end) + 1,
    text: `${operator} (${array})`,
  };
}

/** The constants as one array; undefined where they are not of one kind. */
function arrayLiteral(items: readonly Node[]): string | undefined {
  const constants: A_Const[] = [];
  for (const item of items) {
    if (!("A_Const" in item)) return undefined;
    constants.push(item.A_Const);
  }
  const values = constants.filter((constant) => constant.isnull !== true);
  if (values.length === 0) return undefined;
  if (values.every((value) => value.sval !== undefined)) return quoteString(arrayText(constants));
  if (!values.every((value) => value.ival !== undefined || value.fval !== undefined)) return undefined;
  return `${quoteString(arrayText(constants))}::${numberType(values)}[]`;
}

function arrayText(constants: readonly A_Const[]): string {
  return `{${constants.map(elementText).join(",")}}`;
}

function elementText(constant: A_Const): string {
  if (constant.isnull === true) return "NULL";
  if (constant.sval !== undefined) return `"${(constant.sval.sval ?? "").replace(/[\\"]/g, "\\$&")}"`;
  return constant.fval?.fval ?? String(constant.ival?.ival ?? 0);
}

/** The type PostgreSQL gives the largest of the numbers. */
function numberType(values: readonly A_Const[]): "int4" | "int8" | "numeric" {
  let type: "int4" | "int8" = "int4";
  for (const value of values) {
    const digits = value.fval?.fval ?? String(value.ival?.ival ?? 0);
    if (!/^-?\d+$/.test(digits)) return "numeric";
    const number = BigInt(digits);
    if (number >= int8Max || number < -int8Max) return "numeric";
    if (number >= int4Max || number < -int4Max) type = "int8";
  }
  return type;
}
