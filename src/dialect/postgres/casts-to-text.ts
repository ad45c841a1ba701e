// Dates and times as text under the styles and the zone of the client's session.

import { oids, typeNameOf } from "../../query/type-oids.ts";
import type { CastCall } from "../dialect.ts";
import { styleSettingOf } from "../hints.ts";
import { builtIn } from "./identifiers.ts";
import { isIso, toLocal } from "./time-zone.ts";

/** A value whose text is not the same in the warehouse's session. */
export function toText(call: CastCall): string {
  const { from } = call;
  if (from === oids.timestamptz && isIso(call.settings)) return zonedText(call);
  if (from === oids.date) return styledText(call, dateFormat(call));
  if (from === oids.timestamp) return styledText(call, timestampFormat(call));
  return refuse(call);
}

function refuse(call: CastCall): never {
  const { setting, hint } = styleSettingOf(call.from);
  return call.refuse(
    `a cast from ${typeNameOf(call.from)} to text under this ${setting}`,
    call.location,
    hint,
  );
}

/** The local time and, before the era, what it differs from UTC by: hours, and minutes and seconds where there are any. */
function zonedText(call: CastCall): string {
  const { text, location } = call;
  const local = toLocal(text, call, location);
  const difference = `(${local} - CAST(${text} AS timestamp without time zone))`;
  const sign = `CASE WHEN ${difference} < interval '0' THEN '' ELSE '+' END`;
  const offset = `(${sign} || ${builtIn("regexp_replace", [`CAST(${difference} AS text)`, "'(:00)+$'", "''"])})`;
  const shown = builtIn("regexp_replace", [`CAST(${local} AS text)`, "'( BC)?$'", `${offset} || E'\\\\1'`]);
  return `CASE WHEN ${builtIn("isfinite", [text])} THEN ${shown} ELSE CAST(${text} AS text) END`;
}

interface StyledFormat {
  readonly date: string;
  /** What follows the time of day. */
  readonly after: string;
}

function isDayFirst(call: CastCall): boolean {
  return /\bdmy\b/i.test(call.settings.dateStyle);
}

function styleOf(call: CastCall): string {
  return /^[a-z]+/.exec(call.settings.dateStyle.toLowerCase())?.[0] ?? "iso";
}

function dateFormat(call: CastCall): StyledFormat {
  const [first, second] = isDayFirst(call) ? ["DD", "MM"] : ["MM", "DD"];
  switch (styleOf(call)) {
    case "sql":
      return { date: `${first}/${second}/YYYY`, after: "" };
    case "german":
      return { date: "DD.MM.YYYY", after: "" };
    case "postgres":
      return { date: `${first}-${second}-YYYY`, after: "" };
    default:
      return refuse(call);
  }
}

function timestampFormat(call: CastCall): StyledFormat {
  if (styleOf(call) !== "postgres")
    return { ...dateFormat(call), date: `${dateFormat(call).date} HH24:MI:SS` };
  const day = isDayFirst(call) ? "Dy DD Mon" : "Dy Mon DD";
  return { date: `${day} HH24:MI:SS`, after: " YYYY" };
}

function styledText(call: CastCall, format: StyledFormat): string {
  const { text } = call;
  const digits = `CAST(${text} AS timestamp without time zone)`;
  const formatted = (pattern: string) => builtIn("to_char", [digits, `'${pattern}'`]);
  const parts = [formatted(format.date)];
  if (call.from === oids.timestamp) {
    parts.push(builtIn("regexp_replace", [formatted(".US"), "'[.]?0+$'", "''"]));
  }
  if (format.after !== "") parts.push(formatted(format.after));
  parts.push(`CASE WHEN ${text} < '0001-01-01' THEN ' BC' ELSE '' END`);
  const shown = `(${parts.join(" || ")})`;
  return `CASE WHEN ${builtIn("isfinite", [text])} THEN ${shown} ELSE CAST(${text} AS text) END`;
}
