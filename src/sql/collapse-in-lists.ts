// Long IN lists of constants as one array: PostgreSQL then reads and prints one constant instead of thousands.
import { createHash } from "node:crypto";
import type { A_Expr, Node } from "@pgsql/types";
import type { Value } from "../data-type.ts";
import type { TextEdit } from "./edit-text.ts";
import { nameParts, visitRaw } from "./parse-tree-walk.ts";
import { quoteString } from "./quote-name.ts";
import type { LongList } from "./shorten-lists.ts";
import type { TextPlaces } from "./text-places.ts";

const int4Max = 2n ** 31n;
const int8Max = 2n ** 63n;

/** OIDs of the arrays whose elements are known without PostgreSQL. Source: pg_type.dat. */
const arrayOids = { text: 1009, int4: 1007, int8: 1016, numeric: 1231 } as const;

type KnownType = keyof typeof arrayOids;

/** An array that stands for a list while PostgreSQL analyses the statement, and what it stands for. */
export interface StandIn {
  readonly arrayType: number;
  /** As it is written. */
  readonly literal: string;
  /** The stand-in's elements: a digest of the list, so that equal lists are equal to PostgreSQL and others are not. */
  readonly standIn: readonly Value[];
  readonly items: readonly Value[];
}

export interface CollapsedLists {
  readonly edits: readonly TextEdit[];
  /** Each must be found in the analysed tree; where one is not, its items mean something else than was thought. */
  readonly standIns: readonly StandIn[];
}

/**
 * The edits that turn `x IN (...)` over a long list into `= ANY` of an array, NOT IN into `<> ALL`. Bare strings get no
 * cast, so that they are read as the type they are compared with. `brief` has stand-ins in the place of arrays of
 * strings and numbers. Where PostgreSQL refuses the edited text, it is to be asked about the text with whole arrays and
 * then about the text without these edits: the error is then exactly the client's, at the element's own place.
 */
export function collapseInLists(
  places: TextPlaces,
  tree: Node,
  lists: readonly LongList[],
  form: "brief" | "whole",
): CollapsedLists {
  const byLocation = new Map(lists.map((list) => [list.location, list]));
  const edits: TextEdit[] = [];
  const standIns: StandIn[] = [];
  if (lists.length === 0) return { edits, standIns };
  visitRaw(tree, (kind, fields) => {
    if (kind !== "A_Expr") return undefined;
    const expression = fields as A_Expr;
    const list = byLocation.get(expression.rexpr_list_start ?? -1);
    if (list === undefined || !canCollapse(expression)) return undefined;
    const standIn = form === "brief" ? standInOf(list) : undefined;
    if (standIn !== undefined) standIns.push(standIn);
    edits.push(editOf(places, expression, standIn?.literal ?? arrayLiteral(list)));
    return undefined;
  });
  return { edits, standIns };
}

/** Beside an untyped left side the type of an array literal could not be told. */
function canCollapse({ kind, lexpr, location, rexpr_list_end: end }: A_Expr): boolean {
  if (kind !== "AEXPR_IN" || lexpr === undefined || location === undefined || end === undefined) return false;
  return !("A_Const" in lexpr || "ParamRef" in lexpr || "RowExpr" in lexpr);
}

function editOf(places: TextPlaces, expression: A_Expr, array: string): TextEdit {
  const { location = 0, rexpr_list_end: end = 0 } = expression;
  const negated = nameParts(expression.name)[0] === "<>";
  // OPERATOR() binds as tightly as IN does, which a bare = would not.
  const operator = negated ? "OPERATOR(pg_catalog.<>) ALL" : "OPERATOR(pg_catalog.=) ANY";
  return {
    start: places.offsetOfByte(location),
    end: places.offsetOfByte(end) + 1,
    text: `${operator} (${array})`,
  };
}

/** The whole list as one array. */
function arrayLiteral({ kind, items }: LongList): string {
  if (kind === "number") return `${quoteString(arrayText(items, false))}::${numberType(items)}[]`;
  const literal = quoteString(arrayText(items, true));
  return kind === "string" ? literal : `${literal}::${kind}[]`;
}

function arrayText(items: readonly (string | null)[], quoted: boolean): string {
  const element = (item: string | null) => {
    if (item === null) return "NULL";
    return quoted ? `"${item.replace(/[\\"]/g, "\\$&")}"` : item;
  };
  return `{${items.map(element).join(",")}}`;
}

/** The type PostgreSQL gives the largest of the numbers. */
function numberType(items: readonly (string | null)[]): "int4" | "int8" | "numeric" {
  let type: "int4" | "int8" = "int4";
  for (const digits of items) {
    if (digits === null || /^-?\d{1,9}$/.test(digits)) continue;
    if (!/^-?\d+$/.test(digits)) return "numeric";
    const number = BigInt(digits);
    if (number >= int8Max || number < -int8Max) return "numeric";
    if (number >= int4Max || number < -int4Max) type = "int8";
  }
  return type;
}

/** Undefined where only PostgreSQL can tell what the items say. */
function standInOf({ kind, items }: LongList): StandIn | undefined {
  if (kind !== "string" && kind !== "number" && kind !== "text") return undefined;
  const type: KnownType = kind === "number" ? numberType(items) : "text";
  const values: Value[] = [];
  for (const item of items) {
    const value = item === null ? null : knownValue(type, item);
    if (value === undefined) return undefined;
    values.push(value);
  }
  const standIn = digestOf(type, items);
  const literal = quoteString(arrayText(standIn.map(String), type === "text"));
  return {
    arrayType: arrayOids[type],
    literal: kind === "string" ? literal : `${literal}::${type}[]`,
    standIn,
    items: values,
  };
}

/** As a constant of the type is decoded; undefined for a spelling that is not the value's own. */
function knownValue(type: KnownType, item: string): Value | undefined {
  switch (type) {
    case "text":
      return item;
    case "int4":
      // Not the negative zero that Number("-0") is.
      return Number(item) + 0;
    case "int8":
      return BigInt(item);
    case "numeric":
      return /^(?:-(?![0.]+$))?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(item) ? item : undefined;
    default:
      return type satisfies never;
  }
}

function digestOf(type: KnownType, items: readonly (string | null)[]): readonly Value[] {
  const digest = createHash("sha256")
    .update(JSON.stringify([type, items]))
    .digest();
  switch (type) {
    case "text":
      return [`list ${digest.toString("hex")}`];
    case "int4":
      return Array.from({ length: 8 }, (_, index) => digest.readInt32LE(4 * index));
    case "int8":
      return Array.from({ length: 4 }, (_, index) => digest.readBigInt64LE(8 * index));
    case "numeric":
      return [BigInt(`0x${digest.toString("hex")}`).toString()];
    default:
      return type satisfies never;
  }
}
