// Links the user groups.
import { type Attributes, readAttributes } from "../attributes.ts";
import { didYouMean } from "../nearest-name.ts";
import { errorAt, type Problem, warningAt } from "../problem.ts";
import type { YamlPart } from "../yaml-source.ts";
import { everyoneGroup } from "./effective-group.ts";
import { checkAttributes, type DeclaredAttributes } from "./link-attributes.ts";
import { listOrAll } from "./link-secure.ts";
import type { ApiScope, UserGroup } from "./model.ts";
import type { Raw, RawGroup } from "./raw-model.ts";

const scopes: readonly ApiScope[] = ["meta", "data", "graphql", "jobs", "source"];

/** What `includes` and `excludes` are made of. */
const tagPattern = /^(?:users|roles):id:./;

/** The groups in file order. Without a group file: one group, everyone. */
export function linkGroups(
  raw: readonly Raw<RawGroup>[] | undefined,
  declared: DeclaredAttributes,
  problems: Problem[],
): readonly UserGroup[] {
  if (raw === undefined) return [everyoneGroup];
  const groups: UserGroup[] = [];
  for (const { value, part } of raw) {
    if (groups.some((group) => group.name === value.name)) {
      problems.push(errorAt(part.place(["name"]), `there are two user groups "${value.name}"`));
    }
    if (!/^[a-zA-Z][\w-]*$/.test(value.name)) {
      const message = `"${value.name}" is not a name: letters, digits, _ and -, a letter first`;
      problems.push(errorAt(part.place(["name"]), message));
    }
    checkTags(part, "includes", value.includes, problems);
    checkTags(part, "excludes", value.excludes, problems);
    const excludes = value.excludes === undefined ? [] : listOrAll(value.excludes);
    groups.push({
      name: value.name,
      description: value.description,
      apiScopes: value.api_scopes?.map((scope, i) => linkScope(part, scope, i, problems)),
      includes: value.includes === undefined ? undefined : listOrAll(value.includes),
      excludes: excludes === "*" ? ["*"] : excludes,
      allowPrivateMembers: value.allow_private_members_access ?? false,
      rateLimits: value.rateLimits && {
        requestsPerMinute: value.rateLimits.requestsPerMinute,
        requestsPerHour: value.rateLimits.requestsPerHour,
        concurrentRequests: value.rateLimits.concurrentRequests,
      },
      attributes: linkAttributes({ value, part }, declared, problems),
    });
  }
  return groups;
}

function linkScope(part: YamlPart, scope: string, i: number, problems: Problem[]): ApiScope {
  const known = scopes.find((name) => name === scope || (name === "jobs" && scope === "job"));
  if (known !== undefined) return known;
  const message = `there is no scope "${scope}"; the scopes are ${scopes.join(", ")}${didYouMean(scope, scopes)}`;
  problems.push(errorAt(part.place(["api_scopes", i]), message));
  return "meta";
}

function checkTags(
  part: YamlPart,
  key: "includes" | "excludes",
  tags: string | readonly string[] | undefined,
  problems: Problem[],
): void {
  const list = typeof tags === "string" ? [tags] : (tags ?? []);
  list.forEach((tag, i) => {
    if (tag === "*" || tagPattern.test(tag)) return;
    const message = `"${tag}" matches nobody; write users:id:NAME, roles:id:NAME or "*"`;
    problems.push(warningAt(part.place(typeof tags === "string" ? [key] : [key, i]), message));
  });
}

function linkAttributes(
  { value, part }: Raw<RawGroup>,
  declared: DeclaredAttributes,
  problems: Problem[],
): Attributes {
  const given = new Map(Object.entries(value.attributes ?? {}));
  const attributes = readAttributes(given.keys(), (name) => given.get(name));
  checkAttributes(attributes, `user group "${value.name}"`, part.part(["attributes"]), declared, problems);
  return attributes;
}
