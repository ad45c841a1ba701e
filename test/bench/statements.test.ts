// What a statement costs beside the warehouse: the first time its text comes, and each time after that. EXPLAIN asks the
// warehouse nothing; the same source SQL is run on the warehouse directly to show its own time apart.
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { type ServedDemo, serveDemo } from "../support/served-demo.ts";
import { type DirectDuckDb, openDirectDuckDb } from "./direct-duckdb.ts";
import { RawClient } from "./raw-client.ts";
import { cpuMs, inTurns, median, Report, rows, runs, timed } from "./report.ts";

const report = new Report("statements");
let demo: ServedDemo;
let client: RawClient;
let direct: DirectDuckDb;
/** Makes a text that was not sent before. */
let salt = 0;

beforeAll(async () => {
  demo = await serveDemo({ rows, limits: ["queriesPerMinute: 1000000"] });
  client = await RawClient.connect({ ...demo, user: "admin", password: "admin" });
  direct = await openDirectDuckDb(join(demo.folder, "market.duckdb"));
});
afterAll(async () => {
  client?.close();
  direct?.close();
  await demo?.close();
  await report.finish();
});

const seedQuery =
  "SELECT customers.zone, customers.city, customers.branch_name, transactions.channel, " +
  "MEASURE(transactions.debit_to_credit_ratio) FROM customers CROSS JOIN transactions GROUP BY 1,2,3,4 " +
  "ORDER BY 1,2,3,4 LIMIT 10";

const list = (count: number, item: (index: number) => string, separator = ", ") =>
  Array.from({ length: count }, (_, index) => item(index)).join(separator);

async function sourceSql(sql: string): Promise<string> {
  const [plan] = JSON.parse(await client.value(`EXPLAIN (FORMAT JSON) ${sql}`)) as [
    { readonly Plan: { readonly "Source SQL": string } },
  ];
  return plan.Plan["Source SQL"];
}

test("a statement's first and later times", async () => {
  await timed(runs(50), () => client.query(`EXPLAIN ${seedQuery} -- ${salt++}`));
  const { pid } = demo.program;
  const cpuBefore = await cpuMs(pid);
  const first = await timed(runs(150), () => client.query(`EXPLAIN ${seedQuery} -- ${salt++}`));
  report.note("first statement of a text, seed query, p50", median(first), "ms", "<= 3");
  const cpu = (await cpuMs(pid)) - cpuBefore;
  report.note("  processor time of the server for each, all threads", cpu / first.length, "ms");
  const small = "SELECT zone, customer_count FROM customers";
  const source = await sourceSql(small);
  const { served, own } = await inTurns(runs(300), {
    served: () => client.query(small),
    own: () => direct.run(source),
  });
  report.note("repeated small statement, round trip, p50", served, "ms");
  report.note("the same on the warehouse directly, p50", own, "ms");
  report.note("repeated statement, added, p50", served - own, "ms", "<= 0.3");
  const empty = await timed(runs(300), () => client.query("SHOW TimeZone"));
  report.note("a statement that runs nothing (SHOW), round trip, p50", median(empty), "ms");
});

type Shape = readonly [
  what: string,
  sizes: readonly number[],
  text: (size: number, salt: number) => string,
  bar: string,
];

const inList =
  (item: (index: number, salt: number) => string, column: string, table = "customers") =>
  (n: number, s: number) =>
    `SELECT 1 AS one FROM ${table} WHERE ${column} IN (${list(n, (i) => item(i, s))})`;

const shapes: readonly Shape[] = [
  [
    "column",
    [10, 100, 500],
    (n, s) => `SELECT ${list(n, (i) => `zone || '${s}/${i}'`)} FROM customers`,
    "<= 100 us",
  ],
  ["IN string", [10, 500, 5000], inList((i, s) => `'${s}/${i}'`, "city"), "<= 5 us"],
  ["IN number", [10, 500, 5000], inList((i, s) => `${s * 10_000 + i}`, "customer_id"), "<= 5 us"],
  ["IN decimal", [10, 500, 5000], inList((i, s) => `${s}.${i}`, "amount", "transactions"), "<= 5 us"],
  [
    "IN date",
    [10, 500, 5000],
    inList((i, s) => `DATE '${2000 + (s % 20)}-01-${10 + (i % 18)}'`, "transaction_time", "transactions"),
    "<= 5 us",
  ],
  [
    "IN string, in two lists",
    [10, 500, 5000],
    (n, s) =>
      `SELECT 1 AS one FROM customers WHERE city IN (${list(n / 2, (i) => `'${s}/${i}'`)}) AND zone NOT IN (${list(n / 2, (i) => `'${s}/${i}'`)})`,
    "<= 5 us",
  ],
  [
    "branch of CASE",
    [10, 100, 500],
    (n, s) => `SELECT CASE ${list(n, (i) => `WHEN city = '${s}/${i}' THEN '${i}'`, " ")} END FROM customers`,
    "",
  ],
  [
    "arm of UNION ALL",
    [1, 50, 100],
    (n, s) =>
      list(
        n,
        (i) => `SELECT zone, MEASURE(total_balance) FROM customers WHERE city = '${s}/${i}' GROUP BY 1`,
        " UNION ALL ",
      ),
    "",
  ],
  [
    "transparent subquery",
    [1, 25, 50],
    (n, s) =>
      `SELECT zone, SUM(total_balance) FROM ${"(SELECT zone, total_balance FROM ".repeat(n)}customers${list(n, (i) => `) t${s}_${i}`, "")} GROUP BY 1`,
    "",
  ],
  [
    "level of an expression",
    [10, 100, 190],
    (n, s) => `SELECT ${"(".repeat(n)}customer_id${list(n, (i) => ` + ${s + i})`, "")} FROM customers`,
    "",
  ],
  [
    "joined table",
    [1, 5, 10],
    (n, s) =>
      `SELECT c0.zone FROM customers c0 ${list(n - 1, (i) => `JOIN customers c${i + 1} ON c${i}.customer_id = c${i + 1}.customer_id`, " ")} WHERE c0.city = '${s}'`,
    "",
  ],
];

test.each(shapes)("each further %s", async (what, sizes, text, bar) => {
  const work = Object.fromEntries(
    sizes.map((size) => [`${size}`, () => client.query(`EXPLAIN ${text(size, ++salt)}`)]),
  );
  await inTurns(runs(2), work);
  const medians = await inTurns(runs(15), work);
  for (const [place, size] of sizes.entries()) {
    const smaller = sizes[place - 1];
    if (smaller === undefined) continue;
    const more = (medians[`${size}`] ?? 0) - (medians[`${smaller}`] ?? 0);
    report.note(`each further ${what}, ${smaller} to ${size}`, (more / (size - smaller)) * 1000, "us", bar);
  }
  const [smallest = 0] = sizes;
  const largest = sizes.at(-1) ?? 0;
  const sources = {
    small: await sourceSql(text(smallest, ++salt)),
    large: await sourceSql(text(largest, ++salt)),
  };
  const own = await inTurns(runs(7), {
    small: () => direct.prepare(sources.small),
    large: () => direct.prepare(sources.large),
  });
  const each = ((own.large - own.small) / (largest - smallest)) * 1000;
  report.note(`  the warehouse's own planning of it, ${smallest} to ${largest}`, each, "us");
});
