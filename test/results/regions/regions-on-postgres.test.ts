// The result suites beside this file, against the lens "regions" of test/lenses, served from PostgreSQL.
import { lensResults } from "../../support/lens-folder.ts";
import { defineResultSuites } from "../../support/result-suites.ts";

defineResultSuites(import.meta.dirname, lensResults("regions"), "postgres");
