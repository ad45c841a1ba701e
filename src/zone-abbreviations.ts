// What a time zone calls itself at an instant (`CET`, `CEST`): the runtime's zone data has no such names, the embedded
// PostgreSQL's has. The build takes them out of it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { TimeZone } from "./time-zone.ts";

/** Seconds east of UTC, and the name that goes with them. */
export type ZoneName = readonly [offset: number, name: string];

/** The names that one zone has had. */
export interface ZonePeriods {
  /** Seconds since 1970-01-01 UTC from which the name of the next place in `names` holds, ascending. */
  readonly from: readonly number[];
  /** One more than `from`: the first is of the time before. */
  readonly names: readonly ZoneName[];
  /** Of the time from this instant on: a rule that goes on for ever. */
  readonly rule?: { readonly from: number; readonly names: readonly ZoneName[] };
}

export interface ZoneAbbreviations {
  readonly periods: readonly ZonePeriods[];
  /** A place in `periods`, by the name of the zone in lower case. */
  readonly zones: Readonly<Record<string, number>>;
}

const buildFolder = import.meta.url.endsWith(".ts") ? "../dist/" : "./";

export const zoneAbbreviationsPath = fileURLToPath(
  new URL(`${buildFolder}zone-abbreviations.json.gz`, import.meta.url),
);

let known: ZoneAbbreviations | undefined;

/**
 * As PostgreSQL prints it behind a time. Undefined for a zone that it does not know, and where its zone data says
 * another offset than the runtime's, of which one is older.
 */
export function zoneAbbreviation(zone: TimeZone, epochSeconds: number): string | undefined {
  known ??= JSON.parse(gunzipSync(readFileSync(zoneAbbreviationsPath)).toString()) as ZoneAbbreviations;
  const key = zone.name.toLowerCase();
  const place = Object.hasOwn(known.zones, key) ? known.zones[key] : undefined;
  const periods = place === undefined ? undefined : known.periods[place];
  if (periods === undefined) return nameOfPosixZone(zone.name);
  const { from, names, rule } = periods;
  const candidates =
    rule !== undefined && epochSeconds >= rule.from ? rule.names : [names[countUpTo(from, epochSeconds)]];
  const offset = zone.offsetSecondsAt(epochSeconds);
  return candidates.find((each) => each?.[0] === offset)?.[1];
}

/** `<+05>-5` and `FOO+3` begin with their name. */
function nameOfPosixZone(zone: string): string | undefined {
  const match = /^(?:<([A-Za-z0-9+:-]+)>|([A-Za-z]*))[+-]?\d/.exec(zone);
  return match === null ? undefined : (match[1] ?? match[2] ?? "");
}

/** How many of the ascending numbers are not above the limit. */
function countUpTo(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
