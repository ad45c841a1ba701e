// M15: the values of sub-query dimensions, as one query with a row for each row of their table: its primary key, then
// measures over the rows that the model joins to it. Measures have the value there that they have anywhere (M8).
import { typeModifier, typeOid } from "../data-type.ts";
import { assert } from "../errors.ts";
import { shortestPath } from "../model/join-graph.ts";
import type { LinkedJoin } from "../model/model.ts";
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
  readonly nextId: EntryId;
}

/** What the query calls the parts of the primary key, from 0. */
export function subQueryKeyName(place: number): string {
  return `key ${place + 1}`;
}

/** What it calls the value of a measure. */
export function subQueryValueName(measure: string): string {
  return `value of ${measure}`;
}

export function compileSubQuery(request: SubQueryRequest): SubQuery {
  const { visible, table, target } = request;
  const compilation = new Compilation(emptyInput(visible, request.nextId), {
    query: unused,
    entry: unused,
  });
  const path = shortestPath(visible.model.linked, table, target);
  assert(path?.kind === "path", `one path of joins leads from ${table} to ${target}`);
  const { filters, joins } = reachingFilters(request, path.joins);
  const block = new Block(compilation.newId(), compilation);
  const accesses = new Map<string, ScanAccess>();
  const joined = modelJoin(block, table, joins, (name, access) => accesses.set(name, access));
  block.from = [joined.item];
  block.shape = joined.shape;
  block.phase = "grouped";
  const own = accesses.get(table);
  const far = accesses.get(target);
  assert(own !== undefined && far !== undefined, "a path of joins has two ends");
  block.keys.push(...rawKeys(compilation, own));
  assert(block.keys.length > 0, `table ${table} has a primary key`);
  block.where = conjunction(filters.map((filter) => overAccesses(filter, accesses)));
  const targets = [
    ...block.keys.map((_, place) => namedTarget(block.key(place), subQueryKeyName(place))),
    ...request.measures.map((name) => namedTarget(valueInGroup(block, far, name), subQueryValueName(name))),
  ];
  noteFilters(block, block.where);
  const query = plainQuery({
    id: block.id,
    from: block.from,
    where: block.where,
    targets,
    group: { keys: block.keys, sets: undefined, distinct: false },
    hasAggregates: true,
  });
  return {
    query: block.sides.size > 0 ? splitBlock(block, query) : query,
    nextId: compilation.newId(),
  };
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

function overAccesses(filter: ReachingFilter, accesses: ReadonlyMap<string, ScanAccess>): Expression {
  return replaceExpressions(filter.condition, (node) => {
    const scan = node.kind === "Var" ? filter.reads.get(node.entry) : undefined;
    if (node.kind !== "Var" || scan === undefined) return undefined;
    const output = scan.outputs[node.column - 1];
    const access = accesses.get(scan.table);
    assert(output !== undefined && access !== undefined, "a filter reads columns of joined scans");
    return { ...access.demand(output), location: node.location };
  });
}

function valueInGroup(block: Block, access: ScanAccess, name: string): Target["expression"] {
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
    filter: undefined,
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
