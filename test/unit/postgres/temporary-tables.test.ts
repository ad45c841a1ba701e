// Temporary tables in the instance that all sessions of a group share: what one statement had is gone after it.
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { splitDataRows } from "../../../src/data-rows.ts";
import {
  type CatalogInstances,
  type ExecutedStatement,
  openCatalogInstances,
} from "../../../src/postgres/catalog-instances.ts";
import { customers, visibleModel } from "./visible-models.ts";

const visible = visibleModel("analyst", [customers]);
let instances: CatalogInstances;

beforeAll(async () => {
  instances = await openCatalogInstances({
    catalogInstancesMax: 2,
    catalogTimeoutMs: 60_000,
    clock: systemClock,
    onFailure: (failure) => {
      throw failure;
    },
  });
});

afterAll(async () => {
  await instances?.close();
});

function execute(text: string, tables: readonly { readonly rows?: string }[] = [], written?: string) {
  return instances.execute({
    visible,
    databaseName: "market",
    otherDatabases: [],
    user: "alice",
    settings: {},
    text,
    parameterTypes: [],
    parameters: [],
    resultFormats: [],
    rowsMax: 1000,
    processId: 1,
    temporaryTables: tables.map(({ rows }) => ({
      name: "t",
      oid: 100_000_000,
      checks: 0,
      definition: 'CREATE TEMP TABLE "t" (a integer, b text)',
      rows,
    })),
    written: written === undefined ? undefined : { name: written, rowsSkipped: 0, rowsMax: 10 },
    signal: new AbortController().signal,
  });
}

/** The values of one column. */
function firstColumn({ rowBytes }: ExecutedStatement): string[] {
  return splitDataRows(rowBytes).map((row) => Buffer.from(row.subarray(11)).toString());
}

it("a statement sees the rows, and the next one nothing", async () => {
  const tables = [{ rows: "INSERT INTO pg_temp.t VALUES (1, 'one'), (2, 'two')" }];
  const answer = await execute("SELECT b FROM t ORDER BY a", tables);
  expect(firstColumn(answer)).toEqual(["one", "two"]);
  await expect(execute("SELECT b FROM t")).rejects.toMatchObject({ sqlstate: "42P01" });
  const traces = await execute("SELECT relname FROM pg_class WHERE relpersistence = 't'");
  expect(traces.rowCount).toBe(0);
});

it("a statement that writes is told what the table holds then, and writes nothing else", async () => {
  const inserted = await execute("INSERT INTO t VALUES (7, 'seven')", [{}], "t");
  expect([inserted.commandTag, inserted.writtenCount]).toEqual(["INSERT 0 1", 1]);
  const many = await execute("INSERT INTO t SELECT 1 FROM generate_series(1, 500)", [{}], "t");
  expect([many.commandTag, many.writtenCount]).toEqual(["INSERT 0 500", 10]);
  await expect(execute("INSERT INTO public.customers DEFAULT VALUES", [{}], "t")).rejects.toMatchObject({
    sqlstate: expect.stringMatching(/^(25006|42501)$/),
  });
  expect((await execute("SELECT b FROM t", [{}])).rowCount).toBe(0);
});

it("tables that were made and rolled back do not fill the catalog", async () => {
  const size = async () => {
    const answer = await execute("SELECT pg_relation_size('pg_catalog.pg_attribute')");
    return Number(firstColumn(answer)[0]);
  };
  const tables = Array.from({ length: 1100 }, () => [{}]);
  const before = await size();
  for (const each of tables) await execute("SELECT 1", each);
  // Not vacuumed, they take three megabytes.
  expect((await size()) - before).toBeLessThan(1_000_000);
}, 120_000);
