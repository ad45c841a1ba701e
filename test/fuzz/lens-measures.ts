// Measures of every form, each with its value over distinct rows or over the values of others.
import type { Cell, DataRow, FuzzMeasure } from "./fuzz-lens.ts";
import { type Follow, type TableSpec, targetOf } from "./lens-spec.ts";
import { maskedValue, type Sight } from "./sight.ts";

/** The value of a row's sub-query dimension, and whether measures that read it are NULL. */
interface RowValue {
  value(row: DataRow): Cell;
  readonly redacted: boolean;
}

export function makeMeasures(
  table: TableSpec,
  sight: Sight,
  follow: Follow,
  subQuery: RowValue | undefined,
): FuzzMeasure[] {
  const target = targetOf(table);
  const drawn = [
    ...ownLeaves,
    ...(target === undefined ? [] : leavesThrough(target)),
    ...(subQuery === undefined ? [] : leavesOfSubQuery),
  ];
  const leaves = drawn.map((leaf) => asSeen(leaf, { table, sight, follow, target, subQuery }));
  const calculated = calculatedMeasures(table).map((measure) => ({
    ...measure,
    calculate: (values: readonly Cell[]) => secured(table, sight, measure, measure.calculate(values)),
  }));
  return [...leaves, ...calculated];
}

/** A leaf over rows and, for each, the row of the other table. */
interface Leaf {
  readonly name: string;
  readonly modelType: FuzzMeasure["modelType"];
  readonly type: FuzzMeasure["type"];
  readonly yaml: string;
  readonly additive: boolean;
  /** Columns that its SQL and its filters read: own ones, and those of the other table as `far.x`. */
  readonly reads: readonly string[];
  /** Counts of rows and of a plain column are computed over what is there, whatever is masked. */
  readonly raw: boolean;
  value(rows: readonly LeafRow[], isTotal: boolean): Cell;
}

interface LeafRow {
  readonly own: DataRow;
  readonly far: DataRow | undefined;
  /** The value of the sub-query dimension. */
  readonly q: Cell;
}

interface Seen {
  readonly table: TableSpec;
  readonly sight: Sight;
  readonly follow: Follow;
  readonly target: string | undefined;
  readonly subQuery: RowValue | undefined;
}

function asSeen(leaf: Leaf, { table, sight, follow, target, subQuery }: Seen): FuzzMeasure {
  const nulled =
    !leaf.raw &&
    leaf.reads.some((column) => {
      if (column === "q") return subQuery?.redacted;
      return column.startsWith("far.")
        ? sight.redacts(target ?? "", column.slice("far.".length))
        : sight.redacts(table.name, column);
    });
  const { name, modelType, type, yaml, additive } = leaf;
  const measure = { name, modelType, type, yaml, additive, nulled, form: "leaf", over: [] } as const;
  return {
    ...measure,
    calculate: () => null,
    leaf: (rows, isTotal) => {
      const seen = rows.map((row): LeafRow => {
        const far = target === undefined ? undefined : follow(row);
        const q = leaf.reads.includes("q") && subQuery !== undefined ? subQuery.value(row) : null;
        if (leaf.raw) return { own: row, far, q };
        return { own: sight.masked(table.name, row), far: far && sight.masked(target ?? "", far), q };
      });
      return secured(table, sight, measure, nulled ? null : leaf.value(seen, isTotal));
    },
  };
}

/** A mask on the measure itself. */
function secured(
  table: TableSpec,
  sight: Sight,
  measure: Pick<FuzzMeasure, "name" | "type">,
  value: Cell,
): Cell {
  const mask = sight.memberMask(table.name, measure.name);
  return mask === undefined ? value : maskedValue(mask, measure.type, value);
}

function numbers(rows: readonly LeafRow[], column: string): number[] {
  return rows.flatMap(({ own }) => (typeof own[column] === "number" ? [own[column]] : []));
}

function farNumbers(rows: readonly LeafRow[], column: string): number[] {
  return rows.flatMap(({ far }) => (typeof far?.[column] === "number" ? [far[column]] : []));
}

const sum = (values: readonly number[]): Cell =>
  values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
const min = (values: readonly number[]): Cell => (values.length === 0 ? null : Math.min(...values));
const max = (values: readonly number[]): Cell => (values.length === 0 ? null : Math.max(...values));
const plus = (left: Cell, right: Cell): Cell =>
  left === null || right === null ? null : Number(left) + Number(right);
const minus = (left: Cell, right: Cell): Cell => plus(left, right === null ? null : -Number(right));

const leaf = (
  name: string,
  modelType: FuzzMeasure["modelType"],
  yaml: string,
  reads: readonly string[],
  value: Leaf["value"],
): Leaf => ({
  name,
  modelType,
  type: name === "mw" ? "text" : "int",
  yaml: `type: ${modelType}${yaml === "" ? "" : `, ${yaml}`}`,
  additive: modelType === "count" || modelType === "sum",
  reads,
  raw: (modelType === "count" || modelType === "count_distinct") && /^(sql: "\w+"|sql: \w+)?$/.test(yaml),
  value,
});

const ownLeaves: readonly Leaf[] = [
  leaf("n", "count", "", [], (rows) => rows.length),
  leaf("nx", "count", 'sql: "x"', ["x"], (rows) => numbers(rows, "x").length),
  leaf("sx", "sum", 'sql: "{TABLE}.x"', ["x"], (rows) => sum(numbers(rows, "x"))),
  leaf("ax", "avg", 'sql: "{x}"', ["x"], (rows) => {
    const values = numbers(rows, "x");
    return values.length === 0 ? null : Number(sum(values)) / values.length;
  }),
  leaf("mnx", "min", "sql: x", ["x"], (rows) => min(numbers(rows, "x"))),
  leaf("mxx", "max", "sql: x", ["x"], (rows) => max(numbers(rows, "x"))),
  leaf("mw", "max", "sql: w", ["w"], (rows) => maxText(rows)),
  leaf("dx", "count_distinct", "sql: x", ["x"], (rows) => new Set(numbers(rows, "x")).size),
  leaf(
    "de",
    "count_distinct",
    "sql: \"coalesce({g}, '-') || {TABLE}.h\"",
    ["g", "h"],
    (rows) =>
      new Set(rows.flatMap(({ own }) => (own["h"] == null ? [] : [`${own["g"] ?? "-"}${own["h"]}`]))).size,
  ),
  leaf(
    "ce",
    "count",
    "sql: \"CASE WHEN {g} = 'p' THEN {TABLE}.x END\"",
    ["g", "x"],
    (rows) =>
      numbers(
        rows.filter(({ own }) => own["g"] === "p"),
        "x",
      ).length,
  ),
  leaf("sf", "sum", `sql: "{x}", filters: [{sql: "{TABLE}.g = 'p'"}]`, ["x", "g"], (rows) =>
    sum(
      numbers(
        rows.filter(({ own }) => own["g"] === "p"),
        "x",
      ),
    ),
  ),
  leaf(
    "nf",
    "count",
    'filters: [{sql: "{h} = 1"}, {sql: "x > 0"}]',
    ["h", "x"],
    (rows) => rows.filter(({ own }) => own["h"] === 1 && Number(own["x"] ?? 0) > 0).length,
  ),
  leaf("r1", "number", 'sql: "sum(x) + count(*)"', ["x"], (rows) =>
    plus(sum(numbers(rows, "x")), rows.length),
  ),
  leaf("r2", "number", 'sql: "max({x}) - min({TABLE}.x)"', ["x"], (rows) => {
    const values = numbers(rows, "x");
    return values.length === 0 ? null : Math.max(...values) - Math.min(...values);
  }),
  leaf("r3", "number", 'sql: "count(distinct {TABLE}.h) * 10 + count(*)"', ["h"], (rows, isTotal) =>
    rows.length === 0 && !isTotal ? null : new Set(numbers(rows, "h")).size * 10 + rows.length,
  ),
  leaf("r4", "number", 'sql: "percentile_cont(0.5) within group (order by {TABLE}.x)"', ["x"], (rows) => {
    const values = numbers(rows, "x").toSorted((one, other) => one - other);
    const middle = (values.length - 1) / 2;
    const [low, high] = [values[Math.floor(middle)], values[Math.ceil(middle)]];
    return low === undefined || high === undefined ? null : (low + high) / 2;
  }),
];

function maxText(rows: readonly LeafRow[]): Cell {
  const values = rows.flatMap(({ own }) => (typeof own["w"] === "string" ? [own["w"]] : []));
  return values.length === 0 ? null : (values.sort().at(-1) ?? null);
}

/** Measures over rows of this table that read columns of another. */
function leavesThrough(table: string): Leaf[] {
  return [
    leaf("ox", "sum", `sql: "{${table}.x}"`, ["far.x"], (rows) => sum(farNumbers(rows, "x"))),
    leaf(
      "on",
      "count",
      `filters: [{sql: "{${table}.h} = 1"}]`,
      ["far.h"],
      (rows) => rows.filter(({ far }) => far?.["h"] === 1).length,
    ),
    leaf(
      "od",
      "count_distinct",
      `sql: "{${table}.hx}"`,
      ["far.h"],
      (rows) => new Set(farNumbers(rows, "h")).size,
    ),
    leaf("or1", "number", `sql: "sum({${table}.x} + {TABLE}.h) + count(*)"`, ["far.x", "h"], (rows) => {
      const pairs = rows.map(({ own, far }) => plus(far?.["x"] ?? null, own["h"] ?? null));
      return plus(sum(pairs.filter((value) => typeof value === "number")), rows.length);
    }),
  ];
}

function ofSubQuery(rows: readonly LeafRow[]): number[] {
  return rows.flatMap(({ q }) => (typeof q === "number" ? [q] : []));
}

const leavesOfSubQuery: readonly Leaf[] = [
  leaf("sq", "sum", 'sql: "{q}"', ["q"], (rows) => sum(ofSubQuery(rows))),
  leaf("xq", "max", 'sql: "{TABLE.q}"', ["q"], (rows) => max(ofSubQuery(rows))),
  leaf("dq", "count_distinct", 'sql: "{qx}"', ["q"], (rows) => new Set(rows.map(({ q }) => q ?? -7)).size),
  leaf(
    "nq",
    "count",
    'filters: [{sql: "{q} > 1"}]',
    ["q"],
    (rows) => ofSubQuery(rows).filter((q) => q > 1).length,
  ),
  leaf("rq", "number", 'sql: "sum({q}) + count(*)"', ["q"], (rows) =>
    plus(sum(ofSubQuery(rows)), rows.length),
  ),
];

function calculatedMeasures({ name: table, far }: TableSpec): FuzzMeasure[] {
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
    calculated("c1", "{sx} - {n}", [own("sx"), own("n")], ([s, n]) => minus(s ?? null, n ?? null)),
    calculated("c2", "coalesce({c1}, 0) * 2 + {nf}", [own("c1"), own("nf")], ([c, n]) =>
      plus(2 * Number(c ?? 0), n ?? null),
    ),
  ];
  if (far === undefined) return measures;
  return [
    ...measures,
    calculated(
      "f1",
      `coalesce({sx}, 0) * 100 + coalesce({${far.table}.${far.measure}}, 7)`,
      [own("sx"), far],
      ([s, f]) => plus(Number(s ?? 0) * 100, f ?? 7),
    ),
    calculated(
      "f2",
      `{${far.table}.n} - coalesce({f1}, 0)`,
      [{ table: far.table, measure: "n" }, own("f1")],
      ([n, f]) => plus(n ?? null, -Number(f ?? 0)),
    ),
  ];
}
