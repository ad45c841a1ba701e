// Text compares by code point, and letters are what PostgreSQL's own Unicode tables say, whatever the warehouse's
// collations. A collation that is written out goes up through an expression and meets those of its neighbours: "C" is
// the only one that leaves an expression made here.
import { elementType, isString } from "../../query/type-oids.ts";

/** By code point. */
const byCodePoint = 'pg_catalog."C"';
/** By code point, with the letters of Unicode: the collation of the PostgreSQL that analyses. */
const unicodeLetters = "pg_catalog.pg_c_utf8";

export function isCollatable(type: number): boolean {
  return isString(elementType(type) ?? type);
}

/** The text so that comparing, sorting, least and greatest go by code point; other types as they are. */
export function comparable(text: string, type: number): string {
  return isCollatable(type) ? `(${text} COLLATE ${byCodePoint})` : text;
}

/** The text so that letters are those of Unicode. */
export function withLetters(text: string, type: number): string {
  return isCollatable(type) ? `(${text} COLLATE ${unicodeLetters})` : text;
}
