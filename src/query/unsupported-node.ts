// Refuses what a SELECT may hold and a lens does not offer, by the name a user knows it by.
import type { LensError } from "../errors.ts";
import type { DumpNode } from "./dump-node.ts";
import { unreadableTree, unsupportedConstruct } from "./query-errors.ts";

/** Node labels of PostgreSQL 18 that parse analysis may leave in a SELECT. */
const constructs: Readonly<Record<string, readonly [construct: string, hint: string]>> = {
  FIELDSELECT: ["selecting a field of a row", "Name the column itself, not a field of a row."],
  FIELDSTORE: ["assigning a field of a row", "Name the columns that are needed."],
  CONVERTROWTYPEEXPR: ["converting a row type", "Name the columns that are needed."],
  XMLEXPR: ["an XML expression", "Build the text with concat()."],
  JSONCONSTRUCTOREXPR: ["a JSON constructor", "Select the parts as columns of their own."],
  JSONVALUEEXPR: ["a JSON constructor", "Select the parts as columns of their own."],
  JSONISPREDICATE: ["IS JSON", "Compute it in a dimension of the model, in the warehouse's own SQL."],
  JSONEXPR: [
    "an SQL/JSON query function",
    "Compute it in a dimension of the model, in the warehouse's own SQL.",
  ],
  COERCETODOMAIN: ["a cast to a domain", "Cast to the domain's base type."],
  COERCETODOMAINVALUE: ["a domain", "Cast to the domain's base type."],
  NEXTVALUEEXPR: ["a sequence", "Number the rows with row_number() OVER (ORDER BY ...)."],
  SETTODEFAULT: ["DEFAULT", "Write the value."],
  CURRENTOFEXPR: ["WHERE CURRENT OF", "Compare the key's columns."],
  MERGESUPPORTFUNC: ["MERGE_ACTION()", "Use SELECT: the tables of a lens are read-only."],
  RETURNINGEXPR: ["RETURNING", "Use SELECT: the tables of a lens are read-only."],
  TABLEFUNC: [
    "XMLTABLE or JSON_TABLE",
    "Compute the columns in a table of the model, in the warehouse's own SQL.",
  ],
  TABLESAMPLECLAUSE: ["TABLESAMPLE", "Filter by random() < fraction instead."],
};

/** The error for a node with no reader: 0A000 where PostgreSQL 18 has such a node, else XX000. */
export function unsupportedNode(node: DumpNode, text: string): LensError {
  const construct = constructs[node.label];
  if (construct === undefined) return unreadableTree(`unknown node ${node.label}`);
  const [name, hint] = construct;
  return refuse(name, text, nodeLocation(node), hint);
}

/** 0A000 at a byte of the analysed text; -1 for no known place. The hint says what to write instead. */
export function refuse(construct: string, text: string, location: number, hint: string): LensError {
  return unsupportedConstruct(construct, characterPosition(text, location), hint);
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
