// What `check` says of attributes in model files: declared types, those of groups, and references in SQL.
import { describe, expect, test } from "vitest";
import { noAttributes } from "../../../src/attributes.ts";
import { id, inTable, load, problemsOf } from "./model-problems.ts";

const groups = (...lines: string[]) => lines.join("\n");
const declared = groups(
  "attributes: {region: string, level: number}",
  "user_groups:",
  "  - {name: everyone, includes: '*', attributes: {region: north}}",
);

const segment = (sql: string) =>
  inTable(id, "    segments:", `      - {name: s, sql: ${JSON.stringify(sql)}}`);

describe("references", () => {
  test.each<[string, string, string | undefined, string[]]>([
    [
      "an attribute that is not declared",
      "r = {user.regoin}",
      declared,
      ['"attributes" of the group file has no "regoin"; did you mean "region"?'],
    ],
    [
      "an attribute that no group has",
      "r = {group.level}",
      declared,
      ['no user group has an attribute "level"'],
    ],
    [
      "an attribute of groups where there are none",
      "r = {group.region}",
      undefined,
      ['no user group has an attribute "region"'],
    ],
    ["no name", "r = {user}", declared, ["{user} is not an attribute; write {user.NAME}"]],
    [
      "too many names",
      "r = {user.region.name}",
      declared,
      ["{user.region.name} has too many dots; an attribute is {user.NAME}"],
    ],
    [
      "another case",
      "r = {User.region}",
      declared,
      ['there is no table "User"; an attribute is written {user.region}'],
    ],
    [
      "a list where one value is wanted",
      "r = {user.groups}",
      declared,
      ["{user.groups} is a list; write IN ({user.groups})"],
    ],
    [
      "a list in a longer one",
      "r IN ('a', {user.groups})",
      declared,
      ["{user.groups} is a list; write IN ({user.groups})"],
    ],
    [
      "what is well",
      "r in ( {user.region} ) and l = {user.level} and n = {user.name} and g IN ({user.groups})",
      declared,
      [],
    ],
    ["what is well without declarations", "r NOT IN ({user.anything})", undefined, []],
    [
      "what stands in a text",
      "r <> 'but {user.region}' -- {user.regoin}",
      declared,
      ["{user.region} stands in quotes, where it is text; leave them out, values are quoted by themselves"],
    ],
    ["what stands in a comment", "r = 'a' -- {user.regoin}", declared, []],
  ])("%s", async (_, sql, file, messages) => {
    const problems = await problemsOf({
      "tables/t.yml": segment(sql),
      ...(file !== undefined && { "user_groups.yml": file }),
    });
    expect(problems).toEqual(messages.map((_message) => expect.stringMatching(/^m\/tables\/t\.yml:7:\d+: /)));
    expect(problems.map((problem) => problem.replace(/^\S+ /, ""))).toEqual(messages);
  });

  test("segments alone read attributes", async () => {
    const lines = [
      `      - {name: d, type: string, sql: "{user.region}"}`,
      "    measures:",
      `      - {name: m, type: sum, sql: "{user.level}"}`,
      `      - {name: n, type: count, filters: [{sql: "r = {group.region}"}]}`,
    ];
    const problems = await problemsOf({ "tables/t.yml": inTable(id, ...lines), "user_groups.yml": declared });
    expect(problems).toEqual([
      "m/tables/t.yml:6:39: {user.region} can be read in segments only; compare with it in a segment",
      "m/tables/t.yml:8:36: {user.level} can be read in segments only; compare with it in a segment",
      "m/tables/t.yml:9:53: {group.region} can be read in segments only; compare with it in a segment",
    ]);
  });

  test("a key is the same for each reader", async () => {
    const lines = [
      `      - {name: k, type: number, sql: "CASE WHEN {s} THEN 1 ELSE id END", primary_key: true}`,
      "    segments:",
      `      - {name: s, sql: "r = {user.region}"}`,
    ];
    expect(await problemsOf({ "tables/t.yml": inTable(...lines) })).toEqual([
      'm/tables/t.yml:5:16: primary key "k" is not computed from its own row alone',
    ]);
  });

  test("types are the declared ones, and a list is what IN has alone", async () => {
    const sql = "{TABLE}.r IN ({user.region}) AND l < {user.level} AND r <> {user.region}";
    const { model } = await load({ "tables/t.yml": segment(sql), "user_groups.yml": declared });
    const parts = model?.tables.get("t")?.segments[0]?.sql.parts;
    const attribute = { kind: "attribute", owner: "user" };
    expect(parts?.filter((part) => typeof part !== "string" && part.kind === "attribute")).toEqual([
      { ...attribute, name: "region", type: "string", isList: true },
      { ...attribute, name: "level", type: "number", isList: false },
      { ...attribute, name: "region", type: "string", isList: false },
    ]);
  });

  test("a table of the name is meant where there is one, and a row filter leaves no doubt", async () => {
    const table = (secure: string) =>
      [
        "tables:",
        "  - name: user",
        "    sql: SELECT * FROM raw",
        "    dimensions:",
        id,
        "    segments:",
        `      - {name: s, sql: "r = {user.region}"${secure}}`,
      ].join("\n");
    const files = (secure: string, groupFile = declared) => ({
      "tables/t.yml": table(secure),
      "user_groups.yml": groupFile,
    });
    const secured = ", meta: {secure: {user_groups: '*'}}";
    const everyone = "user_groups: [{name: everyone, includes: '*'}]";
    expect(await problemsOf(files(secured, everyone))).toEqual([
      'm/tables/t.yml:7:29: warning: {user.region} may be an attribute or of the table "user"; the table is meant; "attributes: {}" in the group file says so',
    ]);
    expect(await problemsOf(files(secured, `attributes: {}\n${everyone}`))).toEqual([]);
    expect((await load(files(secured, everyone))).model?.tables.get("user")?.segments).toHaveLength(1);
    expect(await problemsOf(files(""))).toEqual([]);
    expect(await problemsOf(files(", meta: {secure: {user_groups: '*'}}"))).toEqual([
      'm/tables/t.yml:7:29: {user.region} may be an attribute or of the table "user"; rename one of them',
    ]);
  });
});

describe("the group file", () => {
  const table = { "tables/t.yml": inTable(id) };

  test.each<[string, string[], string[]]>([
    [
      "a type that there is not",
      ["attributes: {region: text}", "user_groups: [{name: g, includes: '*'}]"],
      ['m/user_groups.yml:1:22: expected one of string, number, boolean, date, found "text"'],
    ],
    [
      "names that none can have",
      ["attributes: {a-b: string, name: string}", "user_groups: [{name: g, includes: '*'}]"],
      [
        'm/user_groups.yml:1:14: "a-b" is not a name: letters, digits and _, a letter first',
        "m/user_groups.yml:1:27: {user.name} has a meaning already; choose another name",
      ],
    ],
    [
      "values that are not of their type",
      [
        "attributes: {a: string, b: number, c: boolean, d: date, e: date}",
        "user_groups:",
        "  - {name: g, includes: '*', attributes: {a: 1, b: one, c: [true, 2], d: 2026-02-30, e: [2026-02-28], f: x}}",
      ],
      [
        'm/user_groups.yml:3:46: attribute "a" of user group "g" is not text',
        'm/user_groups.yml:3:52: attribute "b" of user group "g" is not a number',
        'm/user_groups.yml:3:60: attribute "c" of user group "g" is not a list of true or false each',
        'm/user_groups.yml:3:74: attribute "d" of user group "g" is not a date like 2027-01-31',
        'm/user_groups.yml:3:103: "attributes" of the group file has no "f"',
      ],
    ],
    [
      "values that are none",
      [
        "user_groups:",
        "  - {name: g, includes: '*', attributes: {a: {b: c}, d: [[1]], e: 9007199254740993}}",
      ],
      [
        'm/user_groups.yml:2:46: attribute "a" of user group "g" is neither text, number, boolean nor a list of these',
        'm/user_groups.yml:2:57: attribute "d" of user group "g" is neither text, number, boolean nor a list of these',
        'm/user_groups.yml:2:67: attribute "e" of user group "g" is a number that has no exact value here',
      ],
    ],
  ])("%s", async (_, lines, problems) => {
    expect(await problemsOf({ ...table, "user_groups.yml": groups(...lines) })).toEqual(problems);
  });

  test("groups have their attributes, and none where nothing is said", async () => {
    const file = groups(
      "user_groups:",
      "  - {name: a, attributes: {constructor: [x]}}",
      "  - {name: b, includes: '*'}",
    );
    const { model } = await load({ ...table, "user_groups.yml": file });
    expect(model?.groups.map(({ attributes }) => attributes)).toEqual([
      new Map([["constructor", ["x"]]]),
      noAttributes,
    ]);
  });
});
