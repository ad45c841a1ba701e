// Prints "PASSED FAILED" from the JSON report of a test run.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
const notLoaded = report.testResults.filter(
  (file) => file.status === "failed" && file.assertionResults.every((result) => result.status !== "failed"),
);
process.stdout.write(`${report.numPassedTests} ${report.numFailedTests + notLoaded.length}\n`);
