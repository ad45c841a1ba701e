// Checks YAML values against a shape, and says everything that is wrong in the words of the file's author.
import { z } from "zod";
import { didYouMean, nearestName } from "./nearest-name.ts";
import { errorAt, type Problem } from "./problem.ts";
import type { YamlPart, YamlPath } from "./yaml-source.ts";

/** Rounds of leaving out what is wrong, so that one mistake does not hide the next. */
const roundsMax = 20;

/** A map with these keys and no others. */
export function mapOf<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => unknownKey(key, known)).join("\n")
        : undefined,
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const shown = key.replaceAll("\n", " ");
  const nearest = nearestName(key, known);
  if (nearest !== undefined) return `unknown key "${shown}"; did you mean "${nearest}"?`;
  return `unknown key "${shown}"; the keys here are ${known.join(", ")}`;
}

export interface CheckOptions {
  /** False where the value may be a secret and must not be shown. */
  readonly showValue?: (path: YamlPath) => boolean;
}

/**
 * The part's value in this shape. Each problem is reported at its place; what is wrong and not required is left out
 * and the rest is still returned. undefined: what is left is not usable.
 */
export function checkShape<T>(
  part: YamlPart,
  schema: z.ZodType<T>,
  problems: Problem[],
  options: CheckOptions = {},
): T | undefined {
  let value: unknown = withoutNulls(part.value) ?? {};
  const leftOut = new Set<string>();
  for (let round = 0; round < roundsMax; round++) {
    const parsed = schema.safeParse(value, { reportInput: true });
    if (parsed.success) return parsed.data;
    let changed = false;
    for (const issue of parsed.error.issues) {
      if (!leftOut.has(JSON.stringify(issue.path))) reportIssue(part, issue, problems, options);
      leftOut.add(JSON.stringify(issue.path));
      const removed = leaveOut(value, issue);
      if (removed === undefined) continue;
      value = removed;
      changed = true;
    }
    if (!changed) return undefined;
  }
  return undefined;
}

/** Whether the map at this part has the key, whatever it holds. */
export function isWritten(part: YamlPart, key: string): boolean {
  const { value } = part;
  return typeof value === "object" && value !== null && (value as Record<string, unknown>)[key] != null;
}

function reportIssue(
  part: YamlPart,
  issue: z.core.$ZodIssue,
  problems: Problem[],
  options: CheckOptions,
): void {
  if (issue.code === "unrecognized_keys") {
    const messages = issue.message.split("\n");
    issue.keys.forEach((key, i) => {
      problems.push(errorAt(part.keyPlace([...issue.path, key]), messages[i] ?? "unknown key"));
    });
    return;
  }
  const shown = options.showValue?.(issue.path) ?? true;
  problems.push(errorAt(part.place(issue.path), issueMessage(issue, shown)));
}

function issueMessage(issue: z.core.$ZodIssue, showValue: boolean): string {
  const missing =
    issue.input === undefined && (issue.code === "invalid_type" || issue.code === "invalid_value");
  if (missing || (issue.code === "invalid_union" && issue.input === undefined)) {
    return `missing key "${String(issue.path.at(-1))}"`;
  }
  if (issue.code === "invalid_type")
    return `expected ${typeName(issue.expected)}, found ${found(issue.input, showValue)}`;
  if (issue.code === "invalid_value") {
    const values = issue.values.map(String);
    const given = showValue && typeof issue.input === "string" ? issue.input : undefined;
    const start = `expected ${values.length > 1 ? "one of " : ""}${values.join(", ")}`;
    return given === undefined ? start : `${start}, found "${given}"${didYouMean(given, values)}`;
  }
  return issue.message;
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    string: "text",
    object: "a map",
    record: "a map",
    array: "a list",
    boolean: "true or false",
  };
  return names[expected] ?? `a ${expected === "int" ? "whole number" : expected}`;
}

function found(input: unknown, showValue: boolean): string {
  if (input === null) return "nothing";
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object") return 'a map (put text that begins with "{" in double quotes)';
  if (typeof input === "string") return "text";
  return `${showValue ? String(input) : `a ${typeof input}`} (put text in quotes)`;
}

/** The value without what the issue complains of; undefined where nothing can be left out. */
function leaveOut(value: unknown, issue: z.core.$ZodIssue): unknown {
  if (issue.code === "unrecognized_keys") {
    let left = value;
    for (const key of issue.keys) left = without(left, [...issue.path, key]) ?? left;
    return left;
  }
  // A list with a wrong item is left out whole: its places must not shift.
  const path = [...issue.path];
  while (typeof path.at(-1) === "number") path.pop();
  return path.length === 0 ? undefined : without(value, path);
}

function without(value: unknown, path: YamlPath): unknown {
  const [key, ...rest] = path;
  if (key === undefined || typeof value !== "object" || value === null) return undefined;
  const inner = (value as Record<PropertyKey, unknown>)[key];
  if (inner === undefined && !Object.hasOwn(value, key)) return undefined;
  const replaced = rest.length === 0 ? undefined : without(inner, rest);
  if (rest.length > 0 && replaced === undefined) return undefined;
  if (Array.isArray(value)) return value.map((item, i) => (i === key ? replaced : item));
  const entries = Object.entries(value).filter(([name]) => rest.length > 0 || name !== key);
  return Object.fromEntries(entries.map(([name, item]) => [name, name === key ? replaced : item]));
}

/** `key:` with nothing behind it is as good as no key. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item));
  if (typeof value !== "object") return value;
  const kept = Object.entries(value as object).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)]));
}
