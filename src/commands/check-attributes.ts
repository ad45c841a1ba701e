// Whether the users of users.yml have what the row filters that fall on them compare rows with.
import { type AttributeReference, boundAttribute } from "../attributes.ts";
import type { StaticUser } from "../config/load-users.ts";
import { identityOf } from "../identity.ts";
import { effectiveGroup } from "../model/effective-group.ts";
import { attributesOf, referencesOf } from "../model/member-sql.ts";
import type { LinkedModel, LinkedSegment, LinkedTable } from "../model/model.ts";
import { forcedSegments } from "../policy/masks.ts";
import { errorAt, type Problem, warningAt } from "../problem.ts";

/** An error for an attribute of another type, a warning for none. Values are not shown. */
export function checkUserAttributes(
  users: Iterable<StaticUser>,
  models: readonly Pick<LinkedModel, "tables" | "groups">[],
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const user of users)
    for (const model of models) {
      const group = effectiveGroup(model, identityOf(user));
      if (group === undefined) continue;
      for (const table of model.tables.values())
        for (const segment of forcedSegments(table, group.name))
          problems.push(...problemsOf(user, model, table, segment));
    }
  return problems;
}

function problemsOf(
  user: StaticUser,
  model: Pick<LinkedModel, "tables">,
  table: LinkedTable,
  segment: LinkedSegment,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const reference of attributesRead(model, segment)) {
    const { owner, name } = reference;
    if (owner !== "user" || name === "name" || name === "groups") continue;
    const value = user.attributes.get(name);
    const filter = `the row filter "${table.name}.${segment.name}"`;
    if (value === undefined) {
      const message = `user "${user.name}" has no attribute "${name}", and ${filter} lets nobody without it read "${table.name}"`;
      problems.push(warningAt(user.location, message));
      continue;
    }
    const bound = boundAttribute(value, reference);
    if (!("problem" in bound)) continue;
    const message = `attribute "${name}" of user "${user.name}" ${bound.problem}; ${filter} reads it`;
    problems.push(errorAt(user.location, message));
  }
  return problems;
}

/** Of the segment itself and of those that it is made of. */
function attributesRead(
  model: Pick<LinkedModel, "tables">,
  segment: LinkedSegment,
): readonly AttributeReference[] {
  const segments = new Set([segment]);
  const found: AttributeReference[] = [];
  // A Set goes on to what is added while it is walked.
  for (const { sql } of segments) {
    found.push(...attributesOf(sql));
    for (const reference of referencesOf(sql)) {
      if (reference.kind !== "segment") continue;
      const other = model.tables.get(reference.table)?.segments.find(({ name }) => name === reference.name);
      if (other !== undefined) segments.add(other);
    }
  }
  return found;
}
