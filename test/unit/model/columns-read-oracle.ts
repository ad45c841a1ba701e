// The columns that an SQL expression names, by a plain walk over PostgreSQL's parse tree: enough for tests of the linker.
import { parse } from "libpg-query";
import type { ColumnsRead } from "../../../src/model/member-sql.ts";

export const columnsRead: ColumnsRead = async (sqlText) => {
  try {
    const names = new Set<string>();
    collect(await parse(`SELECT ${sqlText}`), names);
    return [...names];
  } catch {
    return "all";
  }
};

interface ColumnRefFields {
  readonly fields: readonly { readonly String?: { readonly sval: string } }[];
}

function collect(node: unknown, names: Set<string>): void {
  if (typeof node !== "object" || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key !== "ColumnRef") collect(value, names);
    else for (const field of (value as ColumnRefFields).fields) names.add(field.String?.sval ?? "*");
  }
}
