// quote_ident(), quote_literal(), quote_nullable() and format().
import { elementType, oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { hints } from "../hints.ts";
import { argument, argumentAsText, requiredText } from "./arguments.ts";
import { textLiteral } from "./identifiers.ts";
import { once } from "./once.ts";
import { raise } from "./raise.ts";

/** Words of PostgreSQL 18 that are no names without quotes: pg_get_keywords(), all but the unreserved. */
const keywords =
  "all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character check coalesce collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real references returning right row select session_user setof similar smallint some substring symmetric system_user table tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable";

/** A name as it must be written; NULL stays NULL. */
function identifier(value: string): string {
  return once([value], (name) => {
    const reserved = keywords.split(" ").map((word) => `'${word}'`);
    const plain = `regexp_full_match(${name}, '[a-z_][a-z0-9_]*') AND ${name} NOT IN (${reserved.join(", ")})`;
    return `CASE WHEN ${plain} THEN ${name} ELSE '"' || replace(${name}, '"', '""') || '"' END`;
  });
}

/** A text as a literal; NULL stays NULL. */
function literal(value: string): string {
  return once([value], (text) => {
    const doubled = `replace(replace(${text}, '''', ''''''), '\\', '\\\\')`;
    return `(CASE WHEN contains(${text}, '\\') THEN ${textLiteral("E'")} ELSE '''' END || ${doubled} || '''')`;
  });
}

/** The value as its type prints it, for functions that take any type: a boolean is t or f. */
export function printedValue(call: Call, index: number): string {
  const type = call.types[index] ?? 0;
  if (elementType(type) !== undefined) call.refuse("an array as text", call.location, hints.arrayText);
  if (type !== oids.bool) return argumentAsText(call, index);
  return once(
    [argument(call, index)],
    (value) => `CASE WHEN ${value} THEN 't' WHEN NOT ${value} THEN 'f' END`,
  );
}

export const quoteIdent: Rendering = (call) => identifier(argument(call, 0));
export const quoteLiteral: Rendering = (call) => literal(argumentAsText(call, 0));
export const quoteNullable: Rendering = (call) => `COALESCE(${literal(argumentAsText(call, 0))}, 'NULL')`;

const directive = /%(?:%|(?:(\d+)\$)?(-)?(\d+)?([sIL]))|[^%]+|%/gu;

/** format() of a constant pattern: its pieces, one after the other. */
export const format: Rendering = (call) => {
  const pattern = requiredText(call, 0, "a pattern of format()");
  let next = 1;
  const parts: string[] = [];
  for (const [piece, place, left, width, kind] of pattern.matchAll(directive)) {
    if (piece === "%%") parts.push("'%'");
    else if (kind === undefined) {
      if (piece === "%") return call.refuse("this pattern of format()", call.location, formatHint);
      parts.push(textLiteral(piece));
    } else {
      const index = place === undefined ? next : Number(place);
      next = index + 1;
      if (index < 1 || index >= call.nodes.length) return raise("invalid_parameter_value");
      parts.push(padded(value(call, index, kind), Number(width ?? 0), left !== undefined));
    }
  }
  return parts.length === 0 ? "''" : `concat(${parts.join(", ")})`;
};

const formatHint =
  "Use the placeholders %s, %I and %L, with a place or a width where needed, and %% for a percent sign.";

function value(call: Call, index: number, kind: string): string {
  const text = printedValue(call, index);
  if (kind === "L") return `COALESCE(${literal(text)}, 'NULL')`;
  if (kind === "I") return `COALESCE(${identifier(text)}, ${raise("data_exception")})`;
  return `COALESCE(${text}, '')`;
}

function padded(text: string, width: number, left: boolean): string {
  if (width === 0) return text;
  return once([text], (shown) => {
    const blanks = `repeat(' ', greatest(${width} - length(${shown}), 0))`;
    return left ? `(${shown} || ${blanks})` : `(${blanks} || ${shown})`;
  });
}
