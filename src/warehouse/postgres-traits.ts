// What a PostgreSQL server is: its version, and the collation that knows the letters of Unicode.
import type { RenderedQuery, RowStream } from "../result.ts";
import type { ServerTraits } from "../server-traits.ts";

/** The oldest version that is opened: the one before it has no bit_xor(), no date_bin() and an extract() of doubles. */
const majorVersionMin = 14;

/** Collations with simple case mappings of all of Unicode, the best first. */
const collations = ["pg_c_utf8", "C.utf8", "C.UTF-8", "en_US.utf8", "en_US.UTF-8"];

const traitsSql = `SELECT CAST(current_setting('server_version_num') AS integer) / 10000, (
  SELECT quote_ident(n.nspname) || '.' || quote_ident(c.collname)
  FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
  JOIN pg_catalog.pg_database d ON d.datname = current_database()
  WHERE n.nspname = 'pg_catalog' AND c.collencoding IN (-1, d.encoding) AND pg_encoding_to_char(d.encoding) = 'UTF8'
  AND c.collname IN (${collations.map((name) => `'${name}'`).join(", ")})
  ORDER BY array_position(ARRAY[${collations.map((name) => `'${name}'`).join(", ")}], CAST(c.collname AS text)) LIMIT 1)`;

export const traitsQuery: RenderedQuery = {
  sql: traitsSql,
  parameters: [],
  columnTypes: [{ kind: "integer" }, { kind: "text" }],
};

/** Rejects for a server that is too old. */
export async function readTraits(rows: RowStream): Promise<ServerTraits> {
  const batch = await rows.next();
  await rows.close();
  if (batch?.kind !== "columns") throw new TypeError("the version is one row");
  const [versions, names] = batch.columns;
  const majorVersion = Number(versions?.[0]);
  const lettersCollation = names?.[0];
  if (majorVersion < majorVersionMin)
    throw new Error(`it is PostgreSQL ${majorVersion}; version ${majorVersionMin} or newer is needed`);
  return {
    majorVersion,
    lettersCollation: typeof lettersCollation === "string" ? lettersCollation : undefined,
  };
}
