// Which one group of the model a user is in.
import { noAttributes } from "../attributes.ts";
import type { Identity } from "../identity.ts";
import type { LinkedModel, UserGroup } from "./model.ts";

/** What `includes` and `excludes` are matched against. */
export function identityTags(identity: Identity): ReadonlySet<string> {
  return new Set([`users:id:${identity.user}`, ...identity.groups.map((group) => `roles:id:${group}`)]);
}

/**
 * The first group in file order that the user is in; undefined: the user is in none and may not connect. A group
 * without `includes` takes those whose own groups hold its name; `excludes` beats both.
 */
export function effectiveGroup(
  model: Pick<LinkedModel, "groups">,
  identity: Identity,
): UserGroup | undefined {
  const tags = identityTags(identity);
  return model.groups.find((group) => {
    if (group.excludes.some((tag) => tag === "*" || tags.has(tag))) return false;
    if (group.includes === undefined) return identity.groups.includes(group.name);
    return group.includes === "*" || group.includes.some((tag) => tags.has(tag));
  });
}

/** The group of a model without a group file: everyone, all scopes. */
export const everyoneGroup: UserGroup = {
  name: "default",
  description: undefined,
  apiScopes: undefined,
  includes: "*",
  excludes: [],
  allowPrivateMembers: false,
  rateLimits: undefined,
  attributes: noAttributes,
};
