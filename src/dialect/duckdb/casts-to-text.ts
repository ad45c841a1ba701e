// Values as text, exactly as PostgreSQL prints them.

import { isInteger, oids, typeNameOf } from "../../query/type-oids.ts";
import type { CastCall } from "../dialect.ts";
import { castHint, styleSettingOf } from "../hints.ts";
import { isUtc } from "../utc.ts";
import { doubleAsNumericText, floatText, isHeldInDouble } from "./numbers.ts";
import { isDecimal, numericForm } from "./numeric-form.ts";
import { raise } from "./raise.ts";
import { styledDate } from "./styled-dates.ts";
import { toLocal } from "./time-zone.ts";

export function toText(call: CastCall): string {
  const { from, text } = call;
  const plain = `CAST(${text} AS VARCHAR)`;
  if (isInteger(from)) return plain;
  switch (from) {
    case oids.bool:
    case oids.uuid:
    case oids.time:
    case oids.json:
      return plain;
    case oids.float8:
      return floatText(text, 15);
    case oids.float4:
      return floatText(text, 6);
    case oids.numeric:
      return numericText(call, plain);
    case oids.bytea:
      if (call.settings.byteaOutput !== "hex") refuseStyle(call);
      return `('\\x' || lower(hex(${text})))`;
    case oids.date:
      if (!isIso(call)) return styledDate(call) ?? refuseStyle(call);
      return `replace(${plain}, ' (BC)', ' BC')`;
    case oids.timestamp:
      if (!isIso(call)) return styledDate(call) ?? refuseStyle(call);
      return timestampText(plain);
    case oids.timestamptz:
      if (!isIso(call)) refuseStyle(call);
      return zonedText(call);
    case oids.interval:
      if (call.settings.intervalStyle.toLowerCase() !== "postgres") refuseStyle(call);
      return intervalText(text);
    default:
      return refuse(call);
  }
}

function refuse(call: CastCall): never {
  return call.refuse(
    `a cast from ${typeNameOf(call.from)} to ${typeNameOf(call.to)}`,
    call.location,
    castHint(call),
  );
}

function isIso(call: CastCall): boolean {
  return /^iso\b/i.test(call.settings.dateStyle);
}

function refuseStyle(call: CastCall): never {
  const { setting, hint } = styleSettingOf(call.from);
  return call.refuse(
    `a cast from ${typeNameOf(call.from)} to text under this ${setting}`,
    call.location,
    hint,
  );
}

function numericText(call: CastCall, plain: string): string {
  const form = numericForm(call.node, call.sources);
  if (isDecimal(form)) return plain;
  const double = doubleAsNumericText(form === "double" ? call.text : `CAST(${call.text} AS DOUBLE)`);
  return form === "double"
    ? double
    : `CASE WHEN ${isHeldInDouble(call.text)} THEN ${double} ELSE ${plain} END`;
}

/** The era stands at the end in PostgreSQL, after the day in DuckDB. */
function timestampText(plain: string): string {
  return `regexp_replace(${plain}, '^(.*) \\(BC\\) (.*)$', '\\1 \\2 BC')`;
}

/** Before standard time offsets have seconds, and zone tables disagree. */
const standardTimeFrom = "TIMESTAMPTZ '1900-01-01 00:00:00+00'";

function zonedText(call: CastCall): string {
  const { text, location } = call;
  const local = toLocal(text, call, location);
  const infinite = `WHEN isinf(${text}) THEN CAST(${text} AS VARCHAR)`;
  if (isUtc(call.settings.timeZone)) {
    const plain = `CAST(${local} AS VARCHAR)`;
    const era = `WHEN contains(${plain}, '(BC)') THEN replace(${plain}, ' (BC)', '') || '+00 BC'`;
    return `CASE ${infinite} ${era} ELSE ${plain} || '+00' END`;
  }
  const offset = `((epoch_us(${local}) - epoch_us(${text})) // 60000000)`;
  const minutes = `CASE WHEN ${offset} % 60 = 0 THEN '' ELSE printf(':%02d', abs(${offset} % 60)) END`;
  const sign = `CASE WHEN ${offset} < 0 THEN '-' ELSE '+' END`;
  const shown = `(CAST(${local} AS VARCHAR) || ${sign} || printf('%02d', abs(${offset} // 60)) || ${minutes})`;
  const early = `WHEN ${text} < ${standardTimeFrom} THEN ${raise("datetime_field_overflow")}`;
  return `CASE ${infinite} ${early} ELSE ${shown} END`;
}

/** `1 year 2 mons -3 days +04:05:06.7`: a sign is shown where the part before was negative. */
function intervalText(text: string): string {
  const months = `date_part('year', ${text}) * 12 + date_part('month', ${text})`;
  const parts = [
    unitText(`CAST(date_part('year', ${text}) AS BIGINT)`, "year", "0"),
    unitText(
      `CAST(date_part('month', ${text}) AS BIGINT)`,
      "mon",
      `CAST(date_part('year', ${text}) AS BIGINT)`,
    ),
    unitText(`CAST(date_part('day', ${text}) AS BIGINT)`, "day", `CAST(${months} AS BIGINT)`),
  ];
  const micros = `epoch_us(${text} - to_months(CAST(${months} AS INTEGER)) - to_days(CAST(date_part('day', ${text}) AS INTEGER)))`;
  const day = `CAST(date_part('day', ${text}) AS BIGINT)`;
  const before = `CASE WHEN ${day} <> 0 THEN ${day} ELSE CAST(${months} AS BIGINT) END`;
  const sign = `CASE WHEN ${micros} < 0 THEN '-' WHEN ${before} < 0 THEN '+' ELSE '' END`;
  const clock = `printf('%02d:%02d:%02d', abs(${micros}) // 3600000000, abs(${micros}) // 60000000 % 60, abs(${micros}) // 1000000 % 60)`;
  const fraction = `CASE WHEN ${micros} % 1000000 = 0 THEN '' ELSE '.' || rtrim(printf('%06d', abs(${micros}) % 1000000), '0') END`;
  const zero = `CASE WHEN ${micros} = 0 AND (${months} <> 0 OR ${day} <> 0) THEN NULL ELSE ${sign} || ${clock} || ${fraction} END`;
  return `CASE WHEN ${text} IS NULL THEN NULL ELSE concat_ws(' ', ${parts.join(", ")}, ${zero}) END`;
}

function unitText(value: string, unit: string, before: string): string {
  return `CASE WHEN ${value} = 0 THEN NULL ELSE concat(CASE WHEN ${before} < 0 AND ${value} > 0 THEN '+' ELSE '' END, ${value}, CASE WHEN ${value} = 1 THEN ' ${unit}' ELSE ' ${unit}s' END) END`;
}
