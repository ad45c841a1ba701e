// Random statements over lenses of rolling-lens.ts, as text and as what the definitions are asked.
import type { Draw } from "./draw.ts";
import { drawTime, type RollingLens, timeText } from "./rolling-lens.ts";
import {
  type JoinedRow,
  next,
  type OtherKey,
  type Statement,
  type TimeCondition,
  type TimeKey,
  truncate,
} from "./rolling-oracle.ts";

export interface RollingStatement extends Statement {
  readonly sql: string;
}

interface From {
  readonly sql: string;
  readonly tables: ReadonlySet<string>;
  readonly rows: readonly JoinedRow[];
}

export function drawRollingStatement(lens: RollingLens, draw: Draw): RollingStatement {
  const from = drawFrom(lens, draw);
  const others = draw.some(otherKeys(from), 35);
  const time = draw.chance(80) ? drawTimeKey(lens, draw) : undefined;
  const rollup = others.length + (time ? 1 : 0) > 0 && draw.chance(15);
  const needsRange = time === undefined || rollup;
  const conditions = drawConditions(lens, draw, needsRange);
  const filter = draw.chance(25) ? draw.pick(rowFilters(from)) : undefined;
  const candidates = lens.measures.filter(({ table, name }) => {
    // Without a period in the groups it is the measure's own table that needs a time.
    if (time === undefined && table !== "sales") return false;
    return from.tables.has(table) && !name.startsWith("plain");
  });
  const plain = lens.measures.filter(({ name }) => name.startsWith("plain"));
  const chosen = [draw.pick(candidates), ...draw.some(candidates, 20), ...draw.some(plain, 30)];
  const measures = chosen.map((measure) => ({ measure, onlyX: draw.chance(12) }));
  const timeFirst = draw.chance(50);
  const keys = time === undefined ? others : timeFirst ? [time, ...others] : [...others, time];
  const calls = measures.map(
    ({ measure, onlyX }) => `MEASURE(${measure.name})${onlyX ? " FILTER (WHERE kind = 'x')" : ""}`,
  );
  const isNested = draw.chance(25);
  const conjuncts = [...conditions.map(({ sql }) => sql), ...(filter === undefined ? [] : [filter.sql])];
  const places = keys.map((_, place) => place + 1).join(", ");
  const grouping =
    keys.length === 0
      ? ""
      : rollup
        ? ` GROUP BY ROLLUP (${keys.map((_, at) => `k${at}`).join(", ")})`
        : ` GROUP BY ${places}`;
  const statement: Statement = {
    rows: filter === undefined ? from.rows : from.rows.filter(filter.holds),
    others,
    time,
    timeFirst,
    rollup,
    conditions,
    measures,
  };
  const shown = keys.map(({ sql }, at) => ({ sql, name: `k${at}` }));
  if (isNested || rollup) {
    // The keys are expressions of a subquery, and part of the filter may stand there too.
    const inside = conjuncts.filter(() => draw.chance(60));
    const outside = conjuncts.filter((conjunct) => !inside.includes(conjunct));
    const columns = [
      ...shown.map(({ sql, name }) => `${sql} AS ${name}`),
      "kind",
      "sold",
      "amount",
      ...(from.tables.has("shops") ? ["city"] : []),
      ...(from.tables.has("lines") ? ["tag"] : []),
      ...new Set(measures.map(({ measure }) => measure.name)),
    ];
    const inner = `SELECT ${columns.join(", ")} FROM ${from.sql}${whereOf(inside)}`;
    const select = [...shown.map(({ name }) => name), ...calls].join(", ");
    return { ...statement, sql: `SELECT ${select} FROM (${inner}) t${whereOf(outside)}${grouping}` };
  }
  const select = [...keys.map(({ sql }) => sql), ...calls].join(", ");
  return { ...statement, sql: `SELECT ${select} FROM ${from.sql}${whereOf(conjuncts)}${grouping}` };
}

function whereOf(conjuncts: readonly string[]): string {
  return conjuncts.length === 0 ? "" : ` WHERE ${conjuncts.map((sql) => `(${sql})`).join(" AND ")}`;
}

function drawFrom(lens: RollingLens, draw: Draw): From {
  const shopOf = (id: number | null | undefined) => lens.shops.find((shop) => shop.id === id);
  const sales = lens.sales.map((sale): JoinedRow => ({ sales: sale, shops: undefined, lines: undefined }));
  const withShops = (rows: readonly JoinedRow[]) =>
    rows.map((row): JoinedRow => ({ ...row, shops: shopOf(row.sales?.shop) }));
  const withLines = (rows: readonly JoinedRow[]) =>
    rows.flatMap((row): JoinedRow[] => {
      const found = lens.lines.filter((line) => line.sale === row.sales?.id);
      return found.length === 0 ? [row] : found.map((lines) => ({ ...row, lines }));
    });
  const matched = withShops(sales).filter((row) => row.shops !== undefined);
  const alone = lens.shops
    .filter((shop) => !matched.some((row) => row.shops === shop))
    .map((shop): JoinedRow => ({ shops: shop, sales: undefined, lines: undefined }));
  const choices: readonly (() => From)[] = [
    () => ({ sql: "sales", tables: new Set(["sales"]), rows: sales }),
    () => ({
      sql: "sales CROSS JOIN shops",
      tables: new Set(["sales", "shops"]),
      rows: withShops(sales),
    }),
    () => ({ sql: "sales CROSS JOIN lines", tables: new Set(["sales", "lines"]), rows: withLines(sales) }),
    () => ({
      sql: "sales CROSS JOIN shops CROSS JOIN lines",
      tables: new Set(["sales", "shops", "lines"]),
      rows: withLines(withShops(sales)),
    }),
    () => ({
      sql: "sales JOIN shops ON sales.shop_ref = shops.shop_key",
      tables: new Set(["sales", "shops"]),
      rows: matched,
    }),
    () => ({
      sql: "shops LEFT JOIN sales ON sales.shop_ref = shops.shop_key",
      tables: new Set(["sales", "shops"]),
      rows: [...matched, ...alone],
    }),
  ];
  return draw.pick(choices)();
}

function otherKeys(from: From): OtherKey[] {
  const kind: OtherKey = { sql: "kind", of: (row) => row.sales?.kind ?? null };
  const city: OtherKey = { sql: "city", of: (row) => row.shops?.city ?? null };
  const tag: OtherKey = { sql: "tag", of: (row) => row.lines?.tag ?? null };
  return [kind, ...(from.tables.has("shops") ? [city] : []), ...(from.tables.has("lines") ? [tag] : [])];
}

const granularities = ["hour", "day", "week", "month", "quarter", "year"];

function drawTimeKey(lens: RollingLens, draw: Draw): TimeKey {
  const shape = draw.upTo(9);
  if (shape === 0) return { sql: "sold", granularity: lens.timeType === "date" ? "day" : undefined };
  if (shape === 1) return { sql: "sold::date", granularity: "day" };
  const granularity = draw.pick(lens.timeType === "date" ? granularities.slice(1) : granularities);
  if (shape === 2 && granularity !== "hour")
    return { sql: `date_trunc('${granularity}', sold)::date`, granularity };
  if (shape === 3 && granularity !== "hour" && granularity !== "week")
    return { sql: `date_trunc('${granularity}', date_trunc('day', sold))`, granularity };
  return { sql: `date_trunc('${granularity}', sold)`, granularity };
}

function drawConditions(lens: RollingLens, draw: Draw, needsRange: boolean): TimeCondition[] {
  const shape = draw.upTo(9);
  if (shape < 2) return [];
  const [one, other] = [drawTime(draw, lens.timeType), drawTime(draw, lens.timeType)];
  const [low, high] = [Math.min(one, other), Math.max(one, other)];
  if (shape < 6)
    return [comparison(lens, draw.pick([">=", ">"]), low), comparison(lens, draw.pick(["<", "<="]), high)];
  if (shape === 6) return [comparison(lens, draw.pick([">=", ">", "<", "<=", "="]), one)];
  if (shape === 7) {
    const granularity = draw.pick(["day", "week", "month"]);
    return [
      cut(lens, granularity, draw.pick([">=", ">"]), draw.chance(50) ? low : truncate(granularity, low)),
      cut(lens, granularity, draw.pick(["<", "<="]), high),
    ];
  }
  if (needsRange) return [cut(lens, "month", "=", truncate("month", one))];
  if (shape === 8)
    return [
      comparison(lens, ">=", low),
      {
        sql: "extract(month from sold) IN (1, 2, 3)",
        holds: (time) => new Date(time).getUTCMonth() < 3,
        range: undefined,
      },
    ];
  const [before, after] = [comparison(lens, "<", low), comparison(lens, ">=", high)];
  return [
    {
      sql: `${before.sql} OR ${after.sql}`,
      holds: (time) => before.holds(time) || after.holds(time),
      range: undefined,
    },
  ];
}

const holds: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  ">=": (left, right) => left >= right,
  ">": (left, right) => left > right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  "=": (left, right) => left === right,
};

function literal(lens: RollingLens, time: number): string {
  return `${lens.timeType} '${timeText(lens, time)}'`;
}

/** `at OP limit`: just after a time is a microsecond later, just after a date a day. */
function comparison(lens: RollingLens, operator: string, limit: number): TimeCondition {
  const after = lens.timeType === "date" ? next("day", limit) : limit + 0.001;
  return {
    sql: `sold ${operator} ${literal(lens, limit)}`,
    holds: (time) => holds[operator]?.(time, limit) ?? false,
    range: rangeOf(operator, limit, after),
  };
}

/** `date_trunc(granularity, sold) OP limit`: the range ends where a period does. */
function cut(lens: RollingLens, granularity: string, operator: string, limit: number): TimeCondition {
  const first = truncate(granularity, limit);
  const reached = first === limit ? limit : next(granularity, first);
  // date_trunc of a date is a timestamptz.
  const type = lens.timeType === "date" ? "timestamptz" : lens.timeType;
  return {
    sql: `date_trunc('${granularity}', sold) ${operator} ${type} '${timeText({ timeType: type }, limit)}'`,
    holds: (time) => holds[operator]?.(truncate(granularity, time), limit) ?? false,
    range: rangeOf(operator, reached, next(granularity, first)),
  };
}

function rangeOf(operator: string, reached: number, passed: number): { from?: number; before?: number } {
  switch (operator) {
    case ">=":
      return { from: reached };
    case ">":
      return { from: passed };
    case "<":
      return { before: reached };
    case "<=":
      return { before: passed };
    default:
      return { from: reached, before: passed };
  }
}

function rowFilters(from: From): { readonly sql: string; holds(row: JoinedRow): boolean }[] {
  return [
    { sql: "kind = 'x'", holds: (row) => row.sales?.kind === "x" },
    { sql: "amount > 3", holds: (row) => (row.sales?.amount ?? 0) > 3 },
    ...(from.tables.has("shops")
      ? [{ sql: "city = 'a'", holds: (row: JoinedRow) => row.shops?.city === "a" }]
      : []),
    ...(from.tables.has("lines")
      ? [{ sql: "tag IS NOT NULL", holds: (row: JoinedRow) => (row.lines?.tag ?? null) !== null }]
      : []),
  ];
}
