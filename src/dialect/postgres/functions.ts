// Functions in PostgreSQL: each is PostgreSQL's own of that name, but for those that ask for the session's zone or
// styles and those to which letters matter.

import { type FunctionId, functions as offeredFunctions } from "../../query/offered-functions.ts";
import { elementType, oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { hints } from "../hints.ts";
import { comparable, isCollatable, withLetters } from "./collation.ts";
import { builtIn } from "./identifiers.ts";
import { zonedFunctions } from "./time.ts";
import { writesAlike } from "./time-zone.ts";
import { asText } from "./values-as-text.ts";

/** The table with PostgreSQL's own call for each entry. */
export function nativeCalls<Id extends string, Made>(
  list: Readonly<Record<Id, { readonly name: string }>>,
  make: (name: string) => Made,
): Readonly<Record<Id, Made>> {
  const entries = Object.entries<{ readonly name: string }>(list);
  return Object.fromEntries(entries.map(([id, { name }]) => [id, make(name)])) as Record<Id, Made>;
}

function native(name: string): Rendering {
  return (call) => builtIn(name, call.args);
}

/** Upper and lower case, and the classes of regular expressions, are those of Unicode. */
function ofLetters(name: string): Rendering {
  return (call) => {
    const args = call.args.map((text, index) =>
      withLetters(text, call.types[index] ?? 0, call, call.location),
    );
    const text = builtIn(name, args);
    return isCollatable(call.type) ? comparable(text, call.type) : text;
  };
}

/** Arguments that become text go there by the client's styles. */
function ofTexts(name: string): Rendering {
  return (call) =>
    builtIn(
      name,
      call.args.map((_, index) => asText(call, index)),
    );
}

/** Elements become text by the session's styles inside the function. */
const arrayToString: Rendering = (call) => {
  const [type = 0] = call.types;
  return writesAlike(elementType(type) ?? type, call.settings)
    ? builtIn("array_to_string", call.args)
    : call.refuse(
        "array_to_string() of such values under this TimeZone, DateStyle, IntervalStyle or bytea_output",
        call.location,
        hints.styles,
      );
};

/** The form with a position is plain text, the one with a pattern a regular expression. */
const substring: Rendering = (call) =>
  call.types[1] === oids.text ? asRendering(ofLetters("substring"), call) : builtIn("substring", call.args);

function asRendering(rendering: Rendering, call: Call): string {
  return typeof rendering === "function"
    ? rendering(call)
    : call.refuse(rendering.refused, call.location, rendering.hint);
}

const special = {
  ...zonedFunctions,
  lower: ofLetters("lower"),
  upper: ofLetters("upper"),
  initcap: ofLetters("initcap"),
  regexp_replace: ofLetters("regexp_replace"),
  regexp_match: ofLetters("regexp_match"),
  regexp_substr: ofLetters("regexp_substr"),
  regexp_count: ofLetters("regexp_count"),
  regexp_like: ofLetters("regexp_like"),
  regexp_split_to_array: ofLetters("regexp_split_to_array"),
  substring,
  concat: ofTexts("concat"),
  concat_ws: ofTexts("concat_ws"),
  format: ofTexts("format"),
  quote_literal: ofTexts("quote_literal"),
  quote_nullable: ofTexts("quote_nullable"),
  array_to_string: arrayToString,
} as const satisfies Partial<Record<FunctionId, Rendering>>;

export const functions: Readonly<Record<FunctionId, Rendering>> = {
  ...nativeCalls<FunctionId, Rendering>(offeredFunctions, native),
  ...special,
};
