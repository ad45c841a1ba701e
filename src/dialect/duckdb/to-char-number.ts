// to_char() of numbers and to_number(), by patterns that are known when the statement is rendered.
import { isFloat, isInteger, oids } from "../../query/type-oids.ts";
import type { Call } from "../dialect.ts";
import { numberPatternHint } from "../hints.ts";
import { argument, requiredText } from "./arguments.ts";
import { textLiteral } from "./identifiers.ts";
import { roundedTo } from "./math.ts";
import { type NumberPattern, numberPattern } from "./number-pattern.ts";
import { once } from "./once.ts";
import { raise } from "./raise.ts";
import { decimalDigitsMax } from "./types.ts";

function patternOf(call: Call, name: string): NumberPattern {
  const text = requiredText(call, 1, `a pattern of ${name}()`);
  const pattern = numberPattern(text);
  if (pattern === undefined)
    return call.refuse(`this pattern of ${name}() for numbers`, call.location, numberPatternHint);
  return pattern;
}

export function numberToChar(call: Call): string {
  if (requiredText(call, 1, "a pattern of to_char()") === "")
    return `CASE WHEN ${argument(call, 0)} IS NOT NULL THEN '' END`;
  const pattern = patternOf(call, "to_char");
  return once([digitsOf(call, pattern.fraction.length)], (text) => {
    const whole = `regexp_extract(${text}, '([0-9]+)', 1)`;
    const fraction = `regexp_extract(${text}, '\\.([0-9]+)$', 1)`;
    const shown = once([whole, fraction, `starts_with(${text}, '-')`], (w, f, negative) =>
      shownBy(pattern, w, f, negative),
    );
    return `CASE WHEN ${text} IS NOT NULL THEN ${shown} END`;
  });
}

/** The number as text, rounded to so many digits after the point. */
function digitsOf(call: Call, places: number): string {
  const [type = 0] = call.types;
  const value = argument(call, 0);
  if (isInteger(type)) return `CAST(CAST(${value} AS DECIMAL(${decimalDigitsMax},${places})) AS VARCHAR)`;
  if (type === oids.numeric) {
    return `CAST(CAST(${roundedTo(call, places, "round")} AS DECIMAL(${decimalDigitsMax},${places})) AS VARCHAR)`;
  }
  if (!isFloat(type)) return call.refuse("to_char() of this type", call.location, numberPatternHint);
  // A float has so many digits; what the pattern asks for beyond them is left out.
  const sure = type === oids.float4 ? 6 : 15;
  return once([`CAST(${value} AS DOUBLE)`], (double) => {
    const most = Math.min(places, sure - 1);
    const arms = Array.from({ length: most }, (_, index) => {
      const kept = most - index;
      return `WHEN round_even(abs(${double}), 0) < 1e${sure - kept} THEN printf('%.${kept}f', ${double})`;
    });
    const whole = `printf('%.0f', ${double})`;
    const shown = arms.length === 0 ? whole : `CASE ${arms.join(" ")} ELSE ${whole} END`;
    // Differs from PostgreSQL: what is no finite number is refused, not shown.
    return `CASE WHEN ${double} IS NULL THEN NULL WHEN isfinite(${double}) THEN ${shown} ELSE ${raise("numeric_value_out_of_range")} END`;
  });
}

function shownBy(pattern: NumberPattern, whole: string, fraction: string, negative: string): string {
  const digits = pattern.whole.replaceAll(",", "");
  const hasFraction = pattern.fraction.length > 0;
  const count = hasFraction
    ? `CASE WHEN ${whole} = '0' THEN 0 ELSE length(${whole}) END`
    : `length(${whole})`;
  const overflows = `length(${whole}) > ${digits.length}`;
  const first = digits.indexOf("0");
  const forced = first < 0 ? 0 : digits.length - first;
  // How many digits of the pattern stay blank, and how many characters with the commas between them.
  const blank = `CASE WHEN ${overflows} THEN 0 ELSE ${digits.length} - greatest(${count}, ${forced}) END`;
  const cuts = cutsOf(pattern.whole);
  const padded = `CASE WHEN ${overflows} THEN '${"#".repeat(digits.length)}' ELSE lpad(${whole}, ${digits.length}, '0') END`;
  return once([`[${cuts.join(", ")}][${blank} + 1]`, `(${padded})`], (cut, text) => {
    const number = `substring(${grouped(pattern.whole, text)}, ${cut} + 1)`;
    const kept = pattern.fraction.lastIndexOf("0") + 1;
    const places = `CASE WHEN ${overflows} THEN '${"#".repeat(pattern.fraction.length)}' ELSE ${fraction} END`;
    const trimmed = once([`(${places})`], (f) =>
      pattern.trimmed ? `(substring(${f}, 1, ${kept}) || rtrim(substring(${f}, ${kept + 1}), '0'))` : f,
    );
    const point = hasFraction ? ` || CASE WHEN ${fraction} = '' THEN '' ELSE '.' END || ${trimmed}` : "";
    const body = once([`(${number}${point})`], (all) =>
      pattern.trimmed ? `CASE WHEN ${all} = '.' THEN '0.' ELSE ${all} END` : all,
    );
    const blanks = pattern.trimmed ? "''" : `repeat(' ', ${cut})`;
    return signed(pattern, blanks, body, negative);
  });
}

/** For each number of digits left blank, the characters that are: a comma stands only behind a digit. */
function cutsOf(whole: string): readonly number[] {
  const cuts: number[] = [];
  [...whole].forEach((character, at) => {
    if (character !== ",") cuts.push(at);
  });
  cuts.push(whole.length);
  if (cuts[0] !== undefined && cuts.length > 1) cuts[0] = 0;
  return cuts;
}

/** The digits with commas put between them. */
function grouped(whole: string, digits: string): string {
  const parts: string[] = [];
  let at = 0;
  for (const group of whole.split(",")) {
    parts.push(`substring(${digits}, ${at + 1}, ${group.length})`);
    at += group.length;
  }
  return parts.length === 1 ? digits : `(${parts.join(" || ',' || ")})`;
}

function signed(pattern: NumberPattern, blanks: string, body: string, negative: string): string {
  const blank = pattern.trimmed ? "''" : "' '";
  const either = (minus: string, plus: string) => `CASE WHEN ${negative} THEN ${minus} ELSE ${plus} END`;
  const parts: readonly string[] = {
    before: [blanks, either("'-'", blank), body],
    "S before": [blanks, either("'-'", "'+'"), body],
    "S after": [blanks, body, either("'-'", "'+'")],
    MI: [blanks, body, either("'-'", blank)],
    PR: [blanks, either("'<'", blank), body, either("'>'", blank)],
  }[pattern.sign];
  const around = [pattern.prefix, pattern.suffix].map((text) => (text === "" ? [] : [textLiteral(text)]));
  return `(${[...(around[0] ?? []), ...parts, ...(around[1] ?? [])].join(" || ")})`;
}

/** Only texts that have the pattern's form are read. */
export function toNumber(call: Call): string {
  const pattern = patternOf(call, "to_number");
  const digits = pattern.whole.replaceAll(",", "").length;
  const places = pattern.fraction.length;
  const quoted = (text: string) => text.replaceAll(/[\\^$.|?*+()[\]{}]/g, "\\$&");
  const optional = (text: string) => (text === "" ? "" : `(?:${quoted(text)})?`);
  const after = pattern.sign === "S after" || pattern.sign === "MI" ? "([+-]?)" : "()";
  const before = after === "()" ? "([+-]?)" : "()";
  const fraction = places === 0 ? "()" : `(\\.[0-9]{0,${places}})?`;
  const whole = pattern.whole.includes(",") ? "([0-9,]*)" : `([0-9]{0,${digits}})`;
  const shape = `^ *${quoted(pattern.prefix)}${before} *${whole}${fraction}${after}${optional(pattern.suffix)} *$`;
  return once([argument(call, 0)], (text) => {
    const found = `regexp_extract(${text}, ${textLiteral(shape)}, ['before', 'whole', 'fraction', 'after'])`;
    const read = once([found], (parts) => {
      const number = `replace(${parts}.whole, ',', '')`;
      const value = `CAST(concat('0', ${number}, ${parts}.fraction) AS DECIMAL(${decimalDigitsMax},${places}))`;
      const invalid = `length(${number}) > ${digits} OR (${number} = '' AND length(${parts}.fraction) < 2)`;
      const minus = `concat(${parts}.before, ${parts}.after) = '-'`;
      return `CASE WHEN ${invalid} THEN ${raise("invalid_text_representation")} WHEN ${minus} THEN -${value} ELSE ${value} END`;
    });
    return `CASE WHEN ${text} IS NOT NULL THEN ${read} END`;
  });
}
