// How tests run: in processes, because the embedded PostgreSQL and DuckDB do not share one with another copy of
// themselves gladly, and no more of them at a time than a small machine has processors.
import { defineConfig } from "vitest/config";

/** Where a report that a program can read is wanted (.ci/run). */
const reportFile = process.env["LENSWIRE_TEST_REPORT"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // What a fresh machine may not have (psql, Java, Python, ...) has commands of its own, and a measurement is no test.
    exclude: ["test/clients/*/**", "test/bench/**"],
    globalSetup: "test/support/embedded-postgres-links.ts",
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 240_000,
    ...(reportFile === undefined ? {} : { reporters: ["default", "json"], outputFile: { json: reportFile } }),
  },
});
