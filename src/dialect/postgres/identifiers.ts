// How PostgreSQL writes names and texts, whatever the settings of the session.

const plainName = /^[tcqs][0-9]*$/;

/** A name as PostgreSQL reads it back exactly; our own short ones need no quotes. */
export function quoteIdentifier(name: string): string {
  return plainName.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Backslashes are told by the E, so that standard_conforming_strings has no say. */
export function textLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? `E${quoted}` : quoted;
}

/** A function of PostgreSQL's own, whatever the search_path holds. */
export function builtIn(name: string, args: readonly string[]): string {
  return `pg_catalog.${name}(${args.join(", ")})`;
}
