import { describe, expect, test } from "vitest";
import { inTable, problemsIn, problemsOf } from "./model-problems.ts";

const masksAndRowFiltersCases: [what: string, lines: string[], problems: string[]][] = [
  [
    "md5 over what is not text",
    ["      - {name: a, type: number, column: a, meta: {secure: {func: md5, user_groups: '*'}}}"],
    ['m/tables/t.yml:5:51: md5 masks text only, and this is type number; write "type: string"'],
  ],
  [
    "a mask without a function",
    ["      - {name: a, type: string, column: a, meta: {secure: {user_groups: '*'}}}"],
    ['m/tables/t.yml:5:59: missing key "func"'],
  ],
  [
    "a mask on nobody that is named",
    ["      - {name: a, type: string, column: a, meta: {secure: {func: redact}}}"],
    ['m/tables/t.yml:5:59: missing key "user_groups"'],
  ],
  [
    "a group that does not exist",
    ["      - {name: a, type: string, column: a, meta: {secure: {func: redact, user_groups: [reeder]}}}"],
    ['m/tables/t.yml:5:88: warning: there is no user group "reeder"; did you mean "reader"?'],
  ],
  [
    "a misspelt secure",
    ["      - {name: a, type: string, column: a, meta: {secured: {func: redact, user_groups: '*'}}}"],
    ['m/tables/t.yml:5:51: warning: "secured" has no effect; did you mean "secure"?'],
  ],
  [
    "a function on a row filter",
    ["    segments:", "      - {name: s, sql: a, meta: {secure: {func: redact, user_groups: '*'}}}"],
    ['m/tables/t.yml:6:43: unknown key "func"; the keys here are user_groups'],
  ],
  [
    "members that read a column of a masked expression",
    [
      '      - {name: tail, type: string, sql: "right({TABLE}.phone, 4)", meta: {secure: {func: redact, user_groups: [reader]}}}',
      "      - {name: raw, type: string, column: Phone}",
      "      - {name: own, type: string, column: phone, meta: {secure: {func: redact, user_groups: []}}}",
      "      - {name: other, type: string, column: name}",
      "    measures:",
      "      - {name: n, type: count_distinct, sql: phone}",
      "      - {name: m, type: count}",
    ],
    [
      'm/tables/t.yml:6:16: dimension "raw" reads the column "phone" of "t", which the mask of "t.tail" hides; give it a meta.secure of its own ("user_groups: []" if everybody may read it)',
      'm/tables/t.yml:10:16: measure "n" reads the column "phone" of "t", which the mask of "t.tail" hides; give it a meta.secure of its own ("user_groups: []" if everybody may read it)',
    ],
  ],
  [
    "SQL that cannot be parsed counts as reading all columns",
    [
      "      - {name: tail, type: string, sql: \"right(phone, 4)\", meta: {secure: {func: redact, user_groups: '*'}}}",
      '      - {name: odd, type: string, sql: "list_transform(x, LAMBDA y : y)"}',
    ],
    [
      'm/tables/t.yml:6:16: dimension "odd" reads columns of "t" that cannot be told from its SQL, which the mask of "t.tail" hides; give it a meta.secure of its own ("user_groups: []" if everybody may read it)',
    ],
  ],
];

describe("masks and row filters", () => {
  const groups = "user_groups:\n  - {name: reader, includes: '*'}\n";
  test.each(masksAndRowFiltersCases)("%s", async (_, lines, problems) => {
    expect(await problemsOf({ "tables/t.yml": inTable(...lines), "user_groups.yml": groups })).toEqual(
      problems,
    );
  });

  test("a mask over a plain column needs nothing of the others: the column itself is masked", async () => {
    const text = inTable(
      "      - {name: a, type: string, column: phone, meta: {secure: {func: redact, user_groups: '*'}}}",
      "      - {name: b, type: string, column: phone}",
    );
    expect(await problemsIn(text)).toEqual([]);
  });
});

test("a member that holds a subquery is refused, a row filter is not", async () => {
  const groups = "user_groups:\n  - {name: reader, includes: '*'}\n";
  const text = inTable(
    '      - {name: a, type: string, sql: "(select max(x.phone) from t x)"}',
    '      - {name: b, type: string, sql: "list_max((from t))"}',
    '      - {name: c, type: string, sql: "extract(year from phone)"}',
    "    segments:",
    '      - {name: d, sql: "phone in (select phone from t)"}',
    '      - {name: e, sql: "phone in (select phone from t)", meta: {secure: {user_groups: [reader]}}}',
  );
  const message = "a subquery reads past row filters and masks; put it into the table's base SQL";
  const problems = await problemsOf({ "tables/t.yml": text, "user_groups.yml": groups });
  expect(problems.filter((problem) => problem.includes("subquery"))).toEqual([
    expect.stringContaining(message),
    expect.stringContaining(message),
    expect.stringContaining(message),
  ]);
});

const userGroupsCases: [what: string, groups: string, problems: string[]][] = [
  [
    "no group at all",
    "user_groups: []\n",
    ['m/user_groups.yml:1:1: the file has no group; expected a list under "user_groups"'],
  ],
  [
    "both spellings of the key",
    "user_groups: [{name: a}]\nuserGroups: [{name: b}]\n",
    ['m/user_groups.yml:2:1: the file has both "user_groups" and "userGroups"; keep one'],
  ],
  [
    "two groups of one name",
    "user_groups: [{name: a}, {name: a}]\n",
    ['m/user_groups.yml:1:33: there are two user groups "a"'],
  ],
  [
    "a scope that does not exist",
    "user_groups: [{name: a, api_scopes: [dataa]}]\n",
    [
      'm/user_groups.yml:1:38: there is no scope "dataa"; the scopes are meta, data, graphql, jobs, source; did you mean "data"?',
    ],
  ],
  [
    "a tag that matches nobody",
    "user_groups: [{name: a, includes: [mira]}]\n",
    ['m/user_groups.yml:1:36: warning: "mira" matches nobody; write users:id:NAME, roles:id:NAME or "*"'],
  ],
  [
    "a rate limit that is none",
    "userGroups: [{name: a, rateLimits: {requestsPerMinute: -1}}]\n",
    ["m/user_groups.yml:1:56: expected a number above 0"],
  ],
];

describe("user groups", () => {
  const one = "tables:\n  - {name: t, sql: SELECT 1}\n";
  test.each(userGroupsCases)("%s", async (_, groups, problems) => {
    expect(await problemsOf({ "tables/t.yml": one, "user_groups.yml": groups })).toEqual(problems);
  });

  test("two group files", async () => {
    const groups = "user_groups: [{name: a}]\n";
    const files = { "tables/t.yml": one, "user_groups.yml": groups, "user_groups.yaml": groups };
    expect(await problemsOf(files)).toEqual([
      "m/user_groups.yaml:1:1: there is also a file user_groups.yml; keep one of the two",
    ]);
  });

  test("a misspelt group file does not open the model to everybody", async () => {
    expect(await problemsOf({ "tables/t.yml": one, "user_group.yml": "user_groups: []" })).toEqual([
      'm/user_group.yml:1:1: this file is not read here; did you mean "user_groups.yml"?',
    ]);
  });
});
