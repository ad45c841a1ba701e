// The demo lens as result suites are run against it.
import type { ResultLens } from "./result-suites.ts";
import { demoFile, makeDemoFolder } from "./served-demo.ts";

export const demoResults: ResultLens = {
  warehouseFile: demoFile,
  schema: "main",
  makeFolder: (postgres) =>
    makeDemoFolder({
      limits: ["queriesPerMinute: 100000", "catalogQueriesPerMinute: 100000", "idleTimeout: 10m"],
      ...(postgres === undefined ? {} : { postgres }),
    }),
};
