// FROM items with what they mean: their columns, the instances of lens tables in them, and their rows, by brute force.
import {
  type Cell,
  type ColumnType,
  type DataRow,
  type FuzzJoin,
  type FuzzLens,
  type FuzzMeasure,
  type FuzzTable,
  matches,
  shortestPaths,
} from "./fuzz-lens.ts";

/** One row of a FROM: for each instance the row of its table, undefined where it is unmatched; and the columns' values. */
export interface Row {
  readonly at: readonly (DataRow | undefined)[];
  /** NULL for measures. */
  readonly values: readonly Cell[];
}

export interface Instance {
  readonly table: FuzzTable;
}

/** Two instances, by place, that a join of the model connects. */
export type Edge = readonly [number, number];

export interface SourceColumn {
  /** As the block around it spells it. */
  readonly sql: string;
  /** The bare column name. */
  readonly name: string;
  readonly type: ColumnType;
  readonly measure: { readonly instance: number; readonly measure: FuzzMeasure } | undefined;
  /** The plain column of an instance that it is, unchanged. */
  readonly origin: { readonly instance: number; readonly column: string } | undefined;
}

export interface Source {
  /** An item of a FROM list that may also stand in a join. */
  readonly sql: string;
  readonly columns: readonly SourceColumn[];
  readonly instances: readonly Instance[];
  readonly edges: readonly Edge[];
  /** The lens tables that stand in it by themselves. */
  readonly tableOfAlias: ReadonlyMap<string, string>;
  /** A subquery over it alone is transparent: a table, a model join, a view, a transparent subquery. */
  readonly oneFrom: boolean;
  /** Relations and model joins of them, no subqueries. */
  readonly relations: boolean;
  /** Asked when the statement is complete. */
  rows(): readonly Row[];
}

/** A value of a row. */
export interface Scalar {
  readonly sql: string;
  readonly type: ColumnType;
  value(row: Row): Cell;
}

/** The columns of one table under an alias: dimensions, measures, segments. */
function tableColumns(table: FuzzTable, instance: number, spell: (member: string) => string) {
  const column = (
    name: string,
    type: ColumnType,
    more: Pick<SourceColumn, "measure" | "origin">,
  ): SourceColumn => {
    const sql = spell(name);
    return { sql, name: sql.slice(sql.indexOf(".") + 1), type, ...more };
  };
  return [
    ...table.dimensions.map((dimension) =>
      column(dimension.name, dimension.type, {
        measure: undefined,
        origin: dimension.column === undefined ? undefined : { instance, column: dimension.column },
      }),
    ),
    ...table.measures.map((measure) =>
      column(measure.name, measure.type, { measure: { instance, measure }, origin: undefined }),
    ),
    ...table.segments.map((segment) =>
      column(segment.name, "bool", { measure: undefined, origin: undefined }),
    ),
  ];
}

function tableValues(table: FuzzTable, row: DataRow | undefined): Cell[] {
  const absent = row === undefined;
  return [
    ...table.dimensions.map((dimension) => (absent ? null : dimension.value(row))),
    ...table.measures.map(() => null),
    ...table.segments.map((segment) => (absent ? null : segment.value(row))),
  ];
}

/** `from LEFT JOIN to` for one row. */
export function partners(lens: FuzzLens, join: FuzzJoin, row: DataRow | undefined): readonly DataRow[] {
  if (row === undefined) return [];
  return tableOf(lens, join.to).rows.filter((other) => matches(join, row, other));
}

export function tableOf(lens: FuzzLens, name: string): FuzzTable {
  const table = lens.tables.get(name);
  if (table === undefined) throw new Error(`no table ${name}`);
  return table;
}

/** Rows of root LEFT JOIN each further table, in the order of `tables`. */
function modelRows(
  lens: FuzzLens,
  root: string,
  joins: readonly FuzzJoin[],
  tables: readonly string[],
): Row[] {
  let rows = tableOf(lens, root).rows.map((row) => new Map<string, DataRow | undefined>([[root, row]]));
  for (const join of joins)
    rows = rows.flatMap((row) => {
      const found = partners(lens, join, row.get(join.from));
      if (found.length === 0) return [new Map([...row, [join.to, undefined]])];
      return found.map((other) => new Map([...row, [join.to, other]]));
    });
  return rows.map((row) => ({
    at: tables.map((name) => row.get(name)),
    values: tables.flatMap((name) => tableValues(tableOf(lens, name), row.get(name))),
  }));
}

export type ModelJoin =
  | { readonly kind: "tree"; readonly root: string; readonly joins: readonly FuzzJoin[] }
  | { readonly kind: "ambiguous" }
  | { readonly kind: "none" };

/** M6 as it is worded: the root is the first table from which all others are reached. */
export function modelJoinOf(lens: FuzzLens, names: readonly string[]): ModelJoin {
  const root = names.find((name) =>
    names.every((other) => shortestPaths(lens.joins, name, other).length > 0),
  );
  if (root === undefined) return { kind: "none" };
  const joins: FuzzJoin[] = [];
  for (const target of names) {
    const paths = shortestPaths(lens.joins, root, target);
    const between = (path: readonly FuzzJoin[]) => path.filter((join) => names.includes(join.to)).length;
    const most = Math.max(...paths.map(between));
    const [path, second] = paths.filter((candidate) => between(candidate) === most);
    if (path === undefined) return { kind: "none" };
    if (second !== undefined) return { kind: "ambiguous" };
    for (const join of path) {
      const entered = joins.find((other) => other.to === join.to);
      if (entered === undefined) joins.push(join);
      else if (entered !== join) return { kind: "ambiguous" };
    }
  }
  return { kind: "tree", root, joins };
}

/** `a AS t1, b AS t2`: the join that the model knows. Only the named tables have columns. */
export function modelSource(
  lens: FuzzLens,
  items: readonly { readonly table: string; readonly alias: string }[],
  tree: { readonly root: string; readonly joins: readonly FuzzJoin[] },
  separator: string,
): Source {
  const named = items.map(({ table }) => table);
  const tables = [...named, ...tree.joins.map(({ to }) => to).filter((table) => !named.includes(table))];
  const columns = tables.flatMap((name, instance) => {
    const alias = items[instance]?.alias;
    return tableColumns(tableOf(lens, name), instance, (member) => `${alias}.${member}`);
  });
  const all = modelRows(lens, tree.root, tree.joins, tables);
  const shown = items.flatMap(({ table }) => tableValues(tableOf(lens, table), undefined)).length;
  return {
    sql: items.map(({ table, alias }) => `${table} AS ${alias}`).join(separator),
    columns: columns.slice(0, shown),
    instances: tables.map((table) => ({ table: tableOf(lens, table) })),
    edges: tree.joins.map((join): Edge => [tables.indexOf(join.from), tables.indexOf(join.to)]),
    tableOfAlias: new Map(items.map(({ table, alias }) => [alias, table])),
    oneFrom: true,
    relations: true,
    rows: () => all.map(({ at, values }) => ({ at, values: values.slice(0, shown) })),
  };
}

/** A view: the rows of its whole join tree, whatever is read of them. */
export function viewSource(lens: FuzzLens, name: string, alias: string): Source {
  const view = lens.views.find((candidate) => candidate.name === name);
  if (view === undefined) throw new Error(`no view ${name}`);
  const tables = [view.root, ...view.joins.map(({ to }) => to)];
  const rows = modelRows(lens, view.root, view.joins, tables);
  return {
    sql: `${name} AS ${alias}`,
    columns: tables.flatMap((table, instance) =>
      tableColumns(tableOf(lens, table), instance, (member) => `${alias}.${table}_${member}`),
    ),
    instances: tables.map((table) => ({ table: tableOf(lens, table) })),
    edges: view.joins.map((join): Edge => [tables.indexOf(join.from), tables.indexOf(join.to)]),
    tableOfAlias: new Map(),
    oneFrom: true,
    relations: true,
    rows: () => rows,
  };
}

export type JoinType = "inner" | "left" | "right" | "full";

/** Any explicit join: plain SQL over the rows of both sides. `known`: the instances that its condition joins as the model does. */
export function joinSource(
  type: JoinType,
  left: Source,
  right: Source,
  on: (columns: Both) => Scalar,
  known?: Edge,
  using?: string,
): Source {
  const columns = besides(left, right);
  const modelJoin = known !== undefined && left.relations && right.relations;
  const condition = on({ columns, leftCount: left.columns.length });
  return {
    sql: `(${left.sql} ${type.toUpperCase()} JOIN ${right.sql} ${using ?? `ON ${condition.sql}`})`,
    columns,
    instances: [...left.instances, ...right.instances],
    edges: [...besideEdges(left, right), ...(known === undefined ? [] : [known])],
    tableOfAlias: new Map([...left.tableOfAlias, ...right.tableOfAlias]),
    oneFrom: modelJoin,
    relations: modelJoin,
    rows: () => {
      const pairs = left.rows().flatMap((one) =>
        right
          .rows()
          .map((other) => ({ one, other, both: besideRow(left, one, right, other) }))
          .filter(({ both }) => condition.value(both) === true),
      );
      const rows = pairs.map(({ both }) => both);
      if (type === "left" || type === "full") {
        const matched = new Set(pairs.map(({ one }) => one));
        for (const one of left.rows())
          if (!matched.has(one)) rows.push(besideRow(left, one, right, undefined));
      }
      if (type === "right" || type === "full") {
        const matched = new Set(pairs.map(({ other }) => other));
        for (const other of right.rows())
          if (!matched.has(other)) rows.push(besideRow(left, undefined, right, other));
      }
      return rows;
    },
  };
}

export interface Both {
  readonly columns: readonly SourceColumn[];
  readonly leftCount: number;
}

/** `left, right` where the model joins nothing. */
export function crossSource(left: Source, right: Source): Source {
  return {
    sql: `${left.sql}, ${right.sql}`,
    columns: besides(left, right),
    instances: [...left.instances, ...right.instances],
    edges: besideEdges(left, right),
    tableOfAlias: new Map([...left.tableOfAlias, ...right.tableOfAlias]),
    oneFrom: false,
    relations: false,
    rows: () => left.rows().flatMap((one) => right.rows().map((other) => besideRow(left, one, right, other))),
  };
}

function besides(left: Source, right: Source): SourceColumn[] {
  const shift = left.instances.length;
  return [
    ...left.columns,
    ...right.columns.map((column) => ({
      ...column,
      measure: column.measure && { ...column.measure, instance: column.measure.instance + shift },
      origin: column.origin && { ...column.origin, instance: column.origin.instance + shift },
    })),
  ];
}

function besideEdges(left: Source, right: Source): Edge[] {
  const shift = left.instances.length;
  return [...left.edges, ...right.edges.map(([one, other]): Edge => [one + shift, other + shift])];
}

function besideRow(left: Source, one: Row | undefined, right: Source, other: Row | undefined): Row {
  return {
    at: [
      ...(one?.at ?? left.instances.map(() => undefined)),
      ...(other?.at ?? right.instances.map(() => undefined)),
    ],
    values: [
      ...(one?.values ?? left.columns.map(() => null)),
      ...(other?.values ?? right.columns.map(() => null)),
    ],
  };
}

/** Memoises rows: joins ask for them once per row of the other side. */
export function once(source: Source): Source {
  let rows: readonly Row[] | undefined;
  return {
    ...source,
    rows: () => {
      rows ??= source.rows();
      return rows;
    },
  };
}
