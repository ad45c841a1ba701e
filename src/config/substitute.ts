// Replaces ${NAME} and ${file:PATH} in the values of a parsed YAML text.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { didYouMean } from "../nearest-name.ts";
import { errorAt, type Problem } from "../problem.ts";
import type { YamlPart } from "../yaml-source.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Substituted {
  readonly part: YamlPart;
  /** Paths of the values that came from elsewhere, and so may be secrets; each as JSON. */
  readonly replaced: ReadonlySet<string>;
}

const placeholderPattern = /\$\{([^}]*)\}/g;
const namePattern = /^[A-Za-z_]\w*$/;

const substitutionProblems = new WeakSet<Problem>();

/** Whether a problem says that a value could not be put in. */
export function isAboutSubstitution(problem: Problem): boolean {
  return substitutionProblems.has(problem);
}

/** Paths in `${file:PATH}` count from `folder`. Problems name what is missing, never a value. */
export function substitute(
  part: YamlPart,
  folder: string,
  environment: Environment,
  problems: Problem[],
): Substituted {
  const replaced = new Set<string>();
  const replace = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => replace(item, [...path, i]));
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, replace(item, [...path, key])]),
      );
    }
    if (typeof value !== "string" || !value.includes("${")) return value;
    replaced.add(JSON.stringify(path));
    return value.replace(placeholderPattern, (_, name: string) => {
      const found = lookUp(name, folder, environment);
      if (typeof found === "string") return found;
      const problem = errorAt(part.place(path), found.problem);
      substitutionProblems.add(problem);
      problems.push(problem);
      return "";
    });
  };
  return { part: { ...part, value: replace(part.value, []) }, replaced };
}

function lookUp(name: string, folder: string, environment: Environment): string | { problem: string } {
  if (name.startsWith("file:")) {
    try {
      return readFileSync(resolve(folder, name.slice("file:".length)), "utf8").trim();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
      return { problem: `the file "${name.slice("file:".length)}" cannot be read (${code})` };
    }
  }
  if (!namePattern.test(name)) return { problem: `expected \${NAME} or \${file:PATH}` };
  const value = environment[name];
  if (value !== undefined) return value;
  return {
    problem: `the environment variable "${name}" is not set${didYouMean(name, Object.keys(environment))}`,
  };
}
