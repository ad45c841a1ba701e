// Text compares by code point, and letters are what PostgreSQL's own Unicode tables say, whatever the warehouse's
// collations. A collation that is written out goes up through an expression and meets those of its neighbours: "C" is
// the only one that leaves an expression made here.
import { elementType, isString } from "../../query/type-oids.ts";
import type { Printing } from "../dialect.ts";
import { hints } from "../hints.ts";
import { newestServer } from "./versions.ts";

/** By code point. */
const byCodePoint = 'pg_catalog."C"';
export function isCollatable(type: number): boolean {
  return isString(elementType(type) ?? type);
}

/** The text so that comparing, sorting, least and greatest go by code point; other types as they are. */
export function comparable(text: string, type: number): string {
  return isCollatable(type) ? `(${text} COLLATE ${byCodePoint})` : text;
}

/** The text so that letters are those of Unicode. */
export function withLetters(text: string, type: number, printing: Printing, location: number): string {
  if (!isCollatable(type)) return text;
  const { lettersCollation } = printing.server ?? newestServer;
  if (lettersCollation === undefined)
    return printing.refuse("what depends on upper and lower case", location, hints.letters);
  return `(${text} COLLATE ${lettersCollation})`;
}
