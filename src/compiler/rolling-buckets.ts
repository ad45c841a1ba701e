// Windows of periods begin and end on the edges of some unit: days, say. Rows of one such bucket are in the same
// windows, so that sums of buckets are added up instead of rows, and windows are matched with buckets, not with rows.
import type { IntervalValue } from "../data-type.ts";
import type { RollingWindow } from "../model/model.ts";
import type { EntryId, Expression, ModelAggregate } from "../query/query.ts";
import { oids } from "../query/type-oids.ts";
import type { AggregateLeaf, SidePlan } from "./block.ts";
import { bigintOid } from "./compilation.ts";
import { type TimeReading, timeOfRow } from "./time-reading.ts";

const microsPerSecond = 1_000_000n;

/** The clock's units, from coarse to fine, with their lengths. */
const clock = [
  { name: "hour", micros: 3600n * microsPerSecond },
  { name: "minute", micros: 60n * microsPerSecond },
  { name: "second", micros: microsPerSecond },
] as const;

/** The coarsest unit on whose edges every window of such a period begins and ends; undefined where none is known. */
export function bucketUnit(window: RollingWindow, reading: TimeReading): string | undefined {
  if (reading.unit === undefined) return undefined;
  const lengths = [reading.unit.length];
  if (window.kind === "fixed")
    for (const bound of [window.trailing, window.leading]) if (bound !== "unbounded") lengths.push(bound);
  const clockParts = lengths.map(({ micros }: IntervalValue) => micros).filter((micros) => micros !== 0n);
  if (clockParts.length === 0) return "day";
  // Hours of a zone that shifts its clock by half of one do not keep to edges.
  if (timeOfRow(reading).type !== oids.timestamp) return undefined;
  return clock.find((unit) => clockParts.every((micros) => micros % unit.micros === 0n))?.name;
}

/** The leaves of a side plan, where each is made of what it is in parts of the rows. */
export function additiveLeaves(side: SidePlan): readonly AggregateLeaf[] | undefined {
  const leaves: AggregateLeaf[] = [];
  for (const leaf of side.leaves) {
    if (leaf.kind !== "aggregate" || !isAdditive(leaf.aggregate)) return undefined;
    leaves.push(leaf);
  }
  return leaves;
}

export function isAdditive(aggregate: AggregateLeaf["aggregate"]): boolean {
  return aggregate === "sum" || aggregate === "count" || aggregate === "min" || aggregate === "max";
}

/** The leaf over the rows of a bucket. */
export function ofBucket(leaf: AggregateLeaf, block: EntryId): ModelAggregate {
  const { aggregate, argument, filter, measure, type } = leaf;
  return { kind: "ModelAggregate", aggregate, block, args: [argument], filter, measure, type, location: -1 };
}

/** The leaf over buckets, of its values in them. */
export function overBuckets(leaf: AggregateLeaf, value: Expression, block: EntryId): Expression {
  const { measure, type } = leaf;
  const aggregate = leaf.aggregate === "count" ? "sum" : leaf.aggregate;
  const whole: ModelAggregate = {
    kind: "ModelAggregate",
    aggregate,
    block,
    args: [value],
    filter: undefined,
    measure,
    type,
    location: -1,
  };
  // A sum of bigints is wider than they are.
  if (aggregate !== "sum" || type !== bigintOid) return whole;
  return { kind: "CastTo", arg: { ...whole, type: oids.numeric }, type, modifier: -1, location: -1 };
}
