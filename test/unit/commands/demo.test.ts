import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runDemo, writeDemo } from "../../../src/commands/demo.ts";

let folder: string;
let file: string;
const output = new PassThrough();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lenswire-demo-"));
  file = join(folder, "nested", "market.duckdb");
  const code = await runDemo(["--rows", "20000", "--out", file], { stdout: output, stderr: output });
  expect(code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

async function query(path: string, sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRowsJson() as unknown[][];
  connection.closeSync();
  instance.closeSync();
  return rows;
}

const fingerprintSql = `SELECT
  (SELECT sum(hash(c)::HUGEINT)::VARCHAR FROM customers c), (SELECT sum(hash(t)::HUGEINT)::VARCHAR FROM transactions t)`;

describe("lenswire demo", () => {
  test("writes as many transactions as asked for, and a customer for every fifty", async () => {
    const counts = "SELECT (SELECT count(*) FROM customers)::INT, (SELECT count(*) FROM transactions)::INT";
    expect(await query(file, counts)).toEqual([[400, 20_000]]);
  });

  test("tells what it does and leaves nothing but the file", async () => {
    output.end();
    const text = (await output.toArray()).join("");
    expect(text).toContain("making 400 customers and 20000 transactions");
    expect(text).toContain(`wrote ${file}`);
    expect(await readdir(join(folder, "nested"))).toEqual(["market.duckdb"]);
  });

  test("keys are unique and every transaction has its customer", async () => {
    const sql = `SELECT count(DISTINCT transaction_id)::INT, count(c.customer_id)::INT,
        (SELECT count(DISTINCT customer_id)::INT FROM customers)
      FROM transactions t LEFT JOIN customers c USING (customer_id)`;
    expect(await query(file, sql)).toEqual([[20_000, 20_000, 400]]);
  });

  test("has what a bank's data has: gaps, customers who do nothing, and few who do much", async () => {
    const [row] = await query(
      file,
      `SELECT count(*) FILTER (branch_name IS NULL) > 0, count(*) FILTER (email IS NULL) > 0,
         count(*) FILTER (credit_score IS NULL) > 0, count(*) FILTER (last_transaction_at IS NULL) > 0,
         (SELECT count(*) FROM transactions WHERE type = 'credit' AND merchant_category IS NOT NULL)::INT,
         (SELECT min(balance_after) FROM transactions) >= 0,
         (SELECT sum(n) FROM (SELECT count(*) n FROM transactions GROUP BY customer_id ORDER BY n DESC LIMIT 40)) > 4000
       FROM customers`,
    );
    expect(row).toEqual([true, true, true, true, 0, true, true]);
  });

  test("balances add up from one successful transaction to the next", async () => {
    const sql = `SELECT count(*)::INT FROM (
        SELECT balance_after - lag(balance_after) OVER (PARTITION BY customer_id ORDER BY transaction_id) AS change,
          CASE WHEN status <> 'Success' THEN 0 WHEN type = 'credit' THEN amount ELSE -amount END AS effect
        FROM transactions
      ) WHERE change <> effect`;
    expect(await query(file, sql)).toEqual([[0]]);
  });

  test("is the same on one thread and on several", async () => {
    const fingerprints: unknown[] = [];
    for (const threads of [1, 4]) {
      const path = join(folder, `threads-${threads}.duckdb`);
      await writeDemo({ rows: 300_000, file: path, threads }, () => undefined);
      fingerprints.push(await query(path, fingerprintSql));
    }
    expect(fingerprints[0]).toEqual(fingerprints[1]);
  });

  test.each([["--rows", "many"], ["--rows", "1"], ["--rows", "1.5"], ["--nope"]])(
    "refuses %s %s",
    async (...argv) => {
      const stderr = new PassThrough();
      const code = await runDemo(argv, { stdout: new PassThrough(), stderr });
      stderr.end();
      expect(code).toBe(2);
      expect((await stderr.toArray()).join("")).toContain("usage: lenswire demo");
    },
  );

  test("says why it could not write, and exits 1", async () => {
    const stderr = new PassThrough();
    const argv = ["--rows", "100", "--out", join(file, "below-a-file.duckdb")];
    expect(await runDemo(argv, { stdout: new PassThrough(), stderr })).toBe(1);
    stderr.end();
    expect((await stderr.toArray()).join("")).toContain("lenswire demo: ");
  });
});
