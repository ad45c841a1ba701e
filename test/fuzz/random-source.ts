// Random FROM clauses: what the model joins, explicit joins on its conditions and on others, views, subqueries, CTEs.
import type { Draw } from "./draw.ts";
import type { Cell, FuzzJoin } from "./fuzz-lens.ts";
import { literal } from "./lens-text.ts";
import { edgeJoin, otherJoin } from "./random-joins.ts";
import { columnScalars, drawCondition, drawScalar, hasColumn } from "./random-scalars.ts";
import {
  crossSource,
  modelJoinOf,
  modelSource,
  once,
  type Row,
  type Source,
  type SourceColumn,
  viewSource,
} from "./sources.ts";
import type { Statement } from "./statement.ts";

/** `top`: it may be a list with commas. */
export function drawSource(statement: Statement, depth: number, top: boolean): Source {
  const { draw, lens } = statement;
  const shapes = ["model", "model", "view"];
  if (depth > 0)
    shapes.push("model", "edge", "edge", "edge", "sub", "sub", "sub", "block", "other", "cte", "values");
  if (depth > 0 && top) shapes.push("product");
  switch (draw.pick(shapes)) {
    case "view":
      if (lens.views.length === 0) return drawModel(statement, top);
      return once(viewSource(lens, draw.pick(lens.views).name, statement.alias()));
    case "edge": {
      const left = once(drawSource(statement, depth - 1, false));
      return edgeJoin(statement, left, (join, forwards) => drawJoined(statement, join, forwards)) ?? left;
    }
    case "sub":
      return drawSubquery(statement, depth);
    case "block":
      return drawOpaque(statement, depth);
    case "other": {
      const left = once(drawSource(statement, depth - 1, false));
      const right = once(draw.chance(50) ? drawTable(statement) : drawSource(statement, depth - 1, false));
      return otherJoin(statement, left, right) ?? left;
    }
    case "values": {
      const left = once(drawSource(statement, depth - 1, false));
      return otherJoin(statement, left, once(drawValues(statement))) ?? left;
    }
    case "cte":
      return drawCte(statement, depth);
    case "product":
      return crossSource(drawSubquery(statement, depth - 1), drawTable(statement));
    default:
      return drawModel(statement, top);
  }
}

function drawTable(statement: Statement): Source {
  const { draw, lens } = statement;
  const table = draw.pick([...lens.tables.keys()]);
  return once(modelSource(lens, [{ table, alias: statement.alias() }], { root: table, joins: [] }, ""));
}

/** M6: several tables by comma or CROSS JOIN; a single one where the model does not join them. */
function drawModel(statement: Statement, top: boolean): Source {
  const { draw, lens } = statement;
  const names = shuffled(draw, [...lens.tables.keys()]).slice(0, 1 + draw.upTo(2));
  const tree = modelJoinOf(lens, names);
  if (names.length === 1 || tree.kind !== "tree") return drawTable(statement);
  const separator = top && draw.chance(50) ? ", " : " CROSS JOIN ";
  const items = names.map((table) => ({ table, alias: statement.alias() }));
  const source = modelSource(lens, items, tree, separator);
  return once(top ? source : { ...source, sql: `(${source.sql})` });
}

function shuffled<T>(draw: Draw, values: readonly T[]): T[] {
  const rest = [...values];
  return values.map(() => rest.splice(draw.upTo(rest.length - 1), 1)[0] as T);
}

/** The other table of a model's join: as it is, or in a transparent subquery. */
function drawJoined(statement: Statement, join: FuzzJoin, forwards: boolean): Source {
  const { draw, lens } = statement;
  const table = forwards ? join.to : join.from;
  const source = once(
    modelSource(lens, [{ table, alias: statement.alias() }], { root: table, joins: [] }, ""),
  );
  return draw.chance(25) ? transparent(statement, source) : source;
}

function drawSubquery(statement: Statement, depth: number): Source {
  return transparent(statement, once(drawSource(statement, Math.max(0, depth - 1), true)));
}

interface Selected {
  readonly text: string;
  readonly column: Omit<SourceColumn, "sql">;
  readonly value: (row: Row) => SourceValue;
}

type SourceValue = Row["values"][number];

/** M5: SELECT columns, renamed and cast measures, expressions over dimensions FROM source WHERE. */
function transparent(statement: Statement, inner: Source): Source {
  const alias = statement.alias();
  const made = subquery(statement, inner);
  if (made === undefined) return inner;
  const { text, instantiate } = made;
  return once(instantiate(alias, `(${text}) AS ${alias}`));
}

function subquery(
  statement: Statement,
  inner: Source,
): { readonly text: string; readonly instantiate: (alias: string, sql: string) => Source } | undefined {
  const { draw } = statement;
  const where = draw.chance(30) && hasColumn(inner) ? drawCondition(draw, inner) : undefined;
  const selected = drawSelected(draw, inner);
  if (selected.length === 0) return undefined;
  const text = `SELECT ${selected.map((item, place) => `${item.text} AS c${place + 1}`).join(", ")} FROM ${inner.sql}${
    where === undefined ? "" : ` WHERE ${where.sql}`
  }`;
  const opaque = !inner.oneFrom;
  const instantiate = (alias: string, sql: string): Source => ({
    sql,
    oneFrom: true,
    relations: false,
    columns: selected.map(({ column }, place) => ({
      ...column,
      ...(opaque && { origin: undefined }),
      name: `c${place + 1}`,
      sql: `${alias}.c${place + 1}`,
    })),
    instances: opaque ? [] : inner.instances,
    edges: opaque ? [] : inner.edges,
    tableOfAlias: new Map(),
    rows: () =>
      inner
        .rows()
        .filter((row) => where === undefined || where.value(row) === true)
        .map((row) => ({ at: opaque ? [] : row.at, values: selected.map((item) => item.value(row)) })),
  });
  return { text, instantiate };
}

/** Most columns as they are, so that joins outside find their keys. */
function drawSelected(draw: Draw, inner: Source): Selected[] {
  const selected: Selected[] = [];
  const values = new Map(columnScalars(inner).map((scalar) => [scalar.place, scalar]));
  inner.columns.forEach((column, place) => {
    const scalar = values.get(place);
    if (!draw.chance(scalar === undefined ? 30 : 60)) return;
    if (column.measure !== undefined && !inner.oneFrom) return;
    const cast = column.measure !== undefined && column.type === "int" && draw.chance(30);
    selected.push({
      text: cast ? `CAST(${column.sql} AS numeric)` : column.sql,
      column,
      value: (row) => row.values[place] ?? null,
    });
  });
  if (hasColumn(inner) && (selected.length === 0 || draw.chance(30))) {
    const scalar = drawScalar(draw, inner);
    selected.push({
      text: scalar.sql,
      column: { name: "", type: scalar.type, measure: undefined, origin: undefined },
      value: (row) => scalar.value(row),
    });
  }
  return selected;
}

/** A block of its own in FROM, alone or joined to something: the details beside the totals of a group (LOD). */
function drawOpaque(statement: Statement, depth: number): Source {
  const source = once(statement.blockSource(depth - 1));
  if (statement.draw.chance(40)) return source;
  const left = statement.draw.chance(50)
    ? drawTable(statement)
    : once(drawSource(statement, depth - 1, false));
  return otherJoin(statement, left, source) ?? source;
}

function drawValues(statement: Statement): Source {
  const { draw } = statement;
  const alias = statement.alias();
  const rows = Array.from({ length: 1 + draw.upTo(2) }, (): Cell[] => [
    draw.pick([1, 2, null, 1]),
    draw.pick(["p", null, "q"]),
  ]);
  // The first row names the types.
  const [first = [], ...rest] = rows;
  const typed = `(${literal(first[0] ?? null)}::int, ${literal(first[1] ?? null)}::text)`;
  const texts = [typed, ...rest.map((row) => `(${row.map(literal).join(", ")})`)];
  const column = (name: string, type: SourceColumn["type"]): SourceColumn => ({
    sql: `${alias}.${name}`,
    name,
    type,
    measure: undefined,
    origin: undefined,
  });
  return {
    sql: `(VALUES ${texts.join(", ")}) AS ${alias} (k, v)`,
    columns: [column("k", "int"), column("v", "text")],
    instances: [],
    edges: [],
    tableOfAlias: new Map(),
    oneFrom: false,
    relations: false,
    rows: () => rows.map((values) => ({ at: [], values })),
  };
}

/** A CTE that is transparent, referred to once or twice. */
function drawCte(statement: Statement, depth: number): Source {
  const { draw } = statement;
  const inner = once(drawSource(statement, depth - 1, true));
  const name = statement.alias();
  const made = subquery(statement, inner);
  if (made === undefined) return inner;
  const { text, instantiate } = made;
  statement.ctes.push(`${name} AS (${text})`);
  const reference = () => {
    const alias = statement.alias();
    return once(instantiate(alias, `${name} AS ${alias}`));
  };
  const first = reference();
  if (draw.chance(60) || !hasColumn(first, "int")) return first;
  return otherJoin(statement, first, reference()) ?? first;
}
