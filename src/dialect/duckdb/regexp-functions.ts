// Functions that take a part of a text by a regular expression. PostgreSQL takes the longest of the matches that
// begin first, RE2 the one its order of trying finds: only patterns for which the two agree are rendered.

import type { Call } from "../dialect.ts";
import { hints } from "../hints.ts";
import { argument, constantInteger, constantText } from "./arguments.ts";
import { textLiteral } from "./identifiers.ts";
import { once } from "./once.ts";
import { hasOneMatch } from "./regex-match.ts";
import { patternText, requiredPattern } from "./regular-expressions.ts";

/** The pattern, when every engine finds the same match of it. */
function certainPattern(call: Call, index: number): string {
  const pattern = requiredPattern(call, index);
  if (hasOneMatch(pattern)) return textLiteral(pattern);
  return call.refuse(
    "a regular expression with several ways to match, in a function that yields the match",
    call.location,
    "End each repetition with something that it does not match itself, such as [^,]*, and use no alternatives.",
  );
}

/** Options for DuckDB out of PostgreSQL's flags; refuses those that change the language. */
function options(
  call: Call,
  index: number,
  allowed: string,
): { readonly text: string; readonly all: boolean } {
  if (call.args[index] === undefined) return { text: "'s'", all: false };
  const flags = constantText(call, index);
  if (flags === undefined)
    return call.refuse("flags of a regular expression that are not a constant", call.location, hints.literal);
  let caseFlag = "";
  let all = false;
  for (const flag of flags) {
    if (flag === "g" && allowed.includes("g")) all = true;
    else if (flag === "i") caseFlag = "i";
    else if (flag === "c") caseFlag = "";
    else if (flag !== "s" && flag !== "t")
      call.refuse(
        `the flag "${flag}" of a regular expression`,
        call.location,
        "The flags g, i, c, s and t are supported.",
      );
  }
  return { text: `'${caseFlag}s${all ? "g" : ""}'`, all };
}

export function regexpReplace(call: Call): string {
  if (call.args.length > 4 || (call.args.length === 4 && call.types[3] === 23)) {
    return call.refuse(
      "regexp_replace() from a start",
      call.location,
      "Take the rest of the text with substr() first.",
    );
  }
  const replacement = constantText(call, 2);
  if (replacement === undefined)
    return call.refuse("a replacement that is not a constant", call.location, hints.literal);
  const flags = options(call, 3, "g");
  const template = replacementText(replacement);
  if (template === undefined)
    return call.refuse(
      "this replacement",
      call.location,
      "In a replacement \\1 to \\9, \\& and \\\\ are supported.",
    );
  return `regexp_replace(${argument(call, 0)}, ${certainPattern(call, 1)}, ${textLiteral(template)}, ${flags.text})`;
}

/** `\1` to `\9` and `\\` are read alike; `\&` is the whole match. */
function replacementText(replacement: string): string | undefined {
  let out = "";
  for (let at = 0; at < replacement.length; at += 1) {
    const character = replacement[at] ?? "";
    if (character !== "\\") {
      out += character;
      continue;
    }
    at += 1;
    const next = replacement[at] ?? "";
    if (/[1-9\\]/.test(next)) out += `\\${next}`;
    else if (next === "&") out += "\\0";
    else return undefined;
  }
  return out;
}

/** substring(text from pattern): the first group, or the whole match where there is none. */
export function substringOfPattern(call: Call): string {
  if (call.args.length > 2)
    return call.refuse(
      "substring() with SIMILAR",
      call.location,
      "Use substring(text FROM pattern) with a regular expression.",
    );
  return firstMatch(call, certainPattern(call, 1), groups(requiredPattern(call, 1)) > 0 ? 1 : 0, "'s'");
}

function groups(pattern: string): number {
  return (
    pattern
      .replaceAll(/\\./g, "")
      .replaceAll(/\[[^\]]*\]/g, "")
      .match(/\((?!\?)/g)?.length ?? 0
  );
}

/** NULL where nothing matches; DuckDB alone would yield an empty text. */
function firstMatch(call: Call, pattern: string, group: number, flags: string): string {
  const text = argument(call, 0);
  return `CASE WHEN regexp_matches(${text}, ${pattern}, ${flags}) THEN regexp_extract(${text}, ${pattern}, ${group}, ${flags}) END`;
}

export function regexpSubstr(call: Call): string {
  if (call.args.length > 2)
    return call.refuse(
      "regexp_substr() with more than a pattern",
      call.location,
      "Use substring(text FROM pattern).",
    );
  return firstMatch(call, certainPattern(call, 1), 0, "'s'");
}

export function regexpMatch(call: Call): string {
  const flags = options(call, 2, "");
  const pattern = certainPattern(call, 1);
  const count = groups(requiredPattern(call, 1));
  const text = argument(call, 0);
  const wanted = count === 0 ? [0] : Array.from({ length: count }, (_, index) => index + 1);
  const found = wanted.map((group) => `regexp_extract(${text}, ${pattern}, ${group}, ${flags.text})`);
  return `CASE WHEN regexp_matches(${text}, ${pattern}, ${flags.text}) THEN [${found.join(", ")}] END`;
}

/** The groups of each match, or the whole match where there is no group: one without the flag g. */
export function regexpMatches(call: Call): string {
  const flags = options(call, 2, "g");
  const pattern = certainPattern(call, 1);
  const count = groups(requiredPattern(call, 1));
  const wanted = count === 0 ? [0] : Array.from({ length: count }, (_, index) => index + 1);
  const letters = flags.text.replace("g", "");
  return once([argument(call, 0)], (text) => {
    const lists = wanted.map((group) => `regexp_extract_all(${text}, ${pattern}, ${group}, ${letters})`);
    return once([`row(${lists.join(", ")})`], (found) => {
      const places = wanted.map((_, index) => `${found}[${index + 1}][i]`);
      const last = flags.all ? `len(${found}[1])` : `least(len(${found}[1]), 1)`;
      return `list_transform(range(1, ${last} + 1), lambda i: [${places.join(", ")}])`;
    });
  });
}

export function regexpCount(call: Call): string {
  if (call.args.length > 2 && constantInteger(call, 2) !== 1) {
    return call.refuse(
      "regexp_count() from a start",
      call.location,
      "Take the rest of the text with substr() first.",
    );
  }
  const flags = options(call, 3, "");
  const pattern = certainPattern(call, 1);
  return `CAST(len(regexp_extract_all(${argument(call, 0)}, ${pattern}, 0, ${flags.text})) AS INTEGER)`;
}

export function regexpLike(call: Call): string {
  const flags = options(call, 2, "");
  return `regexp_matches(${argument(call, 0)}, ${patternText(call, 1)}, ${flags.text})`;
}

export function regexpSplitToArray(call: Call): string {
  const flags = options(call, 2, "");
  return `regexp_split_to_array(${argument(call, 0)}, ${certainPattern(call, 1)}, ${flags.text})`;
}
