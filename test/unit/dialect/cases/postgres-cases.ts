// What DuckDB has no equal of, and PostgreSQL as a warehouse has.
import type { Case } from "../compare.ts";
import { over, overValues } from "./case-makers.ts";

const shifts = ["0", "1", "31", "32", "33", "-1", null];
const strides = ["1 day", "15 minutes", "-1 day", "0", "7 days 01:00:00", "1 mon", null];
const offsetFields = ["timezone", "timezone_hour", "timezone_minute", "epoch", "julian"];

export const postgresCases: readonly Case[] = [
  ...["smallint", "integer", "bigint"].flatMap((type) => [
    overValues("a << b", [type, "integer"], undefined, shifts),
    overValues("a >> b", [type, "integer"], undefined, shifts),
  ]),
  over("div(a, b)", "numeric", "numeric"),
  overValues("width_bucket(a, 0, 10, 4)", ["numeric"]),
  overValues("width_bucket(a, -1, 1, b)", ["double precision", "integer"], undefined, ["0", "3", "-1", null]),
  over("quote_ident(a)", "text"),
  over("quote_literal(a)", "text"),
  over("justify_days(a)", "interval"),
  over("justify_hours(a)", "interval"),
  over("justify_interval(a)", "interval"),
  over("similar_to_escape(a)", "text"),
  over("a similar to '%(b|d)%'", "text"),
  overValues("a ~ b", ["text", "text"], undefined, [
    "^\\w+$",
    "[[:alpha:]]",
    "(a|ä)",
    "\\mdef",
    "(?i)ÄÖ",
    "(",
  ]),
  overValues("a ~* b", ["text", "text"], undefined, ["äö", "^ABC", "[Ö-Ü]", "(.)\\1"]),
  overValues("a ilike b", ["text", "text"], undefined, ["ÄÖ%", "%DEF", "x\\%%", "it'S", null]),
  overValues("a like b", ["text", "text"], undefined, ["ÄÖ%", "%def", "x\\%%", "\\", null]),
  over("overlay(a placing b from 2 for 1)", "text", "text"),
  ...["timestamp", "timestamptz"].flatMap((type) => [
    over("(a, b) overlaps (c, c + interval '1 mon')", type, type, type),
    over("(a, b) overlaps (c, b)", type, "interval", type),
    overValues("date_bin(b, a, a - interval '3 days')", [type, "interval"], undefined, strides),
  ]),
  over("date_trunc('century', a)", "timestamptz"),
  over("date_trunc('month', a)", "interval"),
  overValues("date_trunc(b, a)", ["timestamptz", "text"], undefined, ["day", "WEEK", "hour", "bad", null]),
  ...offsetFields.flatMap((field) => [
    over(`extract(${field} from a)`, "timestamptz"),
    over(`date_part('${field}', a)`, "timestamptz"),
  ]),
  over("a at time zone b", "timestamptz", "interval"),
  overValues("a at time zone b", ["timestamp", "text"], undefined, [
    "America/New_York",
    "-03:30",
    "bad",
    null,
  ]),
  over("a at local", "timestamptz"),
  over("a at local", "timestamp"),
  over("date_add(a, b, 'America/New_York')", "timestamptz", "interval"),
  over("date_subtract(a, b)", "timestamptz", "interval"),
  over("to_char(a, 'Day DD Month YYYY HH12:MI:SS.US AM Q WW J')", "timestamptz"),
  overValues(
    "to_timestamp(a, 'YYYY-MM-DD HH24:MI:SS')",
    ["text"],
    ["2024-03-31 02:30:00", "2024-02-30 1:2:3", null],
  ),
  overValues(
    "a::timestamptz",
    ["text"],
    [
      "2024-03-31 02:30:00",
      "2024-07-01 12:00:00+00",
      "2024-07-01 12:00:00 America/New_York",
      "2024-07-01 12:00:00Z",
      "infinity",
      "2024-07-01",
      "July 1 2024 3pm",
      "0044-03-15 BC",
      "nothing",
      null,
    ],
  ),
  over("a::text", "timestamptz"),
  over("a || '!'", "timestamptz"),
  over("concat(a, b, '!')", "timestamptz", "date"),
  over("format('%s of %L', a, b)", "timestamptz", "date"),
  over("a = b", "timestamptz", "timestamp"),
  over("a < b", "date", "timestamptz"),
  over("a is distinct from b", "timestamptz", "timestamp"),
  over("a in (b, null)", "timestamp", "timestamptz"),
  over("a - b", "timestamptz", "timestamptz"),
  over("age(a, b)", "timestamp", "timestamp"),
  over("array[a]::timestamptz[]", "timestamp"),
  over("greatest(a, b)", "timestamptz", "timestamp"),
  over("coalesce(a, b)", "timestamp", "timestamptz"),
  over("case when b is null then a else b end", "date", "timestamptz"),
  over("nullif(a, b)", "timestamptz", "date"),
  over("case a when b then 1 else 0 end", "timestamptz", "timestamp"),
];

/** Texts of dates and times, which follow the styles of the session. */
export const styledCases: readonly Case[] = [
  over("a::text", "date"),
  over("a::text", "timestamp"),
  over("a::varchar(9)", "date"),
  over("a || '!'", "date"),
  over("concat(a, '/', b)", "date", "timestamp"),
  over("format('%s of %L', a, b)", "date", "timestamp"),
  over("quote_nullable(a)", "date"),
  overValues(
    "a::text",
    ["timestamp"],
    ["infinity", "-infinity", "0044-03-15 12:00:00 BC", "12024-01-01 00:00:00"],
  ),
  overValues("a::text", ["date"], ["infinity", "-infinity", "0044-03-15 BC", "12024-01-01"]),
];
