// Random SELECTs over a lens: FROM of every shape, grouped, bare or plain.
import { type Block, blockRows, blockSql, type Grouping, type Item } from "./blocks.ts";
import type { Draw } from "./draw.ts";
import type { FuzzLens } from "./fuzz-lens.ts";
import {
  drawBareItem,
  drawHaving,
  drawMeasureItem,
  drawPlainItem,
  hasMeasure,
  type ItemContext,
} from "./random-items.ts";
import { drawCondition, drawScalar, hasColumn } from "./random-scalars.ts";
import { drawSource } from "./random-source.ts";
import { drawLateral, drawSubqueryCondition } from "./random-subqueries.ts";
import { once, type Scalar, type Source } from "./sources.ts";
import { Statement } from "./statement.ts";

export function drawStatement(lens: FuzzLens, draw: Draw): Block {
  const statement = new Statement(lens, draw, (inner, depth) =>
    blockSource(drawBlock(inner, depth, true), inner.alias()),
  );
  const block = drawBlock(statement, 3, false);
  return { ...block, ctes: statement.ctes };
}

/** `exact`: its values are integers and texts that blocks around it can compare. */
function drawBlock(statement: Statement, depth: number, exact: boolean): Block {
  const { draw, lens } = statement;
  const from = once(drawSource(statement, depth, true));
  const source = depth > 0 && draw.chance(8) ? once(drawLateral(statement, from)) : from;
  const context: ItemContext = { draw, lens, source, exact };
  const where = drawWhere(statement, source);
  const base = { ctes: [], source, where, having: undefined };
  const mode = draw.pick(["grouped", "grouped", "grouped", "bare", "bare", "total", "plain"] as const);
  if (mode === "bare" && hasMeasure(source)) return drawBareBlock(context, base);
  if (mode === "plain" && hasColumn(source) && !exact)
    return { ...base, grouping: undefined, items: drawColumns(context) };
  const keys = mode === "total" || !hasColumn(source) ? [] : drawKeys(context);
  const grouping = drawGrouping(draw, keys);
  const items = [...drawKeyItems(draw, grouping), ...drawDependentItems(context, grouping)];
  const values = Array.from({ length: 1 + draw.upTo(3) }, () =>
    draw.chance(25) || !hasMeasure(source) ? drawPlainItem(context) : drawMeasureItem(context),
  );
  const having = draw.chance(20) ? drawHaving(context) : undefined;
  return { ...base, grouping, items: [...items, ...values], having };
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
function drawBareBlock(
  context: ItemContext,
  base: Pick<Block, "ctes" | "source" | "where" | "having">,
): Block {
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
  return Array.from({ length: 1 + draw.upTo(2) }, (): Item => {
    const scalar = drawScalar(draw, source);
    return {
      kind: "key",
      sql: scalar.sql,
      type: scalar.type,
      value: ({ rows: [row] }) => (row === undefined ? null : scalar.value(row)),
    };
  });
}

/** A block of its own as a FROM item: its measures are values. */
function blockSource(block: Block, alias: string): Source {
  return {
    sql: `(${blockSql(block)}) AS ${alias}`,
    columns: block.items.map((item, place) => ({
      sql: `${alias}.o${place + 1}`,
      name: `o${place + 1}`,
      type: item.type,
      measure: undefined,
      origin: undefined,
    })),
    instances: [],
    edges: [],
    tableOfAlias: new Map(),
    oneFrom: false,
    relations: false,
    rows: () => blockRows(block).map((values) => ({ at: [], values })),
  };
}
