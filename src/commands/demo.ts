// `lenswire demo`: writes the demo warehouse, a DuckDB file that is the same for the same number of rows.
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import type { CommandIo } from "./command-io.ts";
import { customerStepsSql, customersSql } from "./demo-customers.ts";
import { placesSql } from "./demo-places.ts";
import { demoMacros } from "./demo-random.ts";
import { transactionStepsSql } from "./demo-transactions.ts";

const rowsDefault = 1_000_000;
const rowsMax = 1_000_000_000;
const transactionsPerCustomer = 50;
const fileDefault = "data/market.duckdb";

const usage = "usage: lenswire demo [--rows N] [--out FILE]\n";

export interface DemoRequest {
  /** Transactions; there is a customer for every fifty. */
  readonly rows: number;
  readonly file: string;
  /** As many as there are processors unless given. The data does not depend on it. */
  readonly threads?: number;
}

/** Exit code 0 when the file is there, 1 when it could not be written, 2 for arguments that make no sense. */
export async function runDemo(argv: readonly string[], io: CommandIo): Promise<number> {
  const request = readRequest(argv);
  if (typeof request === "string") {
    io.stderr.write(`lenswire demo: ${request}\n${usage}`);
    return 2;
  }
  const report = (line: string) => io.stdout.write(`lenswire demo: ${line}\n`);
  try {
    await writeDemo(request, report);
    return 0;
  } catch (error) {
    io.stderr.write(`lenswire demo: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function readRequest(argv: readonly string[]): DemoRequest | string {
  let values: { rows?: string | undefined; out?: string | undefined };
  try {
    const options = { rows: { type: "string" }, out: { type: "string" } } as const;
    values = parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const rows = values.rows === undefined ? rowsDefault : Number(values.rows);
  if (!Number.isInteger(rows) || rows < transactionsPerCustomer || rows > rowsMax) {
    return `--rows must be a whole number from ${transactionsPerCustomer} to ${rowsMax}`;
  }
  return { rows, file: resolve(values.out ?? fileDefault) };
}

/** Writes the file under another name and renames it when it is complete. Rejects with what DuckDB or the disk says. */
export async function writeDemo(request: DemoRequest, report: (line: string) => void): Promise<void> {
  const { file } = request;
  // Whoever opens the file finds all of it or none: it gets its name when it is complete.
  const unfinished = `${file}.${randomUUID().slice(0, 8)}.unfinished`;
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeTables({ ...request, file: unfinished }, report);
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
    await rm(`${unfinished}.wal`, { force: true });
    await rm(`${unfinished}.tmp`, { force: true, recursive: true });
  }
  report(`wrote ${file}`);
}

async function writeTables(request: DemoRequest, report: (line: string) => void): Promise<void> {
  const { rows, file, threads } = request;
  const customers = Math.floor(rows / transactionsPerCustomer);
  const steps = [
    ...demoMacros,
    placesSql(),
    ...customerStepsSql(customers),
    ...transactionStepsSql(rows),
    customersSql(),
    "CHECKPOINT",
  ];
  const instance = await DuckDBInstance.create(
    file,
    threads === undefined ? {} : { threads: String(threads) },
  );
  try {
    const connection = await instance.connect();
    report(`making ${customers} customers and ${rows} transactions`);
    for (const [index, sql] of steps.entries()) {
      await connection.run(sql);
      report(`${Math.round((100 * (index + 1)) / steps.length)}%`);
    }
    connection.closeSync();
  } finally {
    instance.closeSync();
  }
}
