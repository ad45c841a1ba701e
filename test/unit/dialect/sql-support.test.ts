// docs/sql-support.md says what each warehouse takes. SUPPORT_UPDATE=1 writes it.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { duckDbDialect } from "../../../src/dialect/duckdb/duckdb-dialect.ts";
import { postgresDialect } from "../../../src/dialect/postgres/postgres-dialect.ts";
import { sqlSupport } from "../../support/sql-support.ts";

const file = fileURLToPath(new URL("../../../docs/sql-support.md", import.meta.url));

test("docs/sql-support.md is what the dialects render", () => {
  const document = sqlSupport([duckDbDialect, postgresDialect], ["DuckDB", "PostgreSQL"]);
  if (process.env["SUPPORT_UPDATE"] === "1") writeFileSync(file, document);
  expect(readFileSync(file, "utf8")).toBe(document);
}, 120_000);
