// The laws of measures as pairs of statements that must agree, whatever the lens and its data.
import { blockSql } from "./blocks.ts";
import type { Draw } from "./draw.ts";
import { type FuzzLens, type FuzzTable, shortestPaths } from "./fuzz-lens.ts";
import { drawOneBlock } from "./random-query.ts";
import { drawCondition } from "./random-scalars.ts";
import { modelJoinOf, modelSource, type Source, tableOf } from "./sources.ts";

/** Two statements with the same columns, and the rows they must have in common. */
export interface Pair {
  readonly left: string;
  readonly right: string;
  /** Columns of the left one, in the order of the right one's. */
  readonly leftColumns: readonly number[];
}

/** (a) Adding a measure never changes another column. */
export function drawAddedMeasure(lens: FuzzLens, draw: Draw): Pair | undefined {
  const block = { ...drawOneBlock(lens, draw), distinct: false, page: undefined };
  const measures = block.items.flatMap((item, place) => (item.kind === "measure" ? [place] : []));
  if (block.grouping === undefined || measures.length < 2) return undefined;
  const dropped = draw.pick(measures);
  const kept = block.items.map((_, place) => place).filter((place) => place !== dropped);
  const fewer = { ...block, items: block.items.filter((_, place) => place !== dropped) };
  return { left: blockSql(block), right: blockSql(fewer), leftColumns: kept };
}

/** (b) Adding a table that is reached by LEFT JOIN from the tables already there changes no measure. */
export function drawAddedTable(lens: FuzzLens, draw: Draw): Pair | undefined {
  const names = [...lens.tables.keys()];
  const added = draw.pick(names);
  const first = draw.some(
    names.filter((name) => name !== added),
    50,
  );
  const before = first.length === 0 ? undefined : modelSourceOf(lens, first);
  const after = before && modelSourceOf(lens, [...first, added]);
  if (before === undefined || after === undefined || before.root !== after.root) return undefined;
  const grouped = drawGroupedSelect(lens, draw, before.source, first);
  return {
    left: `SELECT ${grouped.select} FROM ${before.source.sql}${grouped.tail}`,
    right: `SELECT ${grouped.select} FROM ${after.source.sql}${grouped.tail}`,
    leftColumns: grouped.columns,
  };
}

/** Which filter the rows of a table are reached through. */
type Through = "any filter" | "a filter on the many side";

/**
 * (c) The leaves of a table, grouped by what its own rows determine, have the values that they have over that table
 * alone with the same rows. (d) So they do under a filter on the many side, which counts each row of the one side once.
 */
export function drawSameRows(lens: FuzzLens, draw: Draw, through: Through): Pair | undefined {
  const names = draw.some([...lens.tables.keys()], 60);
  const model = names.length < 2 ? undefined : modelSourceOf(lens, names);
  const table = names.length === 0 ? undefined : tableOf(lens, draw.pick(names));
  const [key, second] = table?.primaryKey ?? [];
  if (model === undefined || table === undefined || key === undefined || second !== undefined)
    return undefined;
  const { source } = model;
  const many = names.filter((name) => isManySide(lens, table.name, name));
  if (through === "a filter on the many side" && many.length === 0) return undefined;
  const columns = source.columns.filter(
    ({ sql }) => through === "any filter" || many.includes(sql.split(".")[0] ?? ""),
  );
  const filtered = through === "a filter on the many side" || draw.chance(70);
  const where = filtered ? ` WHERE ${drawCondition(draw, { columns }).sql}` : "";
  const leaves = table.measures.filter(({ form }) => form === "leaf").map(({ name }) => name);
  const chosen = draw.some(leaves, 30);
  const groups = draw.pick(["", " GROUP BY 1", " GROUP BY ROLLUP (1)"]);
  const dimension = draw.pick(table.dimensions).name;
  const wanted = chosen.length === 0 ? leaves.slice(0, 2) : chosen;
  const select = (alias: string) =>
    [
      ...(groups === "" ? [] : [`${alias}.${dimension}`]),
      ...wanted.map((name) => `MEASURE(${alias}.${name}) AS ${name}`),
    ].join(", ");
  const groupBy = groups.replace("1", `${table.name}.${dimension}`);
  // The rows of the others that have no row of this table are a group of their own.
  const having = ` HAVING MEASURE(${table.name}.n) > 0`;
  return {
    left: `SELECT ${select(table.name)} FROM ${source.sql}${where}${groupBy}${having}`,
    right: `SELECT ${select(table.name)} FROM ${table.name} WHERE ${table.name}.${key} IN (SELECT ${table.name}.${key} FROM ${source.sql}${where})${groupBy}${having}`,
    leftColumns: [...(groups === "" ? [] : [0]), ...wanted].map((_, place) => place),
  };
}

/** Whether a row of `one` is joined to several of `many`, along the shortest path. */
function isManySide(lens: FuzzLens, one: string, many: string): boolean {
  const [down] = shortestPaths(lens.joins, one, many);
  if (down !== undefined) return down.some(({ relationship }) => relationship === "one_to_many");
  const [up] = shortestPaths(lens.joins, many, one);
  return up?.some(({ relationship }) => relationship === "many_to_one") === true;
}

/** (e) Grouping sets: each level is what a statement of its own would say. */
export interface Levels {
  readonly whole: string;
  readonly parts: readonly string[];
}

export function drawLevels(lens: FuzzLens, draw: Draw): Levels | undefined {
  const names = draw.some([...lens.tables.keys()], 60);
  const model = names.length === 0 ? undefined : modelSourceOf(lens, names);
  if (model === undefined) return undefined;
  const { source } = model;
  const where = draw.chance(50) ? ` WHERE ${drawCondition(draw, source).sql}` : "";
  const measures = names.flatMap((name) =>
    draw.some(measuresOf(tableOf(lens, name)), 12).map((measure) => `MEASURE(${name}.${measure})`),
  );
  const values = [...measures, "COUNT(*)"].map((sql, place) => `${sql} AS m${place}`).join(", ");
  const one = `${draw.pick(names)}.${draw.pick(["g", "w", "sm"])}`;
  const other = `${draw.pick(names)}.${draw.pick(["h", "hx", "x"])}`;
  const sets = draw.pick([
    { by: `ROLLUP (${one}, ${other})`, levels: [[one, other], [one], []] },
    { by: `CUBE (${one}, ${other})`, levels: [[one, other], [one], [other], []] },
    { by: `GROUPING SETS ((${one}), (${other}), (${one}))`, levels: [[one], [other], [one]] },
    { by: `${one}, ROLLUP (${other})`, levels: [[one, other], [one]] },
  ]);
  const level = (keys: readonly string[]) => {
    const columns = [keys.includes(one) ? one : "NULL::text", keys.includes(other) ? other : "NULL::int"];
    const by = keys.length === 0 ? "" : ` GROUP BY ${keys.join(", ")}`;
    return `SELECT ${columns[0]} AS k1, ${columns[1]} AS k2, ${values} FROM ${source.sql}${where}${by}`;
  };
  return {
    whole: `SELECT ${one} AS k1, ${other} AS k2, ${values} FROM ${source.sql}${where} GROUP BY ${sets.by}`,
    parts: sets.levels.map(level),
  };
}

/** (c) Additive leaves of the groups sum to the total over the same FROM and WHERE. */
export interface Sums {
  readonly groups: string;
  readonly total: string;
}

export function drawSums(lens: FuzzLens, draw: Draw): Sums | undefined {
  const names = draw.some([...lens.tables.keys()], 60);
  const model = names.length === 0 ? undefined : modelSourceOf(lens, names);
  if (model === undefined) return undefined;
  const table = tableOf(lens, draw.pick(names));
  const where = draw.chance(70) ? ` WHERE ${drawCondition(draw, model.source).sql}` : "";
  const measures = table.measures.filter(({ additive }) => additive);
  const select = measures.map(({ name }) => `MEASURE(${table.name}.${name}) AS ${name}`).join(", ");
  const keys = draw.some(table.dimensions, 25).map(({ name }) => `${table.name}.${name}`);
  const by = keys.length === 0 ? `${table.name}.x` : keys.join(", ");
  const from = `FROM ${model.source.sql}${where}`;
  return { groups: `SELECT ${select} ${from} GROUP BY ${by}`, total: `SELECT ${select} ${from}` };
}

/** Tables under their own names as the model joins them. */
function modelSourceOf(
  lens: FuzzLens,
  names: readonly string[],
): { readonly source: Source; readonly root: string } | undefined {
  const tree = modelJoinOf(lens, names);
  if (tree.kind !== "tree") return undefined;
  const items = names.map((table) => ({ table, alias: table }));
  return { source: modelSource(lens, items, tree, ", "), root: tree.root };
}

/** Whether two paths can lead from one table to another, so that a further table may change which one is meant. */
export function hasCycle(lens: FuzzLens): boolean {
  const pairs = new Set(lens.joins.map(({ from, to }) => [from, to].sort().join()));
  return pairs.size >= lens.tables.size;
}

/** Whether a table has a key of one column, by which its rows can be named in a subquery. */
export function hasPlainKey(lens: FuzzLens): boolean {
  return [...lens.tables.values()].some(({ primaryKey }) => primaryKey.length === 1);
}

/** Whether some row is joined to several of another table. */
export function hasManySide(lens: FuzzLens): boolean {
  return lens.joins.some(({ relationship }) => relationship !== "one_to_one");
}

function drawGroupedSelect(lens: FuzzLens, draw: Draw, source: Source, names: readonly string[]) {
  const measures = names.flatMap((name) =>
    draw.some(measuresOf(tableOf(lens, name)), 20).map((measure) => `MEASURE(${name}.${measure})`),
  );
  const wanted = measures.length === 0 ? [`MEASURE(${names[0]}.n)`] : measures;
  const key = `${draw.pick(names)}.${draw.pick(["g", "h", "hx", "seg", "w"])}`;
  const by = draw.pick(["", ` GROUP BY ${key}`, ` GROUP BY CUBE (${key})`]);
  const where = draw.chance(50) ? ` WHERE ${drawCondition(draw, source).sql}` : "";
  const items = [...(by === "" ? [] : [key]), ...wanted];
  return {
    select: items.map((item, place) => `${item} AS o${place}`).join(", "),
    tail: `${where}${by}`,
    columns: items.map((_, place) => place),
  };
}

function measuresOf(table: FuzzTable): string[] {
  return table.measures.map(({ name }) => name);
}
