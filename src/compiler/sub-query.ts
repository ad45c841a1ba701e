// M15: the values of sub-query dimensions, as one query with a row for each row of their table, or for each value that
// the first join looks for: keys, then measures over the rows that the model joins to it, as anywhere (M8).
import { type DataType, formatDataType, typeModifier, typeOid } from "../data-type.ts";
import { assert } from "../errors.ts";
import { shortestPath } from "../model/join-graph.ts";
import type { JoinKey, LinkedJoin, LinkedMeasure, TypedModel } from "../model/model.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import type { EntryId, Expression, Query, ReachingFilter, Target } from "../query/query.ts";
import { replaceExpressions } from "../query/walk.ts";
import { Block } from "./block.ts";
import { Compilation, conjunction } from "./compilation.ts";
import { filterDoesNotReach } from "./compiler-errors.ts";
import { modelJoin } from "./lens-scans.ts";
import { measureValue } from "./measure-value.ts";
import { rawKeys } from "./member-sql.ts";
import { plainQuery } from "./plain-query.ts";
import { noteFilters } from "./reaching-filters.ts";
import type { ScanAccess } from "./shape.ts";
import { splitBlock } from "./split-block.ts";

export interface SubQueryRequest {
  readonly visible: VisibleModel;
  /** The table whose rows have the values. */
  readonly table: string;
  /** The table of the measures, and the measures. */
  readonly target: string;
  readonly measures: readonly string[];
  /** What WHERE says to them. */
  readonly filters: readonly ReachingFilter[];
  /** The first number that is free in the statement. */
  readonly nextId: EntryId;
}

export interface SubQuery {
  readonly query: Query;
  /** What each of the query's keys is equal to in a row of the table. */
  readonly keys: readonly SubQueryKey[];
  readonly nextId: EntryId;
}

/** A dimension or base column of the table, unmasked. */
export interface SubQueryKey {
  readonly kind: "dimension" | "column";
  readonly name: string;
}

/** What the query calls its keys, from 0. */
export function subQueryKeyName(place: number): string {
  return `key ${place + 1}`;
}

/** What it calls the value of a measure. */
export function subQueryValueName(measure: string): string {
  return `value of ${measure}`;
}

/** Whether the measure is 0, and not NULL, for a row that the query has none for. */
export function isZeroOfNoRows(visible: VisibleModel, table: string, name: string): boolean {
  const measure = measureNamed(visible, table, name);
  const isNulled = visible.nulledMeasures.has(`${table}.${name}`);
  return isLeaf(visible, table, measure) && measure.type.startsWith("count") && !isNulled;
}

function measureNamed(visible: VisibleModel, table: string, name: string): LinkedMeasure {
  const measure = visible.model.linked.tables.get(table)?.measures.find((item) => item.name === name);
  assert(measure !== undefined, `measure ${table}.${name} is in the model`);
  return measure;
}

/** A leaf over no rows is 0 or NULL; what is calculated or masked has a value of its own, which needs a group. */
function isLeaf(visible: VisibleModel, table: string, measure: LinkedMeasure): boolean {
  return measure.form !== "calculated" && !visible.measureMasks.has(`${table}.${measure.name}`);
}

export function compileSubQuery(request: SubQueryRequest): SubQuery {
  const { visible, table, target, measures } = request;
  const compilation = new Compilation(emptyInput(visible, request.nextId), {
    query: unused,
    entry: unused,
  });
  const path = shortestPath(visible.model.linked, table, target);
  assert(path?.kind === "path", `one path of joins leads from ${table} to ${target}`);
  const { filters, joins } = reachingFilters(request, path.joins);
  const leavesOnly = measures.every((name) => isLeaf(visible, target, measureNamed(visible, target, name)));
  const readsOwn = filters.some(({ reads }) => [...reads.values()].some((scan) => scan.table === table));
  const first = leavesOnly && !readsOwn ? keyJoin(visible.model, joins) : undefined;
  const block = new Block(compilation.newId(), compilation);
  const accesses = new Map<string, ScanAccess>();
  const joined = modelJoin(
    block,
    first?.join.to ?? table,
    joins.filter((join) => join !== first?.join),
    (name, access) => accesses.set(name, access),
  );
  block.from = [joined.item];
  block.shape = joined.shape;
  block.phase = "grouped";
  const accessOf = (name: string): ScanAccess => {
    const access = accesses.get(name);
    assert(access !== undefined, `the sub-query joins ${name}`);
    return access;
  };
  const condition = conjunction(filters.map((filter) => overAccesses(filter, accessOf)));
  const keys = first?.keys ?? [];
  if (first === undefined) block.keys.push(...rawKeys(compilation, accessOf(table)));
  for (const { to } of keys)
    block.keys.push(
      accessOf(first?.join.to ?? table).demand({ kind: "rawKey", name: to.name, source: to.kind }),
    );
  assert(block.keys.length > 0, `table ${table} has a primary key`);
  if (leavesOnly) block.where = condition;
  const value = (name: string) =>
    valueInGroup(block, accessOf(target), name, leavesOnly ? undefined : condition);
  const targets = [
    ...block.keys.map((_, place) => namedTarget(block.key(place), subQueryKeyName(place))),
    ...measures.map((name) => namedTarget(value(name), subQueryValueName(name))),
  ];
  noteFilters(block, condition);
  const query = plainQuery({
    id: block.id,
    from: block.from,
    where: block.where,
    targets,
    group: { keys: block.keys, sets: undefined, distinct: false },
    hasAggregates: true,
  });
  const primaryKey = compilation.linkedTable(table).primaryKey;
  return {
    query: block.sides.size > 0 ? splitBlock(block, query) : query,
    keys:
      first === undefined
        ? primaryKey.map((name) => ({ kind: "dimension", name }))
        : keys.map(({ from }) => from),
    nextId: compilation.newId(),
  };
}

/**
 * The first join, where its condition is that columns are equal, each pair of one type: then the rows that belong to a
 * row of the table are found by the far side's columns alone, and the table is not read again. Equal has to mean the
 * same as in GROUP BY, which for numbers in floating point and for what is cast it need not.
 */
function keyJoin(
  model: TypedModel,
  joins: readonly LinkedJoin[],
): { readonly join: LinkedJoin; readonly keys: readonly JoinKey[] } | undefined {
  const [join, ...further] = joins;
  if (join?.keys === undefined || join.keys.length === 0) return undefined;
  if (further.some((other) => other.from === join.from)) return undefined;
  const isExact = join.keys.every(({ from, to }) => {
    const own = keyType(model, join.from, from);
    const far = keyType(model, join.to, to);
    return (
      own !== undefined &&
      far !== undefined &&
      exactKinds.has(own.kind) &&
      formatDataType(own) === formatDataType(far)
    );
  });
  return isExact ? { join, keys: join.keys } : undefined;
}

const exactKinds = new Set<DataType["kind"]>([
  "smallint",
  "integer",
  "bigint",
  "text",
  "date",
  "timestamp",
  "uuid",
  "boolean",
]);

function keyType(model: TypedModel, table: string, key: JoinKey["from"]): DataType | undefined {
  const typed = model.tables.get(table);
  if (key.kind === "dimension") return typed?.dimensionTypes.get(key.name);
  return typed?.baseColumns.find(({ name }) => name === key.name)?.type;
}

/** The conjuncts that say something of the rows that belong to one, and the joins for all tables that they read. */
function reachingFilters(
  { visible, table, filters }: SubQueryRequest,
  path: readonly LinkedJoin[],
): { readonly filters: readonly ReachingFilter[]; readonly joins: readonly LinkedJoin[] } {
  const { linked } = visible.model;
  const joins = [...path];
  const kept = filters.filter((filter) => {
    const tables = [...filter.reads.values()].map(({ id, table: read }) =>
      filter.joined.has(id) ? read : undefined,
    );
    const named = new Set([...tables, ...path.map((join) => join.to)].filter((name) => name !== undefined));
    const paths = tables.map((read) =>
      read === undefined ? undefined : shortestPath(linked, table, read, named),
    );
    // What WHERE says of the row itself, and of tables on its other sides, holds for all or none of its rows.
    if (!paths.some((found) => found?.kind === "path" && found.joins[0] === path[0])) return false;
    for (const found of paths) {
      const further = found?.kind === "path" && filter.isPlain ? found.joins : undefined;
      if (further === undefined || !addJoins(joins, further)) throw filterDoesNotReach(filter.position);
    }
    return true;
  });
  return { filters: kept, joins };
}

/** False where a table would be entered by two joins. */
function addJoins(joins: LinkedJoin[], further: readonly LinkedJoin[]): boolean {
  for (const join of further) {
    const entered = joins.find((known) => known.to === join.to);
    if (entered !== undefined && entered !== join) return false;
    if (entered === undefined) joins.push(join);
  }
  return true;
}

function overAccesses(filter: ReachingFilter, accessOf: (table: string) => ScanAccess): Expression {
  return replaceExpressions(filter.condition, (node) => {
    const scan = node.kind === "Var" ? filter.reads.get(node.entry) : undefined;
    if (node.kind !== "Var" || scan === undefined) return undefined;
    const output = scan.outputs[node.column - 1];
    assert(output !== undefined, "a filter reads columns of joined scans");
    return { ...accessOf(scan.table).demand(output), location: node.location };
  });
}

function valueInGroup(
  block: Block,
  access: ScanAccess,
  name: string,
  filter: Expression | undefined,
): Expression {
  const type = block.compilation.typedTable(access.table).measureTypes.get(name);
  assert(type !== undefined, `the type of measure ${access.table}.${name} is known`);
  return measureValue({
    block,
    measure: {
      access,
      name,
      label: name,
      type: typeOid(type),
      modifier: typeModifier(type),
      wrap: undefined,
    },
    filter,
    location: -1,
  });
}

function namedTarget(expression: Target["expression"], name: string): Target {
  return { expression, name, junk: false, origin: undefined, alias: name };
}

/** No client's text stands behind the query, so it has no relations of a client's and no places. */
function emptyInput(visible: VisibleModel, nextId: EntryId): ConstructorParameters<typeof Compilation>[0] {
  return {
    query: plainQuery({
      id: nextId - 1,
      from: [],
      where: undefined,
      targets: [],
      group: undefined,
      hasAggregates: false,
    }),
    relations: new Map(),
    measureFunctions: new Set(),
    visible,
    positionOf: () => undefined,
    positionOfTables: () => undefined,
    strictWrappers: false,
  };
}

function unused(): never {
  throw new TypeError("a sub-query dimension's query holds model joins only");
}
