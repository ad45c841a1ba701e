// Every signature of the registry over the extremes of its types: each warehouse answers what PostgreSQL does, or
// refuses.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registryCases } from "./cases/registry-cases.ts";
import { type Case, differencesOf } from "./compare.ts";
import { engineNames, type Oracle, openOracle } from "./oracle.ts";
import { utc } from "./postgres-server.ts";

let oracle: Oracle;

beforeAll(async () => {
  oracle = await openOracle({ ...utc, timeZone: "Europe/Paris" });
});

afterAll(() => oracle?.close());

/** Cases of one expression together: a test for each would be a thousand lines of report. */
function byExpression(cases: readonly Case[]): readonly (readonly [string, readonly Case[]])[] {
  const groups = new Map<string, Case[]>();
  for (const item of cases) groups.set(item.expression, [...(groups.get(item.expression) ?? []), item]);
  return [...groups];
}

describe.each(engineNames)("%s", (engine) => {
  describe.each(Object.entries(registryCases(engine)))("%s", (_, cases) => {
    test.each(byExpression(cases))("%s", async (_expression, group) => {
      const differences: string[] = [];
      for (const item of group) {
        // Where DuckDB has no numeric division or average, double precision stands in.
        const exact = engine === "postgres" ? { ...item, approximate: false } : item;
        differences.push(...(await differencesOf(oracle, engine, exact)));
      }
      expect(differences).toEqual([]);
    });
  });
});
