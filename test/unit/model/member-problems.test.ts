import { describe, expect, test } from "vitest";
import { id, inTable, problemsIn } from "./model-problems.ts";

const sqlOfMembersCases: [what: string, text: string, problems: string[]][] = [
  [
    "an unknown member, at its own place",
    inTable(id, '      - {name: b, type: string, sql: "upper({idd})"}'),
    ['m/tables/t.yml:6:45: "t" has no member "idd"; did you mean "id"?'],
  ],
  [
    "an unknown table",
    inTable(id, '      - {name: b, type: string, sql: "{carrier.name}"}'),
    ['m/tables/t.yml:6:39: there is no table "carrier"'],
  ],
  [
    "the second of two equal references",
    inTable(
      id,
      "      - name: b",
      "        type: string",
      "        sql: >",
      "          {id} ||",
      "          {nope} || {nope}",
    ),
    [
      'm/tables/t.yml:10:11: "t" has no member "nope"; a column is written {TABLE}.nope',
      'm/tables/t.yml:10:21: "t" has no member "nope"; a column is written {TABLE}.nope',
    ],
  ],
  [
    "too many dots",
    inTable(id, '      - {name: b, type: string, sql: "{a.b.c}"}'),
    ["m/tables/t.yml:6:39: {a.b.c} has too many dots; a reference is {member} or {table.member}"],
  ],
  [
    "a table where a value is wanted",
    inTable(id, '      - {name: b, type: string, sql: "upper({TABLE})"}'),
    ["m/tables/t.yml:6:45: {TABLE} is a table; write {TABLE}.column"],
  ],
  [
    "a parenthesis too many",
    inTable(id, "    segments:", '      - {name: s, sql: "a = 1) OR (b = 2"}'),
    ["m/tables/t.yml:7:24: a parenthesis is closed that was not opened"],
  ],
  [
    "a string that does not end",
    inTable(id, "    segments:", `      - {name: s, sql: "a = 'x"}`),
    ["m/tables/t.yml:7:24: a string is not closed"],
  ],
  [
    "a semicolon",
    inTable(id, "    segments:", '      - {name: s, sql: "a = 1; DROP TABLE b"}'),
    ["m/tables/t.yml:7:24: a semicolon does not belong into an expression"],
  ],
  [
    "a window function in a measure that aggregates by itself",
    inTable(id, "    measures:", '      - {name: w, type: number, sql: "sum(a) over ()"}'),
    ['m/tables/t.yml:7:38: measure "w" holds a window function, which has a value per row of a result'],
  ],
  [
    "both words for public",
    inTable(id, "      - {name: d, type: string, sql: a, shown: true, public: false}"),
    ['m/tables/t.yml:6:41: both "public" and "shown" are there; keep one'],
  ],
  [
    "an unknown member in a label of a case",
    inTable(id, '      - {name: d, type: string, case: {when: [{sql: a, label: {sql: "{nope}"}}]}}'),
    ['m/tables/t.yml:6:70: "t" has no member "nope"; a column is written {TABLE}.nope'],
  ],
  [
    "a measure in a dimension",
    inTable(
      '      - {name: d, type: number, sql: "{n} + 1"}',
      "    measures:",
      "      - {name: n, type: count}",
    ),
    [
      'm/tables/t.yml:5:38: dimension "d" reads the measure "t.n"; a value per row is written with "sub_query: true"',
    ],
  ],
  [
    "a measure in an aggregate",
    inTable(
      id,
      "    measures:",
      "      - {name: n, type: count}",
      '      - {name: s, type: sum, sql: "{n}"}',
    ),
    [
      'm/tables/t.yml:8:35: measure "s" of type sum reads the measure "t.n"; an expression over measures has "type: number"',
    ],
  ],
  [
    "a calculated measure that aggregates",
    inTable(
      id,
      "    measures:",
      "      - {name: n, type: count}",
      '      - {name: s, type: number, sql: "{n} / sum(a)"}',
    ),
    [
      'm/tables/t.yml:8:38: measure "s" is an expression over measures and also aggregates; write the aggregate as a measure of its own',
    ],
  ],
  [
    "a calculated measure that reads a column",
    inTable(
      id,
      "    measures:",
      "      - {name: n, type: count}",
      '      - {name: s, type: number, sql: "{n} / weight"}',
    ),
    [
      'm/tables/t.yml:8:38: measure "s" is an expression over measures and reads "weight", which has a value per row',
    ],
  ],
  [
    "an aggregate inside an aggregate",
    inTable(id, "    measures:", '      - {name: s, type: sum, sql: "count(a)"}'),
    ['m/tables/t.yml:7:35: measure "s" aggregates by its type sum, and its sql aggregates too'],
  ],
  [
    "filters on a measure that has no aggregate of its own",
    inTable(id, "    measures:", '      - {name: s, type: number, sql: "sum(a)", filters: [{sql: "b > 1"}]}'),
    [
      'm/tables/t.yml:7:48: measure "s" of type number cannot have filters; put them on the measures it reads',
    ],
  ],
  [
    "a segment inside raw aggregates",
    inTable(
      id,
      "    measures:",
      '      - {name: m, type: number, sql: "count(*) filter (where {s})"}',
      "    segments:",
      "      - {name: s, sql: a > 1}",
    ),
    [
      'm/tables/t.yml:7:38: measure "m" aggregates in its sql and reads the segment "s"; write the segment\'s condition there',
    ],
  ],
  [
    "members in a circle, once",
    inTable(
      '      - {name: a, type: string, sql: "{b}"}',
      '      - {name: b, type: string, sql: "{c} || 1"}',
      '      - {name: c, type: string, sql: "{a}"}',
      '      - {name: d, type: string, sql: "{a}"}',
    ),
    ['m/tables/t.yml:5:16: the member is computed from itself: "t.a" reads "t.b" reads "t.c" reads "t.a"'],
  ],
];

describe("SQL of members", () => {
  test.each(sqlOfMembersCases)("%s", async (_, text, problems) => {
    expect(await problemsIn(text)).toEqual(problems);
  });

  test("braces in strings and braces that hold no name are left alone", async () => {
    const sql = `{TABLE}.a ~ '^x{2}\\{y}$' AND b = {'k': 1} -- {nope}`;
    expect(
      await problemsIn(inTable(id, "    segments:", `      - name: s\n        sql: ${JSON.stringify(sql)}`)),
    ).toEqual([]);
  });

  test("a broken member is complained of once, not again by those that read it", async () => {
    const text = inTable(
      "      - {name: a, type: strin, column: a}",
      '      - {name: b, type: string, sql: "{a}"}',
    );
    expect(await problemsIn(text)).toEqual([
      'm/tables/t.yml:5:25: expected one of string, number, time, boolean, found "strin"; did you mean "string"?',
    ]);
  });
});
