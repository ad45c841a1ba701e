// Attributes of users and groups: what an administrator or an identity provider says of them, such as a region. Row
// filters of a model compare rows with them; their values are bound, and never become text of a statement.
import type { DataType, Value } from "./data-type.ts";

export const attributeTypes = ["string", "number", "boolean", "date"] as const;
export type AttributeType = (typeof attributeTypes)[number];

export type AttributeScalar = string | number | boolean;
export type AttributeValue = AttributeScalar | readonly AttributeScalar[];

/** What was given for an attribute and is no value of one: as good as none, with a reason that shows no value. */
export interface UnusableAttribute {
  readonly unusable: string;
}

/** By name. */
export type Attributes = ReadonlyMap<string, AttributeValue | UnusableAttribute>;

export const noAttributes: Attributes = new Map();

/** `{user.region}` in the SQL of a model, resolved. */
export interface AttributeReference {
  readonly kind: "attribute";
  readonly owner: AttributeOwner;
  readonly name: string;
  readonly type: AttributeType;
  /** The one thing behind IN: `region IN ({user.regions})`. */
  readonly isList: boolean;
}

export const attributeOwners = ["user", "group"] as const;
export type AttributeOwner = (typeof attributeOwners)[number];

/** What is known of everybody and every group, as texts; no attribute can have these names. */
export const builtInAttributes = { user: ["name", "groups"], group: ["name"] } as const;

/** Attributes of one user or group. */
export const attributesMax = 100;
/** Bytes of a name: PostgreSQL's limit for one. */
const nameBytesMax = 63;
/** Characters of a text. */
const textLengthMax = 4096;
/** Values of a list. */
const listLengthMax = 1000;
/** Characters of all names and values of one user or group. */
const totalLengthMax = 262_144;

const namePattern = /^[A-Za-z]\w*$/;

/** Why an attribute cannot have this name; undefined where it can. */
export function attributeNameProblem(name: string, owner: AttributeOwner = "user"): string | undefined {
  const shown = name.slice(0, nameBytesMax).replace(/\p{C}/gu, "?");
  if (!namePattern.test(name)) return `"${shown}" is not a name: letters, digits and _, a letter first`;
  if (Buffer.byteLength(name) > nameBytesMax) return `"${shown}..." is longer than ${nameBytesMax} bytes`;
  const builtIn: readonly string[] = builtInAttributes[owner];
  return builtIn.includes(name) ? `{${owner}.${name}} has a meaning already; choose another name` : undefined;
}

/** Of plain data, as YAML and JSON have it. Undefined where there is none. */
export function readAttribute(value: unknown): AttributeValue | UnusableAttribute | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return scalarProblem(value) ?? (value as AttributeScalar);
  if (value.length > listLengthMax) return { unusable: `a list of more than ${listLengthMax} values` };
  for (const item of value as readonly unknown[]) {
    const problem = scalarProblem(item);
    if (problem !== undefined) return problem;
  }
  return value as readonly AttributeScalar[];
}

/** The attributes that `read` finds of these names; what is too much of them is unusable. */
export function readAttributes(names: Iterable<string>, read: (name: string) => unknown): Attributes {
  const attributes = new Map<string, AttributeValue | UnusableAttribute>();
  let length = 0;
  for (const name of names) {
    const value = readAttribute(read(name));
    if (value === undefined) continue;
    length += name.length + lengthOf(value);
    const isTooMuch = length > totalLengthMax || attributes.size >= attributesMax;
    const problem = `the attributes before it are all that there can be: ${attributesMax}, and ${totalLengthMax} characters`;
    attributes.set(name, isTooMuch ? { unusable: problem } : value);
  }
  return attributes;
}

function lengthOf(value: AttributeValue | UnusableAttribute): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || "unusable" in value) return 8;
  return value.reduce((sum: number, item) => sum + (typeof item === "string" ? item.length : 8), 0);
}

function scalarProblem(value: unknown): UnusableAttribute | undefined {
  switch (typeof value) {
    case "boolean":
      return undefined;
    case "number":
      // What has been rounded on its way here would be another value than the one that was meant.
      return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER && isPlain(value)
        ? undefined
        : { unusable: "a number that has no exact value here" };
    case "string":
      if (value.length > textLengthMax)
        return { unusable: `a text of more than ${textLengthMax} characters` };
      // No warehouse's text holds these.
      return /\0|\p{Surrogate}/u.test(value)
        ? { unusable: "a text with a character that is none" }
        : undefined;
    default:
      return { unusable: "neither text, number, boolean nor a list of these" };
  }
}

function isPlain(value: number): boolean {
  return /^-?\d+(?:\.\d+)?$/.test(String(value));
}

/** Whether nothing has changed in them. */
export function sameAttributes(one: Attributes, other: Attributes): boolean {
  return textOf(one) === textOf(other);
}

/** A text that is the same for the same attributes; it holds their values. */
function textOf(attributes: Attributes): string {
  return JSON.stringify([...attributes].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Bytes in memory, estimated. */
export function attributeBytes(attributes: Attributes): number {
  return textOf(attributes).length * 2;
}

const dataTypes: Readonly<Record<AttributeType, DataType>> = {
  string: { kind: "text" },
  number: { kind: "numeric" },
  boolean: { kind: "boolean" },
  date: { kind: "date" },
};

/** The type that it is bound as. */
export function attributeDataType({ type, isList }: Pick<AttributeReference, "type" | "isList">): DataType {
  return isList ? { kind: "array", element: dataTypes[type] } : dataTypes[type];
}

/** A value as it is bound; a list of one where a list is wanted. A problem says what it should be. */
export function boundAttribute(
  value: AttributeValue | UnusableAttribute,
  { type, isList }: AttributeReference,
): { readonly value: Value } | { readonly problem: string } {
  if (typeof value === "object" && "unusable" in value) return { problem: `is ${value.unusable}` };
  if (typeof value !== "object") {
    const bound = boundScalar(value, type);
    if (bound === undefined) return { problem: `is not ${typeWords[type]}` };
    return { value: isList ? [bound] : bound };
  }
  if (!isList) return { problem: "is a list, where one value is wanted" };
  const bound = value.map((item) => boundScalar(item, type));
  if (bound.includes(undefined)) return { problem: `is not a list of ${typeWords[type]} each` };
  return { value: bound as readonly Value[] };
}

const typeWords: Readonly<Record<AttributeType, string>> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  date: "a date like 2027-01-31",
};

function boundScalar(value: AttributeScalar, type: AttributeType): Value | undefined {
  switch (type) {
    case "string":
      return typeof value === "string" ? value : undefined;
    case "number":
      return typeof value === "number" ? String(value) : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "date":
      return typeof value === "string" ? daysOf(value) : undefined;
    default:
      return type satisfies never;
  }
}

const dayMs = 86_400_000;

function daysOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith("0000")) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  // JavaScript takes the 30th of February for a day in March.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) return undefined;
  return ms / dayMs;
}
