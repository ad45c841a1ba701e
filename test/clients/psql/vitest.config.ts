// The tests that need a real psql: "npm run test:psql".
import { defineConfig } from "vitest/config";

/** Where a report that a program can read is wanted (.ci/run). */
const reportFile = process.env["LENSWIRE_TEST_REPORT"];

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.test.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    ...(reportFile === undefined ? {} : { reporters: ["default", "json"], outputFile: { json: reportFile } }),
  },
});
