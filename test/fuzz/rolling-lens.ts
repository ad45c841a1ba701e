// Random small lenses with rolling measures: shops, their sales, which have a time, and the lines of sales.
import type { Draw } from "./draw.ts";

export type TimeType = "timestamp" | "date" | "timestamptz";

/** Times are milliseconds since 1970, UTC. */
export interface Shop {
  readonly id: number;
  readonly city: string | null;
}

export interface Sale {
  readonly id: number;
  readonly shop: number | null;
  readonly kind: string | null;
  readonly amount: number | null;
  readonly at: number | null;
}

export interface Line {
  readonly id: number;
  readonly sale: number | null;
  readonly tag: string | null;
  readonly units: number | null;
}

export type Interval = readonly [count: number, unit: string];

export type Window =
  | {
      readonly kind: "fixed";
      readonly trailing: Interval | "unbounded" | undefined;
      readonly leading: Interval | "unbounded" | undefined;
      readonly offset: "start" | "end" | undefined;
    }
  | { readonly kind: "toDate"; readonly granularity: string };

export interface RollingMeasure {
  readonly name: string;
  readonly table: "shops" | "sales" | "lines";
  /** Index into the aggregates of the table. */
  readonly aggregate: Aggregate;
  readonly window: Window | undefined;
}

type Row = Shop | Sale | Line;

export interface Aggregate {
  readonly yaml: string;
  readonly counts: boolean;
  value(rows: readonly Row[]): number | null;
}

export interface RollingLens {
  readonly timeType: TimeType;
  readonly shops: readonly Shop[];
  readonly sales: readonly Sale[];
  readonly lines: readonly Line[];
  readonly measures: readonly RollingMeasure[];
}

const present = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
const amounts = (rows: readonly Row[]) => present((rows as readonly Sale[]).map(({ amount }) => amount));
const sum = (values: readonly number[]) => (values.length === 0 ? null : values.reduce((a, b) => a + b, 0));

const saleAggregates: readonly Aggregate[] = [
  { yaml: "type: count", counts: true, value: (rows) => rows.length },
  { yaml: "type: sum, sql: amount", counts: false, value: (rows) => sum(amounts(rows)) },
  {
    yaml: `type: sum, sql: amount, filters: [{sql: "{TABLE}.kind = 'x'"}]`,
    counts: false,
    value: (rows) => sum(amounts(rows.filter((row) => (row as Sale).kind === "x"))),
  },
  {
    yaml: "type: avg, sql: amount",
    counts: false,
    value: (rows) => {
      const values = amounts(rows);
      const total = sum(values);
      return total === null ? null : total / values.length;
    },
  },
  {
    yaml: "type: min, sql: amount",
    counts: false,
    value: (rows) => (amounts(rows).length === 0 ? null : Math.min(...amounts(rows))),
  },
  {
    yaml: "type: max, sql: amount",
    counts: false,
    value: (rows) => (amounts(rows).length === 0 ? null : Math.max(...amounts(rows))),
  },
  {
    yaml: "type: count_distinct, sql: kind",
    counts: true,
    value: (rows) => new Set(rows.flatMap((row) => (row as Sale).kind ?? [])).size,
  },
  {
    yaml: `type: number, sql: "max(amount) - min({TABLE}.amount)"`,
    counts: false,
    value: (rows) =>
      amounts(rows).length === 0 ? null : Math.max(...amounts(rows)) - Math.min(...amounts(rows)),
  },
  {
    yaml: `type: number, sql: "{plain_sum} * 1.0 / NULLIF({plain_count}, 0)"`,
    counts: false,
    value: (rows) => {
      const total = sum(amounts(rows));
      return total === null || rows.length === 0 ? null : total / rows.length;
    },
  },
];

const lineAggregates: readonly Aggregate[] = [
  {
    yaml: "type: sum, sql: units",
    counts: false,
    value: (rows) => sum(present((rows as readonly Line[]).map(({ units }) => units))),
  },
  { yaml: "type: count", counts: true, value: (rows) => rows.length },
];

const shopAggregates: readonly Aggregate[] = [
  { yaml: "type: count", counts: true, value: (rows) => rows.length },
  {
    yaml: "type: sum, sql: shop_key",
    counts: false,
    value: (rows) => sum((rows as readonly Shop[]).map(({ id }) => id)),
  },
];

const day = 86_400_000;
const hour = 3_600_000;
const firstDay = Date.UTC(2024, 0, 20);
const dayCount = 80;

/** A time of which many fall on the edges of periods. */
export function drawTime(draw: Draw, timeType: TimeType): number {
  const midnight = draw.chance(30)
    ? draw.pick([Date.UTC(2024, 1, 1), Date.UTC(2024, 2, 1), Date.UTC(2024, 1, 29), Date.UTC(2024, 1, 5)])
    : firstDay + draw.upTo(dayCount) * day;
  if (timeType === "date" || draw.chance(30)) return midnight;
  return midnight + draw.upTo(23) * hour + draw.pick([0, 0, 1, 1_799_999]);
}

export function drawRollingLens(draw: Draw): RollingLens {
  const timeType = draw.pick(["timestamp", "date", "timestamptz"] as const);
  const maybe = <T>(value: T): T | null => (draw.chance(12) ? null : value);
  const shops = Array.from({ length: 2 + draw.upTo(3) }, (_, place) => ({
    id: place + 1,
    city: maybe(draw.pick(["a", "b"])),
  }));
  const sales = Array.from({ length: 4 + draw.upTo(20) }, (_, place) => ({
    id: place + 1,
    shop: maybe(1 + draw.upTo(shops.length)),
    kind: maybe(draw.pick(["x", "y"])),
    amount: maybe(1 + draw.upTo(8)),
    at: maybe(drawTime(draw, timeType)),
  }));
  const lines = Array.from({ length: draw.upTo(25) }, (_, place) => ({
    id: place + 1,
    sale: maybe(1 + draw.upTo(sales.length)),
    tag: maybe(draw.pick(["p", "q"])),
    units: maybe(draw.upTo(5)),
  }));
  const measures: RollingMeasure[] = [
    { name: "plain_count", table: "sales", aggregate: first(saleAggregates), window: undefined },
    {
      name: "plain_sum",
      table: "sales",
      aggregate: saleAggregates[1] ?? first(saleAggregates),
      window: undefined,
    },
  ];
  saleAggregates.forEach((aggregate, place) => {
    measures.push({ name: `sale_${place}`, table: "sales", aggregate, window: drawWindow(draw) });
  });
  lineAggregates.forEach((aggregate, place) => {
    measures.push({ name: `line_${place}`, table: "lines", aggregate, window: drawWindow(draw) });
  });
  shopAggregates.forEach((aggregate, place) => {
    measures.push({ name: `shop_${place}`, table: "shops", aggregate, window: drawWindow(draw) });
  });
  return { timeType, shops, sales, lines, measures };
}

function first<T>(values: readonly T[]): T {
  const [value] = values;
  if (value === undefined) throw new Error("nothing there");
  return value;
}

const intervals: readonly Interval[] = [
  [1, "day"],
  [10, "day"],
  [36, "hour"],
  [1, "month"],
  [2, "week"],
  [1, "quarter"],
  [1, "year"],
  [90, "minute"],
  [86_400, "second"],
];

function drawWindow(draw: Draw): Window {
  if (draw.chance(15))
    return { kind: "toDate", granularity: draw.pick(["day", "week", "month", "quarter", "year"]) };
  const bound = () => (draw.chance(15) ? ("unbounded" as const) : draw.pick(intervals));
  const offset = draw.chance(30) ? undefined : draw.pick(["end", "start"] as const);
  const shape = draw.upTo(9);
  if (shape < 6) return { kind: "fixed", trailing: bound(), leading: undefined, offset };
  if (shape < 7) return { kind: "fixed", trailing: undefined, leading: bound(), offset };
  if (shape < 8) return { kind: "fixed", trailing: [-1, "day"], leading: [1, "week"], offset };
  return { kind: "fixed", trailing: bound(), leading: bound(), offset };
}

function windowYaml(window: Window): string {
  if (window.kind === "toDate") return `{type: to_date, granularity: ${window.granularity}}`;
  const bound = (value: Interval | "unbounded") =>
    value === "unbounded" ? value : `${value[0]} ${value[1]}${Math.abs(value[0]) === 1 ? "" : "s"}`;
  const parts = [
    window.trailing && `trailing: ${bound(window.trailing)}`,
    window.leading && `leading: ${bound(window.leading)}`,
    window.offset && `offset: ${window.offset}`,
  ];
  return `{${parts.filter((part) => part !== undefined).join(", ")}}`;
}

export function rollingFiles(lens: RollingLens): Readonly<Record<string, string>> {
  const measures = (table: string) =>
    lens.measures
      .filter((measure) => measure.table === table)
      .map(({ name, aggregate, window }) => {
        const rolling = window === undefined ? "" : `, rolling_window: ${windowYaml(window)}`;
        return `      - {name: ${name}, ${aggregate.yaml}${rolling}}`;
      })
      .join("\n");
  return {
    "tables/tables.yml": `tables:
  - name: shops
    sql: SELECT * FROM shops
    dimensions:
      - {name: shop_key, type: number, column: shop_key, primary_key: true}
      - {name: city, type: string, column: city}
    measures:
${measures("shops")}
  - name: sales
    sql: SELECT * FROM sales
    joins:
      - {name: shops, relationship: many_to_one, sql: "{TABLE.shop_ref} = {shops.shop_key}"}
      - {name: lines, relationship: one_to_many, sql: "{TABLE.sale_key} = {lines.sale_ref}"}
    dimensions:
      - {name: sale_key, type: number, column: sale_key, primary_key: true}
      - {name: shop_ref, type: number, column: shop_ref}
      - {name: kind, type: string, column: kind}
      - {name: amount, type: number, column: amount}
      - name: sold
        type: time
        column: sold
        meta: {secure: {func: redact, user_groups: {includes: [timeless]}}}
    measures:
${measures("sales")}
    segments:
      - name: small
        sql: "{TABLE}.amount < 6"
        meta: {secure: {user_groups: {includes: [filtered]}}}
  - name: lines
    sql: SELECT * FROM lines
    dimensions:
      - {name: line_key, type: number, column: line_key, primary_key: true}
      - {name: sale_ref, type: number, column: sale_ref}
      - {name: tag, type: string, column: tag}
    measures:
${measures("lines")}
`,
    "user_groups.yml": `user_groups:
  - {name: filtered, includes: ["users:id:filtered"]}
  - {name: timeless, includes: ["users:id:timeless"]}
  - {name: default, includes: "*"}
`,
  };
}

/** The lens as user `filtered` may see it: without the sales that the row filter hides. */
export function filteredLens(lens: RollingLens): RollingLens {
  return { ...lens, sales: lens.sales.filter(({ amount }) => amount !== null && amount < 6) };
}

/** The lens as user `timeless` may see it: nobody knows when a sale was. */
export function timelessLens(lens: RollingLens): RollingLens {
  return { ...lens, sales: lens.sales.map((sale) => ({ ...sale, at: null })) };
}

export function timeText(lens: Pick<RollingLens, "timeType">, time: number): string {
  const iso = new Date(time).toISOString();
  if (lens.timeType === "date") return iso.slice(0, 10);
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}${lens.timeType === "timestamptz" ? "+00" : ""}`;
}

export function rollingSetUp(lens: RollingLens): string {
  const cell = (value: string | number | null) =>
    value === null ? "NULL" : typeof value === "number" ? String(value) : `'${value}'`;
  const insert = (table: string, rows: readonly (readonly (string | number | null)[])[]) =>
    rows.length === 0
      ? ""
      : `INSERT INTO ${table} VALUES ${rows.map((row) => `(${row.map(cell).join(", ")})`).join(", ")};`;
  return `
CREATE TABLE shops (shop_key INTEGER, city VARCHAR);
CREATE TABLE sales (sale_key INTEGER, shop_ref INTEGER, kind VARCHAR, amount INTEGER, sold ${lens.timeType});
CREATE TABLE lines (line_key INTEGER, sale_ref INTEGER, tag VARCHAR, units INTEGER);
${insert(
  "shops",
  lens.shops.map(({ id, city }) => [id, city]),
)}
${insert(
  "sales",
  lens.sales.map(({ id, shop, kind, amount, at }) => [
    id,
    shop,
    kind,
    amount,
    at === null ? null : timeText(lens, at),
  ]),
)}
${insert(
  "lines",
  lens.lines.map(({ id, sale, tag, units }) => [id, sale, tag, units]),
)}
`;
}
