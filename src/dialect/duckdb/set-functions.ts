// Set-returning functions as FROM items.
import type { SetFunctionId } from "../../query/offered-functions.ts";
import { elementType, isInteger, oids } from "../../query/type-oids.ts";
import type { Call, Refusal } from "../dialect.ts";
import { argument } from "./arguments.ts";
import { raise } from "./raise.ts";
import { fromLocal, isUtc, toLocal } from "./time-zone.ts";
import { typeName } from "./types.ts";

function generateSeries(call: Call, column: string): string {
  const [type = 0] = call.types;
  if (isInteger(type)) return integerSeries(call, column);
  if (type === oids.numeric) return call.refuse("generate_series() of numerics", call.location);
  if (call.args.length > 3) return call.refuse("generate_series() in a time zone", call.location);
  if (type === oids.timestamptz && !isUtc(call.settings.timeZone)) {
    return call.refuse("generate_series() of times with time zone outside UTC", call.location);
  }
  const zoned = type === oids.timestamptz;
  const bound = (index: number) =>
    zoned ? toLocal(argument(call, index), call, call.location) : argument(call, index);
  const step = argument(call, 2);
  const checked = `CASE WHEN ${step} = INTERVAL '0 days' THEN ${raise("invalid_parameter_value")} ELSE ${step} END`;
  const series = `unnest(generate_series(${bound(0)}, ${bound(1)}, ${checked}))`;
  return `SELECT ${zoned ? fromLocal(series, call, call.location) : series} AS ${column}`;
}

function integerSeries(call: Call, column: string): string {
  const name = typeName(call.type, -1);
  const step = call.args[2];
  const constant = call.nodes.every((node) => node.kind === "Const" && node.value !== null);
  const zero = step !== undefined && !constant;
  const checked = zero
    ? `CASE WHEN ${step} = 0 THEN ${raise("invalid_parameter_value")} ELSE ${step} END`
    : step;
  if (constant && step !== undefined && Number((call.nodes[2] as { value?: unknown }).value) === 0) {
    return call.refuse("generate_series() with a step of 0", call.location);
  }
  const args = [argument(call, 0), argument(call, 1), ...(checked === undefined ? [] : [checked])].join(", ");
  // Of constants it is a table function, which yields its rows one by one and holds no list.
  if (constant) return `SELECT CAST(generate_series AS ${name}) AS ${column} FROM generate_series(${args})`;
  return `SELECT CAST(unnest(generate_series(${args})) AS ${name}) AS ${column}`;
}

function unnest(call: Call, column: string): string {
  if (elementType(call.types[0] ?? 0) === undefined)
    return call.refuse("unnest() of this type", call.location);
  return `SELECT unnest(${argument(call, 0)}) AS ${column}`;
}

export const setFunctions: Readonly<
  Record<SetFunctionId, ((call: Call, column: string) => string) | Refusal>
> = {
  generate_series: generateSeries,
  unnest,
};
