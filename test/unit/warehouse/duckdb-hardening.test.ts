import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DuckDbFile, makeDuckDbFile, rejectionOf, rowsOf } from "./duckdb-file.ts";

let file: DuckDbFile;
let folder: string;
beforeAll(async () => {
  file = await makeDuckDbFile(["CREATE TABLE numbers AS SELECT range AS i FROM range(10)"]);
  folder = await mkdtemp(join(tmpdir(), "lenswire-outside-"));
  await writeFile(join(folder, "secret.csv"), "secret\n42\n");
});
afterAll(async () => {
  await file.remove();
  await rm(folder, { recursive: true });
});

const text = { kind: "text" } as const;

describe("a statement cannot leave the file", () => {
  const outside = [
    "SELECT * FROM read_csv('FOLDER/secret.csv')",
    "SELECT * FROM read_text('FOLDER/secret.csv')",
    "SELECT * FROM read_blob('FOLDER/secret.csv')",
    "SELECT * FROM 'FOLDER/secret.csv'",
    "SELECT * FROM glob('FOLDER/*')",
    "SELECT * FROM query('SELECT * FROM read_text(''FOLDER/secret.csv'')')",
    "COPY numbers TO 'FOLDER/out.csv'",
    "EXPORT DATABASE 'FOLDER/out'",
    "ATTACH 'FOLDER/other.duckdb'",
    "ATTACH ':memory:' AS other",
    "INSTALL httpfs",
    "LOAD 'FOLDER/secret.csv'",
    "SET enable_external_access = true",
    "SET threads = 1",
    "SET TimeZone = 'Asia/Kolkata'",
    "RESET TimeZone",
    "SET VARIABLE x = 1",
    "PRAGMA enable_profiling",
    "PREPARE p AS SELECT 1",
    "CREATE TABLE t (i INTEGER)",
    "CREATE TEMP TABLE t (i INTEGER)",
    "INSERT INTO numbers VALUES (11)",
    "DELETE FROM numbers",
    "DROP TABLE numbers",
    "CHECKPOINT",
    "SELECT 1; SELECT 2",
  ];
  test.each(outside)("%s", async (statement) => {
    const sql = statement.replaceAll("FOLDER", folder);
    const error = await rejectionOf(rowsOf(file.warehouse, sql, [text]));
    expect(error).toMatchObject({ sqlstate: expect.stringMatching(/^(HV000|XX000)$/) });
    expect(await readdir(folder)).toEqual(["secret.csv"]);
    expect(await rowsOf(file.warehouse, "SELECT count(*) FROM numbers", [{ kind: "bigint" }])).toEqual([
      [10],
    ]);
  });

  test("settings are DuckDB's own and locked, and the time zone is UTC wherever the server stands", async () => {
    const settings = await rowsOf(
      file.warehouse,
      `SELECT current_setting('TimeZone'), current_setting('lock_configuration')::VARCHAR,
         current_setting('enable_external_access')::VARCHAR, current_setting('access_mode')::VARCHAR`,
      [text, text, text, text],
    );
    expect(settings).toEqual([["UTC", "true", "false", "read_only"]]);
  });

  test("time zones work without loading an extension", async () => {
    const rows = await rowsOf(
      file.warehouse,
      `SELECT (date_trunc('day', t))::VARCHAR, (t AT TIME ZONE 'Asia/Kolkata')::VARCHAR,
         timezone('America/New_York', t)::VARCHAR, (TIMESTAMP '2024-07-01 00:00:00' AT TIME ZONE 'Asia/Kolkata')::VARCHAR
       FROM (SELECT TIMESTAMPTZ '2024-06-30 20:00:00+00' AS t)`,
      [text, text, text, text],
    );
    expect(rows).toEqual([
      ["2024-06-30 00:00:00+00", "2024-07-01 01:30:00", "2024-06-30 16:00:00", "2024-06-30 18:30:00+00"],
    ]);
  });
});
