// PostgreSQL orders the conditions of one level by their cost. Over many rows, what a reader writes must not be asked of
// rows that the policy hides: it would tell their values by its errors.
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Dialect } from "../../../src/dialect/dialect.ts";
import { postgresDialect } from "../../../src/dialect/postgres/postgres-dialect.ts";
import { render } from "../../../src/dialect/render.ts";
import type { ScanSql, SecuredScan } from "../../../src/query/query.ts";
import { parseTree, readTree } from "../../../src/query/read-tree.ts";
import { type DumpSource, openDumpSource } from "../query/analysed-dump.ts";
import { askPostgres, type PostgresServer, startPostgres, utc } from "./postgres-server.ts";
import { secureRelations, wholeScan } from "./secured-relations.ts";

const rowCount = 3_000;
/** Every tenth row is hidden, and holds a text that is no number and no pattern, and a zero. */
const shownCount = rowCount * 0.9;
const columns = ["id", "branch_id", "zone", "note", "points", "flag"];

const ddl =
  "create table visits(id integer primary key, branch_id integer, zone text, note text, points integer, flag boolean)";
const branchesDdl = "create table branches(id integer primary key, zone text)";

const setUp = [
  branchesDdl,
  "insert into branches select i, case when i % 10 = 0 then 'S' else 'N' end from generate_series(0, 999) i",
  ddl,
  `insert into visits select i, i % 1000, case when i % 10 = 0 then 'S' else 'N' end,
     case when i % 10 = 0 then '(hidden\\' else (i % 100)::text end, case when i % 10 = 0 then 0 else i end, true
   from generate_series(1, ${rowCount}) i`,
];

const own: ScanSql = [{ alias: "visits", column: "zone" }];
const id: ScanSql = [{ alias: "visits", column: "id" }];

const policies: Readonly<Record<string, Partial<SecuredScan>>> = {
  "one comparison": { forced: [[...own, " = 'N'"]] },
  "a long list": { forced: [[...own, " IN ('N','A','B','C','D','E','F')"]] },
  alternatives: { forced: [[...own, " = 'N' OR ", ...own, " = 'M' OR ", ...own, " = 'O'"]] },
  "a function": { forced: [["length(regexp_replace(", ...own, ", 'S', 'hidden')) < 2"]] },
  "two conditions": {
    forced: [
      [...own, " = 'N'"],
      ["lower(upper(lower(", ...own, "))) <> 's'"],
    ],
  },
  "a subquery": { forced: [[...id, " NOT IN (SELECT id FROM visits WHERE zone = 'S')"]] },
  "another table": {
    forced: [[{ alias: "visits / branches", column: "zone" }, " = 'N'"]],
    forcedJoins: [
      {
        alias: "visits / branches",
        scan: wholeScan("branches", ["id", "zone"]),
        on: [{ alias: "visits", column: "branch_id" }, " = ", { alias: "visits / branches", column: "id" }],
      },
    ],
  },
};

const attempts = [
  "select count(*) from visits where note::integer >= 0",
  "select count(*) from visits where 1000000 / points >= 0",
  "select count(*) from visits where 'a' ~ note or true",
  "select count(*) from visits where 'a' !~ note",
  "select count(*) from visits where 'a' not like note",
  "select count(*) from visits where 'a' !~ all (array[note])",
  "select count(*) from visits where regexp_like('5', note) is not null",
  "select count(*) from visits where flag and id > 0 and note::integer >= 0",
  "select count(*) from visits where id = any (array[(note::integer * 0 + id)])",
  "select count(*) from (select note::integer as n from visits) t where n >= 0",
  "select sum(c) from (select note::integer as n, count(*) as c from visits group by 1) t",
  "select count(*) from visits v join branches b on v.branch_id = b.id and v.note::integer >= 0",
  "select count(*) from branches b join visits v on v.branch_id = b.id where 100 / v.points >= 0 and b.id >= 0",
  "select count(*) from branches b left join visits v on v.branch_id = b.id and v.note::integer >= 0 where v.id is not null",
  "select count(*) from visits v where exists (select 1 from branches b where b.id = v.branch_id and v.note::integer >= 0)",
  "select count(*) from visits v where v.note::integer in (select b.id from branches b)",
  "with q as (select * from visits) select count(*) from q where note::integer >= 0",
  "select count(*) from visits where case when note::integer >= 0 then true else false end",
  "select count(*) from (select distinct note, id from visits) t where note::integer >= 0",
  "select count(*) from (select id, note, row_number() over (partition by note) from visits) t where note::integer >= 0",
  "select count(*) from (select note from visits union all select note from visits where false) t where note::integer >= 0",
] as const;

const unguarded: Dialect = {
  ...postgresDialect,
  has: { ...postgresDialect.has, reorderedConditions: false },
};

let server: PostgresServer;
let client: pg.Client;
let trees: DumpSource;

beforeAll(async () => {
  [server, trees] = await Promise.all([startPostgres(), openDumpSource(`${branchesDdl}; ${ddl}`)]);
  client = await server.warehouse();
  for (const sql of setUp) await client.query(sql);
});

afterAll(() => Promise.all([server?.close(), trees?.database.close()]));

async function ask(sql: string, policy: Partial<SecuredScan>, dialect: Dialect) {
  const query = secureRelations(readTree(parseTree(await trees.dump(sql)), { text: sql }), (entry) =>
    entry.name === "branches" || entry.name === "b"
      ? wholeScan("branches", ["id", "zone"])
      : { ...wholeScan("visits", columns), ...policy },
  );
  const plan = render({ query } as Parameters<typeof render>[0], dialect, utc);
  return askPostgres(client, plan.sql);
}

const dear = "alter function pg_catalog.%s cost 100000";
const states: Readonly<Record<string, readonly string[]>> = {
  "without statistics": [],
  "with statistics and an index": ["create index on visits (note)", "analyze visits", "analyze branches"],
  "where the policy's functions are dear": [
    dear.replace("%s", "texteq(text, text)"),
    dear.replace("%s", "lower(text)"),
    dear.replace("%s", "regexp_replace(text, text, text)"),
  ],
  "where subqueries are dear": ["set enable_hashjoin = off", "set enable_material = off"],
};

describe.each(Object.entries(states))("%s", (_, statements) => {
  beforeAll(async () => {
    for (const sql of statements) await client.query(sql);
  });

  test.each(Object.keys(policies))("no hidden row is asked under a policy of %s", async (name) => {
    const told: string[] = [];
    for (const sql of attempts) {
      const outcome = await ask(sql, policies[name] ?? {}, postgresDialect);
      const answer = outcome.kind === "rows" ? outcome.rows.flat().join() : outcome.message;
      if (answer !== String(shownCount)) told.push(`${sql}: ${answer}`);
    }
    expect(told).toEqual([]);
  });

  test("the attempts succeed where nothing holds them back", async () => {
    const leaking = new Set<string>();
    for (const [name, policy] of Object.entries(policies)) {
      for (const sql of attempts) {
        if ((await ask(sql, policy, unguarded)).kind === "error") leaking.add(name);
      }
    }
    expect([...leaking]).toContain("a function");
    expect([...leaking]).toContain("another table");
    expect(leaking.size).toBeGreaterThan(4);
  });
});
