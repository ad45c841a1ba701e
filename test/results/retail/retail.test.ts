// The result suites beside this file, against the lens "retail" of test/lenses.
import { defineResultSuites } from "../../support/result-suites.ts";
import { makeRetailFolder, retailFile } from "../../support/retail-lens.ts";
import { serveFolder } from "../../support/served-demo.ts";

defineResultSuites(import.meta.dirname, {
  warehouseFile: retailFile,
  schema: "retail",
  serve: async () => serveFolder(await makeRetailFolder()),
});
