// A mask over an expression hides that member only: no other member may read the same columns by accident.
import { errorAt, type Problem } from "../problem.ts";
import { referencesOf } from "./member-sql.ts";
import { type LinkedMember, type MemberUse, type MemberUses, memberKey } from "./member-uses.ts";

/** Columns by table, lower case (warehouses differ in it, and a miss here would be a leak). */
type Columns = Map<string, Set<string> | "all">;

const advice = 'give it a meta.secure of its own ("user_groups: []" if everybody may read it)';

/** Reports members that read a column of a masked expression and say nothing of their own about who may. */
export function checkMasks(uses: MemberUses, problems: Problem[]): void {
  for (const masked of uses.values()) {
    if (!isMaskedExpression(masked.member)) continue;
    checkMeasureBehind(uses, masked, problems);
    const hidden = columnsBehind(uses, masked, new Set());
    for (const use of uses.values()) {
      if (use === masked || use.member.secure !== undefined) continue;
      const column = firstShared(use, hidden);
      if (column === undefined) continue;
      const what = `${use.member.kind} "${use.member.name}" reads ${column}`;
      const why = `which the mask of "${masked.table}.${masked.member.name}" hides`;
      problems.push(errorAt(use.member.location, `${what}, ${why}; ${advice}`));
    }
  }
}

/** Grouped by the key of its rows, the measure of a masked sub-query is the masked value itself. */
function checkMeasureBehind(uses: MemberUses, { table, member }: MemberUse, problems: Problem[]): void {
  if (member.kind !== "dimension" || member.source.kind !== "subQuery") return;
  const { table: target, measure } = member.source;
  const use = uses.get(memberKey(target, measure));
  // A measure that reads a column is reported for that.
  if (use === undefined || use.member.secure !== undefined || columnsBehind(uses, use, new Set()).size > 0)
    return;
  const what = `measure "${measure}" is what the mask of "${table}.${member.name}" hides`;
  problems.push(errorAt(use.member.location, `${what}; ${advice}`));
}

function isMaskedExpression(member: LinkedMember): boolean {
  if (member.kind !== "dimension" || member.secure === undefined || member.plainColumn !== undefined)
    return false;
  return member.secure.includes === "*" || member.secure.includes.length > 0;
}

/** The columns that a member is computed from, its own and over other members. */
function columnsBehind(uses: MemberUses, use: MemberUse, seen: Set<string>): Columns {
  const columns = ownColumns(use);
  seen.add(memberKey(use.table, use.member.name));
  for (const key of use.uses) {
    const next = uses.get(key);
    if (next === undefined || seen.has(key)) continue;
    for (const [table, names] of columnsBehind(uses, next, seen)) add(columns, table, names);
  }
  return columns;
}

/** The columns that the member's own SQL names. */
function ownColumns(use: MemberUse): Columns {
  const columns: Columns = new Map();
  for (const sql of use.sqls) {
    add(columns, use.table, sql.reads === "all" ? "all" : sql.reads);
    for (const reference of referencesOf(sql)) {
      if (reference.kind === "column") add(columns, reference.table, [reference.name]);
    }
  }
  return columns;
}

function add(columns: Columns, table: string, names: Iterable<string> | "all"): void {
  const known = columns.get(table);
  if (names === "all" || known === "all") {
    columns.set(table, "all");
    return;
  }
  const set = known ?? new Set<string>();
  for (const name of names) set.add(name.toLowerCase());
  if (set.size > 0) columns.set(table, set);
}

/** For the message: the first column that both read. */
function firstShared(use: MemberUse, hidden: Columns): string | undefined {
  for (const [table, names] of ownColumns(use)) {
    const other = hidden.get(table);
    if (other === undefined) continue;
    if (names === "all" || other === "all") return `columns of "${table}" that cannot be told from its SQL`;
    for (const name of names) if (other.has(name)) return `the column "${name}" of "${table}"`;
  }
  return undefined;
}
