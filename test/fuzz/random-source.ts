// Random FROM clauses: what the model joins, explicit joins on its conditions and on others, views, subqueries, CTEs.
import type { Draw } from "./draw.ts";
import type { Cell, FuzzJoin } from "./fuzz-lens.ts";
import { columnScalars, drawColumn, drawCondition, drawScalar, hasColumn } from "./random-scalars.ts";
import {
  type Both,
  crossSource,
  type JoinType,
  joinSource,
  modelJoinOf,
  modelSource,
  once,
  type Row,
  type Scalar,
  type Source,
  type SourceColumn,
  viewSource,
} from "./sources.ts";
import type { Statement } from "./statement.ts";

/** `top`: it may be a list with commas. */
export function drawSource(statement: Statement, depth: number, top: boolean): Source {
  const { draw, lens } = statement;
  const shapes = ["model", "model", "view"];
  if (depth > 0) shapes.push("model", "edge", "edge", "edge", "sub", "sub", "sub", "block", "other", "cte");
  if (depth > 0 && top) shapes.push("product");
  switch (draw.pick(shapes)) {
    case "view":
      return lens.views.length === 0 ? drawModel(statement, top) : viewSource(lens, "v", statement.alias());
    case "edge":
      return drawEdgeJoin(statement, depth);
    case "sub":
      return drawSubquery(statement, depth);
    case "block":
      return drawOpaque(statement, depth);
    case "other":
      return drawOtherJoin(statement, depth);
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

function drawJoinType(statement: Statement): JoinType {
  return statement.draw.pick([
    "left",
    "inner",
    "right",
    ...(statement.allowsFullJoin ? ["full" as const] : []),
  ] as const);
}

/** M6: an explicit join on the condition of one of the model's joins. */
function drawEdgeJoin(statement: Statement, depth: number): Source {
  const { draw, lens } = statement;
  const left = once(drawSource(statement, depth - 1, false));
  const places = left.instances.flatMap((instance, place) =>
    lens.joins.flatMap((join) => {
      // A condition of more than equalities of keys is none that a client's could be.
      if (join.only !== undefined) return [];
      const forwards = join.from === instance.table.name;
      if (!forwards && join.to !== instance.table.name) return [];
      const pairs = join.on.map(([own, other]) =>
        forwards ? ([own, other] as const) : ([other, own] as const),
      );
      const columns = pairs.map(([own]) => originColumn(left.columns, place, own));
      return columns.includes(-1)
        ? []
        : [{ place, join, forwards, columns, others: pairs.map(([, other]) => other) }];
    }),
  );
  if (places.length === 0) return left;
  const { place, join, forwards, columns, others } = draw.pick(places);
  const right = drawJoined(statement, join, forwards);
  const targets = others.map((column) => originColumn(right.columns, 0, column));
  if (targets.includes(-1)) return left;
  const swapped = draw.chance(50);
  const type = drawJoinType(statement);
  const further = type !== "full" && draw.chance(20);
  const on = ({ columns: both, leftCount }: Both): Scalar => {
    const equalities = columns.map((one, index) => {
      const other = leftCount + (targets[index] ?? 0);
      return swapped ? keyEquality(both, other, one) : keyEquality(both, one, other);
    });
    const extra = further ? [drawCondition(draw, { columns: both }, 0)] : [];
    return all([...equalities, ...extra]);
  };
  return once(
    draw.chance(50)
      ? joinSource(type, left, right, on, [place, left.instances.length])
      : joinSource(type, right, left, flipped(left, right, on), [0, right.instances.length + place]),
  );
}

/** The same condition where the sides are written the other way round. */
function flipped(left: Source, right: Source, on: (both: Both) => Scalar): (both: Both) => Scalar {
  return ({ columns }) => {
    const count = right.columns.length;
    const turned = [...columns.slice(count), ...columns.slice(0, count)];
    const made = on({ columns: turned, leftCount: left.columns.length });
    return {
      ...made,
      value: (row) =>
        made.value({ ...row, values: [...row.values.slice(count), ...row.values.slice(0, count)] }),
    };
  };
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

function originColumn(columns: readonly SourceColumn[], instance: number, column: string): number {
  return columns.findIndex(
    (candidate) => candidate.origin?.instance === instance && candidate.origin.column === column,
  );
}

function equality(columns: readonly SourceColumn[], one: number, other: number): Scalar {
  return {
    sql: `${columns[one]?.sql} = ${columns[other]?.sql}`,
    type: "bool",
    value: (row) => {
      const [left, right] = [row.values[one] ?? null, row.values[other] ?? null];
      return left === null || right === null ? null : left === right;
    },
  };
}

/** An equality that the model knows: over what the keys are, whatever the reader sees of them. */
function keyEquality(columns: readonly SourceColumn[], one: number, other: number): Scalar {
  const raw = (row: Row, place: number): Cell => {
    const origin = columns[place]?.origin;
    return (origin && row.at[origin.instance]?.[origin.column]) ?? null;
  };
  return {
    ...equality(columns, one, other),
    value: (row) => {
      const [left, right] = [raw(row, one), raw(row, other)];
      return left === null || right === null ? null : left === right;
    },
  };
}

function all(conditions: readonly Scalar[]): Scalar {
  return {
    sql: conditions.map(({ sql }) => sql).join(" AND "),
    type: "bool",
    value: (row) => {
      const values = conditions.map((condition) => condition.value(row));
      if (values.includes(false)) return false;
      return values.includes(null) ? null : true;
    },
  };
}

/** M7: a join of two sources on any columns. */
function drawOtherJoin(statement: Statement, depth: number): Source {
  const { draw } = statement;
  const left = once(drawSource(statement, depth - 1, false));
  const right = once(draw.chance(50) ? drawTable(statement) : drawSource(statement, depth - 1, false));
  const candidates = (columns: readonly SourceColumn[]) =>
    columnScalars({ columns }).filter(({ type, place }) => type === "int" && !isKey(columns[place]));
  if (candidates(left.columns).length === 0 || candidates(right.columns).length === 0) return left;
  const one = draw.pick(candidates(left.columns)).place;
  const other = draw.pick(candidates(right.columns)).place;
  return once(
    joinSource(drawJoinType(statement), left, right, ({ columns, leftCount }) =>
      equality(columns, one, leftCount + other),
    ),
  );
}

/** Joins on columns that no model join is on: x, h and what is made of them. */
function isKey(column: SourceColumn | undefined): boolean {
  return column?.origin !== undefined && !["x", "h"].includes(column.origin.column);
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

/** A grouped subquery, alone or joined to a table. */
function drawOpaque(statement: Statement, depth: number): Source {
  const source = once(statement.blockSource(depth - 1));
  if (statement.draw.chance(40) || !hasColumn(source, "int")) return source;
  const table = drawTable(statement);
  return once(
    joinSource(drawJoinType(statement), table, source, ({ columns, leftCount }) => {
      const own = drawColumn(statement.draw, { columns: columns.slice(0, leftCount) }, "int");
      const other = drawColumn(statement.draw, { columns: columns.slice(leftCount) }, "int");
      const [one, two] = [own, other].map((scalar) =>
        columns.findIndex((column) => column.sql === scalar.sql),
      );
      return equality(columns, one ?? 0, two ?? 0);
    }),
  );
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
  const place = draw.pick(columnScalars(first).filter(({ type }) => type === "int")).place;
  return once(
    joinSource(drawJoinType(statement), first, reference(), ({ columns, leftCount }) =>
      equality(columns, place, leftCount + place),
    ),
  );
}
