// Plans written by hand, for what no client's statement holds.
import { duckDbDialect } from "../../../src/dialect/duckdb/duckdb-dialect.ts";
import { type RenderedPlan, render } from "../../../src/dialect/render.ts";
import { LensError } from "../../../src/errors.ts";
import type {
  Expression,
  FromItem,
  Query,
  RangeTableEntry,
  SecuredScan,
  SecuredScanEntry,
  Target,
} from "../../../src/query/query.ts";
import { oids } from "../../../src/query/type-oids.ts";
import { utc } from "./postgres-server.ts";

export function query(parts: Partial<Query>): Query {
  return {
    kind: "Query",
    id: 1,
    ctes: [],
    recursive: false,
    from: [],
    where: undefined,
    targets: [],
    group: undefined,
    having: undefined,
    hasAggregates: false,
    windows: [],
    distinct: undefined,
    orderBy: [],
    limit: undefined,
    withTies: false,
    offset: undefined,
    setOperation: undefined,
    ...parts,
  };
}

export function target(expression: Expression, name = "x"): Target {
  return { expression, name, junk: false, origin: undefined };
}

export function column(entry: number, place: number, type: number): Expression {
  return { kind: "Var", entry, column: place, type, modifier: -1, location: -1 };
}

export function text(value: string): Expression {
  return { kind: "Const", type: oids.text, modifier: -1, value, location: -1 };
}

export function from(entry: RangeTableEntry): FromItem {
  return { kind: "entry", entry };
}

export const plainScan: SecuredScan = {
  table: "orders",
  baseSql: "SELECT * FROM orders -- all of them",
  alias: "orders",
  inner: undefined,
  forced: [],
  forcedJoins: [],
  joins: [],
  outputs: [
    { name: "id", expression: { kind: "sql", sql: [{ alias: "orders", column: "id" }] } },
    { name: "customer", expression: { kind: "sql", sql: [{ alias: "orders", column: "customer" }] } },
    { name: "amount", expression: { kind: "sql", sql: [{ alias: "orders", column: "amount" }] } },
  ],
  barrier: false,
};

export const columns = [
  { name: "id", type: oids.int4, modifier: -1 },
  { name: "customer", type: oids.text, modifier: -1 },
  { name: "amount", type: oids.numeric, modifier: (10 << 16) + 2 + 4 },
];

export function scanEntry(scan: SecuredScan, id = 2): SecuredScanEntry {
  return { kind: "securedScan", id, name: "orders", columns, lateral: false, scan };
}

export function rendering(plan: Query): RenderedPlan {
  return render({ query: plan } as Parameters<typeof render>[0], duckDbDialect, utc);
}

export function refusalOf(plan: Query): LensError {
  try {
    rendering(plan);
  } catch (error) {
    if (error instanceof LensError) return error;
    throw error;
  }
  throw new Error("was not refused");
}
