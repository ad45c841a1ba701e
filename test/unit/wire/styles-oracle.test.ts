// Every type under every DateStyle, IntervalStyle and bytea_output, as a real PostgreSQL writes it and reads it.
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DataType, formatDataType, type Value } from "../../../src/data-type.ts";
import { LensError } from "../../../src/errors.ts";
import { findTimeZone, fixedTimeZone, type TimeZone } from "../../../src/time-zone.ts";
import { createRowEncoder } from "../../../src/wire/encode-rows.ts";
import { formatText } from "../../../src/wire/text-format.ts";
import { parseText } from "../../../src/wire/text-parse.ts";
import { plainStyles, type TextStyles, textStylesOf } from "../../../src/wire/text-styles.ts";
import { zoneAbbreviation } from "../../../src/zone-abbreviations.ts";
import { type RealPostgres, startRealPostgres } from "../../support/real-postgres.ts";

let postgres: RealPostgres;
let client: pg.Client;

beforeAll(async () => {
  postgres = await startRealPostgres();
  const { host, port, user, password, database } = postgres;
  client = new pg.Client({ host, port, user, password, database });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await postgres?.stop();
});

async function texts(sql: string): Promise<(string | null)[]> {
  const { rows } = await client.query({
    text: sql,
    rowMode: "array",
    types: { getTypeParser: () => (text: string) => text },
  });
  return rows.map((row) => row[0] as string | null);
}

async function underSettings(settings: Readonly<Record<string, string>>): Promise<TextStyles> {
  for (const [name, value] of Object.entries(settings)) await client.query(`set ${name} = '${value}'`);
  return textStylesOf({ get: (name) => settings[name] });
}

function zoneOf(name: string): TimeZone {
  const zone = findTimeZone(name);
  if (zone === undefined) throw new Error(`no zone ${name}`);
  return zone;
}

/** The value, written by the row encoder. */
function written(oid: number, value: Value, zone: TimeZone, styles: TextStyles): string {
  const column = {
    name: "a",
    typeOid: oid,
    typeModifier: -1,
    typeLength: -1,
    tableOid: 0,
    attributeNumber: 0,
  };
  const encoder = createRowEncoder([column], [], { ...styles, timeZone: zone, extraFloatDigits: 1 });
  const bytes = encoder.encode({ kind: "columns", rowCount: 1, columns: [[value]] });
  return bytes.toString("utf8", 11);
}

const oids: Readonly<Record<string, number>> = {
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  bytea: 17,
  "date[]": 1182,
  "timestamp[]": 1115,
  "timestamptz[]": 1185,
  "interval[]": 1187,
  "bytea[]": 1001,
};

/** What PostgreSQL shows of each literal, beside what we show of the value of its plain text. */
async function expectAlike(
  type: DataType,
  literals: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const name = formatDataType(type);
  const values = `(values ${literals.map((each, at) => `(${at}, '${each}'::${name})`).join(", ")}) as v(at, a)`;
  await underSettings({
    DateStyle: "ISO, MDY",
    IntervalStyle: "postgres",
    bytea_output: "hex",
    TimeZone: "UTC",
  });
  await client.query(`create temp table given as select * from ${values}`);
  const plain = await texts("select a from given order by at");
  const styles = await underSettings(settings);
  const zone = zoneOf(settings["TimeZone"] ?? "UTC");
  const theirs = await texts("select a from given order by at");
  const arrays = await texts("select array[a, null] from given order by at");
  await client.query("drop table given");
  const parse = { ...plainStyles, timeZone: fixedTimeZone(0), nowMs: 0 };
  const key = Object.keys(oids).find((each) => each === type.kind) ?? "";
  const ours = plain.map((text) => {
    const value = parseText(type, text ?? "", parse);
    const formatted = formatText(type, value, { ...styles, timeZone: zone, extraFloatDigits: 1 });
    expect(written(oids[key] as number, value, zone, styles)).toBe(formatted);
    return formatted;
  });
  const ourArrays = plain.map((text) =>
    written(oids[`${key}[]`] as number, [parseText(type, text ?? "", parse), null], zone, styles),
  );
  expect({ settings, texts: ours, arrays: ourArrays }).toEqual({ settings, texts: theirs, arrays });
}

const dateStyles = ["ISO", "SQL", "Postgres", "German"].flatMap((style) =>
  ["MDY", "DMY", "YMD"].map((order) => `${style}, ${order}`),
);

const dates = ["2024-02-29", "1970-01-01", "1969-12-31", "0001-01-01", "0044-03-15 BC", "4714-11-24 BC"];
const lateDates = [...dates, "10000-01-02", "5874897-12-31", "infinity", "-infinity"];
const times = [
  ...dates.map((date) => date.replace(/^([\d-]+)/, "$1 12:34:56.7")),
  ...["2024-07-01 00:00:00", "10000-01-02 23:59:59.999999", "294276-12-31 23:59:59.999999"],
  ...["infinity", "-infinity", "1999-12-31 23:59:59.000001", "1900-01-01 01:02:03", "2050-07-01 12:00:00"],
];
/** Around changes of the clock, of names, and of the centuries in which zones had local time. */
const instants = [
  ...times.filter((time) => !time.startsWith("4714") && !time.startsWith("294276")),
  ...["2024-03-31 00:59:59", "2024-03-31 01:00:00", "2024-10-27 00:59:59.5", "2024-10-27 01:00:00"],
  ...["1850-01-01 00:00:00", "1911-03-10 23:00:00", "1940-06-14 22:00:00", "2011-12-30 12:00:00"],
  ...["2037-12-31 23:59:59", "2038-07-01 00:00:00", "2400-01-01 00:00:00", "2400-07-01 00:00:00"],
].map((time) => (time.includes("infinity") ? time : time.replace(/( BC)?$/, "+00$1")));

describe.each(dateStyles)("under the DateStyle %s", (DateStyle) => {
  it("dates and timestamps are written alike", async () => {
    await expectAlike({ kind: "date" }, lateDates, { DateStyle });
    await expectAlike({ kind: "timestamp" }, times, { DateStyle });
  });

  it.each([
    "UTC",
    "GMT",
    "Etc/UTC",
    "Europe/Paris",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kathmandu",
  ])("times with the time zone %s are", (TimeZone) =>
    expectAlike({ kind: "timestamptz" }, instants, { DateStyle, TimeZone }),
  );

  it.each([
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Asia/Tehran",
    "US/Pacific",
    "<+05:30>-05:30",
    "<-07>+07",
    "XYZ-3",
  ])("times with the time zone %s are", (TimeZone) =>
    expectAlike({ kind: "timestamptz" }, instants, { DateStyle, TimeZone }),
  );
});

const spans = [
  ...[
    "0",
    "1 year",
    "-1 year",
    "1 month",
    "2 mons",
    "1 day",
    "-1 day",
    "1 hour",
    "-1 hour",
    "1 minute",
    "1 second",
  ],
  ...[
    "-1 second",
    "2 seconds",
    "0.5 seconds",
    "-0.5 seconds",
    "1.5 seconds",
    "0.000001 seconds",
    "-2 seconds",
  ],
  ...["1 year 2 mons", "-1 year -2 mons", "1 year -2 mons", "-1 year 2 mons", "14 months", "-14 months"],
  ...["1 day 02:03:04", "-1 day -02:03:04", "1 day -02:03:04", "-1 day 02:03:04", "-1 day 2 mons"],
  ...["1 year 2 mons 3 days 04:05:06.789", "-1 year -2 mons -3 days -04:05:06.789", "1 mon -3 days 04:05:06"],
  ...["-1 mon 3 days -04:05:06", "1 year -1 day", "1 day 00:00:01", "-1 day 00:00:01", "-1 day -00:00:01"],
  ...["1 mon -00:00:01", "-1 mon 00:00:00.5", "2 days 00:00:00.000001", "1000:00:00", "-1000:59:59.999999"],
  ...[
    "00:01:00",
    "-00:01:00.5",
    "1 year 00:00:01",
    "infinity",
    "-infinity",
    "178000000 years",
    "2147483647 days",
  ],
];

describe.each(["postgres", "postgres_verbose", "sql_standard", "iso_8601"])(
  "under the IntervalStyle %s",
  (IntervalStyle) => {
    it("intervals are written alike", () => expectAlike({ kind: "interval" }, spans, { IntervalStyle }));

    it.each([
      ...["1", "-1", "-1 2:03:04", "-1 +2:03:04", "1 -2:03:04", "-1-2", "-1-2 3 4:05:06", "+1-2 -3 +4:05:06"],
      ...[
        "-1 day 2 hours",
        "-1 day +2 hours",
        "-1 day 2 hours ago",
        "@ -1 day 2 hours",
        "-2:03",
        "2:03",
        "1-2",
      ],
      ...["P1Y2M", "P-1Y2M", "-1 year 2 mons 3 days", "-1.5 days 3:00", "- 1 day", "infinity", "-infinity"],
    ])("the text %s is read alike", async (text) => {
      const styles = await underSettings({ IntervalStyle });
      const theirs = await read(text);
      expect(ofOurs(text, styles)).toBe(theirs);
    });
  },
);

/** PostgreSQL's reading under the style that is set, shown plainly. */
async function read(text: string): Promise<string | null | undefined> {
  try {
    await client.query("create temp table given as select $1::text::interval as a", [text]);
  } catch (error) {
    return `error ${(error as { code: string }).code}`;
  }
  await client.query("set intervalstyle = 'postgres'");
  const [shown] = await texts("select a from given");
  await client.query("drop table given");
  return shown;
}

function ofOurs(text: string, styles: TextStyles): string {
  const zone = fixedTimeZone(0);
  try {
    const value = parseText({ kind: "interval" }, text, { ...styles, timeZone: zone, nowMs: 0 });
    return formatText({ kind: "interval" }, value, { ...plainStyles, timeZone: zone, extraFloatDigits: 1 });
  } catch (error) {
    if (error instanceof LensError) return `error ${error.sqlstate}`;
    throw error;
  }
}

it.each(["hex", "escape"])("bytes are written alike under the bytea_output %s", (bytea_output) => {
  const all = Array.from({ length: 256 }, (_each, byte) => byte.toString(16).padStart(2, "0")).join("");
  return expectAlike({ kind: "bytea" }, ["", "\\x00", "abc", "\\x5c", "\\x22", `\\x${all}`], {
    bytea_output,
  });
});

it("zones are called alike since they have names", async () => {
  const zones = await texts(
    "select name from pg_timezone_names where name !~ '^(posix|right)/|^(Factory|localtime)$' order by name",
  );
  const seconds: number[] = [];
  // Of later years newer zone data say something else.
  for (let at = -3_900_000_000; at < 1_740_000_000; at += 39_916_801) seconds.push(at);
  const differing: string[] = [];
  let unnamed = 0;
  await underSettings({ DateStyle: "SQL, MDY" });
  for (const name of zones) {
    const zone = name === null ? undefined : findTimeZone(name);
    if (zone === undefined) continue;
    await client.query(`set timezone = '${name}'`);
    const instants = `(select to_timestamp(s) as t from unnest('{${seconds.join(",")}}'::float8[]) as s)`;
    const theirs = await texts(`select t from ${instants}`);
    const offsets = await texts(`select extract(timezone from t)::int from ${instants}`);
    for (const [index, second] of seconds.entries()) {
      // Zone data is newer here or there, and in the embedded PostgreSQL that the names are from.
      if (Number(offsets[index]) !== zone.offsetSecondsAt(second)) continue;
      const abbreviation = zoneAbbreviation(zone, second);
      if (abbreviation === undefined) unnamed += 1;
      else if (!theirs[index]?.endsWith(` ${abbreviation}`))
        differing.push(`${name} ${second}: ${abbreviation}, ${theirs[index]}`);
    }
  }
  // As above: of more than a hundred thousand.
  expect(unnamed).toBeLessThan(1000);
  expect(differing).toEqual([]);
});
