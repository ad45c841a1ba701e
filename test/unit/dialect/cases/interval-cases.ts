// Intervals: read from text, made, taken apart, compared with each other.
import type { Case } from "../compare.ts";
import { over, overValues } from "./case-makers.ts";

const texts = [
  "1 year 2 mons -3 days 04:05:06.7",
  "1 year 2 mons -3 days -04:05:06.7",
  "@ 1 year 2 mons -3 days 4 hours 5 mins 6.7 secs ago",
  "P1Y2M3DT4H5M6.7S",
  "P-1Y2W",
  "PT-5M",
  "P0.5Y",
  "1-2",
  "-1-2 +3 -4:05:06",
  "3 4:05",
  "100:00:00",
  "5",
  "1 day 5",
  "1.5 years",
  "-0.5 days",
  "1.7 mons",
  "0.3 months",
  ".5 h",
  "1.123456789 s",
  "0.0000005 s",
  "2.5 weeks",
  "1 day, 2 hours",
  "- 1 day",
  " 1   Day ",
  "3 decades 1 century",
  "7 milliseconds 3 us",
  "2 hours 30 minutes ago",
  "00:00:00",
  null,
];
const broken = [
  "1 quarter",
  "1 day 2 days",
  "1day2hours",
  "ago",
  "",
  "x",
  "1 hour 04:05:06",
  "1 day -",
  "P",
  "1--2",
];

export const intervalCases: readonly Case[] = [
  overValues("cast(a as interval)", ["text"], texts),
  overValues("cast(a as interval)", ["text"], broken),
  overValues("(a || ' month')::interval", ["integer"], ["-5", "0", "14", null]),
  overValues(
    "a + cast(b || ' day' as interval)",
    ["timestamp", "integer"],
    ["2024-02-29 12:34:56"],
    ["-5", "2", null],
  ),
  overValues(
    "a + ('1 ' || b)::interval",
    ["date", "text"],
    ["2024-01-31"],
    ["day", "week", "months", "year", "hour"],
  ),
  over("cast(a::text as interval)", "interval"),
];
