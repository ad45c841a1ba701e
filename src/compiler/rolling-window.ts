// Where a window begins and ends. Both are the starts of what follows, so that a row lies in [from, before): the last
// instant of a period and all that is counted from it belong to the window, and so does no instant twice.
import type { RollingWindow } from "../model/model.ts";
import type { Expression } from "../query/query.ts";
import { oneMicrosecond, type TimeRange } from "./time-filter.ts";
import { earlier, isPresent, later, truncated } from "./time-nodes.ts";
import { startOf, type TimeReading } from "./time-reading.ts";

/** Undefined: without an end. */
export interface TimeWindow {
  readonly from: Expression | undefined;
  readonly before: Expression | undefined;
}

/** The window of the period that the key has `value` in, in times that are cut. */
export function periodWindow(window: RollingWindow, reading: TimeReading, value: Expression): TimeWindow {
  const start = startOf(reading, value);
  return windowAround(window, start, later(start, reading.unit?.length ?? oneMicrosecond));
}

/** The window of a range, in the dimension's own time. What is measured from an end that is not there has none. */
export function rangeWindow(window: RollingWindow, range: TimeRange): TimeWindow {
  return windowAround(window, extreme("greatest", range.from), extreme("least", range.before));
}

function windowAround(
  window: RollingWindow,
  start: Expression | undefined,
  end: Expression | undefined,
): TimeWindow {
  if (window.kind === "toDate") return { from: start && truncated(window.granularity, start), before: end };
  const base = window.offset === "end" ? end : start;
  const { trailing, leading } = window;
  return {
    from: trailing === "unbounded" ? undefined : base && earlier(base, trailing),
    before: leading === "unbounded" ? undefined : base && later(base, leading),
  };
}

/** GREATEST and LEAST leave NULLs out, but a comparison with NULL is never true. */
export function rangeGuards({ from, before }: TimeRange): readonly Expression[] {
  return [from, before].flatMap((bounds) =>
    bounds.length < 2 ? [] : bounds.filter((bound) => !isKnown(bound)).map(isPresent),
  );
}

export function extreme(
  operation: "greatest" | "least",
  bounds: readonly Expression[],
): Expression | undefined {
  const [first] = bounds;
  if (first === undefined || bounds.length === 1) return first;
  return { kind: "MinMaxExpr", operation, args: bounds, type: first.type, location: -1 };
}

function isKnown(bound: Expression): boolean {
  return bound.kind === "Const" && bound.value !== null;
}
