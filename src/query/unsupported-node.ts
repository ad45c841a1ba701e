// Refuses what a SELECT may hold and a lens does not offer, by the name a user knows it by.
import type { LensError } from "../errors.ts";
import type { DumpNode } from "./dump-node.ts";
import { unreadableTree, unsupportedConstruct } from "./query-errors.ts";

/** Node labels of PostgreSQL 18 that parse analysis may leave in a SELECT. */
const constructs: Readonly<Record<string, string>> = {
  FIELDSELECT: "selecting a field of a row",
  FIELDSTORE: "assigning a field of a row",
  CONVERTROWTYPEEXPR: "converting a row type",
  XMLEXPR: "an XML expression",
  JSONCONSTRUCTOREXPR: "a JSON constructor",
  JSONVALUEEXPR: "a JSON constructor",
  JSONISPREDICATE: "IS JSON",
  JSONEXPR: "an SQL/JSON query function",
  NAMEDARGEXPR: "a named argument",
  COERCETODOMAIN: "a cast to a domain",
  COERCETODOMAINVALUE: "a domain",
  NEXTVALUEEXPR: "a sequence",
  SETTODEFAULT: "DEFAULT",
  CURRENTOFEXPR: "WHERE CURRENT OF",
  MERGESUPPORTFUNC: "MERGE_ACTION()",
  RETURNINGEXPR: "RETURNING",
  TABLEFUNC: "XMLTABLE or JSON_TABLE",
  TABLESAMPLECLAUSE: "TABLESAMPLE",
};

/** The error for a node with no reader: 0A000 where PostgreSQL 18 has such a node, else XX000. */
export function unsupportedNode(node: DumpNode, text: string): LensError {
  const construct = constructs[node.label];
  if (construct === undefined) return unreadableTree(`unknown node ${node.label}`);
  return refuse(construct, text, nodeLocation(node));
}

/** 0A000 at a byte of the analysed text; -1 for no known place. */
export function refuse(construct: string, text: string, location: number): LensError {
  return unsupportedConstruct(construct, characterPosition(text, location));
}

/** The 1-based character (code point, as PostgreSQL counts) at a byte offset of a text. */
function characterPosition(text: string, byteOffset: number): number | undefined {
  if (byteOffset < 0) return undefined;
  const before = Buffer.from(text, "utf8").subarray(0, byteOffset).toString("utf8");
  let characters = 1;
  for (const _ of before) characters++;
  return characters;
}

/** Where a node stands: its own location, or the first known one below it. */
export function nodeLocation(node: DumpNode): number {
  const own = Number(node.values[node.names.indexOf("location")] ?? -1);
  if (own >= 0) return own;
  for (const value of node.values) {
    if (value === null || typeof value === "string" || value.kind === "datum") continue;
    const children = value.kind === "node" ? [value] : value.items;
    for (const child of children) {
      if (child === null || typeof child === "string" || child.kind !== "node") continue;
      const location = nodeLocation(child);
      if (location >= 0) return location;
    }
  }
  return -1;
}
