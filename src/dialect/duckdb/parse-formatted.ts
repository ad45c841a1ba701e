// to_date() and to_timestamp() of a text by a pattern. Only texts that have exactly the pattern's form are read.

import type { Call } from "../dialect.ts";
import { patternHint } from "../hints.ts";
import { argument, requiredText } from "./arguments.ts";
import { formatParts } from "./format-pattern.ts";
import { textLiteral } from "./identifiers.ts";
import { raise } from "./raise.ts";
import { fromLocal } from "./time-zone.ts";

/** Fields, the texts they read, and DuckDB's name for each. */
const fields: Readonly<Record<string, { readonly pattern: string; readonly code: string }>> = {
  YYYY: { pattern: "[0-9]{4}", code: "%Y" },
  MM: { pattern: "[0-9]{2}", code: "%m" },
  DD: { pattern: "[0-9]{2}", code: "%d" },
  HH24: { pattern: "[0-9]{2}", code: "%H" },
  MI: { pattern: "[0-9]{2}", code: "%M" },
  SS: { pattern: "[0-9]{2}", code: "%S" },
  MS: { pattern: "[0-9]{3}", code: "%g" },
  US: { pattern: "[0-9]{6}", code: "%f" },
};

/** The local timestamp that the text names by the pattern. */
function parsed(call: Call, name: string): string {
  const pattern = requiredText(call, 1, `a pattern of ${name}()`);
  const parts = formatParts(pattern, Object.keys(fields), false);
  if (parts === undefined) return call.refuse(`this pattern of ${name}()`, call.location, patternHint);
  let form = "";
  let codes = "";
  const seen = new Set<string>();
  for (const part of parts) {
    if (part.kind === "text") {
      form += part.text.replaceAll(/[\\^$.|?*+()[\]{}]/g, "\\$&");
      codes += part.text.replaceAll("%", "%%");
      continue;
    }
    const field = fields[part.name];
    if (field === undefined || seen.has(part.name))
      return call.refuse(`this pattern of ${name}()`, call.location, patternHint);
    seen.add(part.name);
    form += field.pattern;
    codes += field.code;
  }
  if (!seen.has("YYYY") || !seen.has("MM"))
    return call.refuse(`a pattern of ${name}() without year and month`, call.location, patternHint);
  const text = argument(call, 0);
  const value = `COALESCE(try_strptime(${text}, ${textLiteral(codes)}), ${raise("datetime_field_overflow")})`;
  return `CASE WHEN ${text} IS NULL THEN NULL WHEN regexp_full_match(${text}, ${textLiteral(form)}) THEN ${value} ELSE ${raise("invalid_datetime_format")} END`;
}

export function toDate(call: Call): string {
  return `CAST(${parsed(call, "to_date")} AS DATE)`;
}

export function toTimestamp(call: Call): string {
  return fromLocal(parsed(call, "to_timestamp"), call, call.location);
}
