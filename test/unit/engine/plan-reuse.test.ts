// Which statements share a plan, counted by the analyses that are asked for.

import { beforeEach, expect, test } from "vitest";
import type { AnalyseOptions } from "../../../src/analysis/analyse.ts";
import { noAttributes } from "../../../src/attributes.ts";
import { noAuditLog } from "../../../src/audit/no-audit-log.ts";
import { systemClock } from "../../../src/clock.ts";
import { planCacheBounds } from "../../../src/constants.ts";
import { createQueryEngine } from "../../../src/engine/create-query-engine.ts";
import type { Lens } from "../../../src/engine/lens.ts";
import type { QueryEngine } from "../../../src/engine/query-engine.ts";
import { TemporaryTables } from "../../../src/engine/temporary-tables.ts";
import { SpoolSpace } from "../../../src/limits/spool-space.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { customers, visibleModel } from "../postgres/visible-models.ts";

let analysed: AnalyseOptions[];
let version: string;
let engine: QueryEngine;

beforeEach(() => {
  analysed = [];
  version = "v1";
  const lensNamed = (name: string) =>
    ({
      name,
      visibleTo: ({ groups }) => visibleModel(groups[0] ?? "", [customers], version),
    }) satisfies Partial<Lens> as unknown as Lens;
  engine = createQueryEngine({
    lensOf: (name) => lensNamed(name),
    admit: async () => () => {},
    // The plan of a statement that the catalog answers: what decides over sharing is the same.
    analyse: async (options) => {
      analysed.push(options);
      return {
        query: undefined,
        readsLens: false,
        temporaryTables: [],
        temporaryColumns: [],
        parameterTypes: options.parameterTypes,
        columns: [],
        relations: new Map(),
        measureFunctions: new Set(),
        text: options.text,
        positionOf: () => undefined,
        positionOfTables: () => undefined,
      };
    },
    catalog: {
      answer: () => Promise.reject(new TypeError("nothing is run")),
      scansBackward: () => Promise.reject(new TypeError("nothing is run")),
      write: () => Promise.reject(new TypeError("nothing is written")),
      askCopy: () => Promise.reject(new TypeError("nothing is copied")),
      copy: () => Promise.reject(new TypeError("nothing is copied")),
      define: () => Promise.reject(new TypeError("nothing is made")),
    },
    audit: noAuditLog,
    auditParameters: false,
    clock: systemClock,
    emit: () => {},
    rowsMax: 10,
    version: "test",
    databasesOf: () => [],
    own: { limitsOf: async () => [], sessionsOf: () => [], statementsOf: () => [] },
  });
});

interface Asked {
  readonly text?: string;
  readonly lens?: string;
  readonly databaseName?: string;
  readonly user?: string;
  readonly group?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly parameterTypes?: readonly number[];
  readonly temporaryTables?: TemporaryTables;
}

/** Whether the statement had to be analysed. */
async function isAnalysed(asked: Asked = {}): Promise<boolean> {
  const before = analysed.length;
  const [statement] = await parseStatements(asked.text ?? "select zone from customers");
  if (statement === undefined) throw new Error("no statement");
  const settings = new Map(Object.entries({ TimeZone: "UTC", ...asked.settings }));
  await engine.prepare({
    statement,
    parameterTypes: asked.parameterTypes ?? [],
    context: {
      sessionId: 1,
      identity: { user: asked.user ?? "alice", groups: [asked.group ?? "analyst"], attributes: noAttributes },
      lens: asked.lens ?? "market",
      databaseName: asked.databaseName ?? "market",
      clientAddress: "127.0.0.1",
      settings: { get: (name) => settings.get(name), set: () => {} },
      processId: 1,
      listObjects: () => ({ cursors: "[]", statements: "[]", settings: "{}", said: "[]", tls: "{}" }),
      temporaryTables: asked.temporaryTables ?? new TemporaryTables(new SpoolSpace(0)),
    },
    signal: new AbortController().signal,
  });
  return analysed.length > before;
}

test("a text that comes again is not analysed again, whoever of the group sends it", async () => {
  expect(await isAnalysed()).toBe(true);
  expect(await isAnalysed()).toBe(false);
  expect(await isAnalysed({ user: "bob" })).toBe(false);
  expect(await isAnalysed({ settings: { application_name: "x", extra_float_digits: "0" } })).toBe(false);
  // Only EXPLAIN itself differs.
  expect(await isAnalysed({ text: "explain select zone from customers" })).toBe(false);
});

test.each<[string, Asked]>([
  ["group", { group: "viewer" }],
  ["lens", { lens: "sales" }],
  ["database name", { databaseName: "public:market" }],
  ["text", { text: "select zone from customers limit 1" }],
  ["parameter type", { parameterTypes: [25] }],
  ["TimeZone", { settings: { TimeZone: "Asia/Tokyo" } }],
  ["DateStyle", { settings: { DateStyle: "SQL, DMY" } }],
  ["IntervalStyle", { settings: { IntervalStyle: "iso_8601" } }],
  ["search_path", { settings: { search_path: "pg_catalog" } }],
])("another %s is analysed for itself, and both are kept", async (_, other) => {
  expect(await isAnalysed()).toBe(true);
  expect(await isAnalysed(other)).toBe(true);
  expect(await isAnalysed()).toBe(false);
  expect(await isAnalysed(other)).toBe(false);
});

test("another model version is analysed for itself", async () => {
  expect(await isAnalysed()).toBe(true);
  version = "v2";
  expect(await isAnalysed()).toBe(true);
});

test.each([
  "select zone from customers where signup_date = 'today'",
  "select zone from customers where signup_date < date 'yesterday'",
  "select zone from customers where signup_date = any ('{2024-01-01, tomorrow}')",
  "select zone from customers where signup_date < 'now'",
  String.raw`select zone from customers where signup_date < E'\x6eow'`,
])("a literal of the time at which it is read is never shared: %s", async (text) => {
  expect(await isAnalysed({ text })).toBe(true);
  expect(await isAnalysed({ text })).toBe(true);
});

test("statements of huge text push out no others", async () => {
  await isAnalysed();
  const huge = (salt: number) =>
    `select zone from customers where city = '${salt}${"x".repeat(planCacheBounds.entryBytesMax)}'`;
  for (let i = 0; i < 40; i++) await isAnalysed({ text: huge(i) });
  expect(await isAnalysed()).toBe(false);
  expect(await isAnalysed({ text: huge(0) })).toBe(true);
});

test("what is given to analysis was parsed once", async () => {
  await isAnalysed({ text: "  select /* é */ zone from customers; " });
  const [{ parsed, text } = { parsed: undefined, text: "" }] = analysed;
  expect(text).toBe("select /* é */ zone from customers");
  expect(parsed).toMatchObject({ node: { SelectStmt: {} }, bytesBefore: 2 });
});
