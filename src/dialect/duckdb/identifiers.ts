// How DuckDB writes names and texts.

const plainName = /^[tcqs][0-9]*$/;

/** A name as DuckDB reads it back exactly; our own short ones need no quotes. */
export function quoteIdentifier(name: string): string {
  return plainName.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** DuckDB knows no escapes inside quotes. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
