// The result suites beside this file, against the demo lens.
import { demoResults } from "../support/demo-results.ts";
import { defineResultSuites } from "../support/result-suites.ts";

defineResultSuites(import.meta.dirname, demoResults, "duckdb");
