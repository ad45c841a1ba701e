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
import { conjunction, integerOid, variable } from "./compilation.ts";
import { rawKeys } from "./member-sql.ts";
import { plainQuery } from "./plain-query.ts";
import { entriesRead, prunedFrom } from "./prune-from.ts";
import { additiveLeaves, bucketUnit, ofBucket, overBuckets } from "./rolling-buckets.ts";
import { groupWindows, joinWindows, type Windows, windowsOfBuckets } from "./rolling-join.ts";
import { rangeGuards, rangeWindow } from "./rolling-window.ts";
import { identifiesRow } from "./row-keys.ts";
import { isMultiplied } from "./shape.ts";
import {
  distinctSets,
  extended,
  InnerRows,
  inputsOf,
  leafOver,
  type SharedGroups,
  sideKeyPlaces,
} from "./side-query.ts";
import { isBefore, isFrom, isPresent, truncated } from "./time-nodes.ts";
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
  const options = {
    places: keyPlacesOf(block, side),
    groups,
    rowsAreGroups: identifiesRow(block, side.rolling.period.reading.access.key),
  };
  if (block.sets === undefined) return new SetQuery(block, side, { ...options, set: undefined }).query();
  const arms = distinctSets(block.sets).map((set) =>
    new SetQuery(block, side, { ...options, set: new Set(set) }).query(),
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
  /** Whether the keys name the row whose time it is, so that a group has one bucket. */
  readonly rowsAreGroups: boolean;
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
    return (this.#windows && this.#overBuckets(this.#windows)) ?? this.#overRows();
  }

  #overRows(): Query {
    const inner = new InnerRows(this.#block, { ...this.#side, multiplied: this.#multiplied });
    const windows = this.#windows && this.#withBuckets(this.#windows);
    const rowKeys = this.#active.map((place) => windows?.keys.get(place) ?? this.#key(place));
    const keys = rowKeys.map((key, index) =>
      inner.add(this.#multiplied ? groupKey(inner.queryId, index, key) : key),
    );
    for (const column of this.#side.bareColumns)
      inner.input(this.#side.access.demand({ kind: "baseColumn", name: column }), column);
    const leaves = this.#side.leaves.map((leaf) => leafOver(leaf, inner, this.#queryId));
    return this.#grouped({ kind: "entry", entry: this.#rows(inner, rowKeys, windows) }, keys, leaves);
  }

  /** SELECT leaves, keys FROM ... GROUP BY keys: the columns of a side plan. */
  #grouped(from: FromItem, keys: readonly Expression[], leaves: readonly Expression[]): Query {
    const { places, set } = this.#options;
    const keyTargets = places.map((place): Expression => {
      const index = this.#active.indexOf(place);
      const key = keys[index];
      if (key !== undefined) return groupKey(this.#queryId, index, key);
      return { kind: "Const", value: null, ...typeOf(this.#key(place)), location: -1 };
    });
    if (set !== undefined) keyTargets.push(this.#setNumber(set));
    return plainQuery({
      id: this.#queryId,
      from: [from],
      where: undefined,
      targets: [...leaves, ...keyTargets].map(targetOf),
      group: keys.length > 0 ? { keys, sets: undefined, distinct: false } : undefined,
      hasAggregates: true,
    });
  }

  /**
   * SELECT leaves, keys FROM (SELECT leaves, keys, bucket FROM (rows) GROUP BY keys, bucket) JOIN (groups, windows) ON
   * keys AND bucket in window GROUP BY keys. Undefined where leaves are not made of their values in buckets.
   */
  #overBuckets(windows: Windows): Query | undefined {
    const { place: time, reading } = this.#side.rolling.period;
    const leaves = additiveLeaves(this.#side);
    const unit = this.#bucketUnit();
    if (leaves === undefined || unit === undefined || this.#multiplied) return undefined;
    const { compilation } = this.#block;
    const [id, bucketsId] = [compilation.newId(), compilation.newId()];
    const others = this.#active.filter((place) => place !== time);
    const keys = [...others.map((place) => this.#key(place)), truncated(unit, timeOfRow(reading))];
    const query = plainQuery({
      id,
      from: this.#from,
      where: this.#isCounted(),
      targets: [
        ...keys.map((key, index) => groupKey(id, index, key)),
        ...leaves.map((leaf) => ofBucket(leaf, id)),
      ].map(targetOf),
      group: { keys, sets: undefined, distinct: false },
      hasAggregates: true,
    });
    const columns = columnsOf(query);
    const column = (place: number): Expression => {
      const type = columns[place];
      assert(type !== undefined, "a bucket has a column");
      return variable(bucketsId, place + 1, type);
    };
    const buckets: FromItem = {
      kind: "entry",
      entry: { kind: "subquery", id: bucketsId, name: "buckets", columns, lateral: false, query },
    };
    return this.#grouped(
      joinWindows(buckets, windows, {
        keys: others.map((place, index) => [place, column(index)]),
        time: column(others.length),
      }),
      this.#active.map((place) => windows.keys.get(place) ?? this.#key(place)),
      leaves.map((leaf, index) => overBuckets(leaf, column(keys.length + index), this.#queryId)),
    );
  }

  /** What holds of every row that counts, whatever its time. */
  #isCounted(): Expression | undefined {
    const { access, conditions, rolling } = this.#side;
    const present = isPresent(access.demand({ kind: "presence" }));
    return conjunction([rolling.period.filter.where, present, ...conditions]);
  }

  #bucketUnit(): string | undefined {
    const { window, period } = this.#side.rolling;
    return this.#options.rowsAreGroups ? undefined : bucketUnit(window, period.reading);
  }

  /** Where nothing but time joins rows and windows: a range for each row is dear, an equality is not. */
  #withBuckets(windows: Windows): Windows {
    const unit = this.#bucketUnit();
    if (unit === undefined || this.#active.length > 1) return windows;
    const { compilation } = this.#block;
    const id = compilation.newId();
    const bucket = truncated(unit, timeOfRow(this.#side.rolling.period.reading));
    const buckets = plainQuery({
      id,
      from: this.#from,
      where: this.#isCounted(),
      targets: [targetOf(groupKey(id, 0, bucket))],
      group: { keys: [bucket], sets: undefined, distinct: false },
      hasAggregates: true,
    });
    return windowsOfBuckets(compilation, windows, buckets, unit);
  }

  /** The rows of the windows; those of the measure's table once for each group. */
  #rows(inner: InnerRows, keys: readonly Expression[], windows: Windows | undefined): SubqueryEntry {
    const { access } = this.#side;
    const range = windows === undefined ? this.#rangeConditions() : [];
    const primaryKey = this.#multiplied ? rawKeys(this.#block.compilation, access) : [];
    const query = plainQuery({
      id: inner.queryId,
      from: windows === undefined ? this.#from : [this.#joinWindows(windows)],
      where: conjunction([this.#isCounted(), ...range]),
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
    const { place: time, reading } = this.#side.rolling.period;
    const others = this.#active.filter((place) => place !== time);
    return joinWindows(asOneItem(this.#from), windows, {
      keys: others.map((place) => [place, this.#key(place)]),
      time: timeOfRow(reading),
    });
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

  #groupWindows(time: number): Windows {
    const { groups, set } = this.#options;
    assert(groups !== undefined, "a window of a group has groups");
    return groupWindows(this.#block.compilation, groups.another(), {
      rolling: this.#side.rolling,
      places: this.#active,
      time,
      setNumber: set && this.#setNumber(set),
    });
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

function groupKey(block: EntryId, index: number, key: Expression): Expression {
  return { kind: "GroupKey", block, index, ...typeOf(key), location: -1 };
}
