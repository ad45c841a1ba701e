// Text formats and text input compared with a real PostgreSQL, value by value.
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DataType, formatDataType, type Value } from "../../../src/data-type.ts";
import { LensError } from "../../../src/errors.ts";
import { findTimeZone } from "../../../src/time-zone.ts";
import { formatText } from "../../../src/wire/text-format.ts";
import { parseText } from "../../../src/wire/text-parse.ts";
import { plainStyles } from "../../../src/wire/text-styles.ts";
import { type RealPostgres, startRealPostgres } from "../../support/real-postgres.ts";

const zones = [
  "UTC",
  "Europe/Berlin",
  "America/St_Johns",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "America/New_York",
];

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

/** PostgreSQL's answer to `text::type::text`, or its SQLSTATE. */
async function ofPostgres(type: DataType, text: string): Promise<string> {
  try {
    const cast = await client.query({
      text: `select $1::text::${formatDataType(type)}::text`,
      values: [text],
      rowMode: "array",
    });
    const printed = String(cast.rows[0]?.[0]);
    return type.kind === "boolean" ? printed.slice(0, 1) : printed;
  } catch (error) {
    return `error ${(error as { code: string }).code}`;
  }
}

function ofOurs(type: DataType, text: string, zoneName: string): string {
  const timeZone = findTimeZone(zoneName);
  if (timeZone === undefined) throw new Error(`no zone ${zoneName}`);
  try {
    const value: NonNullable<Value> = parseText(type, text, { ...plainStyles, timeZone, nowMs: 0 });
    return formatText(type, value, { ...plainStyles, timeZone, extraFloatDigits: 1 });
  } catch (error) {
    if (error instanceof LensError) return `error ${error.sqlstate}`;
    throw error;
  }
}

async function compare(type: DataType, texts: readonly string[], zone = "UTC"): Promise<void> {
  await client.query(`set timezone = '${zone}'`);
  const ours: Record<string, string> = {};
  const theirs: Record<string, string> = {};
  for (const text of texts) {
    ours[text] = ofOurs(type, text, zone);
    theirs[text] = await ofPostgres(type, text);
  }
  expect(ours).toEqual(theirs);
}

const dates = [
  "2024-02-29",
  "2023-02-29",
  "0001-01-01",
  "0001-01-01 BC",
  "20240229",
  "2/29/2024",
  "1/2/03",
  "12/31/69",
  "12/31/70",
  "2024-1-5",
  "2024-13-01",
  "infinity",
  "-infinity",
  "epoch",
  "x",
  "",
  "5874897-12-31",
  "5874898-01-01",
  "4714-11-24 BC",
  "4714-11-23 BC",
  "0000-01-01",
  "2024-02-29 +00",
  "2024-01-01 12:00",
];

const times = [
  "2024-02-29 12:34:56.789",
  "2024-02-29T12:34:56Z",
  "2024-02-29 12:34:56+05:30",
  "2024-02-29 24:00:00",
  "2024-02-29 24:00:01",
  "2024-02-29 12:34",
  "2024-02-29 25:00",
  "2024-02-29 12:60",
  "2024-02-29 12:34:60",
  "2024-02-29",
  "infinity",
  "294276-12-31 23:59:59.999999",
  "294277-01-01",
  "0044-03-15 12:00:00 BC",
  "2024-01-01 1:02:03 PM",
  "2024-01-01 12:00 AM",
  "2024-01-01 00:00:00.1234565",
  "x",
  "20240229 123456",
  "2024-01-01 12:00 Europe/Berlin",
  "2024-01-01 12:00 Nowhere/City",
];

const intervals = [
  "1 year 2 mons 3 days 04:05:06.7",
  "1 day",
  "-1 day",
  "1-2",
  "3 4:05:06",
  "P1Y2M3DT4H5M6.5S",
  "PT36H",
  "1.5 days",
  "1.5 months",
  "2 weeks",
  "1 hour 30 min",
  "-1 mon +2 days -03:00:00",
  "100 hours",
  "5",
  "1 day ago",
  "",
  "x",
  "1 fortnight",
  "0",
  "10:00",
  "-00:00:01",
  "1 century",
  "500 ms",
  "P1W",
  "-P1D",
  "1 y 1 mon",
  "@ 1 minute",
  "1000000 hours",
  "3000000000 days",
];

it("text of integers is PostgreSQL's", async () => {
  const texts = [
    "0",
    "-0",
    "+7",
    " 12 ",
    "1_000",
    "0x1F",
    "0o17",
    "0b101",
    "",
    "x",
    "1.0",
    "2147483647",
    "2147483648",
    "-2147483648",
    "1e3",
    "1__0",
    "_1",
    "- 1",
  ];
  await compare({ kind: "integer" }, texts);
  await compare({ kind: "bigint" }, [
    ...texts,
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
  ]);
  await compare({ kind: "smallint" }, [...texts, "32767", "32768", "-32768"]);
});

it("text of numeric is PostgreSQL's", async () => {
  await compare(
    { kind: "numeric" },
    [
      "0",
      "-0",
      "-0.00",
      "1.10",
      ".5",
      "5.",
      "1e3",
      "1.5e-3",
      "1E+2",
      "NaN",
      "nan",
      "inf",
      "-Infinity",
      "+inf",
      "1_000.5_5",
      "",
      ".",
      "x",
      "00012.50",
      "1e",
      "123456789012345678901234567890.123456789",
      "1.23e2",
      "12.3e-5",
      " 7 ",
      "0x1",
    ].filter((text) => text !== "0x1"),
  );
});

it("text of floating point is PostgreSQL's", async () => {
  const texts = [
    "0",
    "-0",
    "1.5",
    "0.1",
    "1e-5",
    "0.0001",
    "123456",
    "1234567",
    "1e15",
    "999999999999999",
    "1e14",
    "1.7976931348623157e308",
    "5e-324",
    "1e400",
    "1e-400",
    "nan",
    "Infinity",
    "-inf",
    "x",
    "",
    "3.4028235e38",
    "1.1754944e-38",
    "16777217",
    "0.3333333333333333",
    "100000",
    "1000000",
    "1e22",
    "123456789.123",
  ];
  await compare({ kind: "double precision" }, texts);
  await compare(
    { kind: "real" },
    texts.filter((text) => text !== "5e-324"),
  );
});

it("numbers halfway between two texts are printed as PostgreSQL prints them", async () => {
  const halves = Array.from({ length: 200 }, (_, index) => (index * 2531 + 0.5) / (1 << (index % 9)));
  const texts = [...halves, 459522.125, -459522.125, 0.5, 2.5, 9.5, 100000.5, 1234565].map(String);
  await compare({ kind: "real" }, texts);
  const timeZone = findTimeZone("UTC");
  if (timeZone === undefined) throw new Error("no zone UTC");
  for (const extraFloatDigits of [0, -5, -14]) {
    await client.query(`set extra_float_digits = ${extraFloatDigits}`);
    for (const type of [{ kind: "real" }, { kind: "double precision" }] as const) {
      const ours = texts.map((text) =>
        formatText(type, Number(text), { ...plainStyles, timeZone, extraFloatDigits }),
      );
      const asked = await client.query({
        text: `select t::${type.kind}::text from unnest($1::text[]) with ordinality u(t, n) order by n`,
        values: [texts],
        rowMode: "array",
      });
      expect(ours).toEqual(asked.rows.flat());
    }
  }
  await client.query("reset extra_float_digits");
});

it("text of booleans is PostgreSQL's", async () => {
  await compare({ kind: "boolean" }, [
    "t",
    "true",
    "TRUE",
    "tr",
    "y",
    "yes",
    "on",
    "1",
    "f",
    "fal",
    "n",
    "no",
    "of",
    "off",
    "0",
    "o",
    "",
    " true ",
    "x",
    "2",
  ]);
});

it("text of dates and times is PostgreSQL's", async () => {
  await compare({ kind: "date" }, dates);
  await compare({ kind: "timestamp" }, times);
  await compare({ kind: "time" }, [
    "12:34:56.789",
    "24:00:00",
    "24:00:01",
    "12:34",
    "1:02 PM",
    "25:00",
    "x",
    "12:34:56+02",
    "00:00:00.0000004",
  ]);
  for (const zone of zones) await compare({ kind: "timestamptz" }, times, zone);
});

it("text of instants around changes of the clock is PostgreSQL's in every zone", async () => {
  const instants: string[] = [];
  for (const year of [1880, 1900, 1945, 1970, 1986, 2000, 2024, 2037]) {
    for (const day of ["01-01", "03-10", "03-31", "04-07", "06-30", "07-01", "10-06", "10-27", "11-03"]) {
      for (const hour of ["00:00:00", "01:30:00", "02:30:00", "12:00:00+00"])
        instants.push(`${year}-${day} ${hour}`);
    }
  }
  for (const zone of zones) await compare({ kind: "timestamptz" }, instants, zone);
});

it("text of intervals is PostgreSQL's", async () => {
  await compare({ kind: "interval" }, intervals);
});

it("text of the other types is PostgreSQL's", async () => {
  await compare({ kind: "uuid" }, [
    "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
    "{a0eebc999c0b4ef8bb6d6bb9bd380a11}",
    "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
    "x",
    "a0eebc99-9c0b4ef8bb6d6bb9bd380a1",
  ]);
  await compare({ kind: "bytea" }, [
    "\\x00ff10",
    "\\x",
    "",
    "abc",
    "\\\\",
    "\\001\\377",
    "\\x0",
    "\\xzz",
    "\\9",
    "\\x 00 ff",
  ]);
  await compare({ kind: "json" }, ['{"a": 1}', "[1, 2]", "null", "x", "", '"s"']);
  const integers: DataType = { kind: "array", element: { kind: "integer" } };
  await compare(integers, [
    "{}",
    "{1,2,NULL}",
    "{ 1 , 2 }",
    "{{1,2},{3,4}}",
    "{1",
    "1",
    "{1,}",
    "{x}",
    "{1}x",
    "{null}",
    "{{1},{2,3}}",
    "{1,{2}}",
  ]);
  const texts: DataType = { kind: "array", element: { kind: "text" } };
  await compare(texts, [
    '{a,"b c","\\"q\\"","",NULL,"NULL"}',
    '{"a\\\\b"}',
    "{a b}",
    '{a"b"}'.replace('a"b"', '"ab"'),
    "{nUll}",
    '{"{x}"}',
    "{\\a}",
  ]);
});
