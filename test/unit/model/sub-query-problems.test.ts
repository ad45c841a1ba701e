import { describe, expect, test } from "vitest";
import { problemsIn } from "./model-problems.ts";

const key = "{name: id, type: number, column: id, primary_key: true}";

/** Table a with these dimensions, and further tables with these lines. */
function model(joins: string, dimensions: readonly string[], others: string): string {
  const lines = dimensions.map((dimension) => `      - ${dimension}`);
  return `tables:
  - name: a
    sql: SELECT 1
    joins: [${joins}]
    dimensions:
      - ${key}
${lines.join("\n")}
${others}`;
}

const toB = `{name: b, relationship: one_to_many, sql: "{TABLE}.id = {b}.a_id"}`;
const b = `  - name: b
    sql: SELECT 1
    measures: [{name: count, type: count}, {name: total, type: sum, sql: amount}]
`;
const bWithKey = b.replace("    measures", `    dimensions: [${key}]\n    measures`);

const cases: [what: string, text: string, problems: string[]][] = [
  ["one path", model(toB, [`{name: n, type: number, sub_query: true, sql: "{b.count}"}`], b), []],
  ["the key column", model(toB, [`{name: n, type: number, sub_query: true, column: "{b.count}"}`], b), []],
  [
    "no path",
    model("", [`{name: n, type: number, sub_query: true, sql: "{b.count}"}`], b),
    [
      'm/tables/t.yml:7:55: dimension "n" reads table "b", but no declared joins lead from "a" to "b"; "a" declares no joins',
    ],
  ],
  [
    "two paths",
    model(
      `{name: c, relationship: one_to_many, sql: "{TABLE}.id = {c}.k"}, {name: d, relationship: one_to_many, sql: "{TABLE}.id = {d}.k"}`,
      [`{name: n, type: number, sub_query: true, sql: "{b.count}"}`],
      `${b}  - {name: c, sql: SELECT 1, dimensions: [${key}], joins: [{name: b, relationship: one_to_many, sql: "{TABLE}.k = {b}.k"}]}
  - {name: d, sql: SELECT 1, dimensions: [${key}], joins: [{name: b, relationship: one_to_many, sql: "{TABLE}.k = {b}.k"}]}
`,
    ),
    [
      'm/tables/t.yml:7:55: dimension "n" reads table "b", and two paths lead there: a -> c -> b and a -> d -> b',
    ],
  ],
  [
    "a dimension in place of a measure",
    model(toB, [`{name: n, type: number, sub_query: true, sql: "{b.id}"}`], bWithKey),
    [
      'm/tables/t.yml:7:55: sub_query dimension "n" needs exactly one measure of another table: "{table.measure}"',
    ],
  ],
  [
    "an expression over a measure",
    model(toB, [`{name: n, type: number, sub_query: true, sql: "{b.count} + 1"}`], b),
    [
      'm/tables/t.yml:7:55: sub_query dimension "n" needs exactly one measure of another table: "{table.measure}"',
    ],
  ],
  [
    "propagation without a sub-query",
    model("", ["{name: n, type: number, sql: x, propagate_filters_to_sub_query: true}"], ""),
    ['m/tables/t.yml:7:41: dimension "n" has no sub-query; write "sub_query: true"'],
  ],
  [
    "a case",
    model("", ["{name: n, type: string, case: {when: [{sql: x, label: y}]}, sub_query: true}"], ""),
    [
      'm/tables/t.yml:7:69: dimension "n" is a case, which cannot be a sub-query; make the sub-query a dimension of its own',
    ],
  ],
  [
    "a measure of its own table",
    `tables:
  - name: a
    sql: SELECT 1
    dimensions:
      - ${key}
      - {name: n, type: number, sub_query: true, sql: "{count}"}
    measures: [{name: count, type: count}]
`,
    [
      'm/tables/t.yml:6:55: sub_query dimension "n" needs exactly one measure of another table: "{table.measure}"',
    ],
  ],
  [
    "a table without a primary key",
    `tables:
  - name: a
    sql: SELECT 1
    joins: [${toB}]
    dimensions:
      - {name: n, type: number, sub_query: true, sql: "{b.count}"}
${b}`,
    [
      'm/tables/t.yml:4:5: table "a" declares joins and needs a primary key: a dimension with "primary_key: true"',
    ],
  ],
  [
    "a measure whose rows the path repeats, of a table without a primary key",
    model(
      `{name: b, relationship: many_to_one, sql: "{TABLE}.b_id = {b}.id"}`,
      [
        `{name: n, type: number, sub_query: true, sql: "{b.total}"}`,
        `{name: m, type: number, sub_query: true, sql: "{b.most}"}`,
      ],
      b.replace("sql: amount}", "sql: amount}, {name: most, type: max, sql: amount}"),
    ),
    [
      'm/tables/t.yml:7:55: dimension "n" reads "b.total" over rows, which the path a -> b repeats; "b" needs a primary key',
    ],
  ],
  [
    "a calculated measure over a table that is not reached",
    model(
      toB,
      [`{name: n, type: number, sub_query: true, sql: "{b.ratio}"}`],
      `  - name: b
    sql: SELECT 1
    measures: [{name: ratio, type: number, sql: "{c.count} * 2"}]
  - name: c
    sql: SELECT 1
    joins: [{name: b, relationship: many_to_one, sql: "{TABLE}.b_id = {b}.id"}]
    dimensions: [${key}]
    measures: [{name: count, type: count}]
`,
    ),
    [
      'm/tables/t.yml:7:55: dimension "n" reads measures of table "c", but no declared joins lead from "b" to "c"; "b" declares no joins',
    ],
  ],
  [
    "a rolling measure",
    model(
      toB,
      [`{name: n, type: number, sub_query: true, sql: "{b.twice}"}`],
      `  - name: b
    sql: SELECT 1
    measures:
      - {name: late, type: sum, sql: amount, rolling_window: {trailing: 7 day}}
      - {name: twice, type: number, sql: "{late} * 2"}
`,
    ),
    [
      'm/tables/t.yml:7:55: dimension "n" reads the rolling measure "b.late", which has a value per period and not per row',
    ],
  ],
  [
    "a calculated measure with a window",
    model(
      toB,
      [`{name: n, type: number, sub_query: true, sql: "{b.twice}"}`],
      `  - name: b
    sql: SELECT 1
    measures:
      - {name: late, type: sum, sql: amount}
      - {name: twice, type: number, sql: "{late} * 2", rolling_window: {trailing: 7 day}}
`,
    ),
    [
      'm/tables/t.yml:7:55: dimension "n" reads the rolling measure "b.twice", which has a value per period and not per row',
    ],
  ],
  [
    "a cycle of two sub-queries",
    model(
      toB,
      [`{name: n, type: number, sub_query: true, sql: "{b.most}"}`],
      `  - name: b
    sql: SELECT 1
    joins: [{name: a, relationship: many_to_one, sql: "{TABLE}.a_id = {a}.id"}]
    dimensions: [${key}, {name: m, type: number, sub_query: true, sql: "{a.most}"}]
    measures: [{name: most, type: max, sql: "{m}"}]
`,
    )
      .replace("tables:\n", "tables:\n")
      .replace(`${"  - name: b"}`, `    measures: [{name: most, type: max, sql: "{n}"}]\n  - name: b`),
    [
      'm/tables/t.yml:7:16: the member is computed from itself: "a.n" reads "b.most" reads "b.m" reads "a.most" reads "a.n"',
    ],
  ],
  [
    "a primary key",
    model(toB, [`{name: n, type: number, sub_query: true, sql: "{b.count}", primary_key: true}`], b),
    ['m/tables/t.yml:7:16: primary key "n" is not computed from its own row alone'],
  ],
  [
    "a condition of a join",
    model(
      `${toB}, {name: c, relationship: many_to_one, sql: "{n} = {c}.size"}`,
      [`{name: n, type: number, sub_query: true, sql: "{b.count}"}`],
      `${b}  - {name: c, sql: SELECT 1}\n`,
    ),
    [
      'm/tables/t.yml:4:123: the join from "a" to "c" reads "a.n", which is not computed from its own row alone',
    ],
  ],
  [
    "a row filter",
    `${model(toB, [`{name: n, type: number, sub_query: true, sql: "{b.count}"}`], "")}    segments: [{name: few, sql: "{n} < 3", meta: {secure: {user_groups: "*"}}}]
${b}`,
    [],
  ],
  [
    "a mask over a count that anybody may read",
    model(
      toB,
      [
        `{name: n, type: number, sub_query: true, sql: "{b.count}", meta: {secure: {func: redact, user_groups: "*"}}}`,
      ],
      b,
    ),
    [
      'm/tables/t.yml:10:23: measure "count" is what the mask of "a.n" hides; give it a meta.secure of its own ("user_groups: []" if everybody may read it)',
    ],
  ],
  [
    "a mask over a sum whose column others read",
    model(
      toB,
      [
        `{name: n, type: number, sub_query: true, sql: "{b.total}", meta: {secure: {func: redact, user_groups: "*"}}}`,
      ],
      b,
    ),
    [
      'm/tables/t.yml:10:51: measure "total" reads the column "amount" of "b", which the mask of "a.n" hides; give it a meta.secure of its own ("user_groups: []" if everybody may read it)',
    ],
  ],
];

describe("a sub-query dimension", () => {
  test.each(cases)("%s", async (_, text, problems) => {
    expect(await problemsIn(text)).toEqual(problems);
  });
});
