// Sums and differences of dates, times and intervals.
import type { IntervalValue } from "../../data-type.ts";
import { assert } from "../../errors.ts";
import type { Const } from "../../query/query.ts";
import { oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { argument } from "./arguments.ts";
import { literal } from "./literals.ts";
import { fromLocal, isUtc, toLocal } from "./time-zone.ts";

/** A date or time and an interval, in either order. */
export function addInterval(call: Call, sign: "+" | "-"): string {
  const place = call.types[1] === oids.interval ? 1 : 0;
  const [value, interval] = [argument(call, 1 - place), argument(call, place)];
  if (call.types[1 - place] !== oids.timestamptz) return `(${value} ${sign} ${interval})`;
  return zonedSum(call, value, place, sign);
}

/** Months and days go by the session's calendar, hours and less by the clock of the world. */
function zonedSum(call: Call, value: string, place: number, sign: "+" | "-"): string {
  const interval = argument(call, place);
  const back = (local: string) => fromLocal(local, call, call.location);
  if (isUtc(call.settings.timeZone))
    return back(`${toLocal(value, call, call.location)} ${sign} ${interval}`);
  const node = call.nodes[place];
  if (node?.kind !== "Const" || node.value === null) {
    return call.refuse("an interval that is not a constant, added to a time with time zone", call.location);
  }
  const { months, days, micros } = node.value as IntervalValue;
  const part = (wanted: IntervalValue) => literal({ ...node, value: wanted } as Const, call);
  const local = `${toLocal(value, call, call.location)} ${sign} ${part({ months, days, micros: 0n })}`;
  const calendar = months === 0 && days === 0 ? value : back(local);
  return micros === 0n ? calendar : `(${calendar} ${sign} ${part({ months: 0, days: 0, micros })})`;
}

/** Days and hours between two instants, a day being 24 hours; between two times of day. */
export const timestampDifference: Rendering = (call) => {
  const [left, right] = [argument(call, 0), argument(call, 1)];
  if (call.types[0] === oids.time) {
    return `(to_microseconds(epoch_us(${left})) - to_microseconds(epoch_us(${right})))`;
  }
  if (call.types[0] === oids.timestamptz) return `(timezone('UTC', ${left}) - timezone('UTC', ${right}))`;
  return `(${left} - ${right})`;
};

export const addTimeOfDay: Rendering = (call) => {
  const place = call.types[1] === oids.time ? 1 : 0;
  return `(CAST(${argument(call, 1 - place)} AS TIMESTAMP) + to_microseconds(epoch_us(${argument(call, place)})))`;
};

export const multiplyInterval: Rendering = (call) => {
  const place = call.types[1] === oids.interval ? 1 : 0;
  const [factor, interval] = [argument(call, 1 - place), argument(call, place)];
  assert(call.types[place] === oids.interval, "one factor is an interval");
  return `(${interval} * ${factor})`;
};
