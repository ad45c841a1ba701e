// Which members read which: the graph behind cycles, masks and what a release leaves out.
import { sqlOfDimension } from "./link-dimension.ts";
import type { LinkedTables } from "./link-view.ts";
import { referencesOf } from "./member-sql.ts";
import type { LinkedDimension, LinkedMeasure, LinkedSegment, MemberSql, SqlReference } from "./model.ts";

export type LinkedMember = LinkedDimension | LinkedMeasure | LinkedSegment;

export interface MemberUse {
  readonly table: string;
  readonly member: LinkedMember;
  /** All SQL of the member itself. */
  readonly sqls: readonly MemberSql[];
  /** Keys of the members that it reads directly. */
  readonly uses: readonly string[];
}

/** All members by key. */
export type MemberUses = ReadonlyMap<string, MemberUse>;

export function memberKey(table: string, name: string): string {
  return `${table}.${name}`;
}

export function collectUses(model: LinkedTables): MemberUses {
  const uses = new Map<string, MemberUse>();
  for (const table of model.tables.values()) {
    for (const member of [...table.dimensions, ...table.measures, ...table.segments]) {
      const sqls = sqlOfMember(member);
      const read = sqls.flatMap((sql) => referencesOf(sql).flatMap(keyOfReference));
      uses.set(memberKey(table.name, member.name), {
        table: table.name,
        member,
        sqls,
        uses: [...new Set(read)],
      });
    }
  }
  return uses;
}

export function sqlOfMember(member: LinkedMember): readonly MemberSql[] {
  switch (member.kind) {
    case "dimension":
      return member.source.kind === "subQuery" ? [member.source.sql] : sqlOfDimension(member);
    case "measure":
      return member.sql === undefined ? member.filters : [member.sql, ...member.filters];
    case "segment":
      return [member.sql];
    default:
      return member satisfies never;
  }
}

function keyOfReference(reference: SqlReference): string[] {
  if (reference.kind === "column" || reference.kind === "alias") return [];
  return [memberKey(reference.table, reference.name)];
}
