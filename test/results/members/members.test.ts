// The result suites beside this file, against the lens "members" of test/lenses.
import { lensFile, makeLensFolder } from "../../support/lens-folder.ts";
import { defineResultSuites } from "../../support/result-suites.ts";
import { serveFolder } from "../../support/served-demo.ts";

defineResultSuites(import.meta.dirname, {
  warehouseFile: lensFile,
  schema: "members",
  serve: async () => serveFolder(await makeLensFolder("members")),
});
