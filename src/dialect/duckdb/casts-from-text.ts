// Text read as values, as PostgreSQL's input functions read it; what they refuse ends the statement.

import { isInteger, oids, typeNameOf } from "../../query/type-oids.ts";
import type { CastCall, RaisedError } from "../dialect.ts";
import { castHint, hints } from "../hints.ts";
import { intervalFromText } from "./interval-from-text.ts";
import { raise } from "./raise.ts";
import { fromLocal } from "./time-zone.ts";
import { typeName } from "./types.ts";

const space = "[ \\t\\n\\r\\f\\v]*";

/** The value of a text, without the target's modifier. */
export function parseText(call: CastCall): string {
  const { to, text } = call;
  if (isInteger(to))
    return guarded(text, "[+-]?[0-9]+", trimmed(text), typeName(to, -1) ?? "", syntax, range);
  switch (to) {
    case oids.bool:
      return boolean(text);
    case oids.float8:
    case oids.float4:
      return float(text, typeName(to, -1) ?? "");
    case oids.numeric:
      return numeric(call);
    case oids.date:
      return guarded(text, dateTimePattern, withoutZone(text), "TIMESTAMP", dateSyntax, dateRange, "DATE");
    case oids.timestamp:
      return guarded(text, dateTimePattern, withoutZone(text), "TIMESTAMP", dateSyntax, dateRange);
    case oids.timestamptz:
      return zoned(call);
    case oids.time:
      return guarded(text, clockPattern, trimmed(text), "TIME", dateSyntax, dateRange);
    case oids.interval:
      // A minus at the beginning is of the whole text there.
      if (call.settings.intervalStyle.toLowerCase() === "sql_standard")
        call.refuse(
          "a cast from text to interval under this IntervalStyle",
          call.location,
          "SET IntervalStyle TO postgres.",
        );
      return intervalFromText(text);
    case oids.uuid:
      return guarded(text, uuidPattern, trimmed(text), "UUID", syntax, syntax);
    case oids.json:
      return `CAST(${text} AS JSON)`;
    default:
      return call.refuse(
        `a cast from ${typeNameOf(call.from)} to ${typeNameOf(to)}`,
        call.location,
        castHint(call),
      );
  }
}

const syntax: RaisedError = "invalid_text_representation";
const range: RaisedError = "numeric_value_out_of_range";
const dateSyntax: RaisedError = "invalid_datetime_format";
const dateRange: RaisedError = "datetime_field_overflow";

const clock = "[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?";
const clockPattern = clock;
const day = "[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}";
const zone = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)";
// Differs from PostgreSQL: other orders of year, month and day, names of months and words such as "today" are refused
// when they come out of a column; as literals they are read by PostgreSQL itself.
const dateTimePattern = `${day}([ T]${clock}( ?${zone})?)?`;
const uuidPattern = "\\{?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\\}?";

function trimmed(text: string): string {
  return `trim(${text}, E' \\t\\n\\r\\f\\v')`;
}

function matches(text: string, pattern: string): string {
  return `regexp_full_match(${text}, '${space}(${pattern})${space}')`;
}

/** A text of the pattern as the type: what has the form and still is no value is out of range. */
function guarded(
  text: string,
  pattern: string,
  value: string,
  type: string,
  formError: RaisedError,
  valueError: RaisedError,
  last?: string,
): string {
  const tried = `COALESCE(TRY_CAST(${value} AS ${type}), ${raise(valueError)})`;
  const typed = last === undefined ? tried : `CAST(${tried} AS ${last})`;
  return `CASE WHEN ${text} IS NULL THEN NULL WHEN ${matches(text, pattern)} THEN ${typed} ELSE ${raise(formError)} END`;
}

/** A timestamp without time zone takes no notice of one in the text. */
function withoutZone(text: string): string {
  return `regexp_extract(${text}, '${day}([ T]${clock})?')`;
}

function boolean(text: string): string {
  const word = `lower(${trimmed(text)})`;
  const yes = "'t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1'";
  const no = "'f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0'";
  return `CASE WHEN ${text} IS NULL THEN NULL WHEN ${word} IN (${yes}) THEN TRUE WHEN ${word} IN (${no}) THEN FALSE ELSE ${raise(syntax)} END`;
}

const decimal = "[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?";
const special = "[+-]?(?i:inf|infinity)|(?i:nan)";

function float(text: string, type: string): string {
  const value = `TRY_CAST(${trimmed(text)} AS ${type})`;
  const finite = `CASE WHEN isinf(${value}) THEN ${raise(range)} ELSE COALESCE(${value}, ${raise(range)}) END`;
  return `CASE WHEN ${text} IS NULL THEN NULL WHEN ${matches(text, decimal)} THEN ${finite} WHEN ${matches(text, special)} THEN ${value} ELSE ${raise(syntax)} END`;
}

/** Held in double precision, so more digits than that is exact to are refused rather than lost. */
function numeric(call: CastCall): string {
  const { text } = call;
  if (call.modifier >= 4) {
    const type = typeName(oids.numeric, call.modifier);
    if (type === undefined)
      return call.refuse(
        "numeric with a precision above 38 or a negative scale",
        call.location,
        hints.numeric,
      );
    return guarded(text, decimal, trimmed(text), type, syntax, range);
  }
  const digits = `length(regexp_replace(regexp_replace(${text}, '[eE].*$', ''), '[^0-9]', '', 'g'))`;
  const value = `CASE WHEN ${digits} > 15 THEN ${raise(range)} ELSE COALESCE(TRY_CAST(${trimmed(text)} AS DOUBLE), ${raise(range)}) END`;
  return `CASE WHEN ${text} IS NULL THEN NULL WHEN ${matches(text, decimal)} THEN ${value} ELSE ${raise(syntax)} END`;
}

function zoned(call: CastCall): string {
  const { text, location } = call;
  const plain = guarded(text, dateTimePattern, withoutZone(text), "TIMESTAMP", dateSyntax, dateRange);
  const instant = `COALESCE(TRY_CAST(${trimmed(text)} AS TIMESTAMPTZ), ${raise(dateRange)})`;
  const named = `regexp_full_match(${text}, '${space}${day}[ T]${clock} ?${zone}${space}')`;
  return `CASE WHEN ${named} THEN ${instant} ELSE ${fromLocal(plain, call, location)} END`;
}
