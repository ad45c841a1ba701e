// Random select items over groups: measures in every spelling that M1 to M3 accept, and plain aggregates.
import { compareCells, type Group, type Item } from "./blocks.ts";
import type { Draw } from "./draw.ts";
import type { Cell, FuzzLens, FuzzMeasure } from "./fuzz-lens.ts";
import { measureValue } from "./oracle.ts";
import { drawColumn, drawCondition, hasColumn } from "./random-scalars.ts";
import type { Row, Scalar, Source, SourceColumn } from "./sources.ts";

interface UsedMeasure {
  readonly sql: string;
  readonly measure: FuzzMeasure;
  /** `filter`: the rows of the group that it is over. */
  value(group: Group, filter?: Scalar): Cell;
}

export interface ItemContext {
  readonly draw: Draw;
  readonly lens: FuzzLens;
  readonly source: Source;
  /** Only values that compare exactly and are decided. */
  readonly exact: boolean;
  /** Only numbers. */
  readonly numbers?: boolean;
  /** The group's keys. */
  readonly keys: readonly Scalar[];
}

/** Whether there is a measure that every form accepts. */
export function hasMeasure(source: Source): boolean {
  return source.columns.some(
    ({ measure }) =>
      measure !== undefined && isNumber(measure.measure) && !inexact.includes(measure.measure.name),
  );
}

const inexact = ["ax", "r4"];

function drawMeasure(
  { draw, lens, source, exact, numbers }: ItemContext,
  wanted: (measure: FuzzMeasure) => boolean,
): UsedMeasure {
  const columns = source.columns.filter(
    (column): column is SourceColumn & { readonly measure: object } =>
      column.measure !== undefined &&
      wanted(column.measure.measure) &&
      (numbers !== true || isNumber(column.measure.measure)) &&
      !(exact && inexact.includes(column.measure.measure.name)),
  );
  const column = draw.pick(columns);
  const { measure } = column;
  return {
    sql: column.sql,
    measure: measure.measure,
    value: (group, filter) => {
      const isTotal = !group.grouped.includes(true);
      return measureValue({ lens, source, rows: kept(group.rows, filter), isTotal }, measure);
    },
  };
}

const isNumber = (measure: FuzzMeasure) => measure.type === "int";

/** A measure in a block that has GROUP BY or an aggregate. */
export function drawMeasureItem(context: ItemContext): Item {
  const { draw } = context;
  const form = draw.pick([
    "call",
    "call",
    "call",
    "wrapper",
    "case",
    "expression",
    "sum",
    "nested",
    "bare",
    "window",
  ] as const);
  switch (form) {
    case "bare":
      return drawNamedItem(context);
    case "window":
      return drawWindow(context);
    case "call":
      return drawCall(context);
    case "wrapper":
      return drawWrapper(context);
    case "case":
      return drawCase(context);
    default:
      return drawExpression(context, form);
  }
}

function drawCall(context: ItemContext): Item {
  const { draw } = context;
  const used = drawMeasure(context, () => true);
  const name = draw.pick(["MEASURE", "AGG", "AGGREGATE"]);
  return filtered(context, `${name}(${used.sql})`, used);
}

function filtered({ draw, source }: ItemContext, call: string, used: UsedMeasure): Item {
  const filter = draw.chance(25) && hasColumn(source) ? drawCondition(draw, source) : undefined;
  return measureItem(`${call}${filterSql(filter)}`, used.measure.type, (group) => used.value(group, filter));
}

function filterSql(filter: Scalar | undefined): string {
  return filter === undefined ? "" : ` FILTER (WHERE ${filter.sql})`;
}

function kept(rows: readonly Row[], filter: Scalar | undefined): readonly Row[] {
  return filter === undefined ? rows : rows.filter((row) => filter.value(row) === true);
}

function measureItem(sql: string, type: Item["type"], value: Item["value"]): Item {
  return { kind: "measure", sql, type, value };
}

function drawWrapper(context: ItemContext): Item {
  const { draw, exact } = context;
  const used = drawMeasure(context, () => true);
  const calls = ["MIN", "MAX", "ANY_VALUE"].map((name) => `${name}(${used.sql})`);
  if (used.measure.type === "int" && !exact) calls.push(`SUM(${used.sql})`, `AVG(${used.sql})`);
  if (used.measure.modelType === "count") calls.push(`COUNT(${used.sql})`);
  if (used.measure.modelType === "count_distinct") calls.push(`COUNT(DISTINCT ${used.sql})`);
  return filtered(context, draw.pick(calls), used);
}

/** f(CASE WHEN c THEN m [ELSE NULL|0] END) */
function drawCase(context: ItemContext): Item {
  const { draw, source } = context;
  const used = drawMeasure(context, isNumber);
  if (!hasColumn(source)) return filtered(context, `SUM(${used.sql})`, used);
  const condition = drawCondition(draw, source);
  const otherwise = draw.pick(["", " ELSE NULL", " ELSE 0"]);
  const wrapper = draw.pick(["SUM", "MAX", "MIN", "AVG"]);
  const sql = `${wrapper}(CASE WHEN ${condition.sql} THEN ${used.sql}${otherwise} END)`;
  return measureItem(sql, "int", (group) => {
    const value = used.value(group, condition);
    return otherwise === " ELSE 0" ? (value ?? 0) : value;
  });
}

/** Arithmetic over measures, outside or inside one wrapper. */
function drawExpression(context: ItemContext, form: "expression" | "sum" | "nested"): Item {
  const one = drawMeasure(context, isNumber);
  const other = drawMeasure(context, isNumber);
  const value = (group: Group): Cell => {
    const left = one.value(group);
    return left === null ? null : Number(left) * 3 + Number(other.value(group) ?? 0);
  };
  switch (form) {
    case "expression":
      return measureItem(`MEASURE(${one.sql}) * 3 + COALESCE(MEASURE(${other.sql}), 0)`, "int", value);
    case "sum":
      return measureItem(`SUM(${one.sql} * 3 + COALESCE(${other.sql}, 0))`, "int", value);
    default:
      return measureItem(
        `CAST(MAX(${one.sql}) AS numeric) * 3 + COALESCE(SUM(${other.sql}), 0)`,
        "int",
        value,
      );
  }
}

/** A measure where only bare ones group the block. */
export function drawBareItem(context: ItemContext): Item {
  const { draw, exact } = context;
  // A subquery that selects nothing but measures and dimensions would be transparent.
  if (draw.chance(70) && !exact) {
    const used = drawMeasure(context, () => true);
    return measureItem(used.sql, used.measure.type, (group) => used.value(group));
  }
  const one = drawMeasure(context, isNumber);
  const other = drawMeasure(context, isNumber);
  return measureItem(`COALESCE(${one.sql}, 4) - ${other.sql}`, "int", (group) => {
    const right = other.value(group);
    return right === null ? null : Number(one.value(group) ?? 4) - Number(right);
  });
}

/** A bare measure beside GROUP BY or an aggregate, where only a reference by a measure's name is known as one. */
function drawNamedItem(context: ItemContext): Item {
  const { lens, source } = context;
  const members = [...lens.tables.values()].flatMap((table) =>
    table.measures.flatMap(({ name }) => [name, `${table.name}_${name}`]),
  );
  const columns = source.columns.map((column) =>
    members.includes(column.name) ? column : { ...column, measure: undefined },
  );
  const named = { ...source, columns };
  return hasMeasure(named) ? drawBareItem({ ...context, source: named }) : drawCall(context);
}

/** A plain aggregate over the rows. */
export function drawPlainItem({ draw, source, exact }: ItemContext): Item {
  const filter = draw.chance(20) && hasColumn(source) ? drawCondition(draw, source) : undefined;
  const item = (sql: string, value: (rows: readonly Row[]) => Cell): Item => ({
    kind: "rows",
    sql: `${sql}${filterSql(filter)}`,
    type: "int",
    value: (group) => value(kept(group.rows, filter)),
  });
  if (draw.chance(40) || !hasColumn(source, "int"))
    return item(draw.pick(["COUNT(*)", "COUNT(1)"]), (rows) => rows.length);
  const column = drawColumn(draw, source, "int");
  const numbers = (rows: readonly Row[]) =>
    rows.map((row) => column.value(row)).filter((value) => typeof value === "number");
  const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  switch (draw.pick(["count", "sum", "distinct", "max", exact ? "max" : "avg"] as const)) {
    case "count":
      return item(`COUNT(${column.sql})`, (rows) => numbers(rows).length);
    case "distinct":
      return item(`COUNT(DISTINCT ${column.sql})`, (rows) => new Set(numbers(rows)).size);
    case "max":
      return item(`MAX(${column.sql})`, (rows) =>
        numbers(rows).length === 0 ? null : Math.max(...numbers(rows)),
      );
    case "avg":
      return item(`AVG(${column.sql})`, (rows) =>
        numbers(rows).length === 0 ? null : sumOf(numbers(rows)) / numbers(rows).length,
      );
    default:
      return item(`SUM(${column.sql})`, (rows) => (numbers(rows).length === 0 ? null : sumOf(numbers(rows))));
  }
}

/** A window function over a measure, with all groups or those of one value of a key in its window. */
function drawWindow(context: ItemContext): Item {
  const { draw, keys } = context;
  const item = drawNumberCall(context);
  const place = keys.length > 0 && draw.chance(50) ? draw.upTo(keys.length - 1) : undefined;
  const part = place === undefined ? "" : `PARTITION BY ${keys[place]?.sql}`;
  const partOf = (group: Group) => (place === undefined ? null : (group.keys[place] ?? null));
  const over = (sql: string, value: (own: Cell, all: readonly Cell[]) => Cell): Item => ({
    ...item,
    sql,
    window: (values, groups) =>
      groups.map((group, row) =>
        value(
          values[row] ?? null,
          values.filter((_, other) => partOf(groups[other] ?? group) === partOf(group)),
        ),
      ),
  });
  switch (draw.pick(["sum", "max", "rank", "share"] as const)) {
    case "sum":
      return over(`SUM(${item.sql}) OVER (${part})`, (_, all) => total(all));
    case "max":
      return over(`MAX(${item.sql}) OVER (${part})`, (_, all) => greatest(all));
    case "rank":
      return over(
        `RANK() OVER (${part} ORDER BY ${item.sql})`,
        (own, all) => 1 + all.filter((value) => compareCells(value, own) < 0).length,
      );
    default:
      return over(
        `COALESCE(${item.sql}, 0) + COUNT(*) OVER (${part})`,
        (own, all) => Number(own ?? 0) + all.length,
      );
  }
}

function greatest(values: readonly Cell[]): Cell {
  return (
    values
      .filter((value) => value !== null)
      .toSorted(compareCells)
      .at(-1) ?? null
  );
}

function total(values: readonly Cell[]): Cell {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : present.reduce<number>((sum, value) => sum + Number(value), 0);
}

/** HAVING over one measure or the number of rows. */
export function drawHaving(context: ItemContext): Item {
  const { draw } = context;
  const bound = draw.pick([0, 1, 3]);
  const item =
    draw.chance(70) && hasMeasure(context.source) ? drawNumberCall(context) : drawPlainItem(context);
  return {
    kind: item.kind,
    sql: `${item.sql} > ${bound}`,
    type: "bool",
    value: (group) => {
      const value = item.value(group);
      return value === null ? null : Number(value) > bound;
    },
  };
}

function drawNumberCall(context: ItemContext): Item {
  const used = drawMeasure(context, isNumber);
  return measureItem(`MEASURE(${used.sql})`, "int", (group) => used.value(group));
}
