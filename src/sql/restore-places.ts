// Trees of a shortened text with the places of the original: as if the parser had read that, but for the items left out.
import type { ParsedText } from "./parse-text.ts";
import type { LongList, ShortenedText } from "./shorten-lists.ts";
import { TextPlaces } from "./text-places.ts";

/** Fields of a parse tree that are places of the text, in bytes; -1 for none. */
const placeFields = new Set([
  "location",
  "name_location",
  "stmt_location",
  "list_start",
  "list_end",
  "rexpr_list_start",
  "rexpr_list_end",
]);

/**
 * The statements of the original text, each with the long lists that it holds. Undefined where a list that was shortened
 * is none in the tree: then only the original text says what stands there.
 */
export function restorePlaces(
  shortened: ShortenedText,
  statements: readonly ParsedText[],
): readonly ParsedText[] | undefined {
  const { original, text, lists } = shortened;
  const places = new TextPlaces(text);
  const originalPlaces = new TextPlaces(original);
  const byteOf = (offset: number) => originalPlaces.byteOfOffset(shortened.originalOffset(offset));
  const waiting = new Map(lists.map((list) => [originalPlaces.byteOfOffset(list.start), list]));
  const restored = statements.map((statement): ParsedText => {
    const found: LongList[] = [];
    const tree: unknown = JSON.parse(statement.tree);
    movePlaces(tree, (byte) => byteOf(places.offsetOfByte(byte)));
    visitLists(tree, (location) => {
      const list = waiting.get(location);
      if (list === undefined) return;
      waiting.delete(location);
      found.push({ location, kind: list.kind, items: list.items });
    });
    const start = shortened.originalOffset(statement.offset);
    const end = shortened.originalOffset(statement.offset + statement.text.length);
    return {
      text: original.slice(start, end),
      offset: start,
      bytesBefore: originalPlaces.byteOfOffset(start),
      tree: JSON.stringify(tree),
      longLists: found,
    };
  });
  return waiting.size === 0 ? restored : undefined;
}

type Fields = Record<string, unknown>;

function movePlaces(node: unknown, move: (byte: number) => number): void {
  if (Array.isArray(node)) {
    for (const item of node) movePlaces(item, move);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const fields = node as Fields;
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "object") movePlaces(value, move);
    else if (typeof value === "number" && value > 0 && placeFields.has(name)) fields[name] = move(value);
  }
}

/** The places of the lists of `x IN (...)` with one item. */
function visitLists(node: unknown, visit: (location: number) => void): void {
  if (Array.isArray(node)) {
    for (const item of node) visitLists(item, visit);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const fields = node as Fields;
  const { kind, rexpr, rexpr_list_start: start } = fields;
  if (kind === "AEXPR_IN" && typeof start === "number" && isListOfOne(rexpr)) visit(start);
  for (const value of Object.values(fields)) {
    if (typeof value === "object") visitLists(value, visit);
  }
}

function isListOfOne(rexpr: unknown): boolean {
  const items = (rexpr as { readonly List?: { readonly items?: readonly unknown[] } } | undefined)?.List
    ?.items;
  return items?.length === 1;
}
