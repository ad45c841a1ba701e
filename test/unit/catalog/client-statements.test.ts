// Statements of real clients, answered as a real PostgreSQL 18 with the same definitions answers them.
import { readFileSync } from "node:fs";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCatalog } from "../../../src/catalog/answer-catalog-query.ts";
import type { CatalogInstances } from "../../../src/postgres/catalog-instances.ts";
import { visibleModelDdl } from "../../../src/postgres/visible-model-ddl.ts";
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

/** What may be another answer the next time: sizes, the age of a transaction, statistics, settings. */
const askedEveryTime = /pg_size_pretty|\bage\(|pg_stat_user_tables|pg_settings/;

let real: RealPostgres;
let reference: Client;
let instances: CatalogInstances;
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
  await fill.query(`SET SESSION AUTHORIZATION lenswire; ${visibleModelDdl(viewer)}`);
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
  alice = new CatalogClient(openCatalog(counted), viewer, "alice", { databases: [] });
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
});
