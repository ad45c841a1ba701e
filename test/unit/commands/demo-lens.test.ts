// The lens that comes with the program, against the warehouse that comes with it.

import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noAttributes } from "../../../src/attributes.ts";
import { runCheck } from "../../../src/commands/check.ts";
import { writeDemo } from "../../../src/commands/demo.ts";
import { effectiveGroup } from "../../../src/model/effective-group.ts";
import { loadModel } from "../../../src/model/load-model.ts";
import type { LinkedModel, Secure } from "../../../src/model/model.ts";

let folder: string;
let model: LinkedModel;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lenswire-demo-lens-"));
  await cp("lens", join(folder, "lens"), { recursive: true });
  await writeDemo({ rows: 5000, file: join(folder, "data", "market.duckdb") }, () => undefined);
  const loaded = await loadModel(join(folder, "lens", "model"));
  if (loaded.model === undefined) throw new Error(JSON.stringify(loaded.problems));
  model = loaded.model;
});
afterAll(() => rm(folder, { recursive: true }));

test("the demo lens has no problem, also when the warehouse is asked for types and keys", async () => {
  const output = new PassThrough();
  const argv = ["--config", join(folder, "lens", "config.yaml")];
  const code = await runCheck(argv, { stdout: output, stderr: output });
  output.end();
  expect((await output.toArray()).join("")).toContain("1 lens, 2 tables, 2 views, 0 problems");
  expect(code).toBe(0);
});

test("everything in it is described", () => {
  for (const relation of [...model.tables.values(), ...model.views.values()]) {
    expect(relation.description, relation.name).toBeTruthy();
  }
  for (const table of model.tables.values()) {
    for (const member of [...table.dimensions, ...table.measures, ...table.segments]) {
      expect(member.description, `${table.name}.${member.name}`).toBeTruthy();
    }
  }
});

test("it shows every type of measure and every kind of dimension", () => {
  const tables = [...model.tables.values()];
  const measures = new Set(tables.flatMap((table) => table.measures.map(({ type }) => type)));
  expect([...measures].sort()).toEqual([
    "avg",
    "boolean",
    "count",
    "count_distinct",
    "count_distinct_approx",
    "max",
    "min",
    "number",
    "string",
    "sum",
    "time",
  ]);
  const dimensions = new Set(tables.flatMap((table) => table.dimensions.map(({ source }) => source.kind)));
  expect([...dimensions].sort()).toEqual(["case", "sql", "subQuery"]);
});

function fallsOn(secure: Secure | undefined, group: string): boolean {
  if (secure === undefined || secure.excludes.includes(group)) return false;
  return secure.includes === "*" || secure.includes.includes(group);
}

test.each([
  ["admin", "admin", [], []],
  ["analyst", "analyst", ["email", "pan", "phone"], []],
  [
    "analyst_north",
    "analyst_north",
    ["email", "pan", "phone"],
    ["customers.north_only", "transactions.north_only"],
  ],
  [
    "viewer",
    "viewer",
    ["annual_income", "date_of_birth", "email", "first_name", "full_name", "last_name", "pan", "phone"],
    [],
  ],
  [
    "nobody in particular",
    "default",
    ["annual_income", "date_of_birth", "email", "first_name", "full_name", "last_name", "pan", "phone"],
    [],
  ],
])("%s is in the group %s, with its masks and its rows", (name, group, masked, filters) => {
  expect(effectiveGroup(model, { user: "somebody", groups: [name], attributes: noAttributes })?.name).toBe(
    group,
  );
  const customers = model.tables.get("customers");
  const masks = customers?.dimensions.filter(({ secure }) => fallsOn(secure, group)).map((at) => at.name);
  expect(masks?.sort()).toEqual(masked);
  const forced = [...model.tables.values()].flatMap((table) =>
    table.segments.filter(({ secure }) => fallsOn(secure, group)).map((at) => `${table.name}.${at.name}`),
  );
  expect(forced).toEqual(filters);
});
