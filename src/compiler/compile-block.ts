// One block: FROM, WHERE, grouping (with M3's grouping by bare measures), then everything over the groups.
import type { Expression, Query, Target, WindowDefinition } from "../query/query.ts";
import { someExpression, visitExpression, visitQuery } from "../query/walk.ts";
import { Block } from "./block.ts";
import {
  type Compilation,
  conjunction,
  conjunctsOf,
  expressionKey,
  type OpenedBlock,
} from "./compilation.ts";
import { compileExpression } from "./expressions.ts";
import { compileFrom } from "./from-clause.ts";
import { leaveOutUnread } from "./leave-out.ts";
import { registerPlain } from "./lens-scans.ts";
import type { CommonTables } from "./nested-query.ts";
import { noteFilters } from "./reaching-filters.ts";
import { countsProduct } from "./row-counts.ts";
import { overRow, rowKeyPlaces } from "./row-form.ts";
import { isGroupTest } from "./rows-seen.ts";
import type { MemberColumn } from "./shape.ts";
import { splitBlock } from "./split-block.ts";
import { measureOf, usesMeasure } from "./wrapped-measures.ts";

export function compileBlock(compilation: Compilation, common: CommonTables, query: Query): Query {
  const opened = takeOpened(compilation, query);
  const ctes = opened?.ctes ?? common.compile(compilation, query.ctes);
  if (query.setOperation !== undefined) return compileSetOperation(compilation, { ...query, ctes });
  const block = opened?.block ?? openBlock(compilation, query);
  leaveOutUnread(block, query);
  const where = query.where && compileExpression(query.where, block, "where");
  block.where = conjunction([...conjunctsOf(block.unfolded), ...conjunctsOf(where)]);
  const limit = query.limit && compileExpression(query.limit, block, "value");
  const offset = query.offset && compileExpression(query.offset, block, "value");
  const group = startGrouping(block, query);
  const over = (expression: Expression) => compileExpression(expression, block, "value");
  const targets = query.targets.map(
    (target): Target => ({
      ...target,
      expression: over(target.expression),
    }),
  );
  const asked = havingOf(query);
  const having = asked && over(asked);
  const windows = query.windows.map((window) => compileWindow(window, over));
  const grouped = block.phase !== "rows";
  noteFilters(block, where);
  const compiled: Query = {
    ...query,
    ctes: ctes.filter(({ id }) => !compilation.unfoldedCtes.has(id)),
    from: block.from,
    where: block.where,
    targets,
    group:
      group || block.keys.length > 0 ? { keys: block.keys, sets: block.sets, distinct: false } : undefined,
    having,
    hasAggregates: query.hasAggregates || grouped,
    windows,
    limit,
    offset,
  };
  const needsGroups = () => refersFromBelow(block, compiled) || countsProduct(block, compiled);
  if (block.sides.size > 0 || (grouped && needsGroups())) return splitBlock(block, compiled);
  return (grouped ? overRows(block, compiled) : undefined) ?? asOneGroup(block, compiled);
}

/** HAVING without what asks whether the group exists (`COUNT(1) > 0`): with a key in every grouping set, each does. */
function havingOf({ having, group }: Query): Expression | undefined {
  if (having === undefined || group === undefined || group.keys.length === 0) return having;
  if (expandedSets(group)?.some((set) => set.length === 0) === true) return having;
  const conditions = having.kind === "BoolExpr" && having.operation === "and" ? having.args : [having];
  return conjunction(conditions.filter((condition) => !isGroupTest(condition)));
}

function takeOpened({ opened }: Compilation, { id }: Query): OpenedBlock | undefined {
  const block = opened.get(id);
  opened.delete(id);
  return block;
}

function openBlock(compilation: Compilation, query: Query): Block {
  const block = new Block(query.id, compilation);
  compilation.blocksById.set(query.id, block);
  compileFrom(block, query.from, query.where);
  return block;
}

/**
 * A block without keys is one group also where policy left it no aggregate, because all its measures are constants for
 * the reader; SQL would take it for one that is not grouped.
 */
function asOneGroup(block: Block, query: Query): Query {
  if (!query.hasAggregates || query.group !== undefined || query.having !== undefined) return query;
  let aggregates = false;
  const ownAggregate = {
    expression: (node: Expression) => {
      aggregates ||=
        (node.kind === "Aggref" || node.kind === "ModelAggregate" || node.kind === "GroupingFunc") &&
        node.block === block.id;
      return !aggregates;
    },
    query: () => false,
  };
  for (const { expression } of query.targets) visitExpression(expression, ownAggregate);
  return aggregates ? query : { ...query, group: { keys: [], sets: [[]], distinct: false } };
}

/**
 * Whether a subquery in an expression reads the block's groups or aggregates. Not every engine lets it: the groups are
 * then a subselect, and what the subquery reads are its columns.
 */
function refersFromBelow(block: Block, query: Query): boolean {
  let found = false;
  const inSubquery = {
    expression: (node: Expression) => {
      found ||=
        (node.kind === "GroupKey" || node.kind === "Aggref" || node.kind === "GroupingFunc") &&
        node.block === block.id;
      return !found;
    },
  };
  const outside = {
    expression: (node: Expression) => {
      if (node.kind === "SubLink") visitQuery(node.query, inSubquery);
      return !found;
    },
    query: () => false,
  };
  for (const { expression } of query.targets) visitExpression(expression, outside);
  if (query.having !== undefined) visitExpression(query.having, outside);
  return found;
}

/** The block without grouping, where every group is one row and every aggregate has a row form. */
function overRows(block: Block, query: Query): Query | undefined {
  if (rowKeyPlaces(block) === undefined || query.having !== undefined || query.windows.length > 0)
    return undefined;
  const targets: Target[] = [];
  for (const target of query.targets) {
    const expression = overRow(block, target.expression);
    if (expression === undefined) return undefined;
    targets.push({ ...target, expression });
  }
  return { ...query, targets, group: undefined, hasAggregates: false };
}

/** Arms are blocks of their own; the targets name the columns of the first, in the types that all arms come to. */
function compileSetOperation(compilation: Compilation, query: Query): Query {
  const block = new Block(query.id, compilation);
  compilation.blocksById.set(query.id, block);
  type Operation = NonNullable<Query["setOperation"]>;
  const top = query.setOperation;
  const columns = top === undefined || top.kind === "arm" ? [] : top.columns;
  const arms = (operation: Operation): Operation => {
    if (operation.kind !== "arm")
      return { ...operation, left: arms(operation.left), right: arms(operation.right) };
    registerPlain(block, { ...operation.entry, columns });
    const inner = compilation.recursion.query(operation.entry.query);
    return { kind: "arm", entry: { ...operation.entry, query: inner } };
  };
  const setOperation = top && arms(top);
  const over = (expression: Expression) => compileExpression(expression, block, "value");
  return {
    ...query,
    setOperation,
    targets: query.targets.map((target) => ({ ...target, expression: over(target.expression) })),
    limit: query.limit && over(query.limit),
    offset: query.offset && over(query.offset),
  };
}

/** Sets the block's keys and phase; says whether the block has GROUP BY, the client's or M3's. */
function startGrouping(block: Block, query: Query): boolean {
  if (query.group !== undefined) {
    for (const key of query.group.keys) block.keys.push(compileExpression(key, block, "group"));
    block.writtenKeys = block.keys.length;
    block.sets = expandedSets(query.group);
    block.phase = "grouped";
    return true;
  }
  if (query.hasAggregates || query.having !== undefined) {
    block.phase = "grouped";
    return false;
  }
  if (!usesBareMeasure(block, query)) return false;
  for (const { expression, junk } of query.targets) {
    if (junk || !isBareKey(expression, block)) continue;
    const wanted = expressionKey(expression);
    if (block.bareKeys.has(wanted)) continue;
    block.bareKeys.set(wanted, block.keys.push(compileExpression(expression, block, "group")) - 1);
    const member = memberOf(expression, block);
    if (member !== undefined) block.keyMembers.push(member);
  }
  block.writtenKeys = block.keys.length;
  block.phase = "bare";
  return block.keys.length > 0;
}

/** GROUP BY DISTINCT drops sets that stand twice; the sets themselves are copied, because keys may be added. */
function expandedSets(group: NonNullable<Query["group"]>): number[][] | undefined {
  if (group.sets === undefined) return undefined;
  const sets = group.sets.map((set) => [...set]);
  if (!group.distinct) return sets;
  const seen = new Set<string>();
  return sets.filter((set) => {
    const key = [...set].sort((a, b) => a - b).join(",");
    return seen.has(key) ? false : seen.add(key);
  });
}

/** The member that a column is, of this block's own FROM. */
function memberOf(expression: Expression, block: Block): MemberColumn | undefined {
  if (expression.kind !== "Var" || block.compilation.blocks.get(expression.entry) !== block) return undefined;
  const column = block.compilation.shapes.get(expression.entry)?.columns[expression.column - 1];
  return column?.kind === "value" ? column.member : undefined;
}

function usesBareMeasure(block: Block, query: Query): boolean {
  const inWindows = query.windows.some((window) =>
    [...window.partitionBy, ...window.orderBy.map((item) => item.expression)].some((expression) =>
      usesMeasure(expression, block),
    ),
  );
  return inWindows || query.targets.some((target) => usesMeasure(target.expression, block));
}

/** A select expression that holds neither measure nor window and is not a constant. */
function isBareKey(expression: Expression, block: Block): boolean {
  const excluded = someExpression(
    expression,
    (node) => node.kind === "WindowFunc" || measureOf(node, block) !== undefined,
  );
  return !excluded && !isConstant(expression);
}

function isConstant(expression: Expression): boolean {
  let constant = true;
  visitExpression(expression, {
    expression: (node) => {
      if (node.kind === "Var" || node.kind === "GroupKey" || node.kind === "SubLink") constant = false;
      return constant;
    },
  });
  return constant;
}

function compileWindow(
  window: WindowDefinition,
  over: (expression: Expression) => Expression,
): WindowDefinition {
  const bound = <B extends { readonly kind: string }>(frameBound: B): B =>
    "offset" in frameBound
      ? { ...frameBound, offset: over((frameBound as unknown as { offset: Expression }).offset) }
      : frameBound;
  return {
    partitionBy: window.partitionBy.map(over),
    orderBy: window.orderBy.map((item) => ({ ...item, expression: over(item.expression) })),
    frame: window.frame && {
      ...window.frame,
      start: bound(window.frame.start),
      end: bound(window.frame.end),
    },
  };
}
