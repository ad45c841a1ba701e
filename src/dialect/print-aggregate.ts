// Aggregates, window functions and the model's own aggregates.

import type { IntervalValue } from "../data-type.ts";
import { assert, unreachable } from "../errors.ts";
import { aggregateId, windowFunctionId } from "../query/offered-functions.ts";
import type {
  Aggref,
  Expression,
  FrameBound,
  GroupingFunc,
  ModelAggregate,
  WindowDefinition,
  WindowFunc,
} from "../query/query.ts";
import { oids } from "../query/type-oids.ts";
import type { AggregateCall, AggregateRendering } from "./dialect.ts";
import { hints } from "./hints.ts";
import { callOf, checkServerHas, notOfferedFunction } from "./print-call.ts";
import { printKey } from "./print-key.ts";
import type { Printer } from "./printer.ts";
import { isUtc } from "./utc.ts";

interface Sorted {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** NULLS FIRST or LAST is always said: engines disagree on what is meant when it is not. */
export function direction(item: { readonly descending: boolean; readonly nullsFirst: boolean }): string {
  return ` ${item.descending ? "DESC" : "ASC"} NULLS ${item.nullsFirst ? "FIRST" : "LAST"}`;
}

/** Constants order nothing, and are left out but where the sorted values are the aggregate's arguments. */
function printOrder(printer: Printer, items: readonly Sorted[], keepConstants = false): string {
  return items
    .filter((item) => keepConstants || item.expression.kind !== "Const")
    .map(({ expression, ...item }) => {
      const key = printer.dialect.comparable(printer.print(expression), expression.type);
      return `${key}${direction(item)}`;
    })
    .join(", ");
}

function render(rendering: AggregateRendering, call: AggregateCall): string {
  if (typeof rendering === "function") return rendering(call);
  return call.refuse(rendering.refused, call.location, rendering.hint);
}

function filterText(printer: Printer, filter: Expression | undefined): string {
  return filter === undefined ? "" : ` FILTER (WHERE ${printer.bare(filter)})`;
}

export function printAggref(printer: Printer, node: Aggref): string {
  const id = aggregateId(node.function);
  if (id === undefined) throw notOfferedFunction(node.function, node.location);
  if (node.variadic) printer.refuse("VARIADIC", node.location, hints.arguments);
  checkServerHas(printer, node.function, node.location);
  return render(printer.dialect.aggregates[id], {
    ...callOf(printer, node.args, node.type, node.location),
    node,
    direct: node.directArgs.map((arg) => printer.print(arg)),
    order: printOrder(printer, node.orderBy, node.aggregateKind !== "normal"),
    distinct: node.distinct,
    tail: filterText(printer, node.filter),
  });
}

export function printGroupingFunc(printer: Printer, node: GroupingFunc): string {
  const keys = printer.names.block(node.block).group?.keys ?? [];
  const args = node.keys.map((index) => {
    const key = keys[index];
    assert(key !== undefined, "GROUPING names a key");
    return printKey(printer, key);
  });
  return `CAST(GROUPING(${args.join(", ")}) AS ${printer.dialect.typeName(node.type, -1)})`;
}

export function printModelAggregate(printer: Printer, node: ModelAggregate): string {
  const args = node.args.map((arg) => printer.print(arg));
  return printer.dialect.modelAggregate(node.aggregate, args, filterText(printer, node.filter), node.type);
}

export function printWindowFunc(printer: Printer, node: WindowFunc): string {
  const window = printer.windows[node.window];
  assert(window !== undefined, "a window function has a window");
  const call: AggregateCall = {
    ...callOf(printer, node.args, node.type, node.location),
    node,
    direct: [],
    order: "",
    distinct: false,
    tail: `${filterText(printer, node.filter)} OVER (${printWindow(printer, window, node.location)})`,
  };
  if (node.aggregate) {
    const id = aggregateId(node.function);
    if (id === undefined) throw notOfferedFunction(node.function, node.location);
    checkServerHas(printer, node.function, node.location);
    return render(printer.dialect.aggregates[id], call);
  }
  const id = windowFunctionId(node.function);
  if (id === undefined) throw notOfferedFunction(node.function, node.location);
  return render(printer.dialect.windowFunctions[id], call);
}

function printWindow(printer: Printer, window: WindowDefinition, location: number): string {
  const parts: string[] = [];
  const partition = window.partitionBy.filter((key) => key.kind !== "Const");
  if (partition.length > 0) {
    parts.push(`PARTITION BY ${partition.map((key) => printer.print(key)).join(", ")}`);
  }
  const order = printOrder(printer, window.orderBy);
  if (order !== "") parts.push(`ORDER BY ${order}`);
  const frame = window.frame;
  if (frame !== undefined) {
    if (frame.mode === "groups" && !printer.dialect.has.groupsFrame) {
      printer.refuse("a window frame in GROUPS", location, "Use a frame in ROWS or RANGE.");
    }
    if (dependsOnZone(printer, window)) {
      const what = "a RANGE frame of days or months over timestamp with time zone under this TimeZone";
      printer.refuse(what, location, "Order by the time AT TIME ZONE a zone, or give the frame in hours.");
    }
    const bounds = `${printBound(printer, frame.start)} AND ${printBound(printer, frame.end)}`;
    parts.push(`${frame.mode.toUpperCase()} BETWEEN ${bounds}${exclusions[frame.exclude]}`);
  }
  return parts.join(" ");
}

/** Engines count the days of a frame in their own session's calendar, which is UTC's. */
function dependsOnZone(printer: Printer, { frame, orderBy }: WindowDefinition): boolean {
  const isZoned = orderBy.some(({ expression }) => expression.type === oids.timestamptz);
  if (frame?.mode !== "range" || !isZoned || isUtc(printer.settings.timeZone)) return false;
  return [frame.start, frame.end].some((bound) => "offset" in bound && !isOfHours(bound.offset));
}

function isOfHours(offset: Expression): boolean {
  if (offset.kind !== "Const" || offset.value === null) return false;
  const { months, days } = offset.value as IntervalValue;
  return months === 0 && days === 0;
}

const exclusions = {
  noOthers: "",
  currentRow: " EXCLUDE CURRENT ROW",
  group: " EXCLUDE GROUP",
  ties: " EXCLUDE TIES",
} as const;

function printBound(printer: Printer, bound: FrameBound): string {
  switch (bound.kind) {
    case "unboundedPreceding":
      return "UNBOUNDED PRECEDING";
    case "unboundedFollowing":
      return "UNBOUNDED FOLLOWING";
    case "currentRow":
      return "CURRENT ROW";
    case "preceding":
    case "following":
      return `${printer.print(bound.offset)} ${bound.kind.toUpperCase()}`;
    default:
      return unreachable(bound);
  }
}
