// A block with side plans, in three parts: the groups with the block's own aggregates, each side plan over the same
// FROM and WHERE, and a block above that joins them on the group keys and holds all that comes after grouping.
import type {
  CteEntry,
  Expression,
  FromItem,
  Query,
  SortItem,
  SubqueryEntry,
  Target,
  WindowDefinition,
} from "../query/query.ts";
import { replaceExpressions, someExpression } from "../query/walk.ts";
import type { Block, SidePlan } from "./block.ts";
import { booleanOid, conjunction, expressionKey, placeAmong, variable } from "./compilation.ts";
import { withFactsCondensed } from "./condense-facts.ts";
import { filledGroups, filledPeriod } from "./filled-groups.ts";
import { plainQuery } from "./plain-query.ts";
import { entriesRead, type PrunedFrom, prunedFrom } from "./prune-from.ts";
import { isRolling, keyPlacesOf, readsGroups, rollingSideQuery } from "./rolling-side.ts";
import { groupsCounted } from "./row-counts.ts";
import { overRow, rowKeyPlaces } from "./row-form.ts";
import { scansOf } from "./shape.ts";
import { type SharedGroups, sideQuery } from "./side-query.ts";

export function splitBlock(block: Block, query: Query): Query {
  const { compilation } = block;
  compilation.isSplit = true;
  const groupsId = compilation.newId();
  const aggregates: Expression[] = [];
  const keyCount = block.keys.length;
  /** An expression over the groups, as one over the columns of the groups' subselect. */
  const lift = (expression: Expression): Expression =>
    replaceExpressions(expression, (node) => {
      if (node.kind === "GroupKey" && node.block === block.id)
        return variable(groupsId, node.index + 1, { type: node.type, modifier: node.modifier });
      const own =
        (node.kind === "Aggref" || node.kind === "ModelAggregate" || node.kind === "GroupingFunc") &&
        node.block === block.id;
      if (!own) return undefined;
      const wanted = expressionKey(node);
      const known = placeAmong(aggregates, wanted, expressionKey);
      const place = known >= 0 ? known : aggregates.push(node) - 1;
      return variable(groupsId, keyCount + 1 + place, { type: node.type, modifier: -1 });
    });
  const targets = query.targets.map((target) => ({ ...target, expression: lift(target.expression) }));
  const having = query.having && lift(query.having);
  const windows = query.windows.map((window) => liftWindow(window, lift));
  const period = filledPeriod(block);
  const own = groupsQuery(block, aggregates);
  const groups = period === undefined ? own : filledGroups(block, own, aggregates, period);
  const limited = period === undefined ? limitedGroups(block, query, groups) : undefined;
  const isRead = [...block.sides.values()].some(readsGroups);
  const shared =
    limited !== undefined || isRead ? sharedGroups(block, groupsId, limited ?? groups) : undefined;
  const groupsEntry = shared?.entry ?? subquery(groupsId, "groups", groups);
  const from = joinSides(block, groupsEntry, (side) =>
    isRolling(side) ? rollingSideQuery(block, side, shared) : sideQuery(block, side, limited && shared),
  );
  return {
    ...query,
    id: compilation.newId(),
    ctes: shared === undefined ? query.ctes : [...query.ctes, shared.cte],
    limit: limited === undefined ? query.limit : undefined,
    offset: limited === undefined ? query.offset : undefined,
    from: [from],
    where: having,
    targets,
    group: undefined,
    having: undefined,
    hasAggregates: false,
    windows,
  };
}

function liftWindow(
  window: WindowDefinition,
  lift: (expression: Expression) => Expression,
): WindowDefinition {
  return {
    ...window,
    partitionBy: window.partitionBy.map(lift),
    orderBy: window.orderBy.map((item) => ({ ...item, expression: lift(item.expression) })),
  };
}

/** SELECT keys, aggregates [, which grouping set] FROM ... WHERE ... GROUP BY keys. */
function groupsQuery(block: Block, aggregates: readonly Expression[]): Query {
  const targets = [...block.keys.map((_, place): Expression => block.key(place)), ...aggregates];
  const rows = rowKeyPlaces(block) && targets.map((expression) => overRow(block, expression));
  if (rows?.every((expression) => expression !== undefined))
    return plainQuery({
      id: block.id,
      from: block.from,
      where: block.where,
      targets: rows.map(target),
      group: undefined,
      hasAggregates: false,
    });
  if (block.sets !== undefined) targets.push(groupingSet(block));
  if (targets.length === 0) return oneRow(block);
  const { from, shape } = groupsFrom(block, aggregates);
  const groups = plainQuery({
    id: block.id,
    from,
    where: block.where,
    targets: targets.map(target),
    group:
      block.keys.length > 0 || block.sets !== undefined
        ? { keys: block.keys, sets: block.sets, distinct: false }
        : undefined,
    hasAggregates: true,
  });
  if (aggregates.length > 0) return groupsCounted(block.compilation, groups, shape) ?? groups;
  const [root] = scansOf(shape);
  return root === undefined ? groups : withFactsCondensed(block.compilation, groups, shape, root.key);
}

/** The one group of a block without keys, where side plans hold all its measures: a row, whatever FROM holds. */
function oneRow(block: Block): Query {
  return plainQuery({
    id: block.id,
    from: [],
    where: undefined,
    targets: [],
    group: undefined,
    hasAggregates: false,
  });
}

/** Aggregates of measures stand here where no row of their table is repeated; plain ones count each row as it stands. */
function groupsFrom(block: Block, aggregates: readonly Expression[]): PrunedFrom {
  if (aggregates.some((node) => node.kind === "Aggref")) return block;
  return prunedFrom(block, entriesRead([block.where, ...block.keys, ...aggregates]), "unseen");
}

/** GROUPING() over all keys: the number of the grouping set that a row belongs to. */
function groupingSet(block: Block): Expression {
  return {
    kind: "GroupingFunc",
    block: block.id,
    keys: block.keys.map((_, place) => place),
    type: 23,
    location: -1,
  };
}

/**
 * Where groups are single rows, LIMIT chooses among them before side plans are computed: a preview of a large table
 * then asks for the side plans of the rows that are shown. Undefined where something between grouping and LIMIT needs
 * all groups, or the order depends on a side plan.
 */
function limitedGroups(block: Block, query: Query, groups: Query): Query | undefined {
  const between =
    query.having !== undefined || query.windows.length > 0 || query.distinct !== undefined || query.withTies;
  if (query.limit === undefined || between || groups.hasAggregates || rowKeyPlaces(block) === undefined)
    return undefined;
  const targets = [...groups.targets];
  const orderBy: SortItem[] = [];
  for (const item of query.orderBy) {
    const sorted = query.targets[item.target]?.expression;
    const row = sorted && !readsSide(block, sorted) ? overRow(block, sorted) : undefined;
    if (row === undefined) return undefined;
    orderBy.push({ ...item, target: targets.push({ ...target(row), junk: true }) - 1 });
  }
  return { ...groups, targets, orderBy, limit: query.limit, offset: query.offset };
}

function readsSide(block: Block, expression: Expression): boolean {
  const ids = new Set([...block.sides.values()].map((side) => side.id));
  return someExpression(expression, (node) => node.kind === "Var" && ids.has(node.entry));
}

/** The groups as a CTE, which is computed once: what LIMIT chose is chosen for all that read it. */
function sharedGroups(block: Block, groupsId: number, query: Query): SharedGroups {
  const { compilation } = block;
  const cteId = compilation.newId();
  const { columns } = subquery(groupsId, "groups", query);
  const entry = (id: number): CteEntry => ({
    kind: "cte",
    id,
    cte: cteId,
    name: "groups",
    columns,
    lateral: false,
  });
  return {
    cte: { id: cteId, name: "groups", query, recursive: false, materialized: "always", columns },
    entry: entry(groupsId),
    another: () => entry(compilation.newId()),
  };
}

function joinSides(
  block: Block,
  groupsEntry: SubqueryEntry | CteEntry,
  queryOf: (side: SidePlan) => Query,
): FromItem {
  const groupsId = groupsEntry.id;
  const setColumn = groupsEntry.columns.length;
  let joined: FromItem = { kind: "entry", entry: groupsEntry };
  for (const side of block.sides.values()) {
    const right = subquery(side.id, "side", queryOf(side));
    const pairs = keyPlacesOf(block, side).flatMap((place, index) => {
      const key = block.keys[place];
      if (key === undefined) return [];
      const type = { type: key.type, modifier: "modifier" in key ? key.modifier : -1 };
      return equal(
        variable(groupsId, place + 1, type),
        variable(side.id, side.leaves.length + 1 + index, type),
      );
    });
    if (block.sets !== undefined) {
      const type = { type: 23, modifier: -1 };
      pairs.push(
        equal(
          variable(groupsId, setColumn, type),
          variable(side.id, side.leaves.length + block.keys.length + 1, type),
        ),
      );
    }
    const always: Expression = { kind: "Const", value: true, type: booleanOid, modifier: -1, location: -1 };
    joined = {
      kind: "join",
      type: "left",
      left: joined,
      right: { kind: "entry", entry: right },
      on: conjunction(pairs) ?? always,
      addsNoRows: true,
      location: -1,
    };
  }
  return joined;
}

function equal(left: Expression, right: Expression): Expression {
  return { kind: "NotDistinct", left, right, type: booleanOid, location: -1 };
}

function target(expression: Expression): Target {
  return { expression, name: undefined, junk: false, origin: undefined };
}

function subquery(id: number, name: string, query: Query): SubqueryEntry {
  const shown = query.targets.filter(({ junk }) => !junk);
  const columns = shown.map(({ expression }, place) => ({
    name: `c${place + 1}`,
    type: expression.type,
    modifier: "modifier" in expression ? expression.modifier : -1,
  }));
  return { kind: "subquery", id, name, columns, lateral: false, query };
}
