// Query nodes of a printed tree: one block, put together from its parts (PostgreSQL 18, src/include/nodes/parsenodes.h).
import type { DumpNode } from "./dump-node.ts";
import { NodeFields } from "./node-fields.ts";
import type { ColumnType, CommonTableExpression, Expression, Query, SetOperation } from "./query.ts";
import { unreadableTree } from "./query-errors.ts";
import { type QueryFields, readQueryFields } from "./query-fields.ts";
import { expressionReader } from "./read-expression.ts";
import { type EntryAt, readEntry, readFromItem, readSlot } from "./read-from.ts";
import { readGrouping } from "./read-grouping.ts";
import { readSort, sortReference } from "./read-sort.ts";
import { type ReferencedTarget, readTarget } from "./read-target.ts";
import { readWindow, windowReference } from "./read-window.ts";
import type { ExpressionReader, Reading, Scope, ScopeCte } from "./scope.ts";
import { refuse } from "./unsupported-node.ts";
import { someExpression } from "./walk.ts";

/**
 * Reads a block; `outer` is the block that it stands in. An INSERT, which can only be the outermost one, is read as the
 * SELECT of the rows that it inserts, with the names of the columns that they go to.
 */
export function readQuery(
  node: DumpNode,
  reading: Reading,
  outer: Scope | undefined,
  kind: "select" | "insert" = "select",
): Query {
  const fields = readQueryFields(node, kind, reading.text);
  const scope = openScope(fields, reading, outer);
  const reader = expressionReader(scope, reading);
  const ctes = fields.ctes.map((cte) => readCte(cte, scope, reading));
  const entryAt = entries(scope, reader);
  const from = fields.from.map((item) => readFromItem(item, entryAt, reader));
  const where = reader.maybe(fields.where);
  const targets = fields.targets.map((target) => readTarget(target, reader));
  const having = reader.maybe(fields.having);
  const groups = fields.groupClause.length > 0 || fields.groupingSets.length > 0;
  const names = targets.map(({ target }) => target.name ?? "");
  const places: PlaceByReference = new Map(targets.map(({ reference }, place) => [reference, place]));
  return {
    kind: "Query",
    id: scope.block,
    ctes,
    recursive: fields.recursive,
    from,
    where,
    targets: targets.map(({ target }) => target),
    group: groups ? readGroup(fields, scope, reader) : undefined,
    having,
    hasAggregates: fields.hasAggregates || groups || having !== undefined,
    windows: fields.windows.map((window) =>
      readWindow(window, reader, (reference) => targetOf(places, targets, reference).target.expression),
    ),
    distinct: readDistinct(fields, places),
    orderBy: fields.sort.map((item) => {
      const { reference, descending, nullsFirst } = readSort(item, reading.text, (sorted) =>
        locationOf(targetOf(places, targets, sorted).target.expression),
      );
      return { target: placeOf(places, reference), descending, nullsFirst };
    }),
    limit: reader.maybe(fields.limit),
    withTies: fields.withTies,
    offset: reader.maybe(fields.offset),
    setOperation: fields.setOperation && readSetOperation(fields.setOperation, entryAt, names),
  };
}

/** The first known place of an expression. */
function locationOf(expression: Expression): number {
  let found = -1;
  someExpression(expression, ({ location }) => {
    found = location;
    return found >= 0;
  });
  return found;
}

/** Numbers the block, its range table and its common table expressions, before anything that refers to them. */
function openScope(fields: QueryFields, reading: Reading, outer: Scope | undefined): Scope {
  const block = reading.nextId();
  const ctes = new Map<string, ScopeCte>();
  for (const node of fields.ctes) {
    const name = new NodeFields(node).name("ctename") ?? "";
    if (ctes.has(name)) throw unreadableTree("two common table expressions of one name");
    ctes.set(name, { id: reading.nextId() });
  }
  let reader: ExpressionReader | undefined;
  const readColumn = (column: DumpNode): Expression => {
    reader ??= expressionReader(scope, reading);
    return reader.one(column);
  };
  const scope: Scope = {
    outer,
    block,
    ctes,
    slots: fields.rangeTable.map((entry) => readSlot(entry, reading.nextId, readColumn)),
    keyOfReference: new Map(fields.groupClause.map((item, index) => [sortReference(item), index])),
    windowOfReference: new Map(fields.windows.map((window, index) => [windowReference(window), index])),
  };
  return scope;
}

/** Each entry is read once, when the join tree or the set operation comes to it. */
function entries(scope: Scope, reader: ExpressionReader): EntryAt {
  return (rangeTableIndex) => {
    const slot = scope.slots[rangeTableIndex - 1];
    if (slot?.kind !== "entry") throw unreadableTree(`no relation at ${rangeTableIndex}`);
    return readEntry(slot, reader);
  };
}

function readGroup(fields: QueryFields, scope: Scope, reader: ExpressionReader): Query["group"] {
  const slot = scope.slots.find((candidate) => candidate.kind === "group");
  const keys = slot?.kind === "group" ? reader.many(slot.keys) : [];
  if (keys.length !== fields.groupClause.length)
    throw unreadableTree("grouping keys without their expressions");
  return readGrouping(keys, fields.groupingSets, fields.groupDistinct, scope.keyOfReference);
}

/** Places of targets by their tleSortGroupRef. */
type PlaceByReference = ReadonlyMap<number, number>;

function readDistinct(fields: QueryFields, places: PlaceByReference): Query["distinct"] {
  if (fields.distinct.length === 0) return undefined;
  if (!fields.distinctOn) return { kind: "all" };
  return { kind: "on", targets: fields.distinct.map((item) => placeOf(places, sortReference(item))) };
}

function placeOf(places: PlaceByReference, reference: number): number {
  const place = places.get(reference);
  if (place === undefined || reference === 0) throw unreadableTree(`no target with reference ${reference}`);
  return place;
}

function targetOf(
  places: PlaceByReference,
  targets: readonly ReferencedTarget[],
  reference: number,
): ReferencedTarget {
  const target = targets[placeOf(places, reference)];
  if (target === undefined) throw unreadableTree(`no target with reference ${reference}`);
  return target;
}

/** CTEMaterialize of parsenodes.h, by number. */
const materialization = ["default", "always", "never"] as const;

function readCte(node: DumpNode, scope: Scope, reading: Reading): CommonTableExpression {
  const fields = new NodeFields(node);
  const name = fields.name("ctename") ?? "";
  fields.skip("aliascolnames");
  const materialized = materialization[fields.number("ctematerialized")];
  const query = reading.readQuery(fields.childNode("ctequery"), scope);
  const search = fields.nodeOrNull("search_clause");
  const cycle = fields.nodeOrNull("cycle_clause");
  const location = fields.number("location");
  if (search !== undefined)
    throw refuse("SEARCH", reading.text, location, "Carry the path as a column of the recursive query.");
  if (cycle !== undefined)
    throw refuse("CYCLE", reading.text, location, "Carry the path as a column of the recursive query.");
  const recursive = fields.boolean("cterecursive");
  fields.skip("cterefcount");
  const names = fields.strings("ctecolnames");
  const types = fields.numbers("ctecoltypes");
  const modifiers = fields.numbers("ctecoltypmods");
  fields.skip("ctecolcollations");
  fields.end();
  const id = scope.ctes.get(name)?.id;
  if (id === undefined || materialized === undefined) throw unreadableTree("a common table expression");
  return { id, name, query, recursive, materialized, columns: zipColumns(names, types, modifiers) };
}

function zipColumns(
  names: readonly string[],
  types: readonly number[],
  modifiers: readonly number[],
): readonly ColumnType[] {
  return types.map((type, index) => ({ name: names[index] ?? "", type, modifier: modifiers[index] ?? -1 }));
}

/** SetOperation of parsenodes.h, by number. */
const setOperations = [undefined, "union", "intersect", "except"] as const;

function readSetOperation(node: DumpNode, entryAt: EntryAt, names: readonly string[]): SetOperation {
  const fields = new NodeFields(node);
  if (node.label === "RANGETBLREF") {
    const entry = entryAt(fields.number("rtindex"));
    fields.end();
    if (entry.kind !== "subquery") throw unreadableTree("an arm of a set operation that is no subquery");
    return { kind: "arm", entry };
  }
  if (node.label !== "SETOPERATIONSTMT") throw unreadableTree(`${node.label} in a set operation`);
  const kind = setOperations[fields.number("op")];
  const all = fields.boolean("all");
  const left = readSetOperation(fields.childNode("larg"), entryAt, names);
  const right = readSetOperation(fields.childNode("rarg"), entryAt, names);
  const types = fields.numbers("colTypes");
  const modifiers = fields.numbers("colTypmods");
  fields.skip("colCollations", "groupClauses");
  fields.end();
  if (kind === undefined) throw unreadableTree("a set operation of an unknown kind");
  return { kind, all, left, right, columns: zipColumns(names, types, modifiers) };
}
