// Statements of real clients, answered as a real PostgreSQL 18 with the same definitions answers them.
import { readFileSync } from "node:fs";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Catalog, openCatalog } from "../../../src/catalog/answer-catalog-query.ts";
import type { CatalogInstances } from "../../../src/postgres/catalog-instances.ts";
import { visibleModelDdl } from "../../../src/postgres/visible-model-ddl.ts";
import { ownSchemaDdl } from "../../support/own-schema.ts";
import { type RealPostgres, startRealPostgres } from "../../support/real-postgres.ts";
import { viewer } from "../postgres/visible-models.ts";
import { CatalogClient, startCatalog } from "./catalog-client.ts";

const text = readFileSync(new URL("client-statements.sql", import.meta.url), "utf8");
const statements = text
  .split(/^-- (?=\S)/m)
  .slice(2)
  .map((part) => {
    const end = part.indexOf("\n");
    return {
      client: part.slice(0, end),
      sql: part
        .slice(end + 1)
        .trim()
        .replace(/;$/, ""),
    };
  });

/**
 * Where rows differ for a reason: another locale, a superuser more, version() itself, and the embedded PostgreSQL's
 * 32-bit machine (pg_attribute.attbyval).
 */
const otherRows = /^(psql 18 \\l|psql \\d[ug]|psql \\sf|DBeaver columns|DataGrip roles)/;

/** What may be another answer the next time: sizes, the age of a transaction. */
const askedEveryTime = /pg_table_size|\bage\(/;

let real: RealPostgres;
let reference: Client;
let instances: CatalogInstances;
let catalog: Catalog;
let alice: CatalogClient;
/** How often the instance was asked. */
let executions = 0;
const failures: unknown[] = [];

beforeAll(async () => {
  real = await startRealPostgres();
  const setup = new Client({ ...real });
  await setup.connect();
  await setup.query(
    `CREATE ROLE lenswire SUPERUSER LOGIN; CREATE ROLE alice LOGIN NOINHERIT PASSWORD 'alice'`,
  );
  await setup.query("CREATE DATABASE market OWNER lenswire");
  await setup.end();
  const fill = new Client({ ...real, database: "market" });
  await fill.connect();
  await fill.query(`${ownSchemaDdl}; SET SESSION AUTHORIZATION lenswire; ${visibleModelDdl(viewer)}`);
  await fill.end();
  reference = new Client({
    ...real,
    database: "market",
    user: "alice",
    password: "alice",
    types: { getTypeParser: () => (value: string) => value } as never,
  });
  await reference.connect();
  const started = await startCatalog({
    catalogTimeoutMs: 60_000,
    onFailure: (failure) => failures.push(failure),
  });
  instances = started.instances;
  const counted: CatalogInstances = {
    ...instances,
    execute: (statement) => {
      executions += 1;
      return started.instances.execute(statement);
    },
  };
  catalog = openCatalog(counted);
  alice = new CatalogClient(catalog, viewer, "alice", { databases: [] });
});

afterAll(async () => {
  await instances?.close();
  await reference?.end();
  await real?.stop();
  expect(failures).toEqual([]);
});

/** oids of what a user made differ from server to server, and where they are printed is noise here. */
function withoutOids(rows: readonly (readonly (string | null)[])[]) {
  return rows.map((row) =>
    row.map((value) => value?.replaceAll(/\b1\d{4}\b/g, "#").replaceAll("tester", "lenswire") ?? null),
  );
}

async function askReal(sql: string) {
  const oid = await reference.query({
    text: "SELECT 'public.orders'::regclass::oid::text",
    rowMode: "array",
  });
  const answer = await reference.query({
    text: sql.replaceAll("{oid}", String(oid.rows[0]?.[0])),
    rowMode: "array",
  });
  return {
    columns: answer.fields.map((field) => field.name),
    types: answer.fields.map((field) => field.dataTypeID),
    rows: answer.rows as (string | null)[][],
  };
}

async function askOurs(sql: string) {
  const oid = await alice.value("SELECT 'public.orders'::regclass::oid::text");
  return alice.query(sql.replaceAll("{oid}", String(oid)));
}

describe("the catalog", () => {
  it.each(statements)("answers $client as PostgreSQL does: $sql", async ({ client, sql }) => {
    const expected = await askReal(sql);
    const answer = await askOurs(sql);
    expect(answer.columns).toEqual(expected.columns);
    expect(answer.types).toEqual(expected.types);
    if (!otherRows.test(client)) expect(withoutOids(answer.rows)).toEqual(withoutOids(expected.rows));
  });

  it.each(statements)("answers $client again without asking: $sql", async ({ sql }) => {
    await askOurs(sql);
    const before = executions;
    await askOurs(sql);
    expect(executions - before).toBe(askedEveryTime.test(sql) ? 1 : 0);
  });

  it("answers pg_settings as the session has them, whoever asked before", async () => {
    const sql = "SELECT setting, source FROM pg_settings WHERE name = 'TimeZone'";
    const all = "SELECT name, setting FROM pg_settings WHERE name <> 'TimeZone' ORDER BY 1";
    const inBerlin = new CatalogClient(catalog, viewer, "alice", { databases: [], processId: 4712 });
    inBerlin.settings.set("TimeZone", "Europe/Berlin");
    alice.settings.set("TimeZone", "UTC");
    for (let round = 0; round < 2; round++) {
      expect((await alice.query(sql)).rows).toEqual([["UTC", "session"]]);
      expect((await inBerlin.query(sql)).rows).toEqual([["Europe/Berlin", "session"]]);
    }
    expect((await alice.query(all)).rows).toEqual((await inBerlin.query(all)).rows);
    alice.settings.delete("TimeZone");
    // What the instance is told of a session besides is no setting that is listed.
    expect((await alice.query("SELECT name FROM pg_settings WHERE name LIKE 'lenswire%'")).rows).toEqual([]);
  });

  it("asks again for settings that a session may change and an instance is not told of", async () => {
    const asked = async (setting: string) => {
      await alice.query(`SELECT current_setting('${setting}') AS again`);
      const before = executions;
      await alice.query(`SELECT current_setting('${setting}') AS again`);
      return executions - before;
    };
    expect(await asked("Server_Version_Num")).toBe(0);
    expect(await asked("search_path")).toBe(0);
    expect(await asked("work_mem")).toBe(1);
  });

  it("keeps statistics since none are counted", async () => {
    for (const view of [
      "pg_stat_all_tables",
      "pg_stat_all_indexes",
      "pg_statio_all_tables",
      "pg_statio_all_indexes",
    ]) {
      const rows = (text: string) => alice.query(`SELECT * FROM ${view} ORDER BY 1, 3 /* ${text} */`);
      const before = await rows("before");
      await alice.query("SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid");
      const counts = (await rows("after")).rows;
      expect(counts).toEqual(before.rows);
      expect(counts.length).toBeGreaterThan(10);
    }
  });
});
