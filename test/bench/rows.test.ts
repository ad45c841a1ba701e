// How fast rows go out, how soon a cancel counts, how soon the program is ready, and what idle and slow clients hold.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDemoFolder, type ServedDemo, serveDemo, serveFolder } from "../support/served-demo.ts";
import { RawClient } from "./raw-client.ts";
import { median, Report, rows, runs, timed } from "./report.ts";

const report = new Report("rows, cancel, start and memory");
let demo: ServedDemo;

const analyst = (served: ServedDemo) => ({ ...served, user: "analyst", password: "analyst" });

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
  await demo?.close();
  await report.finish();
});

test("rows out", async () => {
  const client = await RawClient.connect(analyst(demo));
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
    report.note(`rows out, ${columns.length} columns`, (rows / ms) * 1000, "rows/s", bar);
  }
  client.close();
});

test("cancel", async () => {
  const client = await RawClient.connect(analyst(demo));
  const ms: number[] = [];
  for (let i = 0; i < runs(5); i++) {
    const from = ["a", "b", "c", "d"].map((alias) => `transactions ${alias}`).join(", ");
    const text = `select count(*) from ${from} where a.amount + b.amount + c.amount + d.amount < ${i}`;
    const ended = client.query(text).then(
      () => "an answer",
      (error: Error) => error.message,
    );
    await demo.running(text);
    const started = performance.now();
    await client.cancel(demo);
    expect(await ended).toContain("57014");
    ms.push(performance.now() - started);
  }
  report.note("cancel, to the error at the client, p50", median(ms), "ms", "<= 250");
  client.close();
});

test("start and memory", async () => {
  const pid = demo.program.pid;
  const folder = await makeDemoFolder({ rows: 20_000, limits: ["connectionsPerUser: 500"] });
  const starts = await timed(runs(3), async () => {
    const started = await serveFolder(folder);
    await started.stop();
  });
  report.note("ready after start (its end included), p50", median(starts) / 1000, "s", "<= 1.5");
  const fresh = await serveFolder(folder);
  const freshPid = fresh.program.pid;
  const one = await RawClient.connect(analyst(fresh));
  await one.query("SELECT zone, customer_count FROM customers");
  report.note("resident, one user of one group", (await residentBytes(freshPid)) / 1e6, "MB", "<= 350");
  const before = await residentBytes(freshPid);
  const idle = await Promise.all(Array.from({ length: 200 }, () => RawClient.connect(analyst(fresh))));
  report.note("each idle connection", ((await residentBytes(freshPid)) - before) / 200 / 1000, "kB", "<= 50");
  for (const client of [one, ...idle]) client.close();
  await fresh.close();
  const slow = await RawClient.connect(analyst(demo));
  const start = await residentBytes(pid);
  slow.stream.removeAllListeners("data");
  slow.stream.pause();
  slow.send("SELECT * FROM (SELECT transaction_id, merchant_name, reference_number FROM transactions) t");
  let largest = start;
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    largest = Math.max(largest, await residentBytes(pid));
  }
  report.note("growth under a reader that does not read", (largest - start) / 1e6, "MB", "<= 32");
  slow.close();
});
