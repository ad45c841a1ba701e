// Checks what members and joins read of other tables: only what has one value for each row of their own.
import { errorAt, type Problem } from "../problem.ts";
import { checkSubQuery } from "./check-sub-query.ts";
import { findRoot, formatPath, shortestPath } from "./join-graph.ts";
import { type LinkedTables, noPath } from "./link-view.ts";
import { attributesOf, referencesOf } from "./member-sql.ts";
import { type MemberUse, type MemberUses, memberKey } from "./member-uses.ts";
import type { LinkedTable, SqlReference } from "./model.ts";

export function checkReads(model: LinkedTables, uses: MemberUses, problems: Problem[]): void {
  for (const use of uses.values()) {
    if (use.member.kind === "dimension" && use.member.source.kind === "subQuery")
      checkSubQuery(model, uses, use, problems);
    else checkReadsOf(model, use, problems);
  }
  for (const table of model.tables.values()) checkKeysAndJoins(table, uses, problems);
}

function checkReadsOf(model: LinkedTables, use: MemberUse, problems: Problem[]): void {
  const what = `${use.member.kind} "${use.member.name}"`;
  for (const sql of use.sqls) {
    const read = new Set<string>();
    for (const reference of referencesOf(sql)) {
      if (reference.table === use.table || read.has(reference.table)) continue;
      read.add(reference.table);
      const message =
        reference.kind === "measure"
          ? checkMeasureRead(model, use.table, reference, what)
          : checkRowRead(model, use.table, reference.table, what);
      if (message !== undefined) problems.push(errorAt(sql.location, message));
    }
  }
}

/** A value per row of another table: there must be one path, and none of its joins may give several rows. */
function checkRowRead(model: LinkedTables, own: string, other: string, what: string): string | undefined {
  const path = shortestPath(model, own, other);
  if (path === undefined) return `${what} reads table "${other}", but ${noPath(model, own, other)}`;
  if (path.kind === "ambiguous") {
    const [one, second] = path.paths.map(formatPath);
    return `${what} reads table "${other}", and two paths lead there: ${one} and ${second}`;
  }
  const many = path.joins.find((join) => join.relationship === "one_to_many");
  if (many === undefined) return undefined;
  const steps = `the join from "${many.from}" to "${many.to}" is one_to_many, so there is more than one value for a row`;
  return `${what} reads table "${other}", but ${steps}; a dimension with "sub_query: true" can read a measure of it`;
}

/** A measure of another table is computed over its own rows: the two tables must only be joined. */
function checkMeasureRead(
  model: LinkedTables,
  own: string,
  reference: SqlReference,
  what: string,
): string | undefined {
  const tree = findRoot(model, [own, reference.table]);
  if (tree?.kind === "tree") return undefined;
  if (tree === undefined)
    return `${what} reads table "${reference.table}", but no declared joins connect it to "${own}"`;
  const [one, second] = tree.paths.map(formatPath);
  return `${what} reads table "${reference.table}", and two paths lead there: ${one} and ${second}`;
}

/** Keys and join conditions are needed before any join is made, so they read the own row only. */
function checkKeysAndJoins(table: LinkedTable, uses: MemberUses, problems: Problem[]): void {
  for (const dimension of table.dimensions) {
    if (!dimension.primaryKey || isOwn(uses, memberKey(table.name, dimension.name))) continue;
    problems.push(
      errorAt(dimension.location, `primary key "${dimension.name}" is not computed from its own row alone`),
    );
  }
  for (const join of table.joins) {
    for (const reference of referencesOf(join.sql)) {
      if (reference.kind === "column" || reference.kind === "alias") continue;
      const key = memberKey(reference.table, reference.name);
      if (isOwn(uses, key)) continue;
      const what = `the join from "${join.from}" to "${join.to}" reads "${key}"`;
      problems.push(errorAt(join.sql.location, `${what}, which is not computed from its own row alone`));
    }
  }
}

/** Whether a member is computed from its own table's row and nothing else (an attribute of the reader is), over whatever other members. Cycles were refused before. */
function isOwn(uses: MemberUses, key: string): boolean {
  const use = uses.get(key);
  if (use === undefined) return true;
  if (use.member.kind === "dimension" && use.member.source.kind === "subQuery") return false;
  const references = use.sqls.flatMap(referencesOf);
  return (
    use.sqls.every((sql) => attributesOf(sql).length === 0) &&
    references.every((reference) => reference.table === use.table) &&
    use.uses.every((used) => isOwn(uses, used))
  );
}
