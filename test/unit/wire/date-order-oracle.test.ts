// Dates of parameters under each order of DateStyle, as a real PostgreSQL reads them.
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LensError } from "../../../src/errors.ts";
import { fixedTimeZone } from "../../../src/time-zone.ts";
import { formatText } from "../../../src/wire/text-format.ts";
import { parseText } from "../../../src/wire/text-parse.ts";
import { plainStyles } from "../../../src/wire/text-styles.ts";
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

type DateOrder = "MDY" | "DMY" | "YMD";
type Kind = "date" | "timestamp";

async function ofPostgres(kind: Kind, text: string): Promise<string> {
  try {
    const { rows } = await client.query(`select $1::text::${kind}::text as value`, [text]);
    return String(rows[0].value);
  } catch (error) {
    return `error ${(error as { code: string }).code}`;
  }
}

function ofOurs(kind: Kind, text: string, dateOrder: DateOrder): string {
  const timeZone = fixedTimeZone(0);
  try {
    const value = parseText({ kind }, text, { ...plainStyles, timeZone, dateOrder, nowMs: 0 });
    return formatText({ kind }, value, { ...plainStyles, timeZone, extraFloatDigits: 1 });
  } catch (error) {
    if (error instanceof LensError) return `error ${error.sqlstate}`;
    throw error;
  }
}

const dates = [
  ...["1/2/2024", "13/2/2024", "2/13/2024", "31/12/1999", "12/31/1999", "2024/1/2", "2024/13/2", "1-2-2024"],
  ...[
    "01-02-03",
    "99-1-2",
    "1-99-2",
    "30-1-2",
    "1.2.2024",
    "13.2.2024",
    "2024.2.13",
    "2024-02-13",
    "2024-13-02",
  ],
  ...[
    "1/2/24",
    "1/2/70",
    "1/2/69",
    "70/1/2",
    "29/2/2024",
    "2/29/2023",
    "20240102",
    "10000-01-02",
    "001/02/03",
  ],
  ...["1/2/003", "1/2/0003", "31/1/1", "0/1/2024", "1/0/2024"],
];

it.each(["MDY", "DMY", "YMD"] as const)(
  "dates in the order %s are read as PostgreSQL reads them",
  async (order) => {
    await client.query(`set datestyle = 'ISO, ${order}'`);
    const texts: (readonly [Kind, string])[] = [
      ...dates.map((date) => ["date", date] as const),
      ...dates.map((date) => ["timestamp", `${date} 04:05:06.7`] as const),
      ...["0044-03-15 BC", "3/15/0044 BC", "15/3/0044 BC"].map((date) => ["date", date] as const),
    ];
    const ours = texts.map(([kind, text]) => [kind, text, ofOurs(kind, text, order)]);
    const theirs: string[][] = [];
    for (const [kind, text] of texts) theirs.push([kind, text, await ofPostgres(kind, text)]);
    expect(ours).toEqual(theirs);
  },
);

it.each(["1/2/10000", "240102"])(
  "the spelling %s, which PostgreSQL takes, is refused and not misread",
  (text) => {
    for (const order of ["MDY", "DMY"] as const) expect(ofOurs("date", text, order)).toBe("error 22007");
  },
);
