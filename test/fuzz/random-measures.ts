// Measures of every form, each with its value over distinct rows or over the values of others.
import type { Draw } from "./draw.ts";
import {
  type Cell,
  type DataRow,
  type FuzzJoin,
  type FuzzMeasure,
  openValue,
  shortestPaths,
} from "./fuzz-lens.ts";

export function equals(left: Cell | undefined, right: Cell): boolean | null {
  return left == null || right === null ? null : left === right;
}

export function or(left: boolean | null, right: boolean | null): boolean | null {
  if (left === true || right === true) return true;
  return left === null || right === null ? null : false;
}

const none = { over: [], calculate: () => null } as const;

function numbers(rows: readonly DataRow[], column: string): number[] {
  return rows.flatMap((row) => (typeof row[column] === "number" ? [row[column]] : []));
}

const sum = (values: readonly number[]): Cell =>
  values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
const min = (values: readonly number[]): Cell => (values.length === 0 ? null : Math.min(...values));
const max = (values: readonly number[]): Cell => (values.length === 0 ? null : Math.max(...values));
const plus = (left: Cell, right: Cell): Cell =>
  left === null || right === null ? null : Number(left) + Number(right);

const add = { additive: true };

const leaf = (
  name: string,
  modelType: FuzzMeasure["modelType"],
  yaml: string,
  over: (rows: readonly DataRow[]) => Cell,
  more: Partial<FuzzMeasure> = {},
): FuzzMeasure => ({
  name,
  type: "int",
  modelType,
  yaml,
  form: "leaf",
  additive: false,
  leaf: over,
  ...none,
  ...more,
});

function leafMeasures(): FuzzMeasure[] {
  return [
    leaf("n", "count", "type: count", (rows) => rows.length, add),
    leaf("nx", "count", 'type: count, sql: "x"', (rows) => numbers(rows, "x").length, add),
    leaf("sx", "sum", 'type: sum, sql: "{TABLE}.x"', (rows) => sum(numbers(rows, "x")), add),
    leaf("ax", "avg", 'type: avg, sql: "{x}"', (rows) => {
      const values = numbers(rows, "x");
      return values.length === 0 ? null : Number(sum(values)) / values.length;
    }),
    leaf("mnx", "min", "type: min, sql: x", (rows) => min(numbers(rows, "x"))),
    leaf("mxx", "max", "type: max, sql: x", (rows) => max(numbers(rows, "x"))),
    leaf("mw", "max", "type: max, sql: w", (rows) => maxText(rows), { type: "text" }),
    leaf("dx", "count_distinct", "type: count_distinct, sql: x", (rows) => new Set(numbers(rows, "x")).size),
    leaf(
      "sf",
      "sum",
      `type: sum, sql: "{x}", filters: [{sql: "{TABLE}.g = 'p'"}]`,
      (rows) =>
        sum(
          numbers(
            rows.filter((row) => row["g"] === "p"),
            "x",
          ),
        ),
      add,
    ),
    leaf(
      "nf",
      "count",
      `type: count, filters: [{sql: "{h} = 1"}, {sql: "x > 0"}]`,
      (rows) => rows.filter((row) => row["h"] === 1 && Number(row["x"] ?? 0) > 0).length,
      add,
    ),
    leaf("r1", "number", 'type: number, sql: "sum(x) + count(*)"', (rows) =>
      plus(sum(numbers(rows, "x")), rows.length),
    ),
    leaf("r2", "number", 'type: number, sql: "max({x}) - min({TABLE}.x)"', (rows) => {
      const values = numbers(rows, "x");
      return values.length === 0 ? null : Math.max(...values) - Math.min(...values);
    }),
    leaf("r3", "number", 'type: number, sql: "count(distinct {TABLE}.h) * 10 + count(*)"', (rows) =>
      rows.length === 0 ? openValue : new Set(numbers(rows, "h")).size * 10 + rows.length,
    ),
  ];
}

function maxText(rows: readonly DataRow[]): Cell {
  const values = rows.flatMap((row) => (typeof row["w"] === "string" ? [row["w"]] : []));
  return values.length === 0 ? null : (values.sort().at(-1) ?? null);
}

/** A table that each row of this one leads to at most one row of. */
export interface Through {
  readonly table: string;
  follow(row: DataRow): DataRow | undefined;
}

/** Measures over rows of this table that read columns of another. */
export function measuresThrough(through: Through | undefined): FuzzMeasure[] {
  if (through === undefined) return [];
  const { table, follow } = through;
  const far = (rows: readonly DataRow[]): DataRow[] => rows.map(follow).filter((row) => row !== undefined);
  return [
    leaf("ox", "sum", `type: sum, sql: "{${table}.x}"`, (rows) => sum(numbers(far(rows), "x")), add),
    leaf(
      "on",
      "count",
      `type: count, filters: [{sql: "{${table}.h} = 1"}]`,
      (rows) => far(rows).filter((row) => row["h"] === 1).length,
      add,
    ),
    leaf(
      "od",
      "count_distinct",
      `type: count_distinct, sql: "{${table}.hx}"`,
      (rows) => new Set(numbers(far(rows), "h")).size,
    ),
    leaf("or1", "number", `type: number, sql: "sum({${table}.x} + {TABLE}.h) + count(*)"`, (rows) => {
      const pairs = rows.map((row) => plus(follow(row)?.["x"] ?? null, row["h"] ?? null));
      return plus(sum(pairs.filter((value) => typeof value === "number")), rows.length);
    }),
  ];
}

interface Graph {
  readonly joins: readonly FuzzJoin[];
  readonly names: readonly string[];
}

export function drawMeasures(draw: Draw, table: string, graph: Graph): FuzzMeasure[] {
  const calculated = (
    name: string,
    sql: string,
    over: FuzzMeasure["over"],
    calculate: FuzzMeasure["calculate"],
  ): FuzzMeasure => ({
    name,
    type: "int",
    modelType: "number",
    yaml: `type: number, sql: "${sql}"`,
    form: "calculated",
    additive: false,
    leaf: () => null,
    over,
    calculate,
  });
  const own = (measure: string) => ({ table, measure });
  const measures = [
    ...leafMeasures(),
    calculated("c1", "{sx} - {n}", [own("sx"), own("n")], ([s, n]) => plus(s ?? null, -Number(n))),
    calculated("c2", "coalesce({c1}, 0) * 2 + {nf}", [own("c1"), own("nf")], ([c, n]) =>
      plus(2 * Number(c ?? 0), n ?? null),
    ),
  ];
  const others = graph.names.filter(
    (name) => name !== table && shortestPaths(graph.joins, table, name).length === 1,
  );
  if (others.length === 0) return measures;
  const other = draw.pick(others);
  const far = { table: other, measure: draw.pick(["n", "sx", "mnx", "sf", "r1", "c1"]) };
  measures.push(
    calculated(
      "f1",
      `coalesce({sx}, 0) * 100 + coalesce({${far.table}.${far.measure}}, 7)`,
      [own("sx"), far],
      ([s, f]) => plus(Number(s ?? 0) * 100, f ?? 7),
    ),
    calculated(
      "f2",
      `{${other}.n} - coalesce({f1}, 0)`,
      [{ table: other, measure: "n" }, own("f1")],
      ([n, f]) => plus(n ?? null, -Number(f ?? 0)),
    ),
  );
  return measures;
}
