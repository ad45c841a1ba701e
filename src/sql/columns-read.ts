// The column names that a piece of the model's SQL reads, by PostgreSQL's parse tree of it.
import type { Node } from "@pgsql/types";
import { LensError } from "../errors.ts";
import { parseStatements } from "./parse.ts";
import { hasStar, nameParts, type RawNode, visitRaw } from "./parse-tree-walk.ts";

/** Calls of warehouses that read columns which are not named as such. */
const columnReaders = new Set(["columns", "query", "query_table"]);

/**
 * Names of the columns that an SQL expression reads, as the text spells them once unquoted (folded to lower case where
 * they are not quoted). "all" where that cannot be told: SQL that PostgreSQL's parser does not know, a `*`, a subquery, a
 * whole-row reference. Of a qualified name every part is reported: a warehouse may take `a.b` for a field of a column.
 * `rowNames`: names that stand for a whole row when they stand alone, such as the table's alias.
 */
export async function columnsRead(
  expression: string,
  rowNames: readonly string[] = [],
): Promise<readonly string[] | "all"> {
  const value = await parseExpression(expression);
  if (value === undefined) return "all";
  const rows = new Set(rowNames);
  const names = new Set<string>();
  let all = false;
  visitRaw(value, (kind, fields) => {
    all ||= readsUnknown(kind, fields, rows);
    if (kind === "ColumnRef") for (const name of nameParts(fields.fields)) names.add(name);
    return !all;
  });
  return all ? "all" : [...names];
}

/**
 * Whether an SQL expression holds a subquery. Where PostgreSQL's parser does not know the SQL, the words of one decide:
 * rather one too many.
 */
export async function holdsSubquery(expression: string): Promise<boolean> {
  const value = await parseExpression(expression);
  if (value === undefined) return /\bselect\b|\(\s*(?:from|with|values|pivot)\b/i.test(expression);
  let found = false;
  visitRaw(value, (kind) => {
    found ||= kind === "SubLink" || kind === "SelectStmt";
    return !found;
  });
  return found;
}

function readsUnknown(kind: string, fields: RawNode, rows: ReadonlySet<string>): boolean {
  switch (kind) {
    case "SubLink":
    case "SelectStmt":
    case "A_Star":
      return true;
    case "ColumnRef": {
      const [first, second] = nameParts(fields.fields);
      return hasStar(fields.fields) || (second === undefined && first !== undefined && rows.has(first));
    }
    case "A_Indirection":
      return selectsField(fields);
    case "FuncCall": {
      const name = nameParts(fields.funcname).at(-1)?.toLowerCase() ?? "";
      return (fields.agg_star === true && name !== "count") || columnReaders.has(name);
    }
    default:
      return false;
  }
}

/** `(row).field`: the row may be a whole row of the table. */
function selectsField(fields: RawNode): boolean {
  const indirection = fields.indirection;
  return nameParts(indirection).length > 0 || hasStar(indirection);
}

/** The tree of `SELECT expression`; undefined where the text is not one expression and nothing else. */
export async function parseExpression(expression: string): Promise<Node | undefined> {
  try {
    // The line break ends a comment that the expression may end with.
    const statements = await parseStatements(`SELECT ${expression}\n`);
    const node = statements[0]?.node;
    if (statements.length !== 1 || node === undefined || !("SelectStmt" in node)) return undefined;
    const { targetList, limitOption, op, ...rest } = node.SelectStmt;
    const [target] = targetList ?? [];
    if (Object.keys(rest).length > 0 || targetList?.length !== 1 || op !== "SETOP_NONE") return undefined;
    if (target === undefined || !("ResTarget" in target) || target.ResTarget.name !== undefined)
      return undefined;
    return limitOption === "LIMIT_OPTION_DEFAULT" ? target.ResTarget.val : undefined;
  } catch (error) {
    if (error instanceof LensError) return undefined;
    throw error;
  }
}
