// What a statement costs beside the warehouse, how fast rows go out, and what idle and slow clients hold. Prints a
// table and writes bench.json. LENSWIRE_BENCH_ROWS sets the transactions in the warehouse (1,000,000).
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServedDemo, serveDemo } from "../support/served-demo.ts";
import { median, RawClient, timed } from "./raw-client.ts";

const rows = Number(process.env["LENSWIRE_BENCH_ROWS"] ?? 1_000_000);
const results: {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly bar: string;
}[] = [];
let demo: ServedDemo;

function note(what: string, value: number, unit: string, bar: string): void {
  results.push({ what, value: Number(value.toPrecision(4)), unit, bar });
}

const seedQuery =
  "SELECT customers.zone, customers.city, customers.branch_name, transactions.channel, " +
  "MEASURE(transactions.debit_to_credit_ratio) FROM customers CROSS JOIN transactions GROUP BY 1,2,3,4 " +
  "ORDER BY 1,2,3,4 LIMIT 10";

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}

beforeAll(async () => {
  demo = await serveDemo({
    rows,
    limits: ["queriesPerMinute: 1000000", "rowsMax: 10000000", "connectionsPerUser: 500"],
  });
});

afterAll(async () => {
  await demo.close();
  const line = (cells: readonly unknown[]) => `${cells.map((cell) => String(cell).padEnd(46)).join("")}\n`;
  process.stdout.write(
    line(["what", "measured", "bar"]) +
      results.map(({ what, value, unit, bar }) => line([what, `${value} ${unit}`, bar])).join(""),
  );
  await writeFile(
    new URL("../../bench.json", import.meta.url),
    `${JSON.stringify({ rows, results }, undefined, 2)}\n`,
  );
});

test("a statement's first and later times", async () => {
  const client = await RawClient.connect(demo);
  await client.query(`EXPLAIN ${seedQuery}`);
  const first = await timed(100, (i) => client.query(`EXPLAIN ${seedQuery} -- ${i}`));
  note("first statement of a text, seed query, p50", median(first), "ms", "<= 3");
  const again = await timed(200, () => client.query(`EXPLAIN ${seedQuery}`));
  note("repeated statement, p50", median(again), "ms", "<= 0.3 added");
  const wide = (columns: number, salt: number) =>
    client.query(
      `EXPLAIN SELECT ${Array.from({ length: columns }, (_, i) => `zone || '${salt}/${i}'`).join(", ")} FROM customers`,
    );
  const narrowMs = median(await timed(15, (i) => wide(10, i)));
  const wideMs = median(await timed(15, (i) => wide(500, i)));
  note("each further column, 10 to 500", ((wideMs - narrowMs) / 490) * 1000, "us", "<= 100");
  const list = (items: number, salt: number) =>
    client.query(
      `EXPLAIN SELECT zone FROM customers WHERE city IN (${Array.from({ length: items }, (_, i) => `'${salt}/${i}'`).join(",")})`,
    );
  const shortMs = median(await timed(15, (i) => list(10, i)));
  const longMs = median(await timed(15, (i) => list(5000, i)));
  note("each further IN literal, 10 to 5,000", ((longMs - shortMs) / 4990) * 1000, "us", "<= 5");
  client.close();
});

test("rows out", async () => {
  const client = await RawClient.connect(demo);
  const three = ["transaction_id", "channel", "amount"];
  const sixteen = [
    ...three,
    ...["customer_id", "transaction_time", "type", "currency", "is_international", "merchant_category"],
    ...["merchant_name", "status", "balance_after", "fee", "device", "reference_number", "purpose"],
  ];
  const bars = [
    [three, ">= 1,000,000"],
    [sixteen, ">= 250,000"],
    [[...sixteen, ...sixteen], ">= 120,000"],
  ] as const;
  for (const [columns, bar] of bars) {
    const sql = `SELECT ${columns.join(", ")} FROM transactions`;
    await client.query(`${sql} LIMIT 10`);
    const [ms = 0] = await timed(1, async () => {
      expect((await client.query(sql)).get("D")).toBe(rows);
    });
    note(`rows out, ${columns.length} columns`, (rows / ms) * 1000, "rows/s", bar);
  }
  client.close();
});

test("cancel", async () => {
  const client = await RawClient.connect(demo);
  const ms: number[] = [];
  for (let i = 0; i < 5; i++) {
    const text = `select count(*) from transactions a, transactions b where a.amount + b.amount < ${i}`;
    const running = client.query(text).catch(() => undefined);
    await demo.running(text);
    const started = performance.now();
    await client.cancel(demo);
    await running;
    ms.push(performance.now() - started);
  }
  note("cancel, to the error at the client, p50", median(ms), "ms", "<= 250");
  client.close();
});

test("memory", async () => {
  const pid = demo.program.pid;
  const fresh = await serveDemo({ rows: 20_000, limits: ["connectionsPerUser: 500"] });
  const freshPid = fresh.program.pid;
  const one = await RawClient.connect(fresh);
  await one.query("SELECT zone, customer_count FROM customers");
  note("resident, one user of one group", (await residentBytes(freshPid)) / 1e6, "MB", "<= 350");
  const before = await residentBytes(freshPid);
  const idle = await Promise.all(Array.from({ length: 200 }, () => RawClient.connect(fresh)));
  note("each idle connection", ((await residentBytes(freshPid)) - before) / 200 / 1000, "kB", "<= 50");
  for (const client of [one, ...idle]) client.close();
  await fresh.close();
  const slow = await RawClient.connect(demo);
  const start = await residentBytes(pid);
  slow.stream.removeAllListeners("data");
  slow.stream.pause();
  slow.send("SELECT * FROM (SELECT transaction_id, merchant_name, reference_number FROM transactions) t");
  let largest = start;
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    largest = Math.max(largest, await residentBytes(pid));
  }
  note("growth under a reader that does not read", (largest - start) / 1e6, "MB", "<= 32");
  slow.close();
});
