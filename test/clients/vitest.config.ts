// The tests that need another language's tool chain: "npm run test:clients", or one of them by the name of its folder.
import { defineConfig } from "vitest/config";

/** Where a report that a program can read is wanted (.ci/run). */
const reportFile = process.env["LENSWIRE_TEST_REPORT"];

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*/*.test.ts"],
    exclude: ["psql/**"],
    globalSetup: "../support/embedded-postgres-links.ts",
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    ...(reportFile === undefined ? {} : { reporters: ["default", "json"], outputFile: { json: reportFile } }),
  },
});
