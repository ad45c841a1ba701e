// The value of an attribute for one user, looked up when a statement runs: no plan and no cache has it.
import { type AttributeReference, boundAttribute, readAttribute } from "../attributes.ts";
import type { Value } from "../data-type.ts";
import type { Identity } from "../identity.ts";
import type { UserGroup } from "../model/model.ts";
import { attributeMissing, attributeUnusable } from "./query-errors.ts";

/** Throws 42501 where the attribute is not there or not of its type: what a row filter cannot compare, nobody sees. */
export function attributeValue(
  reference: AttributeReference,
  identity: Identity,
  group: Pick<UserGroup, "name" | "attributes">,
): Value {
  const { owner, name } = reference;
  const whose = owner === "user" ? `user "${identity.user}"` : `user group "${group.name}"`;
  const attributes = owner === "user" ? identity.attributes : group.attributes;
  const found = builtIn(reference, identity, group) ?? attributes.get(name);
  if (found === undefined) throw attributeMissing(whose, name);
  const bound = boundAttribute(found, reference);
  if ("problem" in bound) throw attributeUnusable(whose, name, bound.problem);
  return bound.value;
}

function builtIn(
  { owner, name }: AttributeReference,
  identity: Identity,
  group: Pick<UserGroup, "name">,
): ReturnType<typeof readAttribute> {
  if (name === "name") return owner === "user" ? identity.user : group.name;
  return owner === "user" && name === "groups" ? readAttribute(identity.groups) : undefined;
}
