// Catalog columns that PostgreSQL renamed, under the names that older clients still ask for: without them psql 15 and 16
// cannot list databases (`\l`) or collations (`\dO`) of an 18.
import { tokenAt } from "../sql/sql-tokens.ts";
import type { Statement } from "../sql/statement.ts";

/** Old name, new name. Source: release notes of PostgreSQL 17. A new name is never the longer one. */
const renamed: ReadonlyMap<string, string> = new Map([
  ["daticulocale", "datlocale"],
  ["colliculocale", "colllocale"],
]);

const anyOldName = /daticulocale|colliculocale/i;

/**
 * The statement with today's names, padded to the old ones' length, so that places in the text stay what they are.
 * Differs from PostgreSQL: 18 answers 42703.
 */
export function withCurrentNames(statement: Statement): Statement {
  const { text } = statement;
  if (!anyOldName.test(text)) return statement;
  let result = "";
  let at = 0;
  for (let token = tokenAt(text, 0); token.kind !== "end"; token = tokenAt(text, token.end)) {
    const name =
      token.kind === "word" ? renamed.get(text.slice(token.start, token.end).toLowerCase()) : undefined;
    if (name === undefined) continue;
    result += text.slice(at, token.start) + name.padEnd(token.end - token.start);
    at = token.end;
  }
  return { ...statement, text: result + text.slice(at) };
}
