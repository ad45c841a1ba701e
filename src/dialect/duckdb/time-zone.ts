// The session's time zone, written into the expressions that depend on it.

import type { Printing } from "../dialect.ts";
import { hints } from "../hints.ts";
import { textLiteral } from "./identifiers.ts";

const utcNames = /^(utc|gmt|etc\/utc|etc\/gmt|zulu|etc\/zulu|universal|etc\/universal|z|uct|etc\/uct)$/i;
/** An IANA name. Abbreviations and POSIX rules mean other things to other engines. */
const regionName = /^[A-Za-z]+(\/[A-Za-z0-9_+-]+)+$/;

export function isUtc(zone: string): boolean {
  return utcNames.test(zone);
}

/** The zone as DuckDB names it, quoted; refuses those that PostgreSQL alone can read. */
export function zoneLiteral(zone: string, printing: Printing, location: number): string {
  if (isUtc(zone)) return "'UTC'";
  // Etc/GMT+5 is west in both; a bare UTC+5 is POSIX in PostgreSQL and refused here.
  if (!regionName.test(zone)) printing.refuse(`the time zone "${zone}"`, location, hints.zone);
  return textLiteral(zone);
}

/** A timestamptz as the session's local timestamp. */
export function toLocal(text: string, printing: Printing, location: number): string {
  return `timezone(${zoneLiteral(printing.settings.timeZone, printing, location)}, ${text})`;
}

/** A local timestamp of the session as the instant it names. */
export function fromLocal(text: string, printing: Printing, location: number): string {
  return `timezone(${zoneLiteral(printing.settings.timeZone, printing, location)}, ${text})`;
}
