// What to write instead of a construct that is refused: the hints that several refusals share.
import { elementType, isString, oids, typeNameOf } from "../query/type-oids.ts";

export const hints = {
  literal: "Write the value as a literal, not as a column, an expression or a parameter.",
  inModel: "Compute it in a dimension or measure of the model, in the warehouse's own SQL.",
  inSubquery: "Number the rows with rank() in a subquery and filter by that.",
  inFrom: "Call the function in FROM, with LATERAL where it needs columns.",
  arguments: "Write the arguments one by one.",
  columns: "Name the columns that are needed.",
  oneDimension: "Use arrays of one dimension.",
  unnest: "Use EXISTS (SELECT 1 FROM unnest(array) AS e WHERE ...).",
  castBoth: "Cast both sides to the same type.",
  arrayText: "Use array_to_string().",
  castText: "Cast the value to text.",
  numeric: "Use numeric(p, s) with p up to 38 and s from 0 to p, or double precision.",
  letters:
    "Have a collation with the letters of Unicode made in the warehouse, such as C.utf8, or compare as it is written.",
  castTime: "SET TimeZone TO UTC, or compute it in a dimension of the model, in the warehouse's own SQL.",
  zone: "Name a zone of the tz database as a literal, such as 'Europe/Paris', or an offset.",
  intervalStyle: "SET IntervalStyle TO postgres.",
  dateStyle: "SET DateStyle TO ISO.",
  dateText: "SET DateStyle TO ISO, or use to_char().",
  styles:
    "SET TimeZone TO UTC, DateStyle TO ISO, IntervalStyle TO postgres and bytea_output TO hex, or use to_char().",
  byteaOutput: "SET bytea_output TO hex, or use encode().",
} as const;

/** The setting that the text of a type depends on, and what to do where the text cannot be given under it. */
export function styleSettingOf(type: number): { readonly setting: string; readonly hint: string } {
  if (type === oids.bytea) return { setting: "bytea_output", hint: hints.byteaOutput };
  if (type === oids.interval) return { setting: "IntervalStyle", hint: hints.intervalStyle };
  return { setting: "DateStyle", hint: hints.dateText };
}

/** Patterns of to_char(), to_date() and to_timestamp(). */
export const patternHint =
  'Use the fields YYYY, MM, DD, HH24, MI, SS, MS and US, and put other letters in double quotes, such as YYYY"-W"IW.';

export const numberPatternHint =
  "Use the digits 9 and 0 with commas, a point and one of S, MI or PR, FM at the beginning, and other text in double quotes.";

export const regexHint =
  "Use no back references, look-around or class abbreviations of POSIX alone; LIKE, split_part() and position() may do.";

export function castHint(cast: { readonly from: number; readonly to: number }): string {
  if (elementType(cast.to) !== undefined || elementType(cast.from) !== undefined) return hints.inModel;
  if (cast.to === oids.bpchar || cast.to === oids.char) return "Cast to text or varchar(n).";
  return isString(cast.to)
    ? `Use to_char() or the fields of ${typeNameOf(cast.from)}.`
    : `Cast to a type that ${typeNameOf(cast.from)} is converted to, or cast to text first.`;
}

export function literalHint(type: number): string {
  if (type === oids.numeric) return hints.numeric;
  if (elementType(type) !== undefined) return hints.oneDimension;
  return "Write the constant as text and compare it with the column cast to text.";
}
