// Facts over one dimension are never joined with each other: told by the rows that DuckDB counts at each step of its
// plan, of which a product of the facts would have a hundred times as many.
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LensFixture, LensFixtures } from "../support/lens-fixture.ts";

const factRows = { sales: 20_000, visits: 5_000, returns: 1_000 };

/** Some branches have no visits or returns. */
const branchesOf = { sales: 100, visits: 93, returns: 80 };

/** 100 branches; each has about 200 sales, 50 visits and 10 returns. */
const setUp = `
  CREATE TABLE branches AS SELECT i AS id, 'z' || (i % 5) AS zone, i % 2 = 0 AS open FROM range(100) t(i);
  ${Object.entries(factRows)
    .map(
      ([name, rows]) =>
        `CREATE TABLE ${name} AS SELECT i AS id, (i * 7) % ${branchesOf[name as keyof typeof factRows]} AS branch_id, 'c' || (i // 100) % 4 AS channel, i % 7 AS amount FROM range(${rows}) t(i);`,
    )
    .join("\n")}`;

const fact = (name: string) => `
  - name: ${name}
    sql: SELECT * FROM ${name}
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: branch_id, type: number, column: branch_id}
      - {name: ${name}_channel, type: string, column: channel}
    measures:
      - {name: ${name}_count, type: count}
      - {name: ${name}_amount, type: sum, sql: amount}`;

const files = {
  "tables/shop.yml": `
tables:
  - name: branches
    sql: SELECT * FROM branches
    joins:${Object.keys(factRows)
      .map(
        (name) =>
          `\n      - {name: ${name}, relationship: one_to_many, sql: "{TABLE.id} = {${name}.branch_id}"}`,
      )
      .join("")}
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: zone, type: string, column: zone}
      - {name: open, type: boolean, column: open}
    measures:
      - {name: branch_count, type: count}${Object.keys(factRows).map(fact).join("")}
`,
  "views/all.yml": `
views:
  - name: activity
    tables:
      - {join_path: branches, includes: [zone, open, branch_count]}
      - {join_path: branches.sales, includes: [sales_channel, sales_count, sales_amount]}
      - {join_path: branches.visits, includes: [visits_channel, visits_count, visits_amount]}
      - {join_path: branches.returns, includes: [returns_count]}
`,
};

let fixtures: LensFixtures;
let lens: LensFixture;
let duckdb: DuckDBInstance;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
  lens = await fixtures.lens({ files, setUp });
  duckdb = await DuckDBInstance.create(":memory:");
  const connection = await duckdb.connect();
  await connection.run(setUp);
  connection.closeSync();
});
afterAll(async () => {
  duckdb.closeSync();
  await lens.close();
  await fixtures.close();
});

interface Operator {
  readonly operator_name?: string;
  readonly operator_cardinality?: number;
  readonly children?: readonly Operator[];
}

async function rowsOf(sql: string): Promise<readonly (readonly unknown[])[]> {
  const connection = await duckdb.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRows();
  } finally {
    connection.closeSync();
  }
}

/** The most rows that any step of the plan made. */
async function mostRows(sql: string): Promise<number> {
  const connection = await duckdb.connect();
  try {
    const answer = await connection.runAndReadAll(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`);
    const largest = (operator: Operator): number =>
      Math.max(operator.operator_cardinality ?? 0, ...(operator.children ?? []).map(largest));
    return largest(JSON.parse(String(answer.getRows()[0]?.[1])) as Operator);
  } finally {
    connection.closeSync();
  }
}

const both = "MEASURE(sales_count), MEASURE(sales_amount), MEASURE(visits_count), MEASURE(visits_amount)";

/** The same by definition (M8): over the whole product, the aggregates of each fact's distinct rows. */
const product = `
  SELECT b.zone, b.open, s.id AS s, s.channel AS sales_channel, s.amount AS sa, v.id AS v,
    v.channel AS visits_channel, v.amount AS va
  FROM branches b LEFT JOIN sales s ON b.id = s.branch_id LEFT JOIN visits v ON b.id = v.branch_id`;
const distinctSum = (id: string, amount: string) =>
  `list_sum(list_transform(list(DISTINCT {'i': ${id}, 'a': ${amount}}) FILTER (WHERE ${id} IS NOT NULL), x -> x.a))`;
const byDefinition = `count(DISTINCT s), ${distinctSum("s", "sa")}, count(DISTINCT v), ${distinctSum("v", "va")}`;

/** A few rows for each of the largest fact, as keys and filters on both make them; the product is a million. */
const rowsMax = 4 * factRows.sales;

interface Case {
  readonly sql: string;
  /** The columns before the measures, and the filter, for the rows by definition. */
  readonly oracle?: readonly [keys: string, where?: string | undefined, grouping?: string];
}

const joined = "branches CROSS JOIN sales CROSS JOIN visits";

test.each<[string, Case]>([
  ["two facts", { sql: `SELECT zone, ${both} FROM ${joined} GROUP BY 1`, oracle: ["zone"] }],
  ["in all", { sql: `SELECT ${both} FROM branches, sales, visits`, oracle: ["'all'"] }],
  ["bare measures", { sql: `SELECT zone, sales_count, visits_count FROM ${joined}` }],
  [
    "with a filter on the dimension",
    {
      sql: `SELECT zone, ${both} FROM ${joined} WHERE open AND zone <> 'z1' GROUP BY 1`,
      oracle: ["zone", "open AND zone <> 'z1'"],
    },
  ],
  [
    "with a filter on one fact",
    {
      sql: `SELECT zone, ${both} FROM ${joined} WHERE sales_channel = 'c1' GROUP BY 1`,
      oracle: ["zone", "sales_channel = 'c1'"],
    },
  ],
  [
    "with filters on both facts",
    {
      sql: `SELECT zone, ${both} FROM ${joined} WHERE sales_channel IN ('c1', 'c2') AND visits_channel = 'c3' GROUP BY 1`,
      oracle: ["zone", "sales_channel IN ('c1', 'c2') AND visits_channel = 'c3'"],
    },
  ],
  [
    "with a filter that holds where there is no row",
    {
      sql: `SELECT zone, ${both} FROM ${joined} WHERE (visits_channel IS NULL OR visits_channel = 'c1') AND coalesce(sales_channel, 'c0') <> 'c3' GROUP BY 1`,
      oracle: [
        "zone",
        "(visits_channel IS NULL OR visits_channel = 'c1') AND coalesce(sales_channel, 'c0') <> 'c3'",
      ],
    },
  ],
  [
    "with a filter on rows that are not there",
    {
      sql: `SELECT zone, ${both} FROM ${joined} WHERE visits_channel IS NULL GROUP BY 1`,
      oracle: ["zone", "visits_channel IS NULL"],
    },
  ],
  [
    "with a filter over both facts",
    {
      sql: `SELECT zone, ${both} FROM ${joined} WHERE sales_channel = visits_channel OR open GROUP BY 1`,
      oracle: ["zone", "sales_channel = visits_channel OR open"],
    },
  ],
  [
    "with a key on one fact",
    { sql: `SELECT sales_channel, ${both} FROM ${joined} GROUP BY 1`, oracle: ["sales_channel"] },
  ],
  [
    "with keys on both facts, and a filter",
    {
      sql: `SELECT sales_channel || coalesce(visits_channel, '-'), ${both} FROM ${joined} WHERE zone <> 'z2' GROUP BY 1`,
      oracle: ["sales_channel || coalesce(visits_channel, '-')", "zone <> 'z2'"],
    },
  ],
  [
    "with FILTER",
    {
      sql: `SELECT zone, MEASURE(sales_count) FILTER (WHERE visits_channel = 'c2'), MEASURE(sales_amount), MEASURE(visits_count), MEASURE(visits_amount) FROM ${joined} GROUP BY 1`,
    },
  ],
  [
    "with HAVING and ORDER BY",
    {
      sql: `SELECT zone, ${both} FROM ${joined} GROUP BY 1 HAVING MEASURE(visits_count) > 0 ORDER BY MEASURE(sales_count) LIMIT 3`,
    },
  ],
  [
    "with COUNT(1) that asks for the group alone",
    { sql: `SELECT zone, ${both} FROM ${joined} GROUP BY 1 HAVING COUNT(1) > 0`, oracle: ["zone"] },
  ],
  [
    "three facts",
    {
      sql: `SELECT zone, ${both}, MEASURE(returns_count), MEASURE(branch_count) FROM ${joined} CROSS JOIN returns GROUP BY 1`,
    },
  ],
  [
    "three facts with filters on two",
    {
      sql: `SELECT zone, ${both}, MEASURE(returns_count), MEASURE(branch_count) FROM ${joined} CROSS JOIN returns WHERE sales_channel = 'c1' AND returns_channel = 'c2' GROUP BY 1`,
    },
  ],
  ["a view", { sql: `SELECT zone, ${both} FROM activity GROUP BY 1`, oracle: ["zone"] }],
  [
    "a view with a filter on one fact",
    {
      sql: `SELECT zone, ${both} FROM activity WHERE visits_channel = 'c1' GROUP BY 1`,
      oracle: ["zone", "visits_channel = 'c1'"],
    },
  ],
  [
    "a view with a key on one fact",
    { sql: `SELECT sales_channel, ${both} FROM activity GROUP BY 1`, oracle: ["sales_channel"] },
  ],
  [
    "with ROLLUP",
    {
      sql: `SELECT zone, ${both} FROM ${joined} GROUP BY ROLLUP (1)`,
      oracle: ["zone", undefined, "ROLLUP (1)"],
    },
  ],
  [
    "a transparent subquery",
    {
      sql: `SELECT zone, ${both} FROM (SELECT * FROM ${joined}) t GROUP BY 1`,
      oracle: ["zone"],
    },
  ],
  [
    "a transparent subquery in all, with wrapped measures",
    {
      sql: `SELECT COUNT(sales_count), SUM(sales_amount), MAX(visits_count), SUM(visits_amount) FROM (SELECT * FROM ${joined}) virtual_table`,
      oracle: ["'all'"],
    },
  ],
  [
    "a transparent subquery of joins that the client wrote",
    {
      sql: `SELECT source.zone, ${both} FROM (SELECT b.zone, b.open, s.sales_count, s.sales_amount, v.visits_count, v.visits_amount FROM branches b LEFT JOIN sales s ON b.id = s.branch_id LEFT JOIN visits v ON v.branch_id = b.id) AS source WHERE source.open GROUP BY 1`,
      oracle: ["zone", "open"],
    },
  ],
  [
    "a nest of transparent subqueries with filters at each level",
    {
      sql: `SELECT "rows".z, ${both} FROM (SELECT "_".z, "_".sales_count, "_".sales_amount, "_".visits_count, "_".visits_amount FROM (SELECT "$Table".zone AS z, "$Table".* FROM (SELECT * FROM ${joined} WHERE sales_channel <> 'c1') "$Table" WHERE "$Table".visits_channel = 'c2') "_" WHERE "_".open) "rows" GROUP BY "rows".z`,
      oracle: ["zone", "open AND sales_channel <> 'c1' AND visits_channel = 'c2'"],
    },
  ],
  [
    "a transparent CTE, by an expression in it",
    {
      sql: `WITH t AS (SELECT zone || '/' || coalesce(sales_channel, '-') AS k, sales_count, sales_amount, visits_count, visits_amount FROM ${joined}) SELECT k, ${both} FROM t GROUP BY 1`,
      oracle: ["zone || '/' || coalesce(sales_channel, '-')"],
    },
  ],
  [
    "bare measures over a transparent subquery",
    { sql: `SELECT zone, sales_count, visits_count FROM (SELECT * FROM ${joined}) t` },
  ],
  [
    "a view in a transparent subquery",
    {
      sql: `SELECT zone, ${both} FROM (SELECT * FROM activity WHERE open) t GROUP BY 1`,
      oracle: ["zone", "open"],
    },
  ],
  [
    "COUNT(*)",
    { sql: `SELECT zone, COUNT(*), ${both} FROM ${joined} GROUP BY 1`, oracle: ["zone, count(*)"] },
  ],
  [
    "COUNT(*) in all",
    { sql: `SELECT COUNT(*), ${both} FROM ${joined}`, oracle: ["count(*)", undefined, "()"] },
  ],
  [
    "SUM(1), COUNT(1) and COUNT(*) with FILTER",
    {
      sql: `SELECT zone, SUM(1), COUNT(1), COUNT(*) FILTER (WHERE visits_channel = 'c1'), COUNT(sales_channel), MIN(visits_channel), COUNT(DISTINCT sales_channel), ${both} FROM ${joined} GROUP BY 1`,
      oracle: [
        "zone, count(*), count(*), count(*) FILTER (WHERE visits_channel = 'c1'), count(sales_channel), min(visits_channel), count(DISTINCT sales_channel)",
      ],
    },
  ],
  [
    "COUNT(*) with filters on both facts",
    {
      sql: `SELECT zone, COUNT(*), ${both} FROM ${joined} WHERE sales_channel IN ('c1', 'c2') AND (visits_channel IS NULL OR visits_channel = 'c3') GROUP BY 1`,
      oracle: [
        "zone, count(*)",
        "sales_channel IN ('c1', 'c2') AND (visits_channel IS NULL OR visits_channel = 'c3')",
      ],
    },
  ],
  [
    "COUNT(*) over no rows",
    {
      sql: `SELECT COUNT(*), SUM(1), ${both} FROM ${joined} WHERE zone = 'z9'`,
      oracle: ["count(*), sum(1)", "zone = 'z9'", "()"],
    },
  ],
  [
    "COUNT(*) alone",
    { sql: `SELECT sales_channel, COUNT(*) FROM ${joined} GROUP BY 1 HAVING COUNT(*) > 100` },
  ],
  [
    "COUNT(*) with ROLLUP",
    {
      sql: `SELECT zone, open, COUNT(*), ${both} FROM ${joined} GROUP BY ROLLUP (1, 2)`,
      oracle: ["zone, open, count(*)", undefined, "ROLLUP (1, 2)"],
    },
  ],
  [
    "COUNT(*) over a transparent subquery",
    {
      sql: `SELECT zone, COUNT(*), ${both} FROM (SELECT * FROM ${joined} WHERE sales_channel <> 'c2') t WHERE open GROUP BY 1`,
      oracle: ["zone, count(*)", "open AND sales_channel <> 'c2'"],
    },
  ],
  [
    "COUNT(*) over a view of three facts",
    {
      sql: `SELECT zone, COUNT(*), ${both} FROM activity GROUP BY 1`,
    },
  ],
])("%s", async (_, { sql, oracle }) => {
  const user = lens.user("analyst");
  const compiled = await user.compileSql(sql);
  expect(await mostRows(compiled.sql)).toBeLessThanOrEqual(rowsMax);
  if (oracle === undefined) return;
  const [keys, where, grouping] = oracle;
  const expected = await rowsOf(
    `SELECT ${keys}, ${byDefinition} FROM (${product}) ${where === undefined ? "" : `WHERE ${where}`} GROUP BY ${grouping ?? "1"}`,
  );
  const { rows } = await user.run(sql);
  // A group without rows by definition has a row all the same where there are no keys.
  const own = rows.map((row) => (keys === "'all'" ? ["all", ...row] : [...row]));
  expect(own.map(String).sort()).toEqual(expected.map(String).sort());
});
