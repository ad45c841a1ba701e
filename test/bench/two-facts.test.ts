// Two facts over one dimension: the time of one statement over both against that of a statement for each.
import { afterAll, beforeAll, test } from "vitest";
import { type LensFixture, LensFixtures } from "../support/lens-fixture.ts";
import { inTurns, Report, rows, runs } from "./report.ts";

const report = new Report("two facts over one dimension");
const facts = { sales: 2 * rows, visits: Math.ceil(rows / 20) };

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

const tables = `
tables:
  - name: branches
    sql: SELECT * FROM branches
    joins:
      - {name: sales, relationship: one_to_many, sql: "{TABLE.id} = {sales.branch_id}"}
      - {name: visits, relationship: one_to_many, sql: "{TABLE.id} = {visits.branch_id}"}
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: zone, type: string, column: zone}${Object.keys(facts).map(fact).join("")}
`;

let fixtures: LensFixtures;
let lens: LensFixture;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
  lens = await fixtures.lens({
    files: { "tables/facts.yml": tables },
    setUp: `
      CREATE TABLE branches AS SELECT i AS id, 'z' || (i % 5) AS zone FROM range(100) t(i);
      ${Object.entries(facts)
        .map(
          ([name, count]) =>
            `CREATE TABLE ${name} AS SELECT i AS id, (i * 7) % 100 AS branch_id, 'c' || (i // 100) % 4 AS channel, i % 7 AS amount FROM range(${count}) t(i);`,
        )
        .join("\n")}`,
  });
});
afterAll(async () => {
  await lens?.close();
  await fixtures?.close();
  await report.finish();
});

interface Case {
  readonly where?: string;
  readonly from?: string;
  /** What stands beside the measures. */
  readonly beside?: string;
}

const joined = "branches CROSS JOIN sales CROSS JOIN visits";

test.each<[string, Case]>([
  ["no filter", {}],
  ["a filter on one fact", { where: "WHERE visits_channel = 'c1'" }],
  ["filters on both facts", { where: "WHERE sales_channel <> 'c1' AND visits_channel = 'c2'" }],
  ["a transparent subquery", { from: `(SELECT * FROM ${joined}) virtual_table` }],
  ["COUNT(*) beside", { beside: "COUNT(*), " }],
])("%s", async (what, { where = "", from = joined, beside = "" }) => {
  const user = lens.user("analyst");
  const measures = (name: string) => `MEASURE(${name}_count), MEASURE(${name}_amount)`;
  const own = (name: string) =>
    where
      .replace(/^WHERE /, "")
      .split(" AND ")
      .filter((condition) => condition.startsWith(name));
  const alone = (name: string) =>
    user.run(
      `SELECT zone, ${measures(name)} FROM branches CROSS JOIN ${name} ${own(name).length > 0 ? `WHERE ${own(name).join(" AND ")}` : ""} GROUP BY 1`,
    );
  const work = {
    both: () =>
      user.run(
        `SELECT zone, ${beside}${measures("sales")}, ${measures("visits")} FROM ${from} ${where} GROUP BY 1`,
      ),
    sales: () => alone("sales"),
    visits: () => alone("visits"),
  };
  await inTurns(1, work);
  const { both, sales, visits } = await inTurns(runs(7), work);
  report.note(`${what}: both facts in one statement, p50`, both, "ms");
  report.note(`${what}: the statements of each, together, p50`, sales + visits, "ms");
  report.note(`${what}: ratio`, both / (sales + visits), "x", "about 1");
});
