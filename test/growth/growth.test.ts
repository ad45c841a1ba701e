// What a statement costs grows no faster than the statement: counted in calls of every function from the text to the
// warehouse's SQL, so that the machine's speed has no part in it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { CallCounter, type CallCounts } from "../support/call-counts.ts";
import { type LensFixture, LensFixtures } from "../support/lens-fixture.ts";
import { shopFiles, shopSetUp } from "../support/shop-lens.ts";

let fixtures: LensFixtures;
let shop: LensFixture;
let counter: CallCounter;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
  shop = await fixtures.lens({ files: shopFiles, setUp: shopSetUp });
  counter = await CallCounter.start();
});
afterAll(async () => {
  await counter.stop();
  await shop.close();
  await fixtures.close();
});

/** Calls below which growth is of no account. */
const callsMin = 1000;

/** How much steeper the second stretch may be than the first. */
const slopeMax = 1.3;

const list = (count: number, item: (index: number) => string, separator = ", ") =>
  Array.from({ length: count }, (_, index) => item(index)).join(separator);

/** `salt` makes each text a new one. */
type Shape = readonly [
  name: string,
  sizes: readonly [number, number, number],
  text: (n: number, salt: string) => string,
];

const nested = (count: number, select: string, core: string) =>
  `${`${select} FROM (`.repeat(count)}${core}${list(count, (i) => `) t${i}`, " ")}`;

const shapes: readonly Shape[] = [
  ["columns", [50, 150, 300], (n, s) => `SELECT ${list(n, (i) => `zone || '${s}${i}'`)} FROM customers`],
  [
    "group keys",
    [20, 60, 120],
    (n, s) =>
      `SELECT ${list(n, (i) => `zone || '${s}${i}'`)}, MEASURE(total_income) FROM customers GROUP BY ${list(n, (i) => `${i + 1}`)}`,
  ],
  [
    "group keys over multiplied rows",
    [20, 60, 120],
    (n, s) =>
      `SELECT ${list(n, (i) => `status || '${s}${i}'`)}, MEASURE(total_income) FROM customers CROSS JOIN orders GROUP BY ${list(n, (i) => `${i + 1}`)}`,
  ],
  [
    "measures",
    [20, 60, 120],
    (n, s) =>
      `SELECT zone, ${list(n, (i) => `MEASURE(revenue) FILTER (WHERE status = '${s}${i}'), SUM(CASE WHEN status = '${s}${i}' THEN amount END)`)} FROM customers CROSS JOIN orders GROUP BY 1`,
  ],
  [
    "measures over multiplied rows",
    [20, 60, 120],
    (n, s) =>
      `SELECT status, ${list(n, (i) => `MEASURE(total_income) FILTER (WHERE name = '${s}${i}')`)} FROM customers CROSS JOIN orders GROUP BY 1`,
  ],
  [
    "sort keys",
    [20, 60, 120],
    (n, s) => `SELECT zone FROM customers ORDER BY ${list(n, (i) => `zone || '${s}${i}'`)}`,
  ],
  [
    "windows",
    [20, 60, 120],
    (n, s) =>
      `SELECT ${list(n, (i) => `row_number() OVER (PARTITION BY zone ORDER BY name || '${s}${i}')`)} FROM customers`,
  ],
  [
    "IN lists of strings",
    [100, 1000, 5000],
    (n, s) =>
      `SELECT zone FROM customers WHERE name IN (${list(n, (i) => `'${s}${i}'`)}) OR zone NOT IN (${list(n, (i) => `'${s}/${i}'`)})`,
  ],
  [
    "IN lists of numbers and dates",
    [100, 1000, 3000],
    (n) =>
      `SELECT status FROM orders WHERE id IN (${list(n, String)}) OR amount IN (${list(n, (i) => `${i}.25`)}) OR ordered_at IN (${list(n, (i) => `DATE '${2000 + (i % 50)}-01-02'`)})`,
  ],
  [
    "many IN lists",
    [20, 60, 120],
    (n, s) =>
      `SELECT zone FROM customers WHERE ${list(n, (i) => `name IN (${list(20, (j) => `'${s}${i}/${j}'`)})`, " OR ")}`,
  ],
  [
    "parameters",
    [100, 300, 900],
    (n) => `SELECT zone FROM customers WHERE name IN (${list(n, (i) => `$${i + 1}`)})`,
  ],
  [
    "rows of VALUES",
    [100, 300, 900],
    (n, s) =>
      `SELECT zone FROM customers WHERE name IN (SELECT a FROM (VALUES ${list(n, (i) => `('${s}${i}')`)}) v(a))`,
  ],
  [
    "conditions",
    [50, 150, 300],
    (n, s) =>
      `SELECT zone FROM customers WHERE ${list(n, (i) => `(name <> '${s}${i}' OR zone = '${i}')`, " AND ")}`,
  ],
  [
    "branches of CASE",
    [50, 150, 300],
    (n, s) =>
      `SELECT CASE ${list(n, (i) => `WHEN name = '${s}${i}' THEN 'g${i}'`, " ")} ELSE 'o' END, MEASURE(total_income) FROM customers GROUP BY 1`,
  ],
  [
    "depth of expressions",
    [30, 90, 180],
    (n, s) => `SELECT ${"(".repeat(n)}income${list(n, (i) => ` + ${s.length + i})`, "")} FROM customers`,
  ],
  [
    "arms of UNION",
    [10, 40, 80],
    (n, s) =>
      list(
        n,
        (i) => `SELECT zone, MEASURE(total_income) FROM customers WHERE name = '${s}${i}' GROUP BY 1`,
        " UNION ALL ",
      ),
  ],
  [
    "transparent subqueries",
    [10, 25, 50],
    (n, s) =>
      `SELECT zone, SUM(total_income) FROM (${nested(n, "SELECT zone, total_income", `SELECT zone, total_income FROM customers WHERE name <> '${s}'`)}) t GROUP BY 1`,
  ],
  [
    "transparent subqueries over a model join",
    [10, 25, 50],
    (n, s) =>
      `SELECT zone, SUM(total_income), COUNT(*) FROM (${nested(n, "SELECT zone, status, total_income", `SELECT zone, status, total_income FROM customers CROSS JOIN orders WHERE name <> '${s}'`)}) t GROUP BY 1`,
  ],
  [
    "subqueries over values",
    [10, 25, 50],
    (n, s) =>
      `SELECT zone, SUM(b) FROM (${nested(n, "SELECT zone, b + 1 AS b", `SELECT zone, total_income + 1 AS b FROM customers WHERE name <> '${s}'`)}) t GROUP BY 1`,
  ],
  [
    "subqueries that group",
    [10, 25, 50],
    (n, s) =>
      `SELECT zone, SUM(b) FROM (${nested(n, "SELECT zone, SUM(b) AS b", `SELECT zone, SUM(total_income) AS b FROM customers WHERE name <> '${s}' GROUP BY 1`).replaceAll(/\) (t\d+)/g, ") $1 GROUP BY 1")}) t GROUP BY 1`,
  ],
  [
    "columns that are read twice at every level",
    [5, 10, 20],
    (n, s) =>
      `SELECT zone, SUM(b) FROM (${nested(n, "SELECT zone, b + b AS b", `SELECT zone, total_income + 1.5 AS b FROM customers WHERE name <> '${s}'`)}) t GROUP BY 1`,
  ],
  [
    "nested EXISTS",
    [4, 10, 20],
    (n, s) =>
      `SELECT zone FROM customers c0 WHERE ${list(n, (i) => `EXISTS (SELECT 1 FROM customers c${i + 1} WHERE c${i + 1}.id = c${i}.id AND `, "")}zone <> '${s}'${")".repeat(n)}`,
  ],
  [
    "chains of WITH",
    [10, 25, 50],
    (n, s) =>
      `WITH q0 AS (SELECT zone, total_income FROM customers WHERE name <> '${s}'), ${list(n, (i) => `q${i + 1} AS (SELECT zone, total_income FROM q${i})`)} SELECT zone, SUM(total_income) FROM q${n} GROUP BY 1`,
  ],
  [
    "nested WITH",
    [4, 8, 12],
    (n, s) =>
      `SELECT zone, SUM(b) FROM ${"(WITH q AS (SELECT zone, b + 1 AS b FROM ".repeat(n)}(SELECT zone, total_income AS b FROM customers WHERE name <> '${s}') t${list(n, () => ") SELECT zone, b FROM q) t", "")} GROUP BY 1`,
  ],
];

/** What doubles at every level is refused before it costs much. */
const doubling: readonly Shape[] = [
  [
    "subqueries with measures of their own",
    [3, 6, 9],
    (n, s) =>
      `SELECT zone, SUM(b) FROM ${"(SELECT t.zone, c.total_income + 1 AS b FROM ".repeat(n)}(SELECT zone, total_income AS b FROM customers WHERE name <> '${s}') t${list(n, () => " JOIN customers c ON t.zone = c.zone) t", "")} GROUP BY 1`,
  ],
  [
    "WITH that is read twice by the next",
    [3, 6, 9],
    (n, s) =>
      `WITH q0 AS (SELECT zone, id FROM customers WHERE name <> '${s}'), ${list(n, (i) => `q${i + 1} AS (SELECT a.zone, b.id FROM q${i} a JOIN q${i} b ON a.id = b.id)`)} SELECT zone FROM q${n}`,
  ],
];

test.each(shapes)("%s", async (_, sizes, text) => {
  const counts: CallCounts[] = [];
  const user = shop.user("analyst");
  for (const [index, size] of sizes.entries()) {
    if (index === 0) await user.compileSql(text(size, "warm"));
    await counter.take();
    await user.compileSql(text(size, `salt`));
    counts.push(await counter.take());
  }
  expect(counts[2]?.size).toBeGreaterThan(100);
  expect(steeper(sizes, counts)).toEqual([]);
});

test.each(doubling)("%s are bounded", async (_, sizes, text) => {
  const user = shop.user("analyst");
  expect((await user.compileSql(text(sizes[0], "few"))).sql).toContain("SELECT");
  const calls: number[] = [];
  for (const size of [20, 40]) {
    await counter.take();
    await expect(user.compileSql(text(size, "many"))).rejects.toMatchObject({ sqlstate: "54001" });
    calls.push(Math.max(...(await counter.take()).values()));
  }
  expect(calls[1]).toBeLessThan(3 * (calls[0] ?? 0));
});

/** The functions whose calls grow faster from the second size to the third than from the first to the second. */
function steeper(sizes: readonly number[], counts: readonly CallCounts[]): string[] {
  const found: string[] = [];
  const [small = 0, middle = 0, large = 0] = sizes;
  for (const name of counts[2]?.keys() ?? []) {
    const [a = 0, b = 0, c = 0] = counts.map((each) => each.get(name) ?? 0);
    if (c < callsMin) continue;
    const first = (b - a) / (middle - small);
    const second = (c - b) / (large - middle);
    if (second > slopeMax * first) found.push(`${name}: ${a}, ${b}, ${c}`);
  }
  return found;
}
