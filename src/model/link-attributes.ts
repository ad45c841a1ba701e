// Attributes of users and groups in model files: their declared types, what groups have, and `{user.region}` in segments.
import {
  type AttributeOwner,
  type AttributeReference,
  type Attributes,
  type AttributeType,
  attributeNameProblem,
  attributeOwners,
  boundAttribute,
  builtInAttributes,
} from "../attributes.ts";
import { didYouMean } from "../nearest-name.ts";
import { errorAt, type Problem } from "../problem.ts";
import type { YamlPart } from "../yaml-source.ts";
import type { UserGroup } from "./model.ts";
import type { RawModel } from "./raw-model.ts";

/** Types by name; undefined where the model declares none: then each attribute is text. */
export type DeclaredAttributes = ReadonlyMap<string, AttributeType> | undefined;

export interface KnownAttributes {
  readonly declared: DeclaredAttributes;
  readonly groups: readonly Pick<UserGroup, "name" | "attributes">[];
}

export function declaredAttributes(raw: RawModel["attributes"], problems: Problem[]): DeclaredAttributes {
  if (raw === undefined) return undefined;
  const types = new Map(Object.entries(raw.value));
  for (const name of types.keys()) {
    const problem = attributeNameProblem(name);
    if (problem !== undefined) problems.push(errorAt(raw.part.keyPlace([name]), problem));
  }
  return types;
}

/** Of a group: names, values, and types where they are declared. Values are not shown. */
export function checkAttributes(
  attributes: Attributes,
  whose: string,
  part: YamlPart,
  declared: DeclaredAttributes,
  problems: Problem[],
): void {
  for (const [name, value] of attributes) {
    const type = declared?.get(name);
    const nameProblem = attributeNameProblem(name, "group") ?? undeclared(name, declared);
    if (nameProblem !== undefined) problems.push(errorAt(part.keyPlace([name]), nameProblem));
    const isList = Array.isArray(value);
    const reference = { kind: "attribute", owner: "group", name, type: type ?? "string", isList } as const;
    const bound = boundAttribute(value, reference);
    const isWrong = "problem" in bound && (type !== undefined || (typeof value === "object" && !isList));
    if (isWrong)
      problems.push(errorAt(part.place([name]), `attribute "${name}" of ${whose} ${bound.problem}`));
  }
}

function undeclared(name: string, declared: DeclaredAttributes): string | undefined {
  if (declared === undefined || declared.has(name)) return undefined;
  return `"attributes" of the group file has no "${name}"${didYouMean(name, declared.keys())}`;
}

/** What stands before and behind a reference to a list. */
const listStart = /\bin\s*\(\s*$/i;
const listEnd = /^\s*\)/;

/** Whether a reference between these texts is all that an IN has in its parentheses. */
export function isListPlace(before: string, behind: string): boolean {
  return listStart.test(before) && listEnd.test(behind);
}

export function attributeOwner(word: string | undefined): AttributeOwner | undefined {
  return attributeOwners.find((owner) => owner === word);
}

/** The reference to an attribute, or what is wrong with it. */
export function linkAttribute(
  known: KnownAttributes,
  owner: AttributeOwner,
  path: readonly string[],
  isList: boolean,
): AttributeReference | string {
  const [, name, more] = path;
  const written = `{${path.join(".")}}`;
  if (name === undefined) return `${written} is not an attribute; write {${owner}.NAME}`;
  if (more !== undefined) return `${written} has too many dots; an attribute is {${owner}.NAME}`;
  const builtIn: readonly string[] = builtInAttributes[owner];
  const isBuiltIn = builtIn.includes(name);
  const problem = isBuiltIn ? undefined : unknownAttribute(known, owner, name);
  if (problem !== undefined) return problem;
  const type = isBuiltIn ? "string" : (known.declared?.get(name) ?? "string");
  if (isBuiltIn && name === "groups" && !isList) return `${written} is a list; write IN (${written})`;
  return { kind: "attribute", owner, name, type, isList };
}

function unknownAttribute(known: KnownAttributes, owner: AttributeOwner, name: string): string | undefined {
  const problem = attributeNameProblem(name, owner) ?? undeclared(name, known.declared);
  if (problem !== undefined || owner === "user") return problem;
  const names = known.groups.flatMap((group) => [...group.attributes.keys()]);
  if (names.includes(name)) return undefined;
  return `no user group has an attribute "${name}"${didYouMean(name, names)}`;
}
