// OVERLAPS, and what brings an interval into the usual ranges.
import { oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { addInterval } from "./interval-arithmetic.ts";
import { daysOf, intervalOf, microsOf, monthsOf } from "./interval-parts.ts";
import { once } from "./once.ts";

/**
 * Two periods, each of two ends in any order or of a start and a length. A period of which one end is not known begins
 * at the other.
 */
export const overlaps: Rendering = (call) => {
  const ends = [call.arg(0), endOf(call, 0), call.arg(2), endOf(call, 2)] as [string, string, string, string];
  return once(ends, (a, b, c, d) => {
    const first = (one: string, other: string) => `COALESCE(least(${one}, ${other}), ${one}, ${other})`;
    const last = (one: string, other: string) =>
      `CASE WHEN ${one} IS NOT NULL AND ${other} IS NOT NULL THEN greatest(${one}, ${other}) END`;
    return once(
      [`(${first(a, b)})`, `(${last(a, b)})`, `(${first(c, d)})`, `(${last(c, d)})`],
      (s, e, t, f) => {
        const both = `${e} IS NOT NULL AND ${f} IS NOT NULL`;
        const later = `WHEN ${s} > ${t} THEN CASE WHEN ${s} < ${f} THEN TRUE WHEN ${both} THEN FALSE END`;
        const sooner = `WHEN ${s} < ${t} THEN CASE WHEN ${t} < ${e} THEN TRUE WHEN ${both} THEN FALSE END`;
        return `CASE WHEN ${s} IS NULL OR ${t} IS NULL THEN NULL ${later} ${sooner} WHEN ${both} THEN TRUE END`;
      },
    );
  });
};

/** The end of the period that begins with an argument. */
function endOf(call: Call, start: number): string {
  if (call.types[start + 1] !== oids.interval) return call.arg(start + 1);
  const places = [start, start + 1];
  return addInterval(
    {
      ...call,
      nodes: places.flatMap((place) => call.nodes[place] ?? []),
      types: places.map((place) => call.types[place] ?? 0),
      arg: (index) => call.arg(start + index),
      args: places.map((place) => call.arg(place)),
    },
    "+",
  );
}

const dayMicros = 86_400_000_000;

/** Months, days and microseconds, moved from one to the next so that the signs agree, as PostgreSQL does. */
function justified(write: (months: string, days: string, micros: string) => string): Rendering {
  return (call) =>
    once([call.arg(0)], (interval) =>
      once(
        [`CAST(${monthsOf(interval)} AS BIGINT)`, `CAST(${daysOf(interval)} AS BIGINT)`, microsOf(interval)],
        write,
      ),
    );
}

/** `low` of a unit, of which `size` make one `high`: whole ones move up, and one comes back where the signs differ. */
function carried(
  high: string,
  low: string,
  size: number,
  then: (high: string, low: string) => string,
): string {
  return once([`(${high} + ${low} // ${size})`, `(${low} % ${size})`], (whole, rest) => {
    const up = `CASE WHEN ${whole} < 0 AND ${rest} > 0 THEN 1 WHEN ${whole} > 0 AND ${rest} < 0 THEN -1 ELSE 0 END`;
    return once([`(${up})`], (move) => then(`(${whole} + ${move})`, `(${rest} - ${move} * ${size})`));
  });
}

export const justifyHours = justified((months, days, micros) =>
  carried(days, micros, dayMicros, (d, u) => intervalOf(months, d, u)),
);

export const justifyDays = justified((months, days, micros) =>
  carried(months, days, 30, (m, d) => intervalOf(m, d, micros)),
);

/** First whole units move up, then the signs are made to agree, from months down. */
export const justifyInterval = justified((months, days, micros) =>
  once([`(${days} + ${micros} // ${dayMicros})`, `(${micros} % ${dayMicros})`], (d, u) =>
    once([`(${months} + ${d} // 30)`, `(${d} % 30)`], (m, rest) => {
      const down = `${m} > 0 AND (${rest} < 0 OR ${rest} = 0 AND ${u} < 0)`;
      const up = `${m} < 0 AND (${rest} > 0 OR ${rest} = 0 AND ${u} > 0)`;
      return once([`(CASE WHEN ${down} THEN -1 WHEN ${up} THEN 1 ELSE 0 END)`], (move) =>
        once([`(${m} + ${move})`, `(${rest} - ${move} * 30)`], (monthsLeft, daysLeft) => {
          const back = `CASE WHEN ${daysLeft} > 0 AND ${u} < 0 THEN -1 WHEN ${daysLeft} < 0 AND ${u} > 0 THEN 1 ELSE 0 END`;
          return once([`(${back})`], (step) =>
            intervalOf(monthsLeft, `${daysLeft} + ${step}`, `${u} - ${step} * ${dayMicros}`),
          );
        }),
      );
    }),
  ),
);
