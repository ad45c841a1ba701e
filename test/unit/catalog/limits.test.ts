// Statements that take too much, and the statements of others beside them.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/answer-catalog-query.ts";
import type { CatalogInstances } from "../../../src/postgres/catalog-instances.ts";
import { viewer } from "../postgres/visible-models.ts";
import { CatalogClient, errorOf, startCatalog } from "./catalog-client.ts";

let instances: CatalogInstances;
let catalog: Catalog;
let alice: CatalogClient;
let bob: CatalogClient;
let failures: unknown[];

beforeEach(async () => {
  failures = [];
  const started = await startCatalog({
    catalogTimeoutMs: 2_000,
    onFailure: (failure) => failures.push(failure),
  });
  ({ instances, catalog } = started);
  alice = new CatalogClient(catalog, viewer, "alice");
  bob = new CatalogClient(catalog, viewer, "bob");
});

afterEach(async () => {
  await instances.close();
  expect(failures).toEqual([]);
});

const endless = [
  "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
  "SELECT count(*) FROM (SELECT generate_series(1, 1000000000000)) AS numbers",
  "SELECT count(*) FROM pg_attribute a, pg_attribute b, pg_attribute c",
];

describe("a statement without end", () => {
  it.each(endless)("is ended at the limit, and only it: %s", async (text) => {
    const [error, other] = await Promise.all([errorOf(alice.query(text)), bob.value("SELECT current_user")]);
    expect([error.sqlstate, error.message]).toEqual([
      "57014",
      "canceling statement due to statement timeout",
    ]);
    expect(other).toBe("bob");
    expect(await alice.value("SELECT current_user")).toBe("alice");
  });

  it("is ended before that when it fills temporary files", async () => {
    const error = await errorOf(alice.query("SELECT count(*) FROM generate_series(1, 1000000000000)"));
    expect(["53400", "57014"]).toContain(error.sqlstate);
    expect(await bob.value("SELECT current_user")).toBe("bob");
  });

  it("does not keep its user's further statements in front of others", async () => {
    const order: string[] = [];
    const note = (name: string) => (value: unknown) => order.push(`${name}: ${String(value)}`);
    await Promise.all([
      errorOf(alice.query(endless[0] ?? "")).then((error) => note("endless")(error.sqlstate)),
      alice.value("SELECT 1").then(note("alice")),
      alice.value("SELECT 2").then(note("alice")),
      bob.value("SELECT 3").then(note("bob")),
    ]);
    expect(order).toEqual(["endless: 57014", "bob: 3", "alice: 1", "alice: 2"]);
  });

  it("can be left by its client at once, and what waits can be withdrawn", async () => {
    const running = new AbortController();
    const waiting = new AbortController();
    const client = (signal: AbortSignal) => new CatalogClient(catalog, viewer, "alice", { signal });
    await alice.value("SELECT 1");
    const first = errorOf(client(running.signal).query(endless[0] ?? ""));
    const second = errorOf(client(waiting.signal).query("SELECT 17"));
    waiting.abort();
    expect((await second).sqlstate).toBe("57014");
    running.abort();
    expect((await first).sqlstate).toBe("57014");
    expect(await bob.value("SELECT 5")).toBe("5");
  });
});

describe("a statement that is too large", () => {
  it("fails with 54000 when its answer is", async () => {
    // With time enough for a slow machine: it is the size that ends it.
    const roomy = await startCatalog({
      catalogTimeoutMs: 60_000,
      onFailure: (failure) => failures.push(failure),
    });
    try {
      const carol = new CatalogClient(roomy.catalog, viewer, "carol");
      const error = await errorOf(carol.query("SELECT repeat('x', 60000000) FROM generate_series(1, 2)"));
      expect(error.sqlstate).toBe("54000");
      expect(await carol.value("SELECT 1")).toBe("1");
    } finally {
      await roomy.instances.close();
    }
  });

  it("fails with 53200 when the instance's memory is, which serves on", async () => {
    const error = await errorOf(
      alice.query("SELECT length(string_agg(repeat('x', 1000000), '')) FROM generate_series(1, 2000)"),
    );
    expect(["53200", "54000", "57014"]).toContain(error.sqlstate);
    expect(await alice.value("SELECT current_user")).toBe("alice");
  });

  it("fails with 54001 when it is nested too deeply", async () => {
    const sums = `SELECT 1${"+1".repeat(30_000)}`;
    const casts = `SELECT 1${"::int8::int4".repeat(30_000)}`;
    const unions = `SELECT 1${" UNION SELECT 1".repeat(30_000)}`;
    for (const text of [sums, casts, unions]) {
      const request = {
        visible: viewer,
        databaseName: "market",
        user: "alice",
        settings: {},
        text,
        parameterTypes: [],
        signal: new AbortController().signal,
      };
      const analysed = await errorOf(instances.analyse({ ...request, tree: true }));
      expect([analysed.sqlstate, text.length]).toEqual(["54001", text.length]);
      const executed = await errorOf(
        instances.execute({
          ...request,
          otherDatabases: [],
          parameters: [],
          resultFormats: [],
          rowsMax: 1,
          processId: 1,
        }),
      );
      expect(executed.sqlstate).toBe("54001");
    }
    expect(await alice.value("SELECT current_user")).toBe("alice");
  });
});
