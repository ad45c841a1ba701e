// Raw model to linked model: names, tables, views, groups, and the checks that need all of them.
import { hasErrors, type Problem } from "../problem.ts";
import { checkCycles } from "./check-cycles.ts";
import { checkMasks } from "./check-masks.ts";
import { checkReads } from "./check-reads.ts";
import { checkRolling } from "./check-rolling.ts";
import { declaredAttributes } from "./link-attributes.ts";
import { linkGroups } from "./link-groups.ts";
import { linkTable } from "./link-table.ts";
import { linkView } from "./link-view.ts";
import { markUnavailable } from "./mark-unavailable.ts";
import type { LinkContext } from "./member-sql.ts";
import { collectUses } from "./member-uses.ts";
import type { LinkedModel, LinkedTable, LinkedView } from "./model.ts";
import { collectNames } from "./model-names.ts";
import type { RawModel } from "./raw-model.ts";

/** undefined when `problems` has an error, now or from before. */
export async function linkModel(raw: RawModel, problems: Problem[]): Promise<LinkedModel | undefined> {
  const names = collectNames(raw, problems);
  const declared = declaredAttributes(raw.attributes, problems);
  const groups = linkGroups(raw.groups, declared, problems);
  const context: LinkContext = { names, problems, attributes: { declared, groups } };
  const groupNames = groups.map((group) => group.name);
  const tables = new Map<string, LinkedTable>();
  for (const parts of raw.tables) {
    const table = await linkTable(context, parts, groupNames);
    if (!tables.has(table.name)) tables.set(table.name, table);
  }
  const views = new Map<string, LinkedView>();
  for (const parts of raw.views) {
    const view = linkView(context, { tables }, parts);
    if (view !== undefined && !views.has(view.name)) views.set(view.name, view);
  }
  const uses = collectUses({ tables });
  // The other checks follow references, and would not end on a cycle.
  if (checkCycles(uses, problems)) return undefined;
  checkReads({ tables }, uses, problems);
  checkMasks(uses, problems);
  checkRolling(uses, problems);
  const marked = markUnavailable({ tables }, uses, problems);
  return hasErrors(problems) ? undefined : { version: raw.version, tables: marked, views, groups };
}
