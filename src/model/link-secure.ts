// Reads `meta.secure`: on whom a mask or a forced segment falls.
import { didYouMean, nearestName } from "../nearest-name.ts";
import { errorAt, type Problem, warningAt } from "../problem.ts";
import { checkShape } from "../yaml-shape.ts";
import type { YamlPart } from "../yaml-source.ts";
import type { Secure } from "./model.ts";
import { maskShape, type RawSecureGroups, rowFilterShape } from "./raw-model.ts";

interface WithMeta {
  readonly meta?: { readonly secure?: unknown } | undefined;
}

interface Principals {
  readonly includes: readonly string[] | "*";
  readonly excludes: readonly string[];
}

/** The mask of a dimension or measure. `groupNames` are those of the group file. */
export function linkMask(
  member: { readonly value: WithMeta; readonly part: YamlPart },
  groupNames: readonly string[],
  problems: Problem[],
): Secure | undefined {
  return link(member, "mask", groupNames, problems);
}

/** The row filter of a segment. */
export function linkRowFilter(
  member: { readonly value: WithMeta; readonly part: YamlPart },
  groupNames: readonly string[],
  problems: Problem[],
): Secure | undefined {
  return link(member, "filter", groupNames, problems);
}

function link(
  member: { readonly value: WithMeta; readonly part: YamlPart },
  kind: "mask" | "filter",
  groupNames: readonly string[],
  problems: Problem[],
): Secure | undefined {
  const { meta } = member.value;
  if (meta === undefined) return undefined;
  if (meta.secure === undefined) {
    warnOfMisspelling(meta, member.part, problems);
    return undefined;
  }
  const part = member.part.part(["meta", "secure"]);
  const mask = kind === "mask" ? checkShape(part, maskShape, problems) : undefined;
  const shape = mask ?? (kind === "filter" ? checkShape(part, rowFilterShape, problems) : undefined);
  if (shape === undefined) return undefined;
  checkGroupNames(part, shape.user_groups, groupNames, problems);
  return {
    func: mask?.func,
    ...principalsOf(shape.user_groups),
    location: member.part.keyPlace(["meta", "secure"]),
  };
}

/** A misspelt `secure` would be a mask that does not fall. */
function warnOfMisspelling(meta: object, part: YamlPart, problems: Problem[]): void {
  for (const key of Object.keys(meta)) {
    if (nearestName(key, ["secure"]) === undefined) continue;
    problems.push(warningAt(part.keyPlace(["meta", key]), `"${key}" has no effect; did you mean "secure"?`));
  }
}

function principalsOf(groups: RawSecureGroups): Principals {
  if (typeof groups === "string" || Array.isArray(groups))
    return { includes: listOrAll(groups), excludes: [] };
  const excludes = groups.excludes === undefined ? [] : listOrAll(groups.excludes);
  // Everybody is taken out again: nobody is left.
  if (excludes === "*") return { includes: [], excludes: [] };
  return { includes: listOrAll(groups.includes), excludes };
}

/** `"*"`, one name, or a list; a list that holds `"*"` is everybody. */
export function listOrAll(principals: string | readonly string[]): readonly string[] | "*" {
  const list = typeof principals === "string" ? [principals] : principals;
  return list.includes("*") ? "*" : list;
}

function checkGroupNames(
  part: YamlPart,
  groups: RawSecureGroups,
  known: readonly string[],
  problems: Problem[],
): void {
  const check = (principals: string | readonly string[] | undefined, ...path: PropertyKey[]): void => {
    const list = typeof principals === "string" ? [principals] : (principals ?? []);
    list.forEach((name, i) => {
      if (name === "*" || known.includes(name)) return;
      const place = part.place(typeof principals === "string" ? path : [...path, i]);
      problems.push(warningAt(place, `there is no user group "${name}"${didYouMean(name, known)}`));
    });
  };
  if (typeof groups === "string" || Array.isArray(groups)) check(groups, "user_groups");
  else {
    check(groups.includes, "user_groups", "includes");
    check(groups.excludes, "user_groups", "excludes");
  }
}

/** What a mask function cannot do. */
export function checkMaskType(secure: Secure | undefined, type: string, problems: Problem[]): void {
  if (secure?.func !== "md5" || type === "string") return;
  problems.push(
    errorAt(secure.location, `md5 masks text only, and this is type ${type}; write "type: string"`),
  );
}
