import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { LensError } from "../../../src/errors.ts";
import {
  type AnalyseStatement,
  type CatalogInstances,
  openCatalogInstances,
} from "../../../src/postgres/catalog-instances.ts";
import { admin, customers, viewer, visibleModel } from "./visible-models.ts";

let instances: CatalogInstances;
const failures: unknown[] = [];

beforeAll(async () => {
  instances = await openCatalogInstances({
    catalogInstancesMax: 2,
    catalogTimeoutMs: 5_000,
    clock: systemClock,
    onFailure: (failure) => failures.push(failure),
  });
});

afterAll(async () => {
  await instances.close();
  expect(failures).toEqual([]);
});

function analyse(text: string, more: Partial<AnalyseStatement> = {}) {
  return instances.analyse({
    visible: viewer,
    databaseName: "market",
    user: "alice",
    settings: {},
    text,
    parameterTypes: [],
    tree: false,
    signal: new AbortController().signal,
    ...more,
  });
}

async function errorOf(promise: Promise<unknown>): Promise<LensError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof LensError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

describe("analysis", () => {
  it("gives parameter types, columns and their place in the lens's relations", async () => {
    const analysed = await analyse(
      "SELECT zone, MEASURE(total_balance) AS b, agg(total_customers), aggregate(is_big) FROM customers WHERE customer_id = $1 GROUP BY zone",
    );
    expect(analysed.parameterTypes).toEqual([20]);
    expect(analysed.columns.map((c) => [c.name, c.typeOid, c.attributeNumber])).toEqual([
      ["zone", 25, 2],
      ["b", 1700, 0],
      ["agg", 20, 0],
      ["aggregate", 16, 0],
    ]);
    expect(analysed.relations.get(analysed.columns[0]?.tableOid ?? 0)).toBe("customers");
    expect(analysed.measureFunctions.size).toBe(3);
    expect(analysed.tree).toBeUndefined();
  });

  it("gives the analysed tree when asked for", async () => {
    const analysed = await analyse("SELECT zone FROM customers WHERE zone = 'é'", { tree: true });
    const text = Buffer.from(analysed.tree ?? []).toString("latin1");
    expect(text.trimStart().startsWith("{QUERY")).toBe(true);
    expect(text.trimEnd().endsWith("}")).toBe(true);
  });

  it("reports PostgreSQL's own error with its code, position and hint", async () => {
    const error = await errorOf(analyse("SELECT zonee FROM customers"));
    expect([error.sqlstate, error.message, error.position, error.hint]).toEqual([
      "42703",
      'column "zonee" does not exist',
      8,
      'Perhaps you meant to reference the column "customers.zone".',
    ]);
  });

  it("reads constants and names as the session's settings and database name have them", async () => {
    const dump = async (settings: Record<string, string>) => {
      const { tree } = await analyse("SELECT '2024-03-01 00:00'::timestamptz", { settings, tree: true });
      return Buffer.from(tree ?? []).toString("latin1");
    };
    const utc = await dump({ TimeZone: "UTC" });
    expect(await dump({ TimeZone: "Asia/Tokyo" })).not.toBe(utc);
    expect(await dump({})).toBe(utc);
    await analyse('SELECT zone FROM "lens:public:market".public.customers', {
      databaseName: "lens:public:market",
    });
    const error = await errorOf(analyse('SELECT zone FROM "lens:public:market".public.customers'));
    expect(error.sqlstate).toBe("0A000");
    expect(
      (await errorOf(analyse("SELECT zone FROM customers", { settings: { search_path: "pg_catalog" } })))
        .sqlstate,
    ).toBe("42P01");
    await analyse("SELECT zone FROM customers");
  });

  it("refuses a setting's bad value with PostgreSQL's error and goes on as before", async () => {
    expect((await errorOf(analyse("SELECT 1", { settings: { TimeZone: "No/Where" } }))).sqlstate).toBe(
      "22023",
    );
    expect((await analyse("SELECT 1 AS one")).columns[0]?.name).toBe("one");
  });

  it("never runs what it is given", async () => {
    await analyse("SELECT 1/0");
    await analyse("SELECT pg_sleep(1000000)");
    await analyse("DROP TABLE customers");
    await analyse("SELECT zone FROM customers");
  });

  it("keeps groups apart, and opens again what was closed to make room", async () => {
    const third = visibleModel("third", [customers]);
    for (const visible of [viewer, admin, third, viewer, admin, third]) {
      const sees = visible === admin;
      const text = "SELECT s3cret_person FROM s3cret_salaries";
      if (sees) expect((await analyse(text, { visible })).columns).toHaveLength(1);
      else expect((await errorOf(analyse(text, { visible }))).sqlstate).toBe("42P01");
    }
  });

  it("gives a relation the same oids whenever the same model is opened", async () => {
    const before = (await analyse("SELECT 1")).relations;
    await analyse("SELECT 1", { visible: admin });
    await analyse("SELECT 1", { visible: visibleModel("third", [customers]) });
    expect((await analyse("SELECT 1")).relations).toEqual(before);
  });

  it("fails with the signal's reason when that has come", async () => {
    const controller = new AbortController();
    controller.abort(new LensError("57014", "canceling statement due to user request"));
    const error = await errorOf(analyse("SELECT 1", { signal: controller.signal }));
    expect([error.sqlstate, error.message]).toEqual(["57014", "canceling statement due to user request"]);
  });
});

describe("opening ahead of statements", () => {
  it("leaves what goes wrong to the first statement", async () => {
    // A map by name, whose two relations have one.
    const relations = new Map([
      ["a", customers],
      ["b", customers],
    ]);
    const twice = { ...viewer, group: { ...viewer.group, name: "twice" }, relations };
    instances.prepare(twice, "alice");
    expect((await errorOf(analyse("SELECT 1", { visible: twice }))).sqlstate).toBe("42P07");
    instances.prepare(viewer, "alice");
    expect((await analyse("SELECT 1")).columns).toHaveLength(1);
  });
});

describe("closing", () => {
  it("fails what is under way and what comes later with 57P01", async () => {
    const closing = await openCatalogInstances({
      catalogInstancesMax: 2,
      catalogTimeoutMs: 5_000,
      clock: systemClock,
      onFailure: (failure) => failures.push(failure),
    });
    const request = {
      visible: viewer,
      databaseName: "market",
      user: "alice",
      settings: {},
      text: "SELECT 1",
      parameterTypes: [],
      tree: false,
      signal: new AbortController().signal,
    };
    const underWay = [errorOf(closing.analyse(request)), errorOf(closing.analyse(request))];
    await closing.close();
    for (const error of await Promise.all(underWay)) expect(error.sqlstate).toBe("57P01");
    expect((await errorOf(closing.analyse(request))).sqlstate).toBe("57P01");
  });
});
