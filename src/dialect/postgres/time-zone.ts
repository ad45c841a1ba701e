// The session's time zone and styles, written into the expressions that depend on them: the warehouse's own session is
// at UTC, ISO, MDY and postgres.

import { elementType, isString, oids } from "../../query/type-oids.ts";
import type { Printing, RenderSettings } from "../dialect.ts";
import { hints } from "../hints.ts";
import { isUtc } from "../utc.ts";
import { builtIn, textLiteral } from "./identifiers.ts";

/** Zones whose name is also an abbreviation, which timezone() would take it for: without summer time. */
const abbreviations = /^[a-z]{1,5}$/i;
const unambiguous = /^(japan|israel|egypt|libya|iran|cuba|eire|prc|roc|rok|gb|nz)$/i;

/** The zone as timezone() takes it. */
export function zoneLiteral(printing: Printing, location: number): string {
  const zone = printing.settings.timeZone;
  if (isUtc(zone)) return "'UTC'";
  if (abbreviations.test(zone) && !unambiguous.test(zone))
    printing.refuse(`the time zone "${zone}"`, location, hints.zone);
  return textLiteral(zone);
}

/** A timestamptz as the session's local timestamp. */
export function toLocal(text: string, printing: Printing, location: number): string {
  if (isUtc(printing.settings.timeZone)) return `CAST(${text} AS timestamp without time zone)`;
  return builtIn("timezone", [zoneLiteral(printing, location), text]);
}

/** A local timestamp of the session as the instant it names. */
export function fromLocal(text: string, printing: Printing, location: number): string {
  if (isUtc(printing.settings.timeZone)) return `CAST(${text} AS timestamp with time zone)`;
  return builtIn("timezone", [zoneLiteral(printing, location), text]);
}

/** A date or local timestamp of the session as the instant it names. */
export function instantOf(text: string, type: number, printing: Printing, location: number): string {
  if (type === oids.timestamptz) return text;
  const local = type === oids.date ? `CAST(${text} AS timestamp without time zone)` : text;
  return fromLocal(local, printing, location);
}

const zoned: ReadonlySet<number> = new Set([oids.timestamptz, oids.timetz]);
const calendar: ReadonlySet<number> = new Set([oids.date, oids.timestamp, oids.timestamptz]);

/** True when the two types are a time with and one without a zone, which only the session's zone joins. */
export function joinsByZone(left: number, right: number): boolean {
  const [a, b] = [elementType(left) ?? left, elementType(right) ?? right];
  return zoned.has(a) !== zoned.has(b) && (zoned.has(a) ? isTime(b) : isTime(a));
}

function isTime(type: number): boolean {
  return calendar.has(type) || type === oids.time;
}

export function isIso(settings: RenderSettings): boolean {
  return /^iso\b/i.test(settings.dateStyle);
}

/** Whether the warehouse's session writes values of the type as the client's would. */
export function writesAlike(type: number, settings: RenderSettings): boolean {
  const single = elementType(type) ?? type;
  if (zoned.has(single)) return isUtc(settings.timeZone) && isIso(settings);
  if (calendar.has(single)) return isIso(settings);
  if (single === oids.bytea) return settings.byteaOutput === "hex";
  return single !== oids.interval || settings.intervalStyle.toLowerCase() === "postgres";
}

/** Whether the warehouse's session reads texts of the type as the client's would. */
function readsAlike(type: number, settings: RenderSettings): boolean {
  const single = elementType(type) ?? type;
  if (single === oids.interval) return settings.intervalStyle.toLowerCase() !== "sql_standard";
  if (single === oids.time) return isUtc(settings.timeZone);
  if (!calendar.has(single) && !zoned.has(single)) return true;
  return isUtc(settings.timeZone) && readsOrderAlike(settings);
}

/** 1/2/2024 is read as January. */
export function readsOrderAlike(settings: RenderSettings): boolean {
  return /\bmdy\b/i.test(settings.dateStyle);
}

/** Whether a cast between the types means the same in the warehouse's session as in the client's. */
export function castsAlike(from: number, to: number, settings: RenderSettings): boolean {
  if (joinsByZone(from, to)) return isUtc(settings.timeZone);
  if (isString(elementType(to) ?? to)) return writesAlike(from, settings);
  return !isString(elementType(from) ?? from) || readsAlike(to, settings);
}
