// Checks sub-query dimensions: one path to the measure's table, and every table on the way to its leaves such that rows
// that the joins repeat can be told apart.
import { errorAt, type Problem } from "../problem.ts";
import { rollingMeasure } from "./check-rolling.ts";
import { formatPath, multiplies, shortestPath } from "./join-graph.ts";
import { type LinkedTables, noPath } from "./link-view.ts";
import { referencesOf } from "./member-sql.ts";
import { type MemberUse, type MemberUses, memberKey } from "./member-uses.ts";
import type { LinkedJoin, LinkedMeasure } from "./model.ts";

/** `use` is a sub-query dimension's. */
export function checkSubQuery(
  model: LinkedTables,
  uses: MemberUses,
  use: MemberUse,
  problems: Problem[],
): void {
  const { table, member } = use;
  if (member.kind !== "dimension" || member.source.kind !== "subQuery") return;
  const { table: target, measure, sql } = member.source;
  const report = (text: string): void => {
    problems.push(errorAt(sql.location, `dimension "${member.name}" reads ${text}`));
  };
  const path = shortestPath(model, table, target);
  if (path?.kind !== "path") {
    report(`table "${target}", ${unusable(path, () => noPath(model, table, target))}`);
    return;
  }
  const rolling = rollingMeasure(uses, memberKey(target, measure));
  if (rolling !== undefined) {
    report(`the rolling measure "${rolling}", which has a value per period and not per row`);
    return;
  }
  const leaves = leavesOf(uses, memberKey(target, measure));
  for (const leaf of leaves) {
    const joins = joinsTo(model, path.joins, target, leaf.table);
    if (joins === undefined) {
      report(`measures of table "${leaf.table}", but ${noPath(model, target, leaf.table)}`);
      return;
    }
    const hasKey = model.tables.get(leaf.table)?.primaryKey.length !== 0;
    if (hasKey || !multiplies(joins, leaf.table) || isImmune(leaf.measure)) continue;
    const where = `which the path ${formatPath(joins)} repeats`;
    report(`"${leaf.table}.${leaf.measure.name}" over rows, ${where}; "${leaf.table}" needs a primary key`);
    return;
  }
}

function unusable(path: ReturnType<typeof shortestPath>, missing: () => string): string {
  if (path?.kind !== "ambiguous") return `but ${missing()}`;
  const [one, second] = path.paths.map(formatPath);
  return `and two paths lead there: ${one} and ${second}`;
}

interface Leaf {
  readonly table: string;
  readonly measure: LinkedMeasure;
}

/** The measures with an aggregate of their own that a measure is made of. */
function leavesOf(uses: MemberUses, key: string): readonly Leaf[] {
  const use = uses.get(key);
  if (use?.member.kind !== "measure") return [];
  const { table, member } = use;
  const own: Leaf[] =
    member.form === "calculated" && member.rollingWindow === undefined ? [] : [{ table, measure: member }];
  const read = use.sqls
    .flatMap(referencesOf)
    .flatMap((reference) =>
      reference.kind === "measure" ? leavesOf(uses, memberKey(reference.table, reference.name)) : [],
    );
  return [...own, ...read];
}

/** The joins of the sub-query that lead to a leaf's table; undefined where there is no one way. */
function joinsTo(
  model: LinkedTables,
  joins: readonly LinkedJoin[],
  target: string,
  leaf: string,
): readonly LinkedJoin[] | undefined {
  if (joins[0]?.from === leaf || joins.some((join) => join.to === leaf)) return joins;
  const further = shortestPath(model, target, leaf);
  return further?.kind === "path" ? [...joins, ...further.joins] : undefined;
}

function isImmune({ type }: LinkedMeasure): boolean {
  return type === "min" || type === "max" || type === "count_distinct" || type === "count_distinct_approx";
}
