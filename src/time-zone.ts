// Time zones by PostgreSQL's names: what is east of Greenwich by how much, and when. Zone data is the runtime's (ICU).

export interface TimeZone {
  /** As SHOW TimeZone prints it. */
  readonly name: string;
  /** Seconds east of UTC at an instant given in whole seconds since 1970-01-01 UTC. */
  offsetSecondsAt(epochSeconds: number): number;
}

const daySeconds = 86_400;

/** Days whose offset is remembered, per zone: about ten years. */
const cachedDaysMax = 4096;

/** Zones kept; the whole tz database has about 600 names. */
const cachedZonesMax = 1000;

/** The calendar of ECMAScript ends a little later; beyond, the Gregorian calendar's cycle of 400 years goes on. */
const epochSecondsMax = 8_600_000_000_000;
const cycleSeconds = 146_097 * daySeconds;

const zones = new Map<string, TimeZone>();
let namesByLowerCase: Map<string, string> | undefined;

/** The zone of that name in any case, of a fixed offset (`<+05:30>-05:30`), or undefined where there is none. */
export function findTimeZone(name: string): TimeZone | undefined {
  const key = name.toLowerCase();
  const known = zones.get(key);
  if (known !== undefined) return known;
  const zone = fixedZoneOf(name) ?? namedZoneOf(name);
  if (zone !== undefined && zones.size < cachedZonesMax) zones.set(key, zone);
  return zone;
}

/** The zone that lies a number of seconds east of UTC, named as PostgreSQL does for SET TIME ZONE -7. */
export function fixedTimeZone(offsetSeconds: number): TimeZone {
  const west = offsetSpelling(-offsetSeconds);
  const name = `<${offsetSpelling(offsetSeconds)}>${west}`;
  return { name, offsetSecondsAt: () => offsetSeconds };
}

/** An offset as ISO 8601 has it and PostgreSQL prints it: `+00`, `-03:30`, `+00:19:32`. */
export function offsetSpelling(offsetSeconds: number): string {
  const sign = offsetSeconds < 0 ? "-" : "+";
  const total = Math.abs(offsetSeconds);
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = total % 60;
  let text = sign + twoDigits(hours);
  if (minutes !== 0 || seconds !== 0) text += `:${twoDigits(minutes)}`;
  if (seconds !== 0) text += `:${twoDigits(seconds)}`;
  return text;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function fixedZoneOf(name: string): TimeZone | undefined {
  const seconds = posixOffsetSeconds(name);
  return seconds === undefined ? undefined : { name: name.toUpperCase(), offsetSecondsAt: () => seconds };
}

/** Hours of a POSIX offset, which PostgreSQL takes up to a week less one. */
const posixHoursMax = 167;

/**
 * Seconds east of UTC of a zone as POSIX writes one without summer time: a name that says nothing, or none, and how far
 * west it lies (`UTC+3`, `<+0530>-5:30`, `+05:30`).
 */
export function posixOffsetSeconds(name: string): number | undefined {
  const match = /^(?:<[A-Za-z0-9+:-]+>|[A-Za-z]{3,})?([+-]?)(\d{1,3})(?::(\d{1,2})(?::(\d{1,2}))?)?$/.exec(
    name,
  );
  if (match === null) return undefined;
  const [, sign, hours, minutes = "0", seconds = "0"] = match;
  if (Number(hours) > posixHoursMax || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const west = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return west === 0 ? 0 : sign === "-" ? west : -west;
}

function namedZoneOf(name: string): TimeZone | undefined {
  // ECMAScript also takes offsets such as "+05:30", whose sign PostgreSQL reads the other way round.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return undefined;
  const lower = name.toLowerCase();
  // The usual one needs no Intl, whose first format takes 50 ms to make.
  if (lower === "utc" || lower === "gmt") return { name: lower.toUpperCase(), offsetSecondsAt: () => 0 };
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
  namesByLowerCase ??= new Map(Intl.supportedValuesOf("timeZone").map((each) => [each.toLowerCase(), each]));
  const canonical = namesByLowerCase.get(lower);
  if (
    format.resolvedOptions().timeZone === "UTC" &&
    /^(etc\/)?(utc|gmt|uct|zulu|universal|greenwich)$/.test(lower)
  ) {
    return { name: canonical ?? name, offsetSecondsAt: () => 0 };
  }
  return { name: canonical ?? name, offsetSecondsAt: offsetFinder(format) };
}

interface DayOffsets {
  readonly before: number;
  readonly after: number;
  /** The instant from which `after` holds. */
  readonly change: number;
}

function offsetFinder(format: Intl.DateTimeFormat): (epochSeconds: number) => number {
  const days = new Map<number, DayOffsets>();
  return (epochSeconds) => {
    const cycles = Math.ceil(Math.max(0, Math.abs(epochSeconds) - epochSecondsMax) / cycleSeconds);
    const instant = epochSeconds - Math.sign(epochSeconds) * cycles * cycleSeconds;
    const day = Math.floor(instant / daySeconds);
    let offsets = days.get(day);
    if (offsets === undefined) {
      offsets = offsetsOfDay(format, day * daySeconds);
      if (days.size >= cachedDaysMax) days.clear();
      days.set(day, offsets);
    }
    return instant < offsets.change ? offsets.before : offsets.after;
  };
}

/** No zone changed twice within one UTC day in the period ICU has data for. */
function offsetsOfDay(format: Intl.DateTimeFormat, start: number): DayOffsets {
  const before = offsetAt(format, start);
  const after = offsetAt(format, start + daySeconds - 1);
  if (before === after) return { before, after, change: start };
  let low = start;
  let high = start + daySeconds - 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(format, middle) === before) low = middle;
    else high = middle;
  }
  return { before, after, change: high };
}

function offsetAt(format: Intl.DateTimeFormat, epochSeconds: number): number {
  const fields: Record<string, string> = {};
  for (const part of format.formatToParts(epochSeconds * 1000)) fields[part.type] = part.value;
  const year = Number(fields["year"]);
  const wall = new Date(0);
  wall.setUTCFullYear(
    fields["era"] === "BC" ? 1 - year : year,
    Number(fields["month"]) - 1,
    Number(fields["day"]),
  );
  wall.setUTCHours(Number(fields["hour"]), Number(fields["minute"]), Number(fields["second"]));
  return Math.round(wall.getTime() / 1000) - epochSeconds;
}
