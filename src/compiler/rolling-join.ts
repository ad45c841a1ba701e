// The windows of a block's groups as an entry of FROM, and what joins rows to them.
import { assert } from "../errors.ts";
import type { CteEntry, Expression, FromItem, Query, SubqueryEntry, Target } from "../query/query.ts";
import type { SidePlan } from "./block.ts";
import { booleanOid, type Compilation, conjunction, variable } from "./compilation.ts";
import { plainQuery } from "./plain-query.ts";
import { periodWindow, type TimeWindow } from "./rolling-window.ts";
import { areEqual, isBefore, isFrom, isPresent, truncated } from "./time-nodes.ts";

export interface Windows {
  readonly entry: SubqueryEntry;
  /** By place of the key. */
  readonly keys: ReadonlyMap<number, Expression>;
  readonly window:
    | ({ readonly kind: "range" } & TimeWindow)
    /** A row for each bucket in the window: what starts with the row's own. */
    | { readonly kind: "buckets"; readonly unit: string; readonly start: Expression };
}

/** SELECT keys, window FROM groups, for the groups of a grouping set that have a period. */
export function groupWindows(
  compilation: Compilation,
  groups: CteEntry,
  options: {
    readonly rolling: NonNullable<SidePlan["rolling"]>;
    readonly places: readonly number[];
    /** The place of the time key. */
    readonly time: number;
    readonly setNumber: Expression | undefined;
  },
): Windows {
  const { rolling, places, time, setNumber } = options;
  const column = (place: number): Expression => {
    const type = groups.columns[place];
    assert(type !== undefined, "a key is a column of the groups");
    return variable(groups.id, place + 1, type);
  };
  const limits = periodWindow(rolling.window, rolling.period.reading, column(time));
  const targets = places.map(column);
  const id = compilation.newId();
  const limit = (expression: Expression | undefined): Expression | undefined =>
    expression && variable(id, targets.push(expression), typeOf(expression));
  const window = { kind: "range", from: limit(limits.from), before: limit(limits.before) } as const;
  const query = plainQuery({
    id: compilation.newId(),
    from: [{ kind: "entry", entry: groups }],
    where: conjunction([
      isPresent(column(time)),
      setNumber && isSet(column(groups.columns.length - 1), setNumber),
    ]),
    targets: targets.map(targetOf),
    group: undefined,
    hasAggregates: false,
  });
  return {
    // A grouping set may stand twice in the statement.
    entry: entryOf(id, setNumber === undefined ? query : { ...query, distinct: { kind: "all" } }),
    keys: new Map(places.map((place, index) => [place, variable(id, index + 1, typeOf(column(place)))])),
    window,
  };
}

/** SELECT key, bucket FROM buckets JOIN windows ON bucket in window. There is one key. */
export function windowsOfBuckets(
  compilation: Compilation,
  windows: Windows,
  buckets: Query,
  unit: string,
): Windows {
  const [inner, id] = [compilation.newId(), compilation.newId()];
  const entry = entryOf(inner, buckets);
  const [type] = entry.columns;
  const [only] = windows.keys;
  assert(type !== undefined && only !== undefined, "a bucket and a key have columns");
  const [place, key] = only;
  const bucket = variable(inner, 1, type);
  const query = plainQuery({
    id: compilation.newId(),
    from: [joinWindows({ kind: "entry", entry }, windows, { keys: [], time: bucket })],
    where: undefined,
    targets: [key, bucket].map(targetOf),
    group: undefined,
    hasAggregates: false,
  });
  return {
    entry: entryOf(id, query),
    keys: new Map([[place, variable(id, 1, typeOf(key))]]),
    window: { kind: "buckets", unit, start: variable(id, 2, type) },
  };
}

/** The rows, or buckets, that lie in the windows of their groups. What has no time is in no window. */
export function joinWindows(
  left: FromItem,
  windows: Windows,
  row: { readonly keys: readonly (readonly [number, Expression])[]; readonly time: Expression },
): FromItem {
  const pairs = row.keys.map(([place, key]): Expression => {
    const right = windows.keys.get(place);
    assert(right !== undefined, "a key is a column of the groups");
    return { kind: "NotDistinct", left: key, right, type: booleanOid, location: -1 };
  });
  return {
    kind: "join",
    type: "inner",
    left,
    right: { kind: "entry", entry: windows.entry },
    on: conjunction([...pairs, ...inWindow(windows.window, row.time)]),
    location: -1,
  };
}

function inWindow(window: Windows["window"], time: Expression): readonly Expression[] {
  if (window.kind === "buckets") return [areEqual(truncated(window.unit, time), window.start)];
  const { from, before } = window;
  const bounds = [from && isFrom(time, from), before && isBefore(time, before)].filter(
    (bound) => bound !== undefined,
  );
  return bounds.length > 0 ? bounds : [isPresent(time)];
}

/** integer = integer, PostgreSQL's OID. */
const integerEqual = 96;

function isSet(column: Expression, number: Expression): Expression {
  return { kind: "OpExpr", operator: integerEqual, args: [column, number], type: booleanOid, location: -1 };
}

function targetOf(expression: Expression): Target {
  return { expression, name: undefined, junk: false, origin: undefined };
}

function entryOf(id: number, query: Query): SubqueryEntry {
  const columns = query.targets.map(({ expression }, place) => ({
    name: `c${place + 1}`,
    ...typeOf(expression),
  }));
  return { kind: "subquery", id, name: "windows", columns, lateral: false, query };
}

function typeOf(expression: Expression): { readonly type: number; readonly modifier: number } {
  return { type: expression.type, modifier: "modifier" in expression ? expression.modifier : -1 };
}
