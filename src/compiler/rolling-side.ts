// M15: the side plan of rolling measures as a query. Each group takes the rows of its window, not those of its period:
//   SELECT leaves, keys FROM (SELECT keys, inputs FROM (rows) JOIN (groups, windows) ON keys AND time in window ...)
// A grouping set is a query of its own; one without the time key has the range of the filter for its period.
import { assert } from "../errors.ts";
import type {
  EntryId,
  Expression,
  FromItem,
  Query,
  SetOperation,
  SubqueryEntry,
  Target,
} from "../query/query.ts";
import { asOneItem, type Block, type SidePlan } from "./block.ts";
import { booleanOid, conjunction, integerOid, variable } from "./compilation.ts";
import { rawKeys } from "./member-sql.ts";
import { entriesRead, prunedFrom } from "./prune-from.ts";
import { periodWindow, rangeGuards, rangeWindow, type TimeWindow } from "./rolling-window.ts";
import { isMultiplied } from "./shape.ts";
import {
  distinctSets,
  extended,
  InnerRows,
  inputsOf,
  leafOver,
  plainQuery,
  type SharedGroups,
  sideKeyPlaces,
} from "./side-query.ts";
import { isBefore, isFrom, isPresent } from "./time-nodes.ts";
import { timeOfRow } from "./time-reading.ts";

type RollingSide = SidePlan & { readonly rolling: NonNullable<SidePlan["rolling"]> };

export function isRolling(side: SidePlan): side is RollingSide {
  return side.rolling !== undefined;
}

/** The keys that a side plan is joined on: a row of a table that is a group has its period beside its key. */
export function keyPlacesOf(block: Block, side: SidePlan): readonly number[] {
  const places = sideKeyPlaces(block);
  const time = side.rolling?.period.place;
  return time === undefined || places.includes(time) ? places : [...places, time];
}

/** Whether the windows of a side plan are those of the block's groups. */
export function readsGroups(side: SidePlan): boolean {
  return side.rolling?.period.place !== undefined;
}

export function rollingSideQuery(block: Block, side: RollingSide, groups: SharedGroups | undefined): Query {
  const places = keyPlacesOf(block, side);
  if (block.sets === undefined) return new SetQuery(block, side, { places, groups, set: undefined }).query();
  const arms = distinctSets(block.sets).map((set) =>
    new SetQuery(block, side, { places, groups, set: new Set(set) }).query(),
  );
  return unionOf(block, arms);
}

function unionOf(block: Block, arms: readonly Query[]): Query {
  const [first, ...rest] = arms.map((query): SetOperation => {
    const entry: SubqueryEntry = {
      kind: "subquery",
      id: block.compilation.newId(),
      name: "side",
      columns: columnsOf(query),
      lateral: false,
      query,
    };
    return { kind: "arm", entry };
  });
  const [query] = arms;
  assert(first !== undefined && query !== undefined, "there is a grouping set");
  if (rest.length === 0) return query;
  const columns = columnsOf(query);
  const id = block.compilation.newId();
  const setOperation = rest.reduce<SetOperation>(
    (left, right) => ({ kind: "union", all: true, left, right, columns }),
    first,
  );
  const targets = columns.map((column, place) => targetOf(variable(id, place + 1, column)));
  return {
    ...plainQuery({ id, from: [], where: undefined, targets, group: undefined, hasAggregates: false }),
    setOperation,
  };
}

function columnsOf(query: Query): SubqueryEntry["columns"] {
  return query.targets.map(({ expression }, place) => ({ name: `c${place + 1}`, ...typeOf(expression) }));
}

function typeOf(expression: Expression): { readonly type: number; readonly modifier: number } {
  return { type: expression.type, modifier: "modifier" in expression ? expression.modifier : -1 };
}

function targetOf(expression: Expression): Target {
  return { expression, name: undefined, junk: false, origin: undefined };
}

interface SetOptions {
  /** The keys that the side plan puts out, in this order. */
  readonly places: readonly number[];
  readonly groups: SharedGroups | undefined;
  /** The grouping set; undefined: all keys. */
  readonly set: ReadonlySet<number> | undefined;
}

/** The groups with their windows, as an entry of FROM. */
interface Windows {
  readonly entry: SubqueryEntry;
  /** By place of the key. */
  readonly keys: ReadonlyMap<number, Expression>;
  readonly window: TimeWindow;
}

/** The query over the groups of one grouping set. */
class SetQuery {
  readonly #block: Block;
  readonly #side: RollingSide;
  readonly #options: SetOptions;
  readonly #queryId: EntryId;
  /** The places of the keys that this set groups by. */
  readonly #active: readonly number[];
  readonly #windows: Windows | undefined;
  readonly #from: readonly FromItem[];
  readonly #multiplied: boolean;

  constructor(block: Block, side: RollingSide, options: SetOptions) {
    const { set, places } = options;
    this.#block = block;
    this.#side = side;
    this.#options = options;
    this.#queryId = block.compilation.newId();
    this.#active = places.filter((place) => set === undefined || set.has(place));
    const time = side.rolling.period.place;
    this.#windows = time !== undefined && this.#active.includes(time) ? this.#groupWindows(time) : undefined;
    const { filter, reading } = side.rolling.period;
    const pruned = prunedFrom(
      { from: extended(filter.from, side), shape: side.extension?.shape ?? block.shape },
      entriesRead([
        filter.where,
        ...this.#active.filter((place) => place !== time).map((place) => this.#key(place)),
        ...side.conditions,
        ...side.leaves.flatMap(inputsOf),
        side.access.demand({ kind: "presence" }),
        timeOfRow(reading),
      ]),
      "unseen",
    );
    this.#from = pruned.from;
    this.#multiplied = side.multiplied && isMultiplied(pruned.shape, side.access.key);
  }

  query(): Query {
    const { places, set } = this.#options;
    const inner = new InnerRows(this.#block, { ...this.#side, multiplied: this.#multiplied });
    const rowKeys = this.#active.map((place) => this.#windows?.keys.get(place) ?? this.#key(place));
    const keys = rowKeys.map((key, index) =>
      inner.add(this.#multiplied ? groupKey(inner.queryId, index, key) : key),
    );
    for (const column of this.#side.bareColumns)
      inner.input(this.#side.access.demand({ kind: "baseColumn", name: column }), column);
    const leaves = this.#side.leaves.map((leaf) => leafOver(leaf, inner, this.#queryId));
    const keyTargets = places.map((place): Expression => {
      const index = this.#active.indexOf(place);
      const key = keys[index];
      if (key !== undefined) return groupKey(this.#queryId, index, key);
      return { kind: "Const", value: null, ...typeOf(this.#key(place)), location: -1 };
    });
    if (set !== undefined) keyTargets.push(this.#setNumber(set));
    return plainQuery({
      id: this.#queryId,
      from: [{ kind: "entry", entry: this.#rows(inner, rowKeys) }],
      where: undefined,
      targets: [...leaves, ...keyTargets].map(targetOf),
      group: keys.length > 0 ? { keys, sets: undefined, distinct: false } : undefined,
      hasAggregates: true,
    });
  }

  /** The rows of the windows; those of the measure's table once for each group. */
  #rows(inner: InnerRows, keys: readonly Expression[]): SubqueryEntry {
    const { access, conditions, rolling } = this.#side;
    const { filter } = rolling.period;
    const window = this.#windows === undefined ? this.#rangeConditions() : [];
    const primaryKey = this.#multiplied ? rawKeys(this.#block.compilation, access) : [];
    const query = plainQuery({
      id: inner.queryId,
      from: this.#windows === undefined ? this.#from : [this.#joinWindows(this.#windows)],
      where: conjunction([
        filter.where,
        isPresent(access.demand({ kind: "presence" })),
        ...conditions,
        ...window,
      ]),
      targets: inner.targets,
      group: this.#multiplied
        ? { keys: [...keys, ...primaryKey], sets: undefined, distinct: false }
        : undefined,
      hasAggregates: this.#multiplied,
    });
    const columns = inner.targets.map(({ expression, name }) => ({
      name: name ?? "",
      ...typeOf(expression),
    }));
    return {
      kind: "subquery",
      id: inner.id,
      name: access.table,
      alias: access.table,
      columns,
      lateral: false,
      query,
    };
  }

  #joinWindows(windows: Windows): FromItem {
    const time = this.#side.rolling.period.place;
    const pairs = this.#active
      .filter((place) => place !== time)
      .map((place): Expression => {
        const right = windows.keys.get(place);
        assert(right !== undefined, "a key is a column of the groups");
        return { kind: "NotDistinct", left: this.#key(place), right, type: booleanOid, location: -1 };
      });
    return {
      kind: "join",
      type: "inner",
      left: asOneItem(this.#from),
      right: { kind: "entry", entry: windows.entry },
      on: conjunction([...pairs, ...this.#inWindow(windows.window)]),
      location: -1,
    };
  }

  /** Rows without a time are in no window. */
  #inWindow({ from, before }: TimeWindow): readonly Expression[] {
    const time = timeOfRow(this.#side.rolling.period.reading);
    const bounds = [from && isFrom(time, from), before && isBefore(time, before)];
    const present = bounds.filter((bound) => bound !== undefined);
    return present.length > 0 ? present : [isPresent(time)];
  }

  #rangeConditions(): readonly Expression[] {
    const { window, period } = this.#side.rolling;
    const { range } = period.filter;
    const own = { ...period.reading, before: [], after: [], unit: undefined };
    const time = timeOfRow(own);
    const { from, before } = rangeWindow(window, range);
    const bounds = [from && isFrom(time, from), before && isBefore(time, before)];
    return [isPresent(time), ...bounds.filter((bound) => bound !== undefined), ...rangeGuards(range)];
  }

  /** SELECT keys, window FROM groups, for the groups of this set that have a period. */
  #groupWindows(time: number): Windows {
    const { compilation } = this.#block;
    const { set } = this.#options;
    const groups = this.#options.groups?.another();
    assert(groups !== undefined, "a window of a group has groups");
    const column = (place: number): Expression => {
      const type = groups.columns[place];
      assert(type !== undefined, "a key is a column of the groups");
      return variable(groups.id, place + 1, type);
    };
    const { window, period } = this.#side.rolling;
    const limits = periodWindow(window, period.reading, column(time));
    const targets = this.#active.map(column);
    const id = compilation.newId();
    const limit = (expression: Expression | undefined): Expression | undefined =>
      expression && variable(id, targets.push(expression), typeOf(expression));
    const own = { from: limit(limits.from), before: limit(limits.before) };
    const setColumn = set && column(groups.columns.length - 1);
    const query = plainQuery({
      id: compilation.newId(),
      from: [{ kind: "entry", entry: groups }],
      where: conjunction([
        isPresent(column(time)),
        setColumn && set && isSet(setColumn, this.#setNumber(set)),
      ]),
      targets: targets.map(targetOf),
      group: undefined,
      hasAggregates: false,
    });
    const columns = targets.map((target, place) => ({ name: `c${place + 1}`, ...typeOf(target) }));
    const keys = this.#active.map(
      (place, index) => [place, variable(id, index + 1, typeOf(column(place)))] as const,
    );
    return {
      // A grouping set may stand twice in the statement.
      entry: {
        kind: "subquery",
        id,
        name: "windows",
        columns,
        lateral: false,
        query: set === undefined ? query : { ...query, distinct: { kind: "all" } },
      },
      keys: new Map(keys),
      window: own,
    };
  }

  #key(place: number): Expression {
    const key = this.#block.keys[place];
    assert(key !== undefined, "a key has a place");
    return key;
  }

  /** GROUPING() over all keys has this value in the groups of the set. */
  #setNumber(set: ReadonlySet<number>): Expression {
    const value = this.#block.keys.reduce((bits, _, place) => bits * 2 + (set.has(place) ? 0 : 1), 0);
    return { kind: "Const", value, type: integerOid, modifier: -1, location: -1 };
  }
}

/** integer = integer, PostgreSQL's OID. */
const integerEqual = 96;

function isSet(column: Expression, number: Expression): Expression {
  return { kind: "OpExpr", operator: integerEqual, args: [column, number], type: booleanOid, location: -1 };
}

function groupKey(block: EntryId, index: number, key: Expression): Expression {
  return { kind: "GroupKey", block, index, ...typeOf(key), location: -1 };
}
