// A text as an interval: PostgreSQL's own form (`1 year 2 mons -3 days 04:05:06.7`, `@ 1 day ago`), the one of ISO 8601
// with designators (`P1Y2M3DT4H5M6.7S`) and the one of the SQL standard (`1-2 3 4:05:06`).
import { intervalOf } from "./interval-parts.ts";
import { once } from "./once.ts";
import { raise } from "./raise.ts";

const number = "[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)";
const clock = "[+-]?[0-9]+:[0-9]{1,2}(?::[0-9]{1,2}(?:\\.[0-9]*)?)?";
const clockGroups = "([+-]?)([0-9]+):([0-9]{1,2})(?::([0-9]{1,2})(\\.[0-9]*)?)?";

interface Unit {
  /** The same field under all its names: given twice, the text is no interval. */
  readonly field: string;
  readonly names: readonly string[];
  /** What one of it is: in months, in days or in microseconds. */
  readonly part: "months" | "days" | "micros";
  readonly size: number;
}

const dayMicros = 86_400_000_000;

function unit(field: string, names: string, part: Unit["part"], size: number): Unit {
  return { field, names: names.split(" "), part, size };
}

const units: readonly Unit[] = [
  unit("us", "us usec usecs usecond useconds microsecond microseconds microsecon", "micros", 1),
  unit("ms", "ms msec msecs msecond mseconds millisecond milliseconds millisecon", "micros", 1e3),
  unit("second", "s sec secs second seconds", "micros", 1e6),
  unit("minute", "m min mins minute minutes", "micros", 6e7),
  unit("hour", "h hr hrs hour hours", "micros", 3.6e9),
  unit("day", "d day days", "days", 1),
  unit("week", "w week weeks", "days", 7),
  unit("month", "mon mons month months", "months", 1),
  unit("year", "y yr yrs year years", "months", 12),
  unit("decade", "dec decs decade decades", "months", 120),
  unit("century", "c cent century centuries", "months", 1200),
  unit("millennium", "mil mils millennia millennium", "months", 12_000),
];

const allNames = units.flatMap(({ names }) => names).join("|");

/** The text as an interval; what has none of the forms is 22007. */
export function intervalFromText(text: string): string {
  return once([text], (given) => {
    const parsed = once([verbose(given)], summed);
    const isPlain = `regexp_full_match(${given}, '-?[0-9]{1,9} (?:${allNames})')`;
    return `CASE WHEN ${given} IS NULL THEN NULL WHEN ${isPlain} THEN ${plain(given)} ELSE ${parsed} END`;
  });
}

/** One whole number with its unit: `-5 month`, as tools put it together. */
function plain(given: string): string {
  const count = `CAST(regexp_extract(${given}, '^(-?[0-9]+)', 1) AS BIGINT)`;
  const field = fieldOf(`regexp_extract(${given}, '([a-z]+)$', 1)`);
  return once([count, field], (number, name) => {
    const amount = (part: Unit["part"]) => `${number} * ${sizeOf(name, part)}`;
    return intervalOf(amount("months"), amount("days"), amount("micros"));
  });
}

/** How many months, days or microseconds one of the field is; 0 where it is measured in others. */
function sizeOf(field: string, part: Unit["part"]): string {
  const arms = units
    .filter((each) => each.part === part)
    .map((each) => `WHEN '${each.field}' THEN ${each.size}`);
  return `CASE ${field} ${arms.join(" ")} ELSE 0 END`;
}

/** The ISO form and the SQL standard's written as numbers with units; PostgreSQL's own as it is. */
function verbose(given: string): string {
  const lower = `regexp_replace(trim(lower(${given}), E' \\t\\n\\r\\f\\v'), '([+-]) +', '\\1', 'g')`;
  return once([lower], (text) => {
    const isIso = `regexp_full_match(${text}, 'p(?:${number}[ymwd])*(?:t(?:${number}[hms])+)?')`;
    const date = replaced(`regexp_extract(${text}, '^p([^t]*)', 1)`, [
      "y",
      "yr",
      "m",
      "mon",
      "w",
      "week",
      "d",
      "day",
    ]);
    const time = replaced(`regexp_extract(${text}, 't(.*)$', 1)`, ["s", "sec", "h", "hr", "m", "min"]);
    const yearsAndMonths = `regexp_replace(regexp_replace(${text}, '^@ *', ''), '^([+-]?)([0-9]+)-([0-9]+)( |$)', '\\1\\2 year \\1\\3 mon ')`;
    const days = `regexp_replace(${yearsAndMonths}, '(^| )([+-]?[0-9]+) +(${clock})', '\\1\\2 day \\3')`;
    const seconds = `regexp_replace(${days}, '(^| )(${number})((?: +ago)?)$', '\\1\\2 sec\\3')`;
    return `CASE WHEN ${isIso} THEN concat(${date}, ${time}) ELSE ${seconds} END`;
  });
}

/** Each letter with a longer name; none of the names holds a letter that is replaced after it. */
function replaced(text: string, pairs: readonly string[]): string {
  let out = text;
  for (let at = 0; at < pairs.length; at += 2) out = `replace(${out}, '${pairs[at]}', ' ${pairs[at + 1]} ')`;
  return out;
}

/** The sum of the numbers with units, and of the clock time at the end. */
function summed(text: string): string {
  const form = `(?:${number} *(?:${allNames})(?: *,)?(?: +|$))*(?:${clock})?(?: *ago)?`;
  const pattern = `(${number}) *(${allNames})(?: *,)?(?: +|$)`;
  const found = (group: 1 | 2) => `regexp_extract_all(${text} || ' ', '${pattern}', ${group})`;
  const fields = `list_transform(${found(2)}, lambda u: ${fieldOf("u")})`;
  const clockPart = `regexp_extract(${text}, '(?:^| )${clockGroups}(?: *ago)?$', ['sign', 'h', 'm', 's', 'f'])`;
  const value = once([`row(${found(1)}, ${fields}, ${clockPart})`], (parts) => {
    const items = `list_transform(range(1, len(${parts}[1]) + 1), lambda i: ${contribution(`${parts}[1][i]`, `${parts}[2][i]`)})`;
    const sum = once([items], (list) => {
      const total = (part: number) => `COALESCE(list_sum(list_transform(${list}, lambda x: x[${part}])), 0)`;
      return intervalOf(total(1), total(2), `${total(3)} + ${clockMicros(`${parts}[3]`)}`);
    });
    const twice = `len(list_distinct(${parts}[2])) <> len(${parts}[2]) OR (${parts}[3].h <> '' AND list_has_any(${parts}[2], ['hour', 'minute', 'second']))`;
    return `CASE WHEN ${twice} THEN ${raise("invalid_datetime_format")} ELSE ${sum} END`;
  });
  const signed = once([value], (sum) => `CASE WHEN ends_with(${text}, 'ago') THEN -${sum} ELSE ${sum} END`);
  const empty = `trim(replace(${text}, 'ago', '')) = ''`;
  return `CASE WHEN ${empty} OR NOT regexp_full_match(trim(${text}), '${form}') THEN ${raise("invalid_datetime_format")} ELSE ${signed} END`;
}

function fieldOf(name: string): string {
  const arms = units.map(({ field, names }) => `WHEN ${name} IN (${quoted(names)}) THEN '${field}'`);
  return `CASE ${arms.join(" ")} END`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(", ");
}

/**
 * Months, days and microseconds of one number with its unit, as PostgreSQL spreads a fraction: of years it rounds to
 * months; of months and weeks it is cut to days; the rest becomes time.
 */
function contribution(count: string, field: string): string {
  const sign = `CASE WHEN ${count} LIKE '-%' THEN -1 ELSE 1 END`;
  const whole = `CAST('0' || regexp_extract(${count}, '^[+-]?([0-9]*)', 1) AS BIGINT) * ${sign}`;
  const fraction = `CAST('0' || regexp_extract(${count}, '(\\.[0-9]*)$', 1) || '0' AS DOUBLE) * ${sign}`;
  return once([`(${whole})`, `(${fraction})`, field], (n, f, name) => {
    const inDays = `${f} * CASE ${name} WHEN 'month' THEN 30 WHEN 'week' THEN 7 ELSE 0 END`;
    const rest = `CASE WHEN ${name} = 'day' THEN ${f} ELSE ${inDays} - trunc(${inDays}) END`;
    const months = `${n} * ${sizeOf(name, "months")} + CASE WHEN ${name} = 'month' THEN 0 ELSE CAST(round_even(${f} * ${sizeOf(name, "months")}, 0) AS BIGINT) END`;
    const days = `${n} * ${sizeOf(name, "days")} + CAST(trunc(${inDays}) AS BIGINT)`;
    const micros = `${n} * ${sizeOf(name, "micros")} + ${once([`(${f} * ${sizeOf(name, "micros")} + ${rest} * ${dayMicros})`], microseconds)}`;
    return `row(${months}, ${days}, ${micros})`;
  });
}

/** To the nearest, at a half towards zero. */
function microseconds(text: string): string {
  return `CAST(CASE WHEN abs(${text} - trunc(${text})) > 0.5 THEN trunc(${text}) + sign(${text}) ELSE trunc(${text}) END AS BIGINT)`;
}

/** `-04:05:06.7`: the sign is of all of it. */
function clockMicros(parts: string): string {
  const field = (name: string) => `CAST('0' || ${parts}.${name} AS BIGINT)`;
  const fraction = microseconds(`CAST('0' || ${parts}.f || '0' AS DOUBLE) * 1000000`);
  return `(CASE WHEN ${parts}.sign = '-' THEN -1 ELSE 1 END) * (${field("h")} * 3600000000 + ${field("m")} * 60000000 + ${field("s")} * 1000000 + ${fraction})`;
}
