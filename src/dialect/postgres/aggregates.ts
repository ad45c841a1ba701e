// Aggregates and window functions in PostgreSQL: its own; and the model's aggregates.
import {
  type AggregateId,
  aggregates as offeredAggregates,
  windowFunctions as offeredWindowFunctions,
  type WindowFunctionId,
} from "../../query/offered-functions.ts";
import type { ModelAggregate } from "../../query/query.ts";
import { oids } from "../../query/type-oids.ts";
import type { ServerTraits } from "../../server-traits.ts";
import type { AggregateCall, AggregateRendering, Dialect } from "../dialect.ts";
import { comparable } from "./collation.ts";
import { nativeCalls } from "./functions.ts";
import { builtIn } from "./identifiers.ts";
import { hasAnyValue, newestServer } from "./versions.ts";

/** `name(DISTINCT a, b ORDER BY c) FILTER (...) OVER (...)`. */
function called(call: AggregateCall, name: string, args: readonly string[] = call.args): string {
  const order = call.order === "" ? "" : ` ORDER BY ${call.order}`;
  const distinct = call.distinct ? "DISTINCT " : "";
  return `pg_catalog.${name}(${distinct}${args.join(", ")}${order})${call.tail}`;
}

/** What is made distinct is sorted for it, and comes out in that order. */
function native(name: string): AggregateRendering {
  return (call) => {
    if (call.node.star) return `pg_catalog.${name}(*)${call.tail}`;
    if (!call.distinct) return called(call, name);
    return called(call, name, comparableArgs(call));
  };
}

function comparableArgs(call: AggregateCall): readonly string[] {
  return call.args.map((text, index) => comparable(text, call.types[index] ?? 0));
}

function extreme(name: "min" | "max"): AggregateRendering {
  return (call) => called(call, name, comparableArgs(call));
}

function withinGroup(name: string): AggregateRendering {
  return (call) =>
    `pg_catalog.${name}(${call.direct.join(", ")}) WITHIN GROUP (ORDER BY ${call.order})${call.tail}`;
}

/** Of a group's values that are not NULL, one: all of them are the same where the model asks for it. */
const anyValue: AggregateRendering = (call) => {
  if (hasAnyValue(call.server ?? newestServer)) return called(call, "any_value");
  if (call.node.kind === "WindowFunc")
    return call.refuse("any_value() OVER", call.location, "Use min() OVER or max() OVER.");
  return oneValue(call.args, call.tail, call.types[0] ?? 0);
};

/** any_value() for servers that do not have it; mode() takes arrays as well, and json has no order. */
function oneValue(args: readonly string[], tail: string, type: number): string {
  if (type === oids.json) return `(${builtIn("array_agg", args)}${tail})[1]`;
  return `pg_catalog.mode() WITHIN GROUP (ORDER BY ${args.join(", ")})${tail}`;
}

const special = {
  min: extreme("min"),
  max: extreme("max"),
  any_value: anyValue,
  mode: withinGroup("mode"),
  percentile_cont: withinGroup("percentile_cont"),
  percentile_disc: withinGroup("percentile_disc"),
} as const satisfies Partial<Record<AggregateId, AggregateRendering>>;

export const aggregates: Readonly<Record<AggregateId, AggregateRendering>> = {
  ...nativeCalls<AggregateId, AggregateRendering>(offeredAggregates, native),
  ...special,
};

export const windowFunctions: Readonly<Record<WindowFunctionId, AggregateRendering>> = nativeCalls<
  WindowFunctionId,
  AggregateRendering
>(offeredWindowFunctions, native);

/** The model's aggregates on a server. */
export function modelAggregates(server: ServerTraits): Dialect["modelAggregate"] {
  return (aggregate, args, tail, type) =>
    aggregate === "any_value" && !hasAnyValue(server)
      ? oneValue(args, tail, type)
      : modelAggregate(aggregate, args, tail, type);
}

/** The warehouse's own aggregates, in its own types. */
function modelAggregate(
  aggregate: ModelAggregate["aggregate"],
  args: readonly string[],
  tail: string,
  type: number,
): string {
  switch (aggregate) {
    case "count":
      return args.length === 0 ? `pg_catalog.count(*)${tail}` : `pg_catalog.count(${composite(args)})${tail}`;
    // A sketch may be off; the exact count is always among the answers that an approximate one allows.
    case "count_distinct_approx":
    case "count_distinct":
      return `pg_catalog.count(DISTINCT ${composite(args)})${tail}`;
    case "min":
    case "max":
      return `${builtIn(
        aggregate,
        args.map((text) => comparable(text, type)),
      )}${tail}`;
    case "sum":
    case "avg":
    case "any_value":
    case "bool_or":
      return `${builtIn(aggregate, args)}${tail}`;
    default:
      return aggregate satisfies never;
  }
}

/** Several columns as one value: NULL when one of them is, as the key of an unmatched row. */
function composite(args: readonly string[]): string {
  if (args.length <= 1) return args.join("");
  const present = args.map((text) => `${text} IS NOT NULL`).join(" AND ");
  return `CASE WHEN ${present} THEN ROW(${args.join(", ")}) END`;
}
