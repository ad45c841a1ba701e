// Set-returning functions, as lists that are unnested.

import type { SetFunctionId } from "../../query/offered-functions.ts";
import { elementType, isInteger, oids } from "../../query/type-oids.ts";
import type { Call, SetFunctionRendering } from "../dialect.ts";
import { hints } from "../hints.ts";
import { argument, constantInteger } from "./arguments.ts";
import { raise } from "./raise.ts";
import { fromLocal, isUtc, toLocal } from "./time-zone.ts";
import { typeName } from "./types.ts";

/** A step of nothing would go on for ever; DuckDB yields nothing. */
function checkedStep(step: string, zero: string): string {
  return `CASE WHEN ${step} = ${zero} THEN ${raise("invalid_parameter_value")} ELSE ${step} END`;
}

function isZoned(call: Call): boolean {
  return call.types[0] === oids.timestamptz;
}

/** The values of generate_series() as a list: of instants, as local times. */
function series(call: Call): string {
  const [type = 0] = call.types;
  if (type === oids.numeric)
    return call.refuse("generate_series() of numerics", call.location, "Cast the arguments to bigint.");
  if (call.args.length > 3)
    return call.refuse(
      "generate_series() in a time zone",
      call.location,
      "Use generate_series() of timestamps and AT TIME ZONE.",
    );
  if (isInteger(type)) {
    const bounds = `${argument(call, 0)}, ${argument(call, 1)}`;
    if (call.args.length === 2) return `generate_series(${bounds})`;
    const step = constantInteger(call, 2);
    const isSafe = step !== undefined && step !== 0;
    return `generate_series(${bounds}, ${isSafe ? step : checkedStep(argument(call, 2), "0")})`;
  }
  if (isZoned(call) && !isUtc(call.settings.timeZone)) {
    return call.refuse(
      "generate_series() of times with time zone outside UTC",
      call.location,
      "Use generate_series() of timestamps and AT TIME ZONE.",
    );
  }
  const bound = (index: number) =>
    isZoned(call) ? toLocal(argument(call, index), call, call.location) : argument(call, index);
  return `generate_series(${bound(0)}, ${bound(1)}, ${checkedStep(argument(call, 2), "INTERVAL '0 days'")})`;
}

const generateSeries: SetFunctionRendering = {
  rows: (call) => {
    const rows = `unnest(${series(call)})`;
    if (isZoned(call)) return fromLocal(rows, call, call.location);
    return call.type === oids.int4 ? `CAST(${rows} AS INTEGER)` : rows;
  },
  count: (call) => `len(${series(call)})`,
  // Of constants it is a table function, which yields its rows one by one and holds no list.
  select: (call, column) => {
    const isConstant = call.nodes.every((node) => node.kind === "Const" && typeof node.value === "number");
    if (!isConstant || !isInteger(call.type) || constantInteger(call, 2) === 0) return undefined;
    return `SELECT CAST(generate_series AS ${typeName(call.type, -1)}) AS ${column} FROM generate_series(${call.args.join(", ")})`;
  },
};

function list(call: Call): string {
  if (elementType(call.types[0] ?? 0) === undefined)
    return call.refuse("unnest() of this type", call.location, hints.inModel);
  return argument(call, 0);
}

const unnest: SetFunctionRendering = {
  rows: (call) => `unnest(${list(call)})`,
  count: (call) => `len(${list(call)})`,
};

export const setFunctions: Readonly<Record<SetFunctionId, SetFunctionRendering>> = {
  generate_series: generateSeries,
  unnest,
};
