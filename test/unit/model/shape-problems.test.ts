import { describe, expect, test } from "vitest";
import { id, inTable, problemsIn, problemsOf } from "./model-problems.ts";

const keysAndShapesCases: [what: string, text: string, problems: string[]][] = [
  [
    "an unknown key, with the nearest",
    inTable("      - {name: a, type: string, colum: a}"),
    [
      'm/tables/t.yml:5:9: dimension "a" needs one of the keys column, sql, case',
      'm/tables/t.yml:5:33: unknown key "colum"; did you mean "column"?',
    ],
  ],
  [
    "an unknown key far from all",
    "tables: []\ncharts: []\n",
    ['m/tables/t.yml:2:1: unknown key "charts"; the keys here are tables, views'],
  ],
  ["a missing key", "tables:\n  - sql: SELECT 1\n", ['m/tables/t.yml:2:5: missing key "name"']],
  [
    "a wrong type, with the nearest",
    inTable("      - {name: a, type: nummber, column: a}"),
    [
      'm/tables/t.yml:5:25: expected one of string, number, time, boolean, found "nummber"; did you mean "number"?',
    ],
  ],
  [
    "SQL in braces without quotes",
    inTable("      - {name: a, type: string, sql: {TABLE.a}}"),
    ['m/tables/t.yml:5:38: expected text, found a map (put text that begins with "{" in double quotes)'],
  ],
  [
    "a bare asterisk",
    "user_groups:\n  - name: a\n    includes: *\n",
    ['m/tables/t.yml:3:15: a bare * is a YAML alias; put it in quotes: "*"'],
  ],
  [
    "the same key twice",
    "tables: []\ntables: []\n",
    ["m/tables/t.yml:2:1: this key stands twice in the same map"],
  ],
  [
    "both column and sql",
    inTable("      - {name: a, type: string, column: a, sql: b}"),
    ['m/tables/t.yml:5:9: dimension "a" has the keys column and sql; keep one'],
  ],
  [
    "a measure without sql",
    inTable(id, "    measures:", "      - {name: s, type: sum}"),
    ['m/tables/t.yml:7:9: measure "s" of type sum needs the key sql'],
  ],
  [
    "a case that is not text",
    inTable("      - {name: c, type: number, case: {when: [{sql: a > 1, label: x}]}}"),
    ['m/tables/t.yml:5:25: a case yields text, so dimension "c" must be of type string'],
  ],
];

const measure = (window: string) =>
  inTable(id, "    measures:", `      - {name: s, type: sum, sql: a, ${window}}`);
const rollingCases: [what: string, text: string, problems: string[]][] = [
  [
    "no known unit",
    measure("rollingWindow: {trailing: 3 moons}"),
    ['m/tables/t.yml:7:64: expected unbounded or a number with a unit like "30 day", found "3 moons"'],
  ],
  [
    "a number that is no count",
    measure("rolling_window: {leading: 1.5 day}"),
    ['m/tables/t.yml:7:64: expected unbounded or a number with a unit like "30 day", found "1.5 day"'],
  ],
  [
    "longer than any time",
    measure("rolling_window: {trailing: 20000 years}"),
    ['m/tables/t.yml:7:65: "20000 years" is longer than 10,000 years; write unbounded'],
  ],
  [
    "neither trailing nor leading",
    measure("rolling_window: {offset: start}"),
    [
      'm/tables/t.yml:7:38: a rolling window needs trailing or leading, like "trailing: 30 day" or "trailing: unbounded"',
    ],
  ],
  [
    "an end before the beginning",
    measure("rolling_window: {trailing: 1 day, leading: -1 day}"),
    ["m/tables/t.yml:7:38: the window ends before it begins, so it never holds a row"],
  ],
  [
    "an unknown offset",
    measure("rolling_window: {trailing: 1 day, offset: middle}"),
    ['m/tables/t.yml:7:80: expected one of start, end, found "middle"'],
  ],
  [
    "both spellings",
    measure("rolling_window: {trailing: 1 day}, rollingWindow: {trailing: 1 day}"),
    ['m/tables/t.yml:7:73: the measure has both "rolling_window" and "rollingWindow"; keep one'],
  ],
  [
    "to_date without a granularity",
    measure("rolling_window: {type: to_date}"),
    ['m/tables/t.yml:7:38: a window of "type: to_date" needs a granularity, like "granularity: month"'],
  ],
  [
    "to_date with an offset",
    measure("rolling_window: {type: to_date, granularity: month, offset: start}"),
    [
      'm/tables/t.yml:7:90: a window of "type: to_date" goes from the start of its granularity; it has no offset',
    ],
  ],
  [
    "a granularity of a fixed window",
    measure("rolling_window: {trailing: 1 day, granularity: month}"),
    ['m/tables/t.yml:7:72: a granularity belongs to a window of "type: to_date"'],
  ],
  [
    "a window over a window",
    inTable(
      id,
      "    measures:",
      "      - {name: s, type: sum, sql: a, rolling_window: {trailing: 1 day}}",
      '      - {name: twice, type: number, sql: "{s} * 2"}',
      '      - {name: again, type: number, sql: "{twice} + 1", rolling_window: {trailing: 1 day}}',
    ),
    [
      'm/tables/t.yml:9:16: measure "again" has a rolling window and is computed from "t.s", which has one too',
    ],
  ],
];

describe("rolling windows", () => {
  test.each(rollingCases)("%s", async (_, text, problems) => {
    expect(await problemsIn(text)).toEqual(problems);
  });
});

describe("keys and shapes", () => {
  test.each(keysAndShapesCases)("%s", async (_, text, problems) => {
    expect(await problemsIn(text)).toEqual(problems);
  });
});

const namesCases: [what: string, text: string, problems: string[]][] = [
  [
    "two members of one name",
    inTable("      - {name: a, type: string, column: a}", "    segments:", "      - {name: a, sql: b}"),
    ['m/tables/t.yml:7:16: "a" is already a member of "t", at m/tables/t.yml:5:16'],
  ],
  [
    "two tables of one name",
    "tables:\n  - {name: t, sql: SELECT 1}\nviews:\n  - {name: t, tables: [{join_path: t, includes: []}]}\n",
    ['m/tables/t.yml:4:12: "t" is already a table or view, at m/tables/t.yml:2:12'],
  ],
  [
    "a bad name",
    inTable("      - {name: 1st, type: string, column: a}"),
    ['m/tables/t.yml:5:16: "1st" is not a name: letters, digits and _, a letter first'],
  ],
  [
    "a name too long",
    inTable(`      - {name: ${"a".repeat(64)}, type: string, column: a}`),
    [`m/tables/t.yml:5:16: "${"a".repeat(64)}" is longer than 63 bytes`],
  ],
  [
    "a system column",
    inTable("      - {name: ctid, type: string, column: a}"),
    ['m/tables/t.yml:5:16: "ctid" is a system column of every PostgreSQL table; choose another name'],
  ],
  [
    "TABLE as a name",
    "tables:\n  - {name: TABLE, sql: SELECT 1}\n",
    ['m/tables/t.yml:2:12: "TABLE" means the table itself in SQL and cannot be a name'],
  ],
];

describe("names", () => {
  test.each(namesCases)("%s", async (_, text, problems) => {
    expect(await problemsIn(text)).toEqual(problems);
  });
});

describe("files", () => {
  test("all problems of all files are told at once, by file and place", async () => {
    const problems = await problemsOf({
      "tables/b.yml": "tables:\n  - {name: b, sql: SELECT 1, colour: red}\n",
      "tables/a.yml":
        "tables:\n  - {name: a, sql: SELECT 1,\n     segments: [{name: x, sql: '{nope}'}, {name: 2, sql: a}]}\n",
    });
    expect(problems).toEqual([
      'm/tables/a.yml:3:33: "a" has no member "nope"; a column is written {TABLE}.nope',
      "m/tables/a.yml:3:50: expected text, found 2 (put text in quotes)",
      'm/tables/b.yml:2:30: unknown key "colour"; the keys here are name, sql, description, data_source, public, shown, meta, joins, dimensions, measures, segments',
    ]);
  });

  test("a file that cannot be read hides no table: nothing is said of references to it", async () => {
    const problems = await problemsOf({
      "tables/a.yml": inTable(id, '      - {name: x, type: string, sql: "{b.name}"}'),
      "tables/b.yml": "tables:\n  - name: b\n  sql: oops\n",
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^m\/tables\/b\.yml:3:1: not readable as YAML: /);
  });

  test("a model without tables", async () => {
    expect(await problemsOf({ "sqls/a.sql": "SELECT 1" })).toEqual(["m:1:1: the model has no table"]);
  });
});
