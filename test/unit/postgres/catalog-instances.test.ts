import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { LensError } from "../../../src/errors.ts";
import {
  type AnalyseStatement,
  type CatalogInstances,
  openCatalogInstances,
} from "../../../src/postgres/catalog-instances.ts";
import { viewer } from "./visible-models.ts";

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
});
