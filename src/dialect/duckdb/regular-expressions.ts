// Regular expressions: PostgreSQL's patterns in RE2's language.

import { functionId } from "../../query/offered-functions.ts";
import type { Call, Rendering } from "../dialect.ts";
import { hints, regexHint } from "../hints.ts";
import { argument, constantText } from "./arguments.ts";
import { textLiteral } from "./identifiers.ts";
import { similarPattern, translatePattern } from "./regex-pattern.ts";

/** `~` searches; DuckDB's operator of that name would match the whole text. */
export function matches(options: { readonly negated: boolean; readonly anyCase: boolean }): Rendering {
  return (call) => {
    const flags = options.anyCase ? "'is'" : "'s'";
    const test = `regexp_matches(${argument(call, 0)}, ${patternText(call, 1)}, ${flags})`;
    return options.negated ? `(NOT ${test})` : test;
  };
}

/** A constant pattern, translated; the languages differ too much for any other. */
export function patternText(call: Call, index: number): string {
  return textLiteral(requiredPattern(call, index));
}

export function requiredPattern(call: Call, index: number): string {
  const similar = similarTo(call, index);
  const source = similar ?? constantText(call, index);
  if (source === undefined)
    return call.refuse("a regular expression that is not a constant", call.location, hints.literal);
  const pattern = translatePattern(source);
  return pattern ?? call.refuse("this regular expression", call.location, regexHint);
}

/** SIMILAR TO arrives as a match of similar_to_escape(pattern [, escape]). */
function similarTo(call: Call, index: number): string | undefined {
  const node = call.nodes[index];
  if (node?.kind !== "FuncExpr" || functionId(node.function) !== "similar_to_escape") return undefined;
  const [pattern, mark] = node.args;
  if (pattern?.kind !== "Const" || typeof pattern.value !== "string") return undefined;
  if (mark !== undefined && (mark.kind !== "Const" || typeof mark.value !== "string")) return undefined;
  const character = mark?.kind === "Const" ? String(mark.value) : "\\";
  if ([...character].length > 1) return undefined;
  return similarPattern(pattern.value, character);
}
