// Time zones, written into the expressions that depend on them: the session's, and those that a statement names.
import { posixOffsetSeconds } from "../../time-zone.ts";
import type { Printing } from "../dialect.ts";
import { hints } from "../hints.ts";
import { isUtc } from "../utc.ts";
import { textLiteral } from "./identifiers.ts";
import { once } from "./once.ts";
import { raise } from "./raise.ts";

/** An IANA name. Abbreviations mean other things to other engines. */
const regionName = /^[A-Za-z]+(\/[A-Za-z0-9_+-]+)+$/;
/** Zones of the tz database without a region that engines agree on; of EST5EDT and its like they have other rules. */
const plainName =
  /^(cuba|egypt|eire|gb|hongkong|iceland|iran|israel|jamaica|japan|kwajalein|libya|nz|navajo|poland|portugal|prc|roc|rok|singapore|turkey)$/i;

/** A timestamptz as the zone's local timestamp. */
function localIn(zone: string, text: string, printing: Printing, location: number): string {
  const offset = isUtc(zone) ? undefined : posixOffsetSeconds(zone);
  if (offset !== undefined) return `(timezone('UTC', ${text}) + INTERVAL '${offset} seconds')`;
  return `timezone(${zoneLiteral(zone, printing, location)}, ${text})`;
}

/** A local timestamp of the zone as the instant it names. */
function instantIn(zone: string, text: string, printing: Printing, location: number): string {
  const offset = isUtc(zone) ? undefined : posixOffsetSeconds(zone);
  if (offset !== undefined) return `timezone('UTC', ${text} - INTERVAL '${offset} seconds')`;
  return `timezone(${zoneLiteral(zone, printing, location)}, ${text})`;
}

/** The zone as DuckDB names it, quoted; refuses those that PostgreSQL alone can read. */
function zoneLiteral(zone: string, printing: Printing, location: number): string {
  if (isUtc(zone)) return "'UTC'";
  if (!regionName.test(zone) && !plainName.test(zone)) {
    printing.refuse(`the time zone "${zone}"`, location, hints.zone);
  }
  return textLiteral(zone);
}

/** A timestamptz as the session's local timestamp. */
export function toLocal(text: string, printing: Printing, location: number): string {
  return localIn(printing.settings.timeZone, text, printing, location);
}

/** A local timestamp of the session as the instant it names. */
export function fromLocal(text: string, printing: Printing, location: number): string {
  return instantIn(printing.settings.timeZone, text, printing, location);
}

/** Hours east of Greenwich of abbreviations that mean the same in every zone that has them. */
const abbreviations: Readonly<Record<string, number>> = {
  EST: -5,
  EDT: -4,
  MST: -7,
  MDT: -6,
  PDT: -7,
  AKST: -9,
  AKDT: -8,
  HST: -10,
  BST: 1,
  WET: 0,
  CET: 1,
  CEST: 2,
  MET: 1,
  MEST: 2,
  EET: 2,
  EEST: 3,
  JST: 9,
  KST: 9,
  AEST: 10,
  AEDT: 11,
  NZST: 12,
  NZDT: 13,
};

/** Those that a session's own zone may mean otherwise; beside UTC they are PostgreSQL's default. */
const ambiguous: Readonly<Record<string, number>> = { PST: -8, CST: -6, AST: -4, IST: 2 };

/**
 * A zone that a statement names, as one of settings: an abbreviation goes before a zone of the same name, and stands
 * for its offset all the year.
 */
export function namedZone(zone: string, printing: Printing): string {
  const key = zone.toUpperCase();
  const hours = abbreviations[key] ?? (isUtc(printing.settings.timeZone) ? ambiguous[key] : undefined);
  return hours === undefined ? zone : `<X>${-hours}`;
}

/** A time at the zone of a constant name: of an instant the local time, of a local time the instant. */
export function atNamedZone(
  zone: string,
  text: string,
  isInstant: boolean,
  printing: Printing,
  location: number,
): string {
  const at = isInstant ? localIn : instantIn;
  return at(namedZone(zone, printing), text, printing, location);
}

/** At a zone that is known when the statement runs only: names with a region are read, others are 22023. */
export function atZoneOf(zone: string, text: string): string {
  return once([zone, text], (name, time) => {
    const known = `regexp_full_match(${name}, '[A-Za-z]+(/[A-Za-z0-9_+-]+)+|(?i:utc|gmt)')`;
    const local = `CASE WHEN ${known} THEN timezone(${name}, ${time}) ELSE ${raise("invalid_parameter_value")} END`;
    return `CASE WHEN ${name} IS NOT NULL AND ${time} IS NOT NULL THEN ${local} END`;
  });
}
