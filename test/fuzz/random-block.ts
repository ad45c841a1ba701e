// Random SELECTs over a lens: FROM of every shape, grouped, bare or plain.
import type { Block, Grouping, Item } from "./blocks.ts";
import type { Draw } from "./draw.ts";
import {
  drawBareItem,
  drawHaving,
  drawMeasureItem,
  drawPlainItem,
  hasMeasure,
  type ItemContext,
} from "./random-items.ts";
import { drawColumn, drawCondition, drawScalar, hasColumn } from "./random-scalars.ts";
import { drawSource } from "./random-source.ts";
import { drawLateral, drawSubqueryCondition } from "./random-subqueries.ts";
import { once, type Scalar, type Source } from "./sources.ts";
import type { Statement } from "./statement.ts";

/** `exact`: its values are integers and texts that blocks around it can compare. */
export function drawBlock(statement: Statement, depth: number, exact: boolean): Block {
  const { draw, lens } = statement;
  const from = once(drawSource(statement, depth, true));
  const source = depth > 0 && draw.chance(8) ? once(drawLateral(statement, from)) : from;
  const context: ItemContext = { draw, lens, source, exact, keys: [] };
  const where = drawWhere(statement, source);
  const base = { ctes: [], source, where, having: undefined, ...drawSelecting(draw) };
  const mode = draw.pick(["grouped", "grouped", "grouped", "bare", "bare", "total", "plain"] as const);
  if (mode === "bare" && hasMeasure(source)) return drawBareBlock(context, base);
  if (mode === "plain" && hasColumn(source) && !exact)
    return { ...base, grouping: undefined, items: drawColumns(context) };
  const keys = mode === "total" || !hasColumn(source) ? [] : drawKeys(context);
  const grouping = drawGrouping(draw, keys);
  const items = [...drawKeyItems(draw, grouping), ...drawDependentItems(context, grouping)];
  const grouped = { ...context, keys: grouping.keys };
  const values = Array.from({ length: 1 + draw.upTo(3) }, () =>
    draw.chance(25) || !hasMeasure(source) ? drawPlainItem(grouped) : drawMeasureItem(grouped),
  );
  const having = draw.chance(20) ? drawHaving(grouped) : undefined;
  return { ...base, grouping, items: [...items, ...values], having };
}

/** DISTINCT, and a page of the rows in an order that leaves nothing open. */
function drawSelecting(draw: Draw): Pick<Block, "distinct" | "page"> {
  const page = draw.chance(12) ? { limit: 1 + draw.upTo(4), offset: draw.upTo(2) } : undefined;
  return { distinct: draw.chance(8), page };
}

/** A block with columns of the given types, text ones first: an arm of a set operation. */
export function drawArm(statement: Statement, depth: number, types: readonly ("text" | "int")[]): Block {
  const { draw, lens } = statement;
  const source = once(drawSource(statement, depth, true));
  const texts = types.filter((type) => type === "text");
  const keys = texts.map((type) => drawColumnOrNull(draw, source, type));
  const context: ItemContext = { draw, lens, source, exact: true, numbers: true, keys };
  const base = { ctes: [], source, where: drawWhere(statement, source), having: undefined };
  const whole = { ...base, distinct: false, page: undefined };
  const groups = hasMeasure(source) && types.includes("int");
  const mode = groups ? draw.pick(["grouped", "bare", "plain"] as const) : "plain";
  if (mode === "plain") {
    const scalars = types.map((type) => drawColumnOrNull(draw, source, type));
    return { ...whole, grouping: undefined, items: scalars.map(rowItem) };
  }
  const numbers = types
    .slice(texts.length)
    .map(() => (mode === "bare" ? drawBareItem(context) : drawMeasureItem(context)));
  const columns = keys.filter(({ sql }) => sql !== nullText);
  const unique = columns.filter((key, place) => columns.findIndex(({ sql }) => sql === key.sql) === place);
  const sql = mode === "grouped" && unique.length > 0 ? unique.map((key) => key.sql).join(", ") : undefined;
  return {
    ...whole,
    grouping: { keys: unique, sets: undefined, sql },
    items: [...keys.map(rowItem), ...numbers],
  };
}

const nullText = "NULL::text";

function drawColumnOrNull(draw: Draw, source: Source, type: "text" | "int"): Scalar {
  if (hasColumn(source, type)) return drawColumn(draw, source, type);
  return { sql: type === "text" ? nullText : "NULL::int", type, value: () => null };
}

function rowItem(scalar: Scalar): Item {
  return {
    kind: "key",
    sql: scalar.sql,
    type: scalar.type,
    value: ({ rows: [row] }) => (row === undefined ? null : scalar.value(row)),
  };
}

function drawWhere(statement: Statement, source: Source): Scalar | undefined {
  const { draw } = statement;
  if (!hasColumn(source)) return undefined;
  if (draw.chance(15)) return drawSubqueryCondition(statement, source);
  return draw.chance(35) ? drawCondition(draw, source) : undefined;
}

/** A column that a key of the group, the primary key of its table, determines. */
function drawDependentItems({ draw, source }: ItemContext, grouping: Grouping): Item[] {
  if (grouping.sets !== undefined || !draw.chance(30)) return [];
  const candidates = source.columns.flatMap((column, place) => {
    const { origin } = column;
    const table = origin && source.instances[origin.instance]?.table;
    const alias = column.sql.split(".")[0];
    const [key, second] = table?.primaryKey ?? [];
    const isKeyed =
      table?.keyIsVisible === true &&
      second === undefined &&
      grouping.keys.some((item) => item.sql === `${alias}.${key}`);
    return isKeyed && table?.name === source.tableOfAlias.get(alias ?? "") ? [{ column, place }] : [];
  });
  if (candidates.length === 0) return [];
  const { column, place } = draw.pick(candidates);
  const value: Item["value"] = ({ rows: [row] }) => row?.values[place] ?? null;
  return [{ kind: "key", sql: column.sql, type: column.type, value }];
}

function drawKeys({ draw, source }: ItemContext): Scalar[] {
  const keys = Array.from({ length: 1 + draw.upTo(2) }, () => drawScalar(draw, source));
  return keys.filter((key, place) => keys.findIndex((other) => other.sql === key.sql) === place);
}

function drawGrouping(draw: Draw, keys: readonly Scalar[]): Grouping {
  const all = keys.map((_, place) => place);
  const text = (places: readonly number[]) => places.map((place) => keys[place]?.sql).join(", ");
  if (keys.length === 0) return { keys, sets: undefined, sql: undefined };
  const prefixes = (places: readonly number[]) =>
    [...places, -1].map((_, place) => places.slice(0, places.length - place));
  const subsets = (places: readonly number[]): number[][] =>
    places.reduceRight<number[][]>((sets, place) => sets.map((set) => [place, ...set]).concat(sets), [[]]);
  switch (draw.pick(["plain", "plain", "plain", "rollup", "cube", "sets", "mixed"] as const)) {
    case "rollup":
      return { keys, sets: prefixes(all), sql: `ROLLUP (${text(all)})` };
    case "cube":
      return { keys, sets: subsets(all), sql: `CUBE (${text(all)})` };
    case "sets": {
      const chosen = [...draw.some(subsets(all), 40), all];
      return {
        keys,
        sets: chosen,
        sql: `GROUPING SETS (${chosen.map((set) => `(${text(set)})`).join(", ")})`,
      };
    }
    case "mixed": {
      const [first = 0, ...rest] = all;
      if (rest.length === 0) return { keys, sets: undefined, sql: text(all) };
      return {
        keys,
        sets: prefixes(rest).map((set) => [first, ...set]),
        sql: `${text([first])}, ROLLUP (${text(rest)})`,
      };
    }
    default:
      return { keys, sets: undefined, sql: text(all) };
  }
}

function drawKeyItems(draw: Draw, grouping: Grouping): Item[] {
  const { keys, sets } = grouping;
  const items = keys.flatMap((key, place): Item[] => {
    if (draw.chance(15)) return [];
    return [{ kind: "key", sql: key.sql, type: key.type, value: (group) => group.keys[place] ?? null }];
  });
  if (sets === undefined || !draw.chance(50)) return items;
  const place = draw.upTo(keys.length - 1);
  const sql = `GROUPING(${keys[place]?.sql})`;
  return [
    ...items,
    { kind: "key", sql, type: "int", value: (group) => (group.grouped[place] === true ? 0 : 1) },
  ];
}

/** M3: the select expressions without measures are the keys. */
function drawBareBlock(context: ItemContext, base: Omit<Block, "grouping" | "items">): Block {
  const { draw, source } = context;
  const keys = hasColumn(source) && draw.chance(80) ? drawKeys(context) : [];
  const items = keys.map(
    (key, place): Item => ({
      kind: "key",
      sql: key.sql,
      type: key.type,
      value: (group) => group.keys[place] ?? null,
    }),
  );
  const measures = Array.from({ length: 1 + draw.upTo(2) }, () => drawBareItem(context));
  const grouping: Grouping = { keys, sets: undefined, sql: undefined };
  return { ...base, grouping, items: draw.chance(50) ? [...measures, ...items] : [...items, ...measures] };
}

function drawColumns({ draw, source }: ItemContext): Item[] {
  return Array.from({ length: 1 + draw.upTo(2) }, () => rowItem(drawScalar(draw, source)));
}
