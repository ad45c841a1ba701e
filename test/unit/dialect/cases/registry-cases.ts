// A case for each signature of the registry, over the extremes of its types.
import {
  aggregates,
  functions,
  operators,
  setFunctions,
  windowFunctions,
} from "../../../../src/query/offered-functions.ts";
import type { Offered } from "../../../../src/query/offered-signature.ts";
import { type Case, columnNames } from "../compare.ts";
import type { EngineName } from "../oracle.ts";

/** Values at the ends of each type and where its arithmetic turns. */
const extremes: Readonly<Record<string, readonly (string | null)[]>> = {
  smallint: ["0", "1", "-1", "32767", "-32768", null],
  integer: ["0", "1", "-1", "3", "2147483647", "-2147483648", null],
  bigint: ["0", "-1", "2", "9223372036854775807", "-9223372036854775808", null],
  numeric: ["0", "1", "-1.5", "0.005", "99999999999999999999", "1234567.891", null],
  real: ["0", "-0", "1.5", "-2.5", "3e38", "1e-40", "NaN", "Infinity", "-Infinity", null],
  "double precision": ["0", "-0", "1.5", "-2.5", "1e300", "5e-324", "NaN", "Infinity", "-Infinity", null],
  text: ["", "abc", "äÖß€", "😀x e\u0301", "it's \\ %_", "12", " Pad ", null],
  name: ["", "abc", "äÖß€", null],
  boolean: ["t", "f", null],
  date: ["2024-02-29", "0001-01-01", "9999-12-31", "2023-12-31", "infinity", "0044-03-15 BC", null],
  timestamp: [
    "2024-02-29 12:34:56.789",
    "2024-03-31 02:30:00",
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59.999999",
    "infinity",
    "-infinity",
    "0044-03-15 12:00:00 BC",
    null,
  ],
  timestamptz: [
    "2024-02-29 12:34:56.789+00",
    "2024-03-31 01:00:00+00",
    "2024-10-27 00:30:00+00",
    "0001-01-02 00:00:00+00",
    "9999-12-31 00:00:00+00",
    "infinity",
    "-infinity",
    null,
  ],
  time: ["00:00:00", "12:34:56.789", "23:59:59.999999", "24:00:00", null],
  interval: ["0", "1 day", "-1 mon", "1 year 2 mons -3 days 04:05:06.7", "-25:00:00", "1000000 hours", null],
  uuid: ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000", null],
  bytea: ["\\x00ff10", "\\x", null],
  "integer[]": ["{}", "{1,2,NULL}", "{3}", null],
  "text[]": ["{}", "{a,NULL,b}", '{"x y",""}', null],
  "double precision[]": ["{}", "{0,0.5,1}", null],
};

/** Types that stand for those that may be anything. */
const standIns: Readonly<Record<string, string>> = {
  anyelement: "integer",
  anynonarray: "integer",
  anycompatible: "integer",
  anyarray: "integer[]",
  anycompatiblearray: "integer[]",
  '"any"': "text",
};

/** Arguments that are words and patterns, by function and place. */
const words: Readonly<Record<string, readonly (readonly (string | null)[] | undefined)[]>> = {
  date_trunc: [
    ["day", "WEEK", "microseconds", "quarter", "century", "nothing", null],
    undefined,
    ["Europe/Paris", "bad"],
  ],
  date_part: [["year", "dow", "epoch", "century", "isoyear", "second", "julian", "nothing", null]],
  extract: [["year", "isodow", "epoch", "millennium", "week", "microseconds", "doy", "nothing", null]],
  timezone: [["Europe/Paris", "UTC", "bad", null]],
  to_char: [undefined, ["YYYY-MM-DD HH24:MI:SS.US", "FMDay, DDD", "999.99", "", null]],
  to_date: [
    ["2024-02-29", "2024-02-30", "x", ""],
    ["YYYY-MM-DD", "DD/MM/YY"],
  ],
  to_timestamp: [
    ["2024-02-29 01:02:03", "x", ""],
    ["YYYY-MM-DD HH24:MI:SS", "YYYY"],
  ],
  encode: [undefined, ["hex", "base64", "escape", "bad", null]],
  decode: [
    ["00ff", "QUI=", "zz", ""],
    ["hex", "base64", "bad", null],
  ],
  like_escape: [
    ["a%", "x\\"],
    ["\\", "", "!"],
  ],
  similar_to_escape: [
    ["a%", "(a|b)_"],
    ["\\", "", "!"],
  ],
  regexp_replace: [undefined, ["b", "(.)(.)", "[", ""], ["<\\1>", "", "\\\\"], ["g", "i", "bad"]],
  regexp_match: [undefined, ["(b)(c)?", "^$", "["], ["i", "bad"]],
  regexp_substr: [undefined, ["b.", "(ä)", "["], ["1", "3"], ["1", "2"], ["i"], ["0", "1"]],
  regexp_count: [undefined, [".", "[a-z]", "["], ["1", "2"], ["i"]],
  regexp_like: [undefined, ["^A", "\\d", "["], ["i", "n"]],
  regexp_split_to_array: [undefined, ["", "\\s", "b", "["], ["i"]],
  repeat: [undefined, ["0", "-1", "3", null]],
  lpad: [undefined, ["0", "-1", "5", null], ["*", "", "ab"]],
  rpad: [undefined, ["0", "-1", "5", null], ["*", "", "ab"]],
  chr: [["65", "8364", "128512", "0", "-1", null]],
  generate_series: [
    ["1", "-2"],
    ["3", "-1"],
    ["2", "-1", "0", null],
  ],
  factorial: [["0", "1", "20", "33", "-1", null]],
  make_interval: [["0", "1"], ["0", "-2"], ["1"], ["3"], ["-4"], ["5"], ["6.7", "0"]],
  make_date: [
    ["2024", "-44", "0", "9999"],
    ["2", "13"],
    ["29", "30", "0"],
  ],
  make_time: [
    ["0", "23", "24"],
    ["0", "59", "60"],
    ["0", "59.9999", "60", "61"],
  ],
  make_timestamp: [["2024", "2023"], ["2", "12"], ["29", "31"], ["0", "24"], ["30"], ["0", "60"]],
  make_timestamptz: [
    ["2024", "2023"],
    ["3", "12"],
    ["31", "30"],
    ["2", "24"],
    ["30"],
    ["0"],
    ["Europe/Paris", "bad"],
  ],
  random: [["1"], ["1"]],
  round: [undefined, ["0", "2", "-2", null]],
  trunc: [undefined, ["0", "2", "-2", null]],
  width_bucket: [undefined, ["0", "5"], ["10", "0"], ["4", "0"]],
  string_to_array: [
    ["a,b,,c", "", null],
    [",", "", null],
    ["", "b"],
  ],
  array_position: [undefined, ["1", "9", null], ["1", "2"]],
  array_length: [undefined, ["1", "2", "0"]],
  array_upper: [undefined, ["1", "2", "0"]],
  array_lower: [undefined, ["1", "2", "0"]],
};

const moderate = ["0", "-0", "1.5", "-2.5", "NaN", "Infinity", "-Infinity", null];
const small = ["0", "1", "-7", "3", null];
const finiteDays = ["2024-02-29", "0001-01-01", "9999-12-31", null];
const finiteTimes = [
  "2024-02-29 12:34:56.789",
  "2024-03-31 02:30:00",
  "0001-01-01 00:00:00",
  "9999-12-31 23:59:59",
  null,
];

/**
 * What is tried on DuckDB instead, because it differs there and README or the code says so: floats that overflow are
 * endless and those that underflow 0, intervals and fields of times are finite, statistics are computed in double
 * precision and fail for what is no number, patterns of to_date() and to_timestamp() want their whole form, and the
 * codes of chr() have one error.
 */
const onDuckDb: Readonly<Record<string, readonly (readonly (string | null)[] | undefined)[]>> = {
  chr: [["65", "8364", "128512", "-1", null]],
  to_char: [[...finiteTimes, "0", "-2.5", "1234.5"]],
  timezone: [["Europe/Paris", "UTC", "bad", "01:30:00", "-03:00:00", null], finiteTimes],
  to_date: [["2024-02-29", "2024-02-30", "x"]],
  to_timestamp: [["2024-02-29 01:02:03", "x"]],
  age: [finiteTimes, finiteTimes],
  extract: [undefined, finiteTimes],
  date_part: [undefined, finiteTimes],
  subtractDays: [undefined, small],
  addDays: [
    ["2024-02-29", "1", "-400", null],
    ["2024-02-29", "1", "-400", null],
  ],
  dateDifference: [finiteDays, finiteDays],
  timestampDifference: [finiteTimes, finiteTimes],
  div: [small, small],
  width_bucket: [undefined, ["0", "5", "{}", "{1,5}"]],
  multiplyInterval: [
    ["0", "-2.5", "1.5", null],
    ["0", "-2.5", "1.5", null],
  ],
  ...Object.fromEntries(
    ["stddev", "stddev_pop", "stddev_samp", "var_pop", "var_samp", "variance"].map((id) => [id, [small]]),
  ),
  ...Object.fromEntries(
    ["corr", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_syy"].map((id) => [
      id,
      [small, small],
    ]),
  ),
};

/** Not comparable, or another in each statement. */
const unsteady = new Set([
  "random",
  "gen_random_uuid",
  "now",
  "statement_timestamp",
  "transaction_timestamp",
]);
/** The age at today's midnight. */
const ofToday = new Set([1386, 2059]);

const rowsMax = 16;

function typesOf(args: string): readonly string[] {
  return args === "" ? [] : args.split(", ").map((type) => standIns[type] ?? type);
}

function values(id: string, types: readonly string[], engine: EngineName): NonNullable<Case["values"]> {
  return types.map((type, index) => {
    const isFloat = type === "real" || type === "double precision";
    const chosen = [
      engine === "duckdb" ? onDuckDb[id]?.[index] : undefined,
      words[id]?.[index],
      engine === "duckdb" && isFloat ? moderate : undefined,
    ].map((list) => list?.filter((word) => fits(word, type)));
    return chosen.find((list) => list?.some((word) => word !== null)) ?? extremes[type];
  });
}

/** Whether a word can be a value of the type, since signatures of one name differ in the types of a place. */
function fits(word: string | null, type: string): boolean {
  if (word !== null && /^-?\d\d:\d\d/.test(word)) return type === "interval";
  if (word === null || type === "text") return true;
  if (/^(timestamp|date$)/.test(type)) return /^[0-9]{4}-/.test(word);
  if (type.endsWith("[]")) return word.startsWith("{");
  if (/^(real|double)/.test(type) && /^-?(NaN|Infinity|1e100)$/.test(word)) return true;
  if (/int$|^integer$/.test(type)) return /^-?[0-9]+$/.test(word);
  return /numeric|double|real/.test(type) && /^-?[0-9.]+$/.test(word);
}

function cases(
  engine: EngineName,
  list: Readonly<Record<string, Offered>>,
  spell: (name: string, args: readonly string[]) => string,
): readonly Case[] {
  return Object.entries(list).flatMap(([id, { name, signatures }]) =>
    signatures
      .filter(({ oid }) => !ofToday.has(oid) && !unsteady.has(id))
      .map(({ args }) => {
        const types = typesOf(args);
        return {
          expression: spell(name, columnNames.slice(0, types.length)),
          types,
          values: values(id, types, engine),
          refusable: true,
          approximate: engine === "duckdb",
          rowsMax,
        };
      }),
  );
}

const functionCases = (engine: EngineName) =>
  cases(engine, functions, (name, args) => `pg_catalog."${name}"(${args.join(", ")})`);
const operatorCases = (engine: EngineName) =>
  cases(engine, operators, (name, args) => (args.length === 1 ? `${name} a` : `a ${name} b`));
const ordered = new Set(["mode", "percentile_cont", "percentile_disc"]);
const aggregateCases = (engine: EngineName) =>
  cases(engine, aggregates, (name, args) => {
    if (ordered.has(name)) {
      const direct = args.length === 2 ? (name === "percentile_cont" ? "0.25" : "0.5") : "";
      return `${name}(${direct}) within group (order by ${args.at(-1)})`;
    }
    if (args.length === 0) return "count(*)";
    const order =
      /^(array_agg|string_agg|any_value)$/.test(name) && name !== "any_value" ? ` order by ${args[0]}` : "";
    return name === "any_value" ? "any_value(a) filter (where false)" : `${name}(${args.join(", ")}${order})`;
  });
const windowCases = (engine: EngineName) =>
  cases(engine, windowFunctions, (name, args) =>
    `${name}(${args.map((arg, index) => (index === 1 ? "2" : arg)).join(", ")}) over (order by a)`.replace(
      /order by a\)$/,
      args.length === 0 || name === "ntile" ? "order by 1)" : "order by a)",
    ),
  );
/** Series of times between extremes have millions of rows. */
const setCases = (engine: EngineName) =>
  cases(engine, setFunctions, (name, args) => `array(select ${name}(${args.join(", ")}))`).filter(
    ({ types }) => !types[0]?.startsWith("timestamp"),
  );

export function registryCases(engine: EngineName): Readonly<Record<string, readonly Case[]>> {
  return {
    functions: functionCases(engine),
    operators: operatorCases(engine),
    aggregates: aggregateCases(engine),
    "window functions": windowCases(engine),
    "set functions": setCases(engine),
  };
}
