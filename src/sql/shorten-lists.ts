// Long IN lists of constants, found in a text before it is parsed: the parser then reads one item instead of thousands.
import { inListItemsMax } from "../constants.ts";
import { type EditedText, editText, type TextEdit } from "./edit-text.ts";

/** What the items are written as: bare strings, bare numbers, or strings of a type that is named with each of them. */
export type ItemKind = "string" | "number" | ItemType;

type ItemType = "date" | "timestamp" | "timestamptz" | "text" | "uuid";

export interface LongList {
  /** The place of its "(": the location `rexpr_list_start` of the parse tree. */
  readonly location: number;
  readonly kind: ItemKind;
  /** What the strings say, or the numbers as written. */
  readonly items: readonly (string | null)[];
}

/** A list by its place in the text, in UTF-16 code units. */
export interface FoundList extends Omit<LongList, "location"> {
  readonly start: number;
}

export interface ShortenedText extends EditedText {
  readonly lists: readonly FoundList[];
}

const listStart = /\bin\s*\(/gi;

const string = `'([^']*(?:''[^']*)*)'`;
/** Escapes that stand for the character itself; any other makes the list one for the parser. */
const escapeString = String.raw`e'([^'\\]*(?:(?:''|\\['\\])[^'\\]*)*)'`;
const type = "(date|timestamptz|timestamp|text|varchar|uuid)";
/** An item and the comma or parenthesis after it. */
const item = new RegExp(
  String.raw`\s*(?:(null)|(-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)|${escapeString}|` +
    String.raw`(?:(date|timestamptz|timestamp)\s*)?${string}(?:\s*::\s*${type})?|` +
    String.raw`cast\s*\(\s*${string}\s+as\s+${type}\s*\))\s*([,)])`,
  "iy",
);

/**
 * The text with all but the first item of each list of more than 16 taken out. What looks like a list may be none (in a
 * comment, a string): whoever parses the text must find each of them in the tree, or parse the original.
 */
export function shortenLists(text: string): ShortenedText {
  const lists: FoundList[] = [];
  const edits: TextEdit[] = [];
  listStart.lastIndex = 0;
  while (listStart.test(text)) {
    const list = listAt(text, listStart.lastIndex);
    if (list === undefined) continue;
    lists.push(list.found);
    edits.push(list.edit);
    listStart.lastIndex = list.edit.end;
  }
  return { ...editText(text, edits), lists };
}

interface ListAt {
  readonly found: FoundList;
  readonly edit: TextEdit;
}

/** The list whose first item may begin at an offset. */
function listAt(text: string, offset: number): ListAt | undefined {
  const items: (string | null)[] = [];
  let kind: ItemKind | undefined;
  let firstEnd = offset;
  let at = offset;
  for (let end = ","; end === ","; ) {
    item.lastIndex = at;
    const found = item.exec(text);
    if (found === null) return undefined;
    const own = kindOf(found);
    if (own !== null) {
      if (own === undefined || (kind !== undefined && own !== kind)) return undefined;
      kind = own;
    }
    items.push(spelledValue(found));
    end = found[9] ?? "";
    at = item.lastIndex;
    if (items.length === 1) firstEnd = at - 1;
  }
  if (kind === undefined || items.length <= inListItemsMax) return undefined;
  return { found: { start: offset - 1, kind, items }, edit: { start: firstEnd, end: at - 1, text: "" } };
}

/** Null: NULL, which is of any kind. Undefined: two types at once. */
function kindOf(found: RegExpExecArray): ItemKind | null | undefined {
  const [, isNull, number, , before, , after, , cast] = found;
  if (isNull !== undefined) return null;
  if (number !== undefined) return "number";
  if (before !== undefined && after !== undefined) return undefined;
  const named = (before ?? after ?? cast)?.toLowerCase();
  return named === undefined ? "string" : ((named === "varchar" ? "text" : named) as ItemType);
}

function spelledValue(found: RegExpExecArray): string | null {
  const [, isNull, number, escaped, , plain, , inCast] = found;
  if (isNull !== undefined) return null;
  if (number !== undefined) return number;
  if (escaped !== undefined) return escaped.replace(/(['\\])\1|\\'/g, (pair) => pair.at(-1) ?? "");
  const value = plain ?? inCast ?? "";
  return value.includes("'") ? value.replaceAll("''", "'") : value;
}
