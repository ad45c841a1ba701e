// What the members that a statement names are computed from: other members, and base columns.
import { referencesOf } from "../model/member-sql.ts";
import { sqlOfMember } from "../model/member-uses.ts";
import type { LinkedModel, LinkedTable, MemberSql } from "../model/model.ts";

export interface Lineage {
  /** `table.member`, those named included. */
  readonly members: ReadonlySet<string>;
  /** Base columns that they read, lower case, by table; "all" where their SQL does not tell. */
  readonly columns: ReadonlyMap<string, ReadonlySet<string> | "all">;
}

/** `enters` says whether what a member reads belongs to the answer. */
export function lineageOf(
  model: LinkedModel,
  named: Iterable<string>,
  enters: (table: string, member: string) => boolean = () => true,
): Lineage {
  const members = new Set(named);
  const columns = new Map<string, Set<string> | "all">();
  const read = (table: string, names: readonly string[] | "all") => {
    const known = columns.get(table) ?? new Set<string>();
    if (names === "all" || known === "all") columns.set(table, "all");
    else columns.set(table, new Set([...known, ...names.map((name) => name.toLowerCase())]));
  };
  // A Set goes on to what is added while it is walked.
  for (const key of members) {
    const [table = "", name = ""] = key.split(".");
    const owner = model.tables.get(table);
    if (owner === undefined || !enters(table, name)) continue;
    for (const sql of sqlsOf(owner, name)) {
      read(table, sql.reads);
      for (const part of referencesOf(sql)) {
        if (part.kind === "alias") continue;
        if (part.kind === "column") read(part.table, [part.name]);
        else members.add(`${part.table}.${part.name}`);
      }
    }
  }
  return { members, columns };
}

function sqlsOf(table: LinkedTable, name: string): readonly MemberSql[] {
  const members = [...table.dimensions, ...table.measures, ...table.segments];
  const member = members.find((item) => item.name === name);
  return member === undefined ? [] : sqlOfMember(member);
}
