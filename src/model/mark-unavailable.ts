// Marks what a release cannot offer (window functions as measures), and all that is computed from it.
import { errorAt, type Problem } from "../problem.ts";
import type { LinkedTables } from "./link-view.ts";
import { referencesOf } from "./member-sql.ts";
import { type LinkedMember, type MemberUses, memberKey } from "./member-uses.ts";
import type { LinkedTable } from "./model.ts";

/** The tables with every member's final reason. What policy or joins need may not be among the unavailable. */
export function markUnavailable(
  model: LinkedTables,
  uses: MemberUses,
  problems: Problem[],
): ReadonlyMap<string, LinkedTable> {
  const reasons = collectReasons(uses);
  const marked = <T extends LinkedMember>(table: string, members: readonly T[]): T[] =>
    members.map((member) => ({ ...member, unavailable: reasons.get(memberKey(table, member.name)) }));
  const tables = new Map<string, LinkedTable>();
  for (const table of model.tables.values()) {
    for (const segment of table.segments) {
      const reason = reasons.get(memberKey(table.name, segment.name));
      if (segment.secure === undefined || reason === undefined) continue;
      problems.push(
        errorAt(segment.location, `the row filter "${segment.name}" cannot be applied: ${reason}`),
      );
    }
    checkJoins(table, reasons, problems);
    tables.set(table.name, {
      ...table,
      dimensions: marked(table.name, table.dimensions),
      measures: marked(table.name, table.measures),
      segments: marked(table.name, table.segments),
    });
  }
  return tables;
}

function collectReasons(uses: MemberUses): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const [key, { member }] of uses) {
    if (member.unavailable !== undefined) reasons.set(key, member.unavailable);
  }
  for (let grew = true; grew; ) {
    grew = false;
    for (const [key, use] of uses) {
      const cause = reasons.has(key) ? undefined : use.uses.find((used) => reasons.has(used));
      if (cause === undefined) continue;
      reasons.set(key, `it reads "${cause}": ${(reasons.get(cause) ?? "").replace(/^it reads .*?: /, "")}`);
      grew = true;
    }
  }
  return reasons;
}

function checkJoins(table: LinkedTable, reasons: ReadonlyMap<string, string>, problems: Problem[]): void {
  for (const join of table.joins) {
    for (const reference of referencesOf(join.sql)) {
      if (reference.kind === "column" || reference.kind === "alias") continue;
      const reason = reasons.get(memberKey(reference.table, reference.name));
      if (reason === undefined) continue;
      problems.push(
        errorAt(join.sql.location, `the join from "${join.from}" to "${join.to}" cannot be made: ${reason}`),
      );
    }
  }
}
