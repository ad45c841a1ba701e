// What PostgreSQL's types are called towards clients.
import { type DataType, dataTypeOfOid, formatDataType } from "../data-type.ts";

/** A column of a PostgreSQL query. */
export interface PostgresColumn {
  readonly oid: number;
  readonly modifier: number;
  /** Undefined where clients have no such type. */
  readonly type: DataType | undefined;
  /** The server's spelling. */
  readonly spelling: string;
}

/** Texts by other names, and what the server calls them. Their output is the text itself. */
const textNames: Readonly<Record<number, string>> = {
  18: '"char"',
  19: "name",
  25: "text",
  705: "unknown",
  1042: "character",
  1043: "character varying",
};

/** Arrays that data-type.ts does not know: of "char", name, character, character varying, jsonb. */
const textArrays: Readonly<Record<number, string>> = {
  1002: '"char"[]',
  1003: "name[]",
  1014: "character[]",
  1015: "character varying[]",
};
const jsonbOid = 3802;
const jsonbArrayOid = 3807;

/** A type of the system's own. Undefined for one that has to be looked up, and for one that clients do not have. */
export function builtInColumn(oid: number, modifier: number): PostgresColumn | undefined {
  const text = textNames[oid];
  if (text !== undefined) return { oid, modifier, type: { kind: "text" }, spelling: text };
  const texts = textArrays[oid];
  if (texts !== undefined) {
    return { oid, modifier, type: { kind: "array", element: { kind: "text" } }, spelling: texts };
  }
  if (oid === jsonbArrayOid) {
    return { oid, modifier, type: { kind: "array", element: { kind: "json" } }, spelling: "jsonb[]" };
  }
  const type = dataTypeOfOid(oid, modifier);
  if (type === undefined) return undefined;
  if (oid === jsonbOid) return { oid, modifier, type, spelling: "jsonb" };
  return { oid, modifier, type, spelling: formatDataType(type) };
}

/**
 * Says of each of the OIDs $1 what it is called, and whether its text is all there is to it: 1 for enumerations and
 * citext, 2 for arrays of them. All other types (money and ranges, whose text depends on settings, or addresses, whose
 * order is not their text's) are no text to us.
 */
export const lookUpTypesSql = `SELECT t.oid::pg_catalog.int8, pg_catalog.format_type(t.oid, NULL),
  CASE WHEN t.typtype = 'e' OR t.typname = 'citext' AND t.typcategory = 'S' THEN 1
    WHEN t.typcategory = 'A' AND (e.typtype = 'e' OR e.typname = 'citext' AND e.typcategory = 'S') THEN 2
    ELSE 0 END
FROM pg_catalog.pg_type AS t LEFT JOIN pg_catalog.pg_type AS e ON e.oid = t.typelem
WHERE t.oid = ANY ($1)`;

export function lookedUpColumn(
  oid: number,
  modifier: number,
  spelling: string,
  form: number,
): PostgresColumn {
  const text: DataType = { kind: "text" };
  const type = form === 1 ? text : form === 2 ? { kind: "array" as const, element: text } : undefined;
  return { oid, modifier, type, spelling };
}
