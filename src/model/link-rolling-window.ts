// Links a measure's rolling window: bounds become intervals, and what is never a window is a problem.
import type { IntervalValue } from "../data-type.ts";
import { errorAt } from "../problem.ts";
import type { YamlPart } from "../yaml-source.ts";
import type { LinkContext } from "./member-sql.ts";
import type { RollingWindow, WindowBound } from "./model.ts";
import type { Raw, RawMeasure } from "./raw-model.ts";

const microsPerSecond = 1_000_000n;
const daysPerMonth = 30;
const microsPerDay = 86_400n * microsPerSecond;

/** What one of a unit adds to an interval. */
const units: Readonly<Record<string, IntervalValue>> = {
  second: { months: 0, days: 0, micros: microsPerSecond },
  minute: { months: 0, days: 0, micros: 60n * microsPerSecond },
  hour: { months: 0, days: 0, micros: 3600n * microsPerSecond },
  day: { months: 0, days: 1, micros: 0n },
  week: { months: 0, days: 7, micros: 0n },
  month: { months: 1, days: 0, micros: 0n },
  quarter: { months: 3, days: 0, micros: 0n },
  year: { months: 12, days: 0, micros: 0n },
};

const boundPattern = new RegExp(`^(-?\\d{1,12}) (${Object.keys(units).join("|")})s?$`, "i");

/** The longest bound, in months of 30 days: 10,000 years, beyond which no timestamp lies. */
const boundMonthsMax = 120_000;

const nothing: IntervalValue = { months: 0, days: 0, micros: 0n };

/** undefined where the measure has none, and after a problem. */
export function linkRollingWindow(
  context: LinkContext,
  { value, part }: Raw<RawMeasure>,
): RollingWindow | undefined {
  if (value.rolling_window !== undefined && value.rollingWindow !== undefined) {
    const message = 'the measure has both "rolling_window" and "rollingWindow"; keep one';
    context.problems.push(errorAt(part.keyPlace(["rollingWindow"]), message));
  }
  const key = value.rolling_window === undefined ? "rollingWindow" : "rolling_window";
  const window = value[key];
  if (window === undefined) return undefined;
  if (window.type === "to_date") return toDate(context, part, key, window);
  if (window.granularity !== undefined) {
    const message = 'a granularity belongs to a window of "type: to_date"';
    context.problems.push(errorAt(part.keyPlace([key, "granularity"]), message));
  }
  const trailing = bound(context, part, [key, "trailing"], window.trailing);
  const leading = bound(context, part, [key, "leading"], window.leading);
  if (trailing === undefined || leading === undefined) return undefined;
  if (window.trailing === undefined && window.leading === undefined) {
    const message =
      'a rolling window needs trailing or leading, like "trailing: 30 day" or "trailing: unbounded"';
    context.problems.push(errorAt(part.keyPlace([key]), message));
    return undefined;
  }
  if (isEmpty(trailing, leading)) {
    const message = "the window ends before it begins, so it never holds a row";
    context.problems.push(errorAt(part.keyPlace([key]), message));
    return undefined;
  }
  return { kind: "fixed", trailing, leading, offset: window.offset ?? "end" };
}

function toDate(
  context: LinkContext,
  part: YamlPart,
  key: string,
  window: NonNullable<RawMeasure["rolling_window"]>,
): RollingWindow | undefined {
  for (const other of ["trailing", "leading", "offset"] as const) {
    if (window[other] === undefined) continue;
    const message = `a window of "type: to_date" goes from the start of its granularity; it has no ${other}`;
    context.problems.push(errorAt(part.keyPlace([key, other]), message));
  }
  if (window.granularity === undefined) {
    const message = 'a window of "type: to_date" needs a granularity, like "granularity: month"';
    context.problems.push(errorAt(part.keyPlace([key]), message));
    return undefined;
  }
  return { kind: "toDate", granularity: window.granularity };
}

/** A bound that is not written is no distance at all; undefined after a problem. */
function bound(
  context: LinkContext,
  part: YamlPart,
  path: string[],
  text: string | undefined,
): WindowBound | undefined {
  if (text === undefined) return nothing;
  const written = text.trim().replaceAll(/\s+/g, " ");
  if (written.toLowerCase() === "unbounded") return "unbounded";
  const match = boundPattern.exec(written);
  const unit = units[match?.[2]?.toLowerCase() ?? ""];
  if (match === null || unit === undefined) {
    const message = `expected unbounded or a number with a unit like "30 day", found "${text}"`;
    context.problems.push(errorAt(part.place(path), message));
    return undefined;
  }
  const count = Number(match[1]);
  if (Math.abs(count * inMonths(unit)) > boundMonthsMax) {
    const message = `"${text}" is longer than 10,000 years; write unbounded`;
    context.problems.push(errorAt(part.place(path), message));
    return undefined;
  }
  // A product of nothing and a negative number would be -0.
  const times = (part: number): number => (part === 0 ? 0 : count * part);
  return { months: times(unit.months), days: times(unit.days), micros: BigInt(count) * unit.micros };
}

function inMonths({ months, days, micros }: IntervalValue): number {
  return months + (days + Number(micros) / Number(microsPerDay)) / daysPerMonth;
}

/** Whether the bounds are in one kind of unit and leave nothing between them; of others only data can tell. */
function isEmpty(trailing: WindowBound, leading: WindowBound): boolean {
  if (trailing === "unbounded" || leading === "unbounded") return false;
  const sums = [
    trailing.months + leading.months,
    trailing.days + leading.days,
    Number(trailing.micros + leading.micros),
  ];
  return sums.every((sum) => sum <= 0);
}
