import { describe, expect, test } from "vitest";
import { joined, problemsIn, problemsOf } from "./model-problems.ts";

const key = "{name: id, type: number, column: id, primary_key: true}";

const joinsCases: [what: string, text: string, problems: string[]][] = [
  [
    "joins without a primary key",
    `tables:
  - name: a
    sql: SELECT 1
    joins: [{name: b, relationship: many_to_one, sql: "{TABLE}.b = {b}.id"}]
  - {name: b, sql: SELECT 1}
`,
    [
      'm/tables/t.yml:4:5: table "a" declares joins and needs a primary key: a dimension with "primary_key: true"',
    ],
  ],
  [
    "a join to no table",
    `tables:
  - name: carriers
    sql: SELECT 1
    joins: [{name: carrier, relationship: many_to_one, sql: "{TABLE}.b = {carrier}.id"}]
    dimensions: [${key}]
`,
    ['m/tables/t.yml:4:20: there is no table "carrier"; did you mean "carriers"?'],
  ],
  [
    "a bare column in a condition",
    `tables:
  - name: a
    sql: SELECT 1
    joins: [{name: b, relationship: many_to_one, sql: "b_id = {b}.id"}]
    dimensions: [${key}]
  - {name: b, sql: SELECT 1}
`,
    [
      'm/tables/t.yml:4:55: the join from "a" to "b" reads "b_id" of no named table; write {TABLE}.b_id or {b}.b_id',
    ],
  ],
  [
    "a member of a table that is not reached",
    joined("b>a:many_to_one", `dimensions: [${key}, {name: x, type: string, sql: "{b}.name"}],`),
    [
      'm/tables/t.yml:4:105: dimension "x" reads table "b", but no declared joins lead from "a" to "b"; "a" declares no joins',
    ],
  ],
  [
    "a member of a table reached on two ways",
    joined(
      "a>b:many_to_one a>c:many_to_one b>d:many_to_one c>d:many_to_one",
      `dimensions: [${key}, {name: x, type: string, sql: "{d}.name"}],`,
    ),
    [
      'm/tables/t.yml:4:105: dimension "x" reads table "d", and two paths lead there: a -> b -> d and a -> c -> d',
    ],
  ],
  [
    "a segment along one_to_many",
    joined("a>b:one_to_many", `dimensions: [${key}], segments: [{name: x, sql: "{b}.open"}],`).replace(
      / {5}segments: \[\]\}/,
      "     measures: []}",
    ),
    [
      'm/tables/t.yml:4:103: segment "x" reads table "b", but the join from "a" to "b" is one_to_many, so there is more than one value for a row; a dimension with "sub_query: true" can read a measure of it',
    ],
  ],
  [
    "a primary key that another table holds",
    joined("a>b:many_to_one", `dimensions: [{name: id, type: number, sql: "{b}.id", primary_key: true}],`),
    ['m/tables/t.yml:4:26: primary key "id" is not computed from its own row alone'],
  ],
];

describe("joins", () => {
  test.each(joinsCases)("%s", async (_, text, problems) => {
    expect(await problemsIn(text)).toEqual(problems);
  });
});

const viewsCases: [what: string, text: string, problems: string[]][] = [
  ["an unknown table", "{join_path: x, includes: '*'}", ['m/views/v.yml:2:36: there is no table "x"']],
  [
    "an unknown member",
    "{join_path: a, includes: [idd]}",
    ['m/views/v.yml:2:50: table "a" has no member "idd"; did you mean "id"?'],
  ],
  [
    "a name twice",
    "{join_path: a, includes: '*'}, {join_path: a.b, includes: [id]}",
    ['m/views/v.yml:2:83: the view already has a column "id", from "a"; write "prefix: true"'],
  ],
  [
    "two ways to a table",
    "{join_path: a, includes: '*'}, {join_path: d, prefix: true, includes: '*'}",
    [
      'm/views/v.yml:2:67: two paths lead from "a" to "d": a -> b -> d and a -> c -> d; write one of them with dots',
    ],
  ],
  [
    "no way to a table",
    "{join_path: b, includes: '*'}, {join_path: c, prefix: true, includes: '*'}",
    ['m/views/v.yml:2:67: no declared joins lead from "b" to "c"; "b" declares joins to "d"'],
  ],
  [
    "a path that is not declared",
    "{join_path: a, includes: '*'}, {join_path: a.d, prefix: true, includes: '*'}",
    ['m/views/v.yml:2:67: table "a" declares no join to "d"'],
  ],
  [
    "a table on two ways",
    "{join_path: a, includes: '*'}, {join_path: a.b.d, includes: []}, {join_path: a.c.d, includes: []}",
    ['m/views/v.yml:2:101: the view already reaches "d" another way, and a table stands in a view once'],
  ],
];

describe("views", () => {
  const tables = joined("a>b:many_to_one a>c:many_to_one b>d:many_to_one c>d:many_to_one");
  const view = (text: string) =>
    problemsOf({ "tables/t.yml": tables, "views/v.yml": `views:\n  - {name: v, tables: [${text}]}\n` });
  test.each(viewsCases)("%s", async (_, text, problems) => {
    expect(await view(text)).toEqual(problems);
  });

  test("a table that is named picks the path through it, and dots pick it too", async () => {
    const rest = "prefix: true, includes: '*'}";
    expect(
      await view(`{join_path: a, includes: '*'}, {join_path: c, ${rest}, {join_path: d, ${rest}`),
    ).toEqual([]);
    expect(await view(`{join_path: a, includes: '*'}, {join_path: a.c.d, ${rest}`)).toEqual([]);
  });
});
