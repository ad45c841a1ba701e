// Sums and differences of dates, times and intervals.
import type { IntervalValue } from "../../data-type.ts";
import { assert } from "../../errors.ts";
import type { Const } from "../../query/query.ts";
import { oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { isUtc } from "../utc.ts";
import { argument } from "./arguments.ts";
import { daysOf, microsOf, monthsOf } from "./interval-parts.ts";
import { literal } from "./literals.ts";
import { fromLocal, toLocal } from "./time-zone.ts";

/** A date or time and an interval, in either order. */
export function addInterval(call: Call, sign: "+" | "-"): string {
  const place = call.types[1] === oids.interval ? 1 : 0;
  const [value, interval] = [argument(call, 1 - place), argument(call, place)];
  if (call.types[1 - place] !== oids.timestamptz) return `(${value} ${sign} ${interval})`;
  return zonedSum(call, value, place, sign);
}

/**
 * Months go by the session's calendar, then days, then hours and less by the clock of the world. Each step names an
 * instant again before the next, as in PostgreSQL: one may land in an hour that a clock skips.
 */
function zonedSum(call: Call, value: string, place: number, sign: "+" | "-"): string {
  const interval = argument(call, place);
  const local = (text: string) => toLocal(text, call, call.location);
  const back = (text: string) => fromLocal(text, call, call.location);
  if (isUtc(call.settings.timeZone)) return back(`${local(value)} ${sign} ${interval}`);
  const node = call.nodes[place];
  if (node?.kind === "Const" && node.value !== null) {
    const { months, days, micros } = node.value as IntervalValue;
    const part = (wanted: Partial<IntervalValue>) =>
      literal({ ...node, value: { months: 0, days: 0, micros: 0n, ...wanted } } as Const, call);
    const afterMonths = months === 0 ? value : back(`${local(value)} ${sign} ${part({ months })}`);
    const afterDays = days === 0 ? afterMonths : back(`${local(afterMonths)} ${sign} ${part({ days })}`);
    return micros === 0n ? afterDays : `(${afterDays} ${sign} ${part({ micros })})`;
  }
  const [months, days] = [monthsOf(interval), daysOf(interval)];
  const step = (text: string, count: string, unit: string) =>
    `CASE WHEN ${count} = 0 THEN ${text} ELSE ${back(`${local(text)} ${sign} ${unit}(${count})`)} END`;
  const rest = `to_microseconds(${microsOf(interval)})`;
  return `(${step(step(value, months, "to_months"), days, "to_days")} ${sign} ${rest})`;
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
