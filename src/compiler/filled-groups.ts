// M15: where the filter bounds the time of a rolling measure on both sides, periods without rows are groups too, one
// for each combination of the other keys that the block's rows have:
//   WITH groups AS (...) SELECT keys, aggregates FROM (combinations CROSS JOIN periods UNION keys of groups)
//   LEFT JOIN groups ON keys
import { assert } from "../errors.ts";
import type { EntryId, Expression, FromItem, Query, SubqueryEntry } from "../query/query.ts";
import { oids } from "../query/type-oids.ts";
import type { Block, RollingPeriod } from "./block.ts";
import { bigintOid, booleanOid, conjunction, variable } from "./compilation.ts";
import { aggregateName } from "./offered-names.ts";
import { plainQuery } from "./plain-query.ts";
import { extreme, rangeGuards } from "./rolling-window.ts";
import { identifiesRow } from "./row-keys.ts";
import { oneMicrosecond } from "./time-filter.ts";
import { call, castTime, earlier, finite, fromZone, interval, toZone, truncated } from "./time-nodes.ts";
import { fromOwnTime, type TimeReading, type TimeUnit, valueAt } from "./time-reading.ts";

interface FilledPeriod {
  readonly place: number;
  readonly reading: TimeReading & { readonly unit: TimeUnit };
  readonly range: RollingPeriod["filter"]["range"];
}

/** The period whose gaps are filled; undefined where none are. */
export function filledPeriod(block: Block): FilledPeriod | undefined {
  for (const { rolling } of block.sides.values()) {
    if (rolling?.period.place === undefined) continue;
    const { place, reading, filter } = rolling.period;
    const { from, before, hasOthers } = filter.range;
    const isBounded = from.length > 0 && before.length > 0 && !hasOthers;
    // Grouping sets have totals beside, and rows that are groups of their own have no gaps between them.
    if (
      !isBounded ||
      reading.unit === undefined ||
      block.sets !== undefined ||
      identifiesRow(block, reading.access.key)
    )
      return undefined;
    return { place, reading: { ...reading, unit: reading.unit }, range: filter.range };
  }
  return undefined;
}

/** The groups, with those of periods without rows. The columns are those of `groups`. */
export function filledGroups(
  block: Block,
  groups: Query,
  aggregates: readonly Expression[],
  period: FilledPeriod,
): Query {
  const { compilation } = block;
  const columns = groups.targets.map(({ expression }, place) => ({
    name: `c${place + 1}`,
    ...typeOf(expression),
  }));
  const cte = compilation.newId();
  const reference = (): Source => {
    const id = compilation.newId();
    const entry = { kind: "cte", id, cte, name: "groups", columns, lateral: false } as const;
    return {
      item: { kind: "entry", entry },
      column: (place) => variable(id, place + 1, entry.columns[place] ?? never()),
    };
  };
  const keyCount = block.keys.length;
  const frame = frameOf(block, reference, period);
  const own = reference();
  const keys = Array.from({ length: keyCount }, (_, place) => place);
  const pairs = keys.map(
    (place): Expression => ({
      kind: "NotDistinct",
      left: frame.column(place),
      right: own.column(place),
      type: booleanOid,
      location: -1,
    }),
  );
  const values = aggregates.map((aggregate, index) => orZero(aggregate, own.column(keyCount + index)));
  return {
    ...selectOf(compilation.newId(), {
      from: [
        {
          kind: "join",
          type: "left",
          left: frame.item,
          right: own.item,
          on: conjunction(pairs),
          location: -1,
        },
      ],
      targets: [...keys.map(frame.column), ...values],
    }),
    ctes: [{ id: cte, name: "groups", query: groups, recursive: false, materialized: "always", columns }],
  };
}

interface Source {
  readonly item: FromItem;
  column(place: number): Expression;
}

function never(): never {
  throw new TypeError("assertion failed: a column has a type");
}

/** SELECT other keys, periods UNION SELECT keys FROM groups. */
function frameOf(block: Block, reference: () => Source, period: FilledPeriod): Source {
  const { compilation } = block;
  const places = block.keys.map((_, place) => place);
  const others = places.filter((place) => place !== period.place);
  const series = periodsOf(block, period);
  const from: FromItem[] = [series.item];
  const combined = new Map<number, Expression>([[period.place, series.column(0)]]);
  if (others.length > 0) {
    const groups = reference();
    const query: Query = {
      ...selectOf(compilation.newId(), { from: [groups.item], targets: others.map(groups.column) }),
      distinct: { kind: "all" },
    };
    const combinations = sourceOf(compilation.newId(), "combinations", query);
    from.unshift(combinations.item);
    others.forEach((place, index) => {
      combined.set(place, combinations.column(index));
    });
  }
  const groups = reference();
  const filled = selectOf(compilation.newId(), {
    from,
    targets: places.map((place) => combined.get(place) ?? never()),
  });
  const shown = selectOf(compilation.newId(), { from: [groups.item], targets: places.map(groups.column) });
  const arm = (query: Query) => ({
    kind: "arm" as const,
    entry: entryOf(compilation.newId(), "arm", query),
  });
  const { columns } = entryOf(0, "frame", filled);
  const union: Query = {
    ...filled,
    id: compilation.newId(),
    from: [],
    setOperation: { kind: "union", all: false, left: arm(filled), right: arm(shown), columns },
  };
  return sourceOf(compilation.newId(), "frame", union);
}

/** The values that the time key has in the periods of the range. */
function periodsOf(block: Block, { reading, range, place }: FilledPeriod): Source {
  const { compilation } = block;
  const key = block.keys[place];
  assert(key !== undefined, "the time key has a place");
  const first = extreme("greatest", range.from);
  const end = extreme("least", range.before);
  assert(first !== undefined && end !== undefined, "the range is bounded");
  const cut = (time: Expression): Expression => fromOwnTime(reading, time);
  const { type } = cut(first);
  const start = finite(truncated(reading.unit.name, cut(first)));
  const last = finite(earlier(cut(end), oneMicrosecond));
  // Instants of a zone step by the zone's calendar, which a timestamp has for a series to follow; but hours by the clock.
  const isCalendar = reading.unit.length.micros === 0n;
  const plain = (time: Expression): Expression => {
    if (type === oids.timestamp) return time;
    return isCalendar ? castTime(time, oids.timestamp) : inUtc(time, toZone);
  };
  const id = compilation.newId();
  const series: Expression = {
    kind: "FuncExpr",
    function: timestampSeries,
    args: [plain(start), plain(last), interval(reading.unit.length)],
    format: "call",
    returnsSet: true,
    variadic: false,
    type: oids.timestamp,
    location: -1,
  };
  const column = { name: "c1", type: oids.timestamp, modifier: -1 };
  const time = variable(id, 1, column);
  const instant = type === oids.timestamp ? time : isCalendar ? castTime(time, type) : inUtc(time, fromZone);
  const query = {
    ...selectOf(compilation.newId(), {
      from: [
        {
          kind: "entry",
          entry: {
            kind: "function",
            id,
            name: "periods",
            columns: [column],
            lateral: false,
            functions: [{ call: series, columnCount: 1 }],
            ordinality: false,
          },
        },
      ],
      targets: [valueAt(reading, instant)],
    }),
    where: conjunction(rangeGuards(range)),
  };
  return sourceOf(compilation.newId(), "periods", query);
}

/** generate_series(timestamp, timestamp, interval), PostgreSQL's OID. */
const timestampSeries = 938;

function inUtc(time: Expression, function_: number): Expression {
  const zone: Expression = { kind: "Const", value: "UTC", type: oids.text, modifier: -1, location: -1 };
  return call(function_, [zone, time], function_ === toZone ? oids.timestamp : oids.timestamptz);
}

/** Counts, and GROUPING() of keys that all groups have, are 0 where there are no rows; all else is NULL there. */
function orZero(aggregate: Expression, column: Expression): Expression {
  const counts =
    aggregate.kind === "ModelAggregate"
      ? aggregate.aggregate.startsWith("count")
      : aggregate.kind === "Aggref" && countsRows.has(aggregateName(aggregate.function) ?? "");
  if (!counts && aggregate.kind !== "GroupingFunc") return column;
  const value = column.type === bigintOid ? 0n : 0;
  const zero: Expression = { kind: "Const", value, type: column.type, modifier: -1, location: -1 };
  return { kind: "CoalesceExpr", args: [column, zero], type: column.type, location: -1 };
}

const countsRows: ReadonlySet<string> = new Set(["count", "regr_count"]);

function selectOf(
  id: EntryId,
  parts: { readonly from: readonly FromItem[]; readonly targets: readonly Expression[] },
): Query {
  return plainQuery({
    id,
    from: parts.from,
    where: undefined,
    targets: parts.targets.map((expression) => ({
      expression,
      name: undefined,
      junk: false,
      origin: undefined,
    })),
    group: undefined,
    hasAggregates: false,
  });
}

function entryOf(id: EntryId, name: string, query: Query): SubqueryEntry {
  const columns = query.targets.map(({ expression }, place) => ({
    name: `c${place + 1}`,
    ...typeOf(expression),
  }));
  return { kind: "subquery", id, name, columns, lateral: false, query };
}

function sourceOf(id: EntryId, name: string, query: Query): Source {
  const entry = entryOf(id, name, query);
  return {
    item: { kind: "entry", entry },
    column: (place) => variable(id, place + 1, entry.columns[place] ?? never()),
  };
}

function typeOf(expression: Expression): { readonly type: number; readonly modifier: number } {
  return { type: expression.type, modifier: "modifier" in expression ? expression.modifier : -1 };
}
