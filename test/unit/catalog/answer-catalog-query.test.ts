import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CatalogInstances } from "../../../src/postgres/catalog-instances.ts";
import { serverVersion, serverVersionNumber } from "../../../src/postgres/postgres-version.ts";
import { admin, viewer } from "../postgres/visible-models.ts";
import { CatalogClient, errorOf, startCatalog } from "./catalog-client.ts";

let instances: CatalogInstances;
let alice: CatalogClient;
let bob: CatalogClient;
let makeClient: (user: string, more?: ConstructorParameters<typeof CatalogClient>[3]) => CatalogClient;
const failures: unknown[] = [];

beforeAll(async () => {
  const started = await startCatalog({
    catalogTimeoutMs: 60_000,
    onFailure: (failure) => failures.push(failure),
  });
  instances = started.instances;
  makeClient = (user, more) => new CatalogClient(started.catalog, viewer, user, more);
  alice = makeClient("alice");
  bob = makeClient('Bob O\'Neill "b"');
});

afterAll(async () => {
  await instances.close();
  expect(failures).toEqual([]);
});

describe("who and where", () => {
  it("names the caller, the database as connected, and the session's process", async () => {
    const text =
      "SELECT current_user, session_user, user, current_database(), current_schema(), pg_backend_pid()";
    expect((await alice.query(text)).rows).toEqual([["alice", "alice", "alice", "market", "public", "4711"]]);
    expect((await bob.query(text)).rows[0]?.[0]).toBe('Bob O\'Neill "b"');
  });

  it("serves a user who bears the owner's name, and names longer than PostgreSQL's", async () => {
    expect(await makeClient("lenswire").value("SELECT session_user")).toBe("lenswire");
    const long = `${"é".repeat(40)}@example.org`;
    expect(await makeClient(long).value("SELECT current_user")).toBe("é".repeat(31));
    for (const word of ["default", "none", "public", "postgres", "-"]) {
      expect(await makeClient(word).value("SELECT session_user")).toBe(word);
    }
    expect((await errorOf(makeClient("pg_monitor").value("SELECT session_user"))).sqlstate).toBe("42939");
    expect(await makeClient("pg_custom").value("SELECT current_user")).toBe("pg_custom");
  });

  it("says one version everywhere", async () => {
    expect(await alice.value("SELECT version()")).toBe(`PostgreSQL ${serverVersion} (Lenswire)`);
    expect(await alice.value("SELECT current_setting('server_version')")).toBe(serverVersion);
    expect(await alice.value("SELECT setting FROM pg_settings WHERE name = 'server_version_num'")).toBe(
      serverVersionNumber,
    );
  });

  it("is nobody's superuser", async () => {
    expect(
      await alice.value(
        "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = current_user",
      ),
    ).toBe("f");
    expect(await alice.value("SELECT current_setting('is_superuser')")).toBe("off");
  });

  it("lists the databases that the user may open and no template", async () => {
    const { rows } = await alice.query("SELECT datname FROM pg_database ORDER BY 1");
    expect(rows).toEqual([["market"], ["sales"]]);
  });
});

describe("the lens in the catalog", () => {
  it("has a relation for each visible one, with its columns in order, types and comments", async () => {
    const { rows } = await alice.query(
      `SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.oid = 'public.customers'::regclass AND a.attnum > 0 ORDER BY 1`,
    );
    expect(rows).toEqual([
      ["1", "customer_id", "bigint", "The customer's number"],
      ["2", "zone", "text", null],
      ["3", "signup_date", "date", null],
      ["4", "total_balance", "numeric(12,2)", "measure (sum)"],
      ["5", "total_customers", "bigint", "measure (count): how many"],
      ["6", "is_big", "boolean", null],
    ]);
    expect(await alice.value("SELECT obj_description('customers'::regclass)")).toBe("Everyone who buys");
    expect(await alice.value("SELECT col_description('orders'::regclass, 6)")).toBe(
      'measure (sum): it\'s "net" \\ of tax',
    );
  });

  it("shows keys and relationships to information_schema", async () => {
    const { rows } = await alice.query(
      `SELECT tc.constraint_type, kcu.table_name, kcu.column_name
         FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage kcu USING (constraint_name)
        WHERE tc.table_schema = 'public' ORDER BY 1, 2`,
    );
    expect(rows).toEqual([
      ["FOREIGN KEY", "orders", "customer_id"],
      ["PRIMARY KEY", "customers", "customer_id"],
      ["PRIMARY KEY", "orders", "order_id"],
    ]);
  });

  it("shows nothing else in schema public", async () => {
    expect(
      (
        await alice.query(
          "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind <> 'i' ORDER BY 1",
        )
      ).rows,
    ).toEqual([["customers"], ["orders"]]);
    expect(
      (await alice.query("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")).rows,
    ).toEqual([]);
  });

  it("says that a user may read and not write", async () => {
    expect(
      (
        await alice.query(
          "SELECT has_table_privilege('customers', 'select'), has_table_privilege('customers', 'insert'), has_schema_privilege('public', 'create')",
        )
      ).rows,
    ).toEqual([["t", "f", "f"]]);
  });

  it("never answers a statement that reads a lens relation, whose table here is empty", async () => {
    expect((await errorOf(alice.query("SELECT count(*) FROM customers"))).sqlstate).toBe("XX000");
    expect(failures.splice(0)).toHaveLength(1);
  });
});

describe("statements", () => {
  it("take parameters as text", async () => {
    expect(
      await alice.value("SELECT relname FROM pg_class WHERE relname = $1 AND $2::int = 3", ["orders", "3"]),
    ).toBe("orders");
    expect(await alice.value("SELECT $1::text IS NULL", [null])).toBe("t");
  });

  it("can be VALUES, TABLE and EXPLAIN", async () => {
    expect((await alice.query("VALUES (1, 'a'), (2, 'b')")).rows).toEqual([
      ["1", "a"],
      ["2", "b"],
    ]);
    expect((await alice.query("TABLE pg_am")).columns).toEqual(["oid", "amname", "amhandler", "amtype"]);
    expect((await alice.query("EXPLAIN SELECT 1")).columns).toEqual(["QUERY PLAN"]);
  });

  it("follow the session's settings, and only its own", async () => {
    alice.settings
      .set("DateStyle", "German, DMY")
      .set("TimeZone", "Asia/Tokyo")
      .set("application_name", "alice's");
    const text = "SELECT '2024-02-01 00:00+00'::timestamptz::text, current_setting('application_name')";
    expect((await alice.query(text)).rows).toEqual([["01.02.2024 09:00:00 JST", "alice's"]]);
    expect((await bob.query(text)).rows).toEqual([["2024-02-01 00:00:00+00", ""]]);
    alice.settings.clear();
    expect((await alice.query(text)).rows).toEqual([["2024-02-01 00:00:00+00", ""]]);
  });

  it("hand set_config to the session", async () => {
    const { columns, rows } = await alice.query(
      "SELECT current_setting('jit') AS cur, set_config('jit', 'off', false) AS new, pg_catalog.set_config('search_path', '', true)",
    );
    expect(columns).toEqual(["cur", "new", "set_config"]);
    expect(rows).toEqual([["off", "off", ""]]);
    expect([...alice.settings]).toEqual([
      ["jit", "off"],
      ["search_path", ""],
    ]);
    alice.settings.clear();
  });

  it("lock nothing with advisory locks", async () => {
    expect(
      (
        await alice.query(
          "SELECT pg_advisory_unlock_all(), pg_advisory_lock(1), pg_try_advisory_lock(1, 2), pg_advisory_unlock(7)",
        )
      ).rows,
    ).toEqual([["", "", "t", "t"]]);
    expect((await alice.query("SELECT * FROM pg_advisory_lock(42)")).rows).toEqual([[""]]);
    expect(await bob.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")).toBe("0");
  });

  it("fail over rowsMax with 54000 and answer exactly rowsMax rows", async () => {
    const client = makeClient("alice", { rowsMax: 10 });
    expect((await client.query("SELECT generate_series(1, 10)")).rows).toHaveLength(10);
    const error = await errorOf(client.query("SELECT generate_series(1, 11)"));
    expect([error.sqlstate, error.message]).toEqual(["54000", "result has more than 10 rows"]);
  });

  it("fail with PostgreSQL's error, and the next one is served", async () => {
    const error = await errorOf(alice.query("SELECT 1/0"));
    expect([error.sqlstate, error.message]).toEqual(["22012", "division by zero"]);
    expect(await alice.value("SELECT 1")).toBe("1");
  });

  it("are answered again from memory with the same rows", async () => {
    const text =
      "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1";
    const first = await alice.query(text);
    expect(await alice.query(text)).toEqual(first);
    const other = new CatalogClient((await startedAdmin()).catalog, admin, "alice");
    expect((await other.query(text)).rows).toContainEqual(["s3cret_salaries"]);
    expect(await alice.query(text)).toEqual(first);
  });
});

let adminCatalog: Awaited<ReturnType<typeof startCatalog>> | undefined;
async function startedAdmin() {
  adminCatalog ??= await startCatalog({
    catalogTimeoutMs: 60_000,
    onFailure: (failure) => failures.push(failure),
  });
  return adminCatalog;
}
afterAll(async () => {
  await adminCatalog?.instances.close();
});
