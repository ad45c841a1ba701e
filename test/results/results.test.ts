// The result suites beside this file, against the demo lens.
import { defineResultSuites } from "../support/result-suites.ts";
import { serveDemo } from "../support/served-demo.ts";

defineResultSuites(import.meta.dirname, {
  warehouseFile: "market.duckdb",
  schema: "main",
  serve: () =>
    serveDemo({
      limits: ["queriesPerMinute: 100000", "catalogQueriesPerMinute: 100000", "idleTimeout: 10m"],
    }),
});
