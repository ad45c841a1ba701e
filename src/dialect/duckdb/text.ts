// Functions over text. Positions count characters from 1, as in PostgreSQL.

import type { textFunctions } from "../../query/offered-text-functions.ts";
import { oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { refusal } from "../dialect.ts";
import { hints } from "../hints.ts";
import { argument, atLeast, constantInteger, constantText, raisingWhen } from "./arguments.ts";
import { classMembers } from "./character-classes.ts";
import { convertFrom, convertTo, decode, encode, sha256 } from "./encodings.ts";
import { like } from "./like.ts";
import { named } from "./math.ts";
import { format, printedValue, quoteIdent, quoteLiteral, quoteNullable } from "./quoting.ts";
import { raise } from "./raise.ts";
import {
  regexpCount,
  regexpLike,
  regexpMatch,
  regexpReplace,
  regexpSplitToArray,
  regexpSubstr,
  substringOfPattern,
} from "./regexp-functions.ts";

/** DuckDB counts in BIGINT where PostgreSQL has an integer. */
function counted(text: string): string {
  return `CAST(${text} AS INTEGER)`;
}

const length: Rendering = (call) => {
  if (call.types[0] === oids.bytea) return counted(`octet_length(${argument(call, 0)})`);
  if (call.args.length > 1)
    return call.refuse("length() in an encoding", call.location, "Leave the encoding out.");
  return counted(`length(${argument(call, 0)})`);
};

const octetLength: Rendering = (call) =>
  counted(
    call.types[0] === oids.bytea ? `octet_length(${argument(call, 0)})` : `strlen(${argument(call, 0)})`,
  );

const bitLength: Rendering = (call) =>
  counted(
    call.types[0] === oids.bytea
      ? `octet_length(${argument(call, 0)}) * 8`
      : `bit_length(${argument(call, 0)})`,
  );

/** Without a second argument only spaces are trimmed. */
function trim(name: "trim" | "ltrim" | "rtrim"): Rendering {
  return (call) => `${name}(${argument(call, 0)}, ${call.args[1] ?? "' '"})`;
}

/** An empty fill pads nothing; DuckDB would fail. */
function pad(name: "lpad" | "rpad"): Rendering {
  return (call) => {
    const [text, size] = [argument(call, 0), argument(call, 1)];
    const fill = call.args[2] ?? "' '";
    const padded = `${name}(${text}, ${size}, ${fill})`;
    const constant = call.args[2] === undefined ? " " : constantText(call, 2);
    if (constant !== undefined && constant !== "") return padded;
    return `CASE WHEN ${fill} = '' THEN left(${text}, ${atLeast(size, 0)}) ELSE ${padded} END`;
  };
}

/** substring(text, start [, length]): a start before the text uses up the length. */
const substring: Rendering = (call) => {
  if (call.types[1] === oids.text) return substringOfPattern(call);
  const text = argument(call, 0);
  const start = constantInteger(call, 1);
  const count = constantInteger(call, 2);
  if (call.args.length === 2) {
    return `substring(${text}, ${start === undefined ? atLeast(argument(call, 1), 1) : Math.max(start, 1)})`;
  }
  if (start !== undefined && count !== undefined && count >= 0) {
    const end = Math.min(start + count, 2 ** 31 - 1);
    const from = Math.max(start, 1);
    return `substring(${text}, ${from}, ${Math.max(end - from, 0)})`;
  }
  const [from, size] = [`CAST(${argument(call, 1)} AS BIGINT)`, argument(call, 2)];
  // DuckDB counts a start below 1 from the end of the text.
  const first = atLeast(from, 1);
  const count64 = `${from} + ${size} - ${first}`;
  const rest = `CASE WHEN ${count64} > 2147483647 THEN 2147483647 ELSE ${atLeast(count64, 0)} END`;
  return raisingWhen(call, `${size} < 0`, "data_exception", `substring(${text}, ${first}, ${rest})`);
};

const overlay: Rendering = (call) => {
  const [text, replacement, start] = [argument(call, 0), argument(call, 1), argument(call, 2)];
  const size = call.args[3] ?? `length(${replacement})`;
  const changed = `(left(${text}, ${start} - 1) || ${replacement} || substring(${text}, ${atLeast(`CAST(${start} AS BIGINT) + ${size}`, 1)}))`;
  const constant = constantInteger(call, 2);
  if (constant !== undefined && constant > 0) return changed;
  return raisingWhen(call, `${start} <= 0`, "data_exception", changed);
};

const splitPart: Rendering = (call) => {
  const [text, separator, place] = [argument(call, 0), argument(call, 1), argument(call, 2)];
  const part = `split_part(${text}, ${separator}, ${place})`;
  const [constant, separatorText] = [constantInteger(call, 2), constantText(call, 1)];
  if (constant !== undefined && constant !== 0 && separatorText !== undefined && separatorText !== "")
    return part;
  // An empty separator leaves the text one part.
  const whole = `CASE WHEN ${place} IN (1, -1) THEN ${text} WHEN ${place} IS NOT NULL AND ${text} IS NOT NULL THEN '' END`;
  const parted = `CASE WHEN ${separator} = '' THEN ${whole} ELSE ${part} END`;
  return raisingWhen(call, `${place} = 0`, "invalid_parameter_value", parted);
};

/** Each part as its type prints it, which for a boolean is t or f. */
function parts(call: Call, from: number): readonly string[] {
  return call.nodes.slice(from).map((_, offset) => printedValue(call, from + offset));
}

const concat: Rendering = (call) => `concat(${parts(call, 0).join(", ")})`;

const concatWs: Rendering = (call) => `concat_ws(${argument(call, 0)}, ${parts(call, 1).join(", ")})`;

/** The sharp s has no capital of its own in PostgreSQL; DuckDB makes one. */
function upper(value: string): string {
  const parts = `list_transform(string_split(${value}, 'ß'), lambda p: upper(p))`;
  return `CASE WHEN contains(${value}, 'ß') THEN array_to_string(${parts}, 'ß') ELSE upper(${value}) END`;
}

/** Every run of letters and digits with its first letter raised and the others lowered. */
const initcap: Rendering = (call) => {
  const members = classMembers("alnum");
  const runs = `regexp_extract_all(${argument(call, 0)}, '[${members}]+|[^${members}]+')`;
  return `array_to_string(list_transform(${runs}, lambda w: ${upper("left(w, 1)")} || lower(substring(w, 2))), '')`;
};

/** By characters: DuckDB's own keeps accents with their letters. */
const reverse: Rendering = (call) => {
  const value = argument(call, 0);
  return `array_to_string(list_transform(range(length(${value}), 0, -1), lambda i: substring(${value}, i, 1)), '')`;
};

const chr: Rendering = (call) => {
  const code = argument(call, 0);
  const valid = `${code} BETWEEN 1 AND 55295 OR ${code} BETWEEN 57344 AND 1114111`;
  const constant = constantInteger(call, 0);
  if (constant !== undefined && constant > 0 && constant < 0xd800) return `chr(${code})`;
  return `CASE WHEN ${code} IS NULL THEN NULL WHEN ${valid} THEN chr(${code}) ELSE ${raise("numeric_value_out_of_range")} END`;
};

/** Negative numbers show as unsigned ones of their own width. */
const toHex: Rendering = (call) => {
  const value = argument(call, 0);
  return call.types[0] === oids.int8
    ? `lower(to_hex(${value}))`
    : `lower(to_hex(CAST(${value} AS BIGINT) & 4294967295))`;
};

const position: Rendering = (call) => counted(`strpos(${argument(call, 0)}, ${argument(call, 1)})`);

export const text: Readonly<Record<keyof typeof textFunctions, Rendering>> = {
  // Differs from PostgreSQL: the capital of ß is ẞ, where PostgreSQL leaves it as it is.
  lower: named("lower"),
  upper: (call) => upper(argument(call, 0)),
  initcap,
  length,
  char_length: length,
  character_length: length,
  octet_length: octetLength,
  bit_length: bitLength,
  btrim: trim("trim"),
  ltrim: trim("ltrim"),
  rtrim: trim("rtrim"),
  lpad: pad("lpad"),
  rpad: pad("rpad"),
  left: named("left"),
  right: named("right"),
  substring,
  substr: substring,
  strpos: position,
  position,
  overlay,
  replace: named("replace"),
  translate: named("translate"),
  reverse,
  repeat: named("repeat"),
  split_part: splitPart,
  starts_with: named("starts_with"),
  concat,
  concat_ws: concatWs,
  md5: named("md5"),
  chr,
  ascii: named("ascii"),
  to_hex: toHex,
  like: like("LIKE"),
  notlike: like("NOT LIKE"),
  like_escape: refusal("like_escape() outside LIKE", "Write value LIKE pattern ESCAPE character."),
  similar_to_escape: refusal("a pattern of SIMILAR TO that is not a constant", hints.literal),
  regexp_replace: regexpReplace,
  regexp_match: regexpMatch,
  regexp_substr: regexpSubstr,
  regexp_count: regexpCount,
  regexp_like: regexpLike,
  regexp_split_to_array: regexpSplitToArray,
  quote_ident: quoteIdent,
  quote_literal: quoteLiteral,
  quote_nullable: quoteNullable,
  format,
  encode,
  decode,
  convert_from: convertFrom,
  convert_to: convertTo,
  sha256,
  gen_random_uuid: () => "gen_random_uuid()",
};
