// Which plain cursors go back: what a real PostgreSQL lets and refuses is compared in test/protocol/cursors_scroll.pgtest.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CatalogInstances } from "../../../src/postgres/catalog-instances.ts";
import { viewer } from "../postgres/visible-models.ts";
import { CatalogClient, startCatalog } from "./catalog-client.ts";

let instances: CatalogInstances;
let client: CatalogClient;

beforeAll(async () => {
  const started = await startCatalog({ catalogTimeoutMs: 60_000, onFailure: () => {} });
  instances = started.instances;
  client = new CatalogClient(started.catalog, viewer, "alice");
});

afterAll(() => instances.close());

it.each([
  ["VALUES (1), (2)", true],
  ["SELECT * FROM generate_series(1, 3)", true],
  ["SELECT relname FROM pg_class", true],
  ["SELECT relname FROM pg_class WHERE oid = 1259", true],
  ["SELECT relname FROM pg_class ORDER BY reltuples LIMIT 3", true],
  ["SELECT relname FROM pg_class UNION ALL SELECT typname FROM pg_type", true],
  ["WITH w AS MATERIALIZED (SELECT * FROM generate_series(1, 3)) SELECT * FROM w", true],
  ["SELECT 1", false],
  ["SELECT generate_series(1, 3)", false],
  ["SELECT count(*) FROM pg_class", false],
  ["SELECT DISTINCT relkind FROM pg_class", false],
  ["SELECT c.relname FROM pg_class c JOIN pg_type t ON t.typrelid = c.oid", false],
  ["SELECT relname FROM pg_class WHERE 1 = 0", false],
] as const)("%s: %s", async (text, expected) => {
  expect(await client.scansBackward(text)).toBe(expected);
});

it("takes parameters, and runs nothing", async () => {
  const text = "SELECT g FROM generate_series(1, $1::int) AS g WHERE 1 / (g - g) = 1";
  expect(await client.scansBackward(text, ["3"])).toBe(true);
});
