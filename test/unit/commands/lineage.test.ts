import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runLineage } from "../../../src/commands/lineage.ts";
import { type Folder, makeFolder } from "../config/config-folder.ts";

const model = `tables:
  - name: people
    sql: SELECT * FROM people
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - name: email
        type: string
        column: email
        meta: {secure: {func: md5, user_groups: {includes: "*", excludes: [staff]}}}
      - {name: domain, type: string, sql: "split_part({TABLE}.EMAIL, '@', 2)"}
    measures:
      - {name: people_count, type: count}
      - {name: emails, type: count_distinct, sql: "{email}"}
      - {name: last_domain, type: max, sql: "{domain}"}
    segments:
      - {name: here, sql: "{TABLE}.zone = 'x'", meta: {secure: {user_groups: {includes: [guests]}}}}
`;
const files = {
  "config.yaml": "sources: [{name: main, type: duckdb, path: ./x}]\nlenses: [{name: l, model: ./model}]\n",
  "model/tables/people.yml": model,
  "model/user_groups.yml":
    'user_groups:\n  - {name: staff, includes: ["roles:id:a"]}\n  - {name: guests, includes: "*"}\n',
};

let folder: Folder;
beforeAll(async () => {
  folder = await makeFolder(files);
});
afterAll(() => folder.remove());

async function lineage(...argv: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runLineage(argv, { stdout, stderr });
  return { code, out: String(stdout.read() ?? ""), err: String(stderr.read() ?? "") };
}

test("each member with what it reads, masks on it also through others, and row filters", async () => {
  const { code, out, err } = await lineage("--config", join(folder.path, "config.yaml"));
  expect([code, err]).toEqual([0, ""]);
  expect(out).toBe(`people:
  rows by people.here for guests
  people.id (dimension)
    columns of people: id
  people.email (dimension)
    columns of people: email
    masked (md5) for guests
  people.domain (dimension)
    columns of people: email
    masked (md5) through people.email for guests
  people.people_count (measure)
  people.emails (measure)
    reads people.email
    columns of people: email
  people.last_domain (measure)
    reads people.domain
    columns of people: email
    masked (md5) through people.email for guests
  people.here (segment)
    columns of people: zone
`);
});

test("the same as JSON, of the lens that is named", async () => {
  const { out } = await lineage("--config", join(folder.path, "config.yaml"), "--lens", "l", "--json");
  const { lens, tables } = JSON.parse(out);
  expect(lens).toBe("l");
  expect(tables[0].forcedSegments).toEqual([{ segment: "people.here", groups: ["guests"] }]);
  expect(tables[0].members[5]).toEqual({
    ...{ member: "people.last_domain", kind: "measure", views: [], reads: ["people.domain"] },
    columns: [{ table: "people", columns: ["email"] }],
    masks: [{ member: "people.email", func: "md5", groups: ["guests"] }],
  });
});

test.each([
  [[], 2, "--config is missing"],
  [["--config", "x", "y"], 2, "usage: lenswire lineage"],
  [["--config", "CONFIG", "--lens", "other"], 1, 'there is no lens "other"'],
])("arguments %j", async (argv, code, message) => {
  const result = await lineage(...argv.map((arg) => arg.replace("CONFIG", join(folder.path, "config.yaml"))));
  expect(result).toMatchObject({ code, out: "" });
  expect(result.err).toContain(message);
});
