// A small lens as tests hold it: what its members mean over rows, apart from how the model spells them.

export type Cell = null | number | string | boolean;
export type DataRow = Readonly<Record<string, Cell>>;
export type Relationship = "one_to_one" | "one_to_many" | "many_to_one";
export type ColumnType = "int" | "text" | "bool";

export interface FuzzJoin {
  readonly from: string;
  readonly to: string;
  readonly relationship: Relationship;
  /** Pairs of plain columns: of `from`, of `to`. */
  readonly on: readonly (readonly [string, string])[];
  /** The side of which `h = 1` is a further part of the condition. */
  readonly only: "from" | "to" | undefined;
}

export function matches(join: FuzzJoin, row: DataRow, other: DataRow): boolean {
  if (join.only !== undefined && (join.only === "from" ? row : other)["h"] !== 1) return false;
  return join.on.every(([own, far]) => row[own] != null && row[own] === other[far]);
}

export interface FuzzDimension {
  readonly name: string;
  readonly type: ColumnType;
  readonly sql: string;
  /** The plain column that it is. */
  readonly column: string | undefined;
  /** What the model says in the place of `sql`. */
  readonly yaml?: string;
  value(row: DataRow): Cell;
}

export interface FuzzSegment {
  readonly name: string;
  readonly sql: string;
  value(row: DataRow): boolean | null;
}

/** A measure as its definition says it: over the distinct rows of its table, or over other measures. */
export interface FuzzMeasure {
  readonly name: string;
  readonly type: ColumnType;
  readonly modelType: "count" | "sum" | "avg" | "min" | "max" | "count_distinct" | "number";
  readonly yaml: string;
  readonly form: "leaf" | "calculated";
  /** Whether the leaf of a total is the sum of the leaves of its parts. */
  readonly additive: boolean;
  /** NULL for the reader, because it reads what is redacted. */
  readonly nulled?: boolean;
  /** Over distinct rows. Raw text over no rows has its value in a total, and none in a group. */
  leaf(rows: readonly DataRow[], isTotal: boolean): Cell;
  readonly over: readonly { readonly table: string; readonly measure: string }[];
  calculate(values: readonly Cell[]): Cell;
}

export interface FuzzTable {
  readonly name: string;
  /** Empty for a table without one. */
  readonly primaryKey: readonly string[];
  /** Whether the catalog shows the key, so that a grouping by it determines the other columns. */
  readonly keyIsVisible: boolean;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  readonly dimensions: readonly FuzzDimension[];
  readonly measures: readonly FuzzMeasure[];
  readonly segments: readonly FuzzSegment[];
  readonly rows: readonly DataRow[];
}

export interface FuzzView {
  readonly name: string;
  readonly root: string;
  /** Each after the one that its `from` needs. */
  readonly joins: readonly FuzzJoin[];
}

export interface FuzzLens {
  readonly tables: ReadonlyMap<string, FuzzTable>;
  readonly joins: readonly FuzzJoin[];
  readonly views: readonly FuzzView[];
}

/** All shortest paths along declared joins, by breadth. */
export function shortestPaths(joins: readonly FuzzJoin[], from: string, to: string): FuzzJoin[][] {
  let paths: FuzzJoin[][] = [[]];
  const seen = new Set([from]);
  if (from === to) return paths;
  while (paths.length > 0) {
    const longer = paths.flatMap((path) =>
      joins
        .filter((join) => join.from === (path.at(-1)?.to ?? from) && !seen.has(join.to))
        .map((join) => [...path, join]),
    );
    const found = longer.filter((path) => path.at(-1)?.to === to);
    if (found.length > 0) return found;
    for (const path of longer) seen.add(path.at(-1)?.to ?? "");
    paths = longer;
  }
  return [];
}

/** A case that the definition leaves open; the test drops the statement. */
export class Undecided extends Error {}
