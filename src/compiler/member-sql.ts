// Model SQL inside a query: its references as columns of the scan that it belongs to.

import { assert } from "../errors.ts";
import type { LinkedJoin, MemberSql, SqlReference } from "../model/model.ts";
import type { Expression, ModelSql, Var } from "../query/query.ts";
import { booleanOid, type Compilation } from "./compilation.ts";
import type { ScanAccess } from "./shape.ts";

/** `{TABLE}` followed by `.name` is that column, whichever way the author spelt it. */
function withColumns(parts: MemberSql["parts"]): readonly (string | SqlReference)[] {
  const result: (string | SqlReference)[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    const next = parts[i + 1];
    if (part === undefined) continue;
    if (typeof part !== "string" && part.kind === "attribute")
      throw new TypeError("attributes stand in segments alone");
    const name =
      typeof part !== "string" && part.kind === "alias" && typeof next === "string"
        ? /^\s*\.\s*(?:"((?:[^"]|"")+)"|([A-Za-z_][A-Za-z0-9_$]*))/.exec(next)
        : null;
    if (name === null || typeof part === "string") {
      result.push(part);
      continue;
    }
    const column = name[1]?.replaceAll('""', '"') ?? name[2] ?? "";
    result.push({ kind: "column", table: part.table, name: column });
    result.push(String(next).slice(name[0].length));
    i += 1;
  }
  return result;
}

/** The condition of a model join, over unmasked columns of both scans. */
export function joinCondition(join: LinkedJoin, from: ScanAccess, to: ScanAccess): ModelSql {
  const parts = withColumns(join.sql.parts).map((part): string | Expression => {
    if (typeof part === "string") return part;
    const access = part.table === to.table && part.table !== from.table ? to : from;
    assert(part.kind === "dimension" || part.kind === "column", "a join condition names columns");
    return access.demand({ kind: "rawKey", name: part.name, source: part.kind });
  });
  return {
    kind: "ModelSql",
    parts,
    member: `${join.from} -> ${join.to}`,
    equates: join.keys !== undefined,
    type: booleanOid,
    location: -1,
  };
}

/** The primary key of the instance's table, unmasked. Empty when it has none. */
export function rawKeys(compilation: Compilation, access: ScanAccess): readonly Var[] {
  return compilation
    .linkedTable(access.table)
    .primaryKey.map((name) => access.demand({ kind: "rawKey", name, source: "dimension" }));
}

/** Raw aggregate text with its references as columns of the scan, under the reader's masks. */
export function memberParts(
  compilation: Compilation,
  access: ScanAccess,
  sql: MemberSql,
): readonly (string | Expression | "alias")[] {
  const own = access.table;
  const columns = new Set(compilation.typedTable(own).baseColumns.map((column) => column.name));
  return withColumns(sql.parts).map((part) => {
    if (typeof part === "string") return part;
    if (part.kind === "dimension" && part.table === own)
      return access.demand({ kind: "dimension", name: part.name });
    if (part.kind === "dimension")
      return access.demand({ kind: "joinedMember", table: part.table, name: part.name });
    if (part.kind === "column" && part.table === own && columns.has(part.name))
      return access.demand({ kind: "baseColumn", name: part.name });
    assert(part.kind === "alias" && part.table === own, `raw aggregate text cannot refer to ${part.kind}`);
    return "alias";
  });
}

/** The base columns that raw aggregate text may name bare. */
export function bareReads(compilation: Compilation, table: string, sql: MemberSql): readonly string[] {
  const columns = compilation.typedTable(table).baseColumns.map((column) => column.name);
  if (sql.reads === "all") return columns;
  const reads = new Set(sql.reads.map((name) => name.toLowerCase()));
  return columns.filter((name) => reads.has(name.toLowerCase()));
}
