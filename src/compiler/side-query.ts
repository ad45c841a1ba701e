// One side plan as a query: its leaves, then the block's group keys, then the grouping set where there are several.
//   SELECT leaves, keys FROM (SELECT keys, inputs FROM ... WHERE ... [GROUP BY keys, primary key]) GROUP BY keys
// The inner GROUP BY makes the rows of the measure's table distinct, once per group.
import { assert } from "../errors.ts";
import type {
  CommonTableExpression,
  CteEntry,
  EntryId,
  Expression,
  FromItem,
  Grouping,
  ModelAggregate,
  Query,
  SubqueryEntry,
  Target,
} from "../query/query.ts";
import { type AggregateLeaf, asOneItem, type Block, type RawLeaf, type SidePlan } from "./block.ts";
import {
  bigintOid,
  booleanOid,
  conjunction,
  conjunctsOf,
  expressionKey,
  integerOid,
  variable,
} from "./compilation.ts";
import { withFactsCondensed } from "./condense-facts.ts";
import { type FilteredFrom, withFiltersJoinedOnce } from "./filtering-facts.ts";
import { rawKeys } from "./member-sql.ts";
import { plainQuery } from "./plain-query.ts";
import { entriesRead, prunedFrom } from "./prune-from.ts";
import { rowKeyPlaces } from "./row-form.ts";
import { isMultiplied } from "./shape.ts";

/** The inner query under way: its columns are found or added by expression. */
export class InnerRows {
  readonly id: EntryId;
  readonly queryId: EntryId;
  readonly targets: Target[] = [];
  readonly #side: SidePlan;
  /** By expression, and by alias and expression. */
  readonly #places = new Map<string, number>();

  constructor(block: Block, side: SidePlan) {
    this.id = block.compilation.newId();
    this.queryId = block.compilation.newId();
    this.#side = side;
  }

  /** A column for an input over the rows; one value per row of the measure's table when rows are made distinct. */
  input(expression: Expression, alias?: string): Expression {
    return this.#column(this.#side.multiplied ? this.#once("any_value", expression) : expression, alias);
  }

  /** A column for a condition: whether any of the rows that are made one meets it. */
  condition(expression: Expression): Expression {
    return this.#column(this.#side.multiplied ? this.#once("bool_or", expression) : expression);
  }

  add(expression: Expression): Expression {
    return this.#column(expression);
  }

  #column(expression: Expression, alias?: string): Expression {
    const wanted = expressionKey(expression);
    const named = alias === undefined ? wanted : `${alias} ${wanted}`;
    let place = this.#places.get(named);
    if (place === undefined) {
      const name = alias ?? `lenswire ${this.targets.length + 1}`;
      place = this.targets.push({ expression, name, junk: false, origin: undefined, alias: name }) - 1;
      this.#places.set(named, place);
      if (!this.#places.has(wanted)) this.#places.set(wanted, place);
    }
    const modifier = "modifier" in expression ? expression.modifier : -1;
    return variable(this.id, place + 1, { type: expression.type, modifier });
  }

  #once(aggregate: "any_value" | "bool_or", argument: Expression): ModelAggregate {
    return {
      kind: "ModelAggregate",
      aggregate,
      block: this.queryId,
      args: [argument],
      filter: undefined,
      measure: this.#side.access.table,
      type: argument.type,
      location: -1,
    };
  }
}

/**
 * The keys that a side plan is joined on: all, or the primary key alone where it is among them and so determines the
 * others.
 */
export function sideKeyPlaces(block: Block): readonly number[] {
  return rowKeyPlaces(block) ?? block.keys.map((_, place) => place);
}

/** The block's groups as a CTE, when only some of them are shown. */
export interface SharedGroups {
  readonly cte: CommonTableExpression;
  readonly entry: CteEntry;
  /** Another reference to it. */
  another(): CteEntry;
}

export function sideQuery(block: Block, plan: SidePlan, shared: SharedGroups | undefined): Query {
  const { side, ...rows } = rowsOf(block, plan, shared);
  const inner = new InnerRows(block, side);
  const queryId = block.compilation.newId();
  const primaryKey = side.multiplied ? rawKeys(block.compilation, side.access) : [];
  const keys = sideKeyPlaces(block).map((place) => {
    const key = block.keys[place];
    assert(key !== undefined, "a key has a place");
    return inner.add(side.multiplied ? { ...block.key(place), block: inner.queryId } : key);
  });
  const sets = block.sets && distinctSets(block.sets);
  const set =
    side.multiplied && sets !== undefined
      ? inner.add(groupingOf(inner.queryId, block.keys.length))
      : undefined;
  for (const column of side.bareColumns)
    inner.input(side.access.demand({ kind: "baseColumn", name: column }), column);
  const leaves = side.leaves.map((leaf) => leafOver(leaf, inner, queryId));
  const outerKeys = set === undefined ? keys : [...keys, set];
  // Distinct rows of no rows are no rows, yet the set of no keys has a group of them, over which raw aggregates have a
  // value: it is asked for again.
  const total =
    set !== undefined &&
    sets?.some((keysOfSet) => keysOfSet.length === 0) === true &&
    side.leaves.some((leaf) => leaf.kind === "raw");
  const outerSets = total ? [outerKeys.map((_, place) => place), []] : side.multiplied ? undefined : sets;
  const group: Grouping | undefined =
    outerKeys.length > 0 || outerSets !== undefined
      ? { keys: outerKeys, sets: outerSets, distinct: false }
      : undefined;
  const keyTargets = outerKeys.map(
    (key, index): Expression => ({
      kind: "GroupKey",
      block: queryId,
      index,
      type: key.type,
      modifier: "modifier" in key ? key.modifier : -1,
      location: -1,
    }),
  );
  if (total) keyTargets.push(setOrTotal(keyTargets.pop(), keys.length));
  else if (outerSets !== undefined) keyTargets.push(groupingOf(queryId, keys.length));
  const query = plainQuery({
    id: queryId,
    from: [{ kind: "entry", entry: innerEntry(block, side, inner, { primaryKey, sets, rows }) }],
    where: undefined,
    targets: [...leaves, ...keyTargets].map((expression) => ({
      expression,
      name: undefined,
      junk: false,
      origin: undefined,
    })),
    group,
    hasAggregates: true,
  });
  return total ? { ...query, having: isSetOrEmpty(queryId, keys.length) } : query;
}

/** The grouping set of a row: that of no keys where the row was made for it alone. */
function setOrTotal(set: Expression | undefined, keyCount: number): Expression {
  assert(set !== undefined, "the grouping set is the last key");
  const none: Expression = {
    kind: "Const",
    value: 2 ** keyCount - 1,
    type: integerOid,
    modifier: -1,
    location: -1,
  };
  return { kind: "CoalesceExpr", args: [set, none], type: integerOid, location: -1 };
}

/** bigint = bigint, PostgreSQL's OID. */
const bigintEqual = 410;

/** Rows of a grouping set, and the group of no keys where there are no rows at all. */
function isSetOrEmpty(block: EntryId, setPlace: number): Expression {
  const set: Expression = {
    kind: "GroupKey",
    block,
    index: setPlace,
    type: integerOid,
    modifier: -1,
    location: -1,
  };
  const rows: Expression = {
    kind: "ModelAggregate",
    aggregate: "count",
    block,
    args: [],
    filter: undefined,
    measure: "rows",
    type: bigintOid,
    location: -1,
  };
  const zero: Expression = { kind: "Const", value: 0n, type: bigintOid, modifier: -1, location: -1 };
  return {
    kind: "BoolExpr",
    operation: "or",
    args: [
      { kind: "NullTest", arg: set, negated: true, type: booleanOid, location: -1 },
      { kind: "OpExpr", operator: bigintEqual, args: [rows, zero], type: booleanOid, location: -1 },
    ],
    type: booleanOid,
    location: -1,
  };
}

function innerEntry(
  block: Block,
  side: SidePlan,
  inner: InnerRows,
  parts: {
    readonly primaryKey: readonly Expression[];
    readonly sets: number[][] | undefined;
    readonly rows: FilteredFrom;
  },
): SubqueryEntry {
  const { primaryKey, sets } = parts;
  const { from, shape, where } = parts.rows;
  const keyCount = block.keys.length;
  const keyPlaces = primaryKey.map((_, place) => keyCount + place);
  const group: Grouping | undefined = side.multiplied
    ? {
        keys: [...block.keys, ...primaryKey],
        sets: sets?.map((set) => [...set, ...keyPlaces]),
        distinct: false,
      }
    : undefined;
  const present: Expression = {
    kind: "NullTest",
    arg: side.access.demand({ kind: "presence" }),
    negated: true,
    type: booleanOid,
    location: -1,
  };
  const rows = plainQuery({
    id: inner.queryId,
    from,
    where: conjunction([where, present, ...side.conditions].flatMap(conjunctsOf)),
    targets: inner.targets,
    group,
    hasAggregates: side.multiplied,
  });
  const query = side.multiplied ? withFactsCondensed(block.compilation, rows, shape, side.access.key) : rows;
  const columns = inner.targets.map(({ expression, name }) => ({
    name: name ?? "",
    type: expression.type,
    modifier: "modifier" in expression ? expression.modifier : -1,
  }));
  return {
    kind: "subquery",
    id: inner.id,
    name: side.access.table,
    alias: side.access.table,
    columns,
    lateral: false,
    query,
  };
}

/** The rows of the groups that are shown. */
function onlyShown(block: Block, from: readonly FromItem[], shared: SharedGroups): FromItem {
  const entry = shared.another();
  const pairs = sideKeyPlaces(block).map((place): Expression => {
    const key = block.keys[place];
    const column = entry.columns[place];
    assert(key !== undefined && column !== undefined, "a key is a column of the groups");
    const right = variable(entry.id, place + 1, column);
    return { kind: "NotDistinct", left: key, right, type: booleanOid, location: -1 };
  });
  return {
    kind: "join",
    type: "inner",
    left: asOneItem(from),
    right: { kind: "entry", entry },
    on: conjunction(pairs),
    location: -1,
  };
}

/** The side plan over no more of FROM than it reads; with what is left, its rows may be distinct by themselves. */
function rowsOf(
  block: Block,
  side: SidePlan,
  shared: SharedGroups | undefined,
): FilteredFrom & { readonly side: SidePlan } {
  const { access } = side;
  const read = [
    ...block.keys,
    ...side.conditions,
    ...side.leaves.flatMap(inputsOf),
    access.demand({ kind: "presence" }),
  ];
  const { where } = block;
  const pruned = prunedFrom(
    { from: extended(block.from, side), shape: side.extension?.shape ?? block.shape },
    entriesRead([where, ...read]),
    "unseen",
  );
  const rows = withFiltersJoinedOnce(block.compilation, { ...pruned, where }, access.key, read);
  const multiplied = side.multiplied && isMultiplied(rows.shape, access.key);
  const from = shared === undefined ? rows.from : [onlyShown(block, rows.from, shared)];
  return { ...rows, from, side: { ...side, multiplied } };
}

export function inputsOf(leaf: AggregateLeaf | RawLeaf): readonly (Expression | undefined)[] {
  if (leaf.kind === "aggregate") return [leaf.argument, leaf.filter];
  return leaf.parts.filter((part) => typeof part !== "string");
}

/** FROM, with the tables that only this side plan reads joined to it. */
export function extended(from: readonly FromItem[], side: SidePlan): readonly FromItem[] {
  if (side.extension === undefined) return from;
  return [
    side.extension.joins.reduce<FromItem>(
      (left, { item, on }) => ({ kind: "join", type: "left", left, right: item, on, location: -1 }),
      asOneItem(from),
    ),
  ];
}

function groupingOf(blockId: EntryId, keyCount: number): Expression {
  const keys = Array.from({ length: keyCount }, (_, place) => place);
  return { kind: "GroupingFunc", block: blockId, keys, type: 23, location: -1 };
}

/** A grouping set that stands twice gives its groups twice; a side plan needs each once, to be joined to both. */
export function distinctSets(sets: readonly (readonly number[])[]): number[][] {
  const seen = new Map<string, number[]>();
  for (const set of sets) {
    const sorted = [...new Set(set)].sort((a, b) => a - b);
    seen.set(sorted.join(","), sorted);
  }
  return [...seen.values()];
}

export function leafOver(leaf: AggregateLeaf | RawLeaf, inner: InnerRows, queryId: EntryId): Expression {
  if (leaf.kind === "aggregate")
    return {
      kind: "ModelAggregate",
      aggregate: leaf.aggregate,
      block: queryId,
      args: [inner.input(leaf.argument)],
      filter: leaf.filter && inner.condition(leaf.filter),
      measure: leaf.measure,
      type: leaf.type,
      location: -1,
    };
  const parts = leaf.parts.map((part) => {
    if (part === "alias") return { kind: "aliasOf", entry: inner.id } as const;
    return typeof part === "string" ? part : inner.input(part);
  });
  assert(parts.length > 0, "raw aggregate text is not empty");
  return { kind: "ModelSql", parts, member: leaf.measure, type: leaf.type, location: -1 };
}
