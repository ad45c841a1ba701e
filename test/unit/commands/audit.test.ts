import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runAudit } from "../../../src/commands/audit.ts";
import { type Folder, makeFolder } from "../config/config-folder.ts";

const model = `tables:
  - name: people
    sql: SELECT * FROM people
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: zone, type: string, column: zone}
      - {name: inner, type: string, column: zone, public: false}
      - name: email
        type: string
        column: email
        meta: {secure: {func: redact, user_groups: {includes: "*", excludes: [staff]}}}
      - {name: domain, type: string, sql: "split_part({TABLE}.email, '@', 2)"}
    measures:
      - {name: people_count, type: count}
      - {name: last_domain, type: max, sql: "{domain}"}
`;
const groups = `user_groups:
  - {name: staff, includes: "*"}
`;

const who = (user: string, group: string) => ({
  ...{ user, group, lens: "l", clientAddress: "127.0.0.1" },
});
function opened(
  id: string,
  time: string,
  user: string,
  group: string,
  members: string[],
  unmasked: string[],
) {
  const record = { event: "opened", id, time, ...who(user, group), sql: "SELECT 'x\u001b[2J'" };
  return { ...record, sourceSql: "", tables: ["people"], members, segments: [], masked: [], unmasked };
}
const closed = (id: string, rows: number, outcome = "00000") => ({
  ...{ event: "closed", id, time: "2026-11-25T23:00:00.000Z", outcome, rows, bytes: 1, durationMs: 2.4 },
  stages: { run: 1 },
});

const earlier = [
  opened("a", "2026-11-24T10:00:00.000Z", "mira", "staff", ["people.zone", "people.email"], ["people.email"]),
  closed("a", 3),
];
const newer = [
  opened(
    "b",
    "2026-11-25T09:00:00.000Z",
    "mira",
    "staff",
    ["people.last_domain", "people.zone"],
    ["people.email"],
  ),
  closed("b", 1),
  opened("c", "2026-11-25T09:30:00.000Z", "ole", "guests", ["people.email"], []),
  closed("c", 5),
  opened("d", "2026-11-25T09:40:00.000Z", "mira", "staff", ["people.people_count", "people.gone"], []),
  opened(
    "e",
    "2026-11-25T09:41:00.000Z",
    "(operator)",
    "staff",
    ["people.id", "people.email"],
    ["people.email"],
  ),
  {
    ...{ event: "refused", time: "2026-11-25T10:00:00.000Z", ...who("ole", "guests"), sql: "SELECT o'x" },
    ...{ outcome: "42703", message: 'column "o" does not exist' },
  },
  { event: "login", time: "2026-11-25T10:01:00.000Z", ...who("eve", ""), outcome: "28P01" },
  { event: "login", time: "2026-11-25T10:02:00.000Z", ...who("ole", "guests"), outcome: "00000" },
];

let folder: Folder;
let config: string;
const text = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");

beforeAll(async () => {
  folder = await makeFolder({
    "config.yaml": `sources: [{name: main, type: duckdb, path: ./no.duckdb}]
lenses: [{name: l, model: ./model}]
audit: {file: "./log [1]/it's.jsonl"}
`,
    "model/tables/people.yml": model,
    "model/user_groups.yml": groups,
    "log [1]/it's.2026-11-24.1.jsonl": text(earlier),
    // A crash left half a line, and the server is writing the last one.
    "log [1]/it's.jsonl": `${text(newer.slice(0, 2))}{"event":"ope\n${text(newer.slice(2))}{"event":"clo`,
    "none.yaml":
      "sources: [{name: main, type: duckdb, path: ./no.duckdb}]\nlenses: [{name: l, model: ./model}]\n",
  });
  config = join(folder.path, "config.yaml");
});
afterAll(() => folder.remove());

async function audit(...argv: string[]) {
  const [out, err] = ["", ""].map(() => new PassThrough());
  if (out === undefined || err === undefined) throw new Error("no streams");
  const code = await runAudit(argv, { stdout: out, stderr: err });
  return { code, out: String(out.read() ?? ""), err: String(err.read() ?? "") };
}

async function rowsOf(...argv: string[]): Promise<Record<string, unknown>[]> {
  const { code, out, err } = await audit("--config", config, "--format", "json", ...argv);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Record<string, unknown>[];
}

describe("the table audit", () => {
  test("has a row for each statement, login and refusal of all files, with how it ended", async () => {
    const sql = `SELECT event, id, "user", "group", outcome, "rows", durationMs, members[1] AS first, time,
      stages['run'] AS run FROM audit ORDER BY time`;
    const found = await rowsOf("--sql", sql);
    expect(found.map(({ event }) => event)).toEqual([
      ...["opened", "opened", "opened", "opened", "opened", "refused", "login", "login"],
    ]);
    expect(found[0]).toEqual({
      ...{
        event: "opened",
        id: "a",
        user: "mira",
        group: "staff",
        outcome: "00000",
        rows: 3,
        durationMs: 2.4,
      },
      ...{ first: "people.zone", time: "2026-11-24 10:00:00", run: 1 },
    });
    // Of a statement that has not ended, or whose server did not live to say so.
    expect(found[3]).toMatchObject({ id: "d", outcome: null, rows: null });
  });

  test.each([
    [["--user", "ole"], "crl"],
    [["--table", "people"], "abcde"],
    [["--member", "people.email"], "ace"],
    [["--day", "2026-11-24"], "a"],
    [["--since", "2026-11-25T10:40:00+01:00", "--until", "2026-11-25T10:01"], "der"],
    [["--since", "2026-11-25", "--user", "mira"], "bd"],
    [["--user", "o'le"], ""],
  ])("has with %j the records %s", async (argv, ids) => {
    const sql = "SELECT string_agg(coalesce(id, event[1]), '' ORDER BY time) AS ids FROM audit";
    expect(await rowsOf("--sql", sql, ...argv)).toEqual([{ ids: ids === "" ? null : ids }]);
  });

  test("is shown with the newest first where nothing else is asked", async () => {
    const { out } = await audit("--config", config, "--user", "ole");
    expect(out.split("\n").map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ["time", "event"],
      [expect.stringMatching(/^-+$/), "-------"],
      ["2026-11-25 10:02:00", "login"],
      ["2026-11-25 10:00:00", "refused"],
      ["2026-11-25 09:30:00", "opened"],
      ["(3 rows)"],
      [""],
    ]);
    // A statement's text cannot steer the terminal.
    expect(out).toContain("SELECT 'x [2J'");
  });
});

test("the report usage counts members of the models, those never used last", async () => {
  const found = await rowsOf("--report", "usage");
  expect(
    found.map((row) => [row["member"], row["kind"], row["statements"], row["users"], row["last_use"]]),
  ).toEqual([
    ["people.email", "dimension", 2, 2, "2026-11-25 09:30:00"],
    ["people.zone", "dimension", 2, 1, "2026-11-25 09:00:00"],
    ["people.gone", "not in the model", 1, 1, "2026-11-25 09:40:00"],
    ["people.last_domain", "measure", 1, 1, "2026-11-25 09:00:00"],
    ["people.people_count", "measure", 1, 1, "2026-11-25 09:40:00"],
    ["people.domain", "dimension", 0, 0, null],
    ["people.id", "dimension", 0, 0, null],
  ]);
});

test("the report unmasked has who saw what is masked for others", async () => {
  expect(await rowsOf("--report", "unmasked")).toEqual([
    {
      ...{ lens: "l", member: "people.email", user: "mira", group: "staff", statements: 2 },
      ...{ first_read: "2026-11-24 10:00:00", last_read: "2026-11-25 09:00:00" },
    },
  ]);
  expect(await rowsOf("--report", "unmasked", "--user", "ole")).toEqual([]);
});

test("the report refused has refused statements and failed logins", async () => {
  const { out } = await audit("--config", config, "--report", "refused", "--format", "csv");
  expect(out).toBe(
    [
      "time,event,user,lens,group,clientAddress,outcome,message,sql",
      `2026-11-25 10:00:00,refused,ole,l,guests,127.0.0.1,42703,"column ""o"" does not exist",SELECT o'x`,
      "2026-11-25 10:01:00,login,eve,l,,127.0.0.1,28P01,,",
      "",
    ].join("\r\n"),
  );
});

describe("exit code 1", () => {
  test.each([
    ["SELECT nope FROM audit", 'Referenced column "nope" not found'],
    ["SELEC", "syntax error"],
    ["SELECT 1; SELECT 2", "one SELECT is wanted"],
    ["CREATE TABLE x AS SELECT 1", "only SELECT is run"],
    ["EXPLAIN ANALYZE SELECT 1", "only SELECT is run"],
    ["SET enable_external_access = true", "only SELECT is run"],
    ["ATTACH 'x.duckdb'", "only SELECT is run"],
    ["SELECT * FROM read_text('/etc/hostname')", "Permission Error"],
    ["SELECT * FROM glob('/etc/*')", "Permission Error"],
  ])("for %s", async (sql, message) => {
    const { code, out, err } = await audit("--config", config, "--sql", sql);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(message);
  });

  test("for COPY into an audit file, which stays as it is", async () => {
    const file = join(folder.path, "log [1]", "it's.jsonl");
    const before = await readFile(file, "utf8");
    for (const to of ["COPY (SELECT 1) TO", "EXPLAIN ANALYZE COPY (SELECT 1) TO", "EXPORT DATABASE"]) {
      const sql = `${to} '${file.replaceAll("'", "''")}'`;
      expect(await audit("--config", config, "--sql", sql)).toMatchObject({ code: 1, out: "" });
    }
    expect(await readFile(file, "utf8")).toBe(before);
  });

  test("without an audit, and without a configuration", async () => {
    expect(await audit("--config", join(folder.path, "none.yaml"))).toEqual({
      ...{ code: 1, out: "", err: "lenswire audit: the configuration has no section audit\n" },
    });
    expect(await audit("--config", join(folder.path, "missing.yaml"))).toMatchObject({ code: 1, out: "" });
  });
});

test("the newest records as far as they are asked for, with a word where there are more", async () => {
  const rows = async (...argv: string[]) => {
    const { code, out, err } = await audit("--config", config, "--format", "json", ...argv);
    expect(code).toBe(0);
    return { times: (JSON.parse(out) as { time: string }[]).map(({ time }) => time), err };
  };
  const all = await rows("--limit", "all");
  expect(all.err).toBe("");
  expect((await rows()).times).toEqual(all.times);
  const { times, err } = await rows("--limit", "2");
  expect(times).toEqual(all.times.slice(0, 2));
  expect(err).toBe(
    "lenswire audit: these are the newest 2 records; --limit N shows more, --limit all shows all\n",
  );
  expect((await rows("--limit", String(all.times.length))).err).toBe("");
});

test.each([
  [[], "--config is missing"],
  [["--config", "x", "more"], "more"],
  [["--config", "x", "--sql", "SELECT 1", "--report", "usage"], "--sql and --report exclude each other"],
  [["--config", "x", "--sql", " "], "--sql wants a SELECT"],
  [["--config", "x", "--report", "toString"], 'there is no report "toString"'],
  [["--config", "x", "--format", "xml"], 'there is no format "xml"'],
  [["--config", "x", "--sql", "SELECT 1", "--limit", "3"], "--limit goes without --sql and --report"],
  [["--config", "x", "--limit", "0"], "--limit wants a number from 1, or all"],
  [["--config", "x", "--member", "email"], "--member wants TABLE.MEMBER"],
  [["--config", "x", "--day", "2026-02-30"], "--day wants a day like"],
  [["--config", "x", "--day", "2026-11-25T00:00Z"], "--day wants a day like"],
  [["--config", "x", "--day", "2026-11-25", "--since", "2026-11-25"], "--day goes without"],
  [["--config", "x", "--since", "yesterday"], "--since wants a time like"],
  [["--config", "x", "--since", "2026-11-25", "--until", "2026-11-25"], "--since must be before --until"],
])("exit code 2 for %j", async (argv, message) => {
  const { code, out, err } = await audit(...argv);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(message);
  expect(err).toContain("usage: lenswire audit");
});
