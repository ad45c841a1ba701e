// Set-returning functions in PostgreSQL.
import { setFunctions as offeredSetFunctions, type SetFunctionId } from "../../query/offered-functions.ts";
import { oids } from "../../query/type-oids.ts";
import type { Call, SetFunctionRendering } from "../dialect.ts";
import { hints } from "../hints.ts";
import { isUtc } from "../utc.ts";
import { nativeCalls } from "./functions.ts";
import { builtIn } from "./identifiers.ts";
import { zoneLiteral } from "./time-zone.ts";
import { hasZonedArithmetic, newestServer } from "./versions.ts";

function counted(rows: (call: Call) => string): SetFunctionRendering {
  return { rows, count: (call) => `(SELECT pg_catalog.count(*) FROM ${rows(call)})` };
}

function native(name: string): SetFunctionRendering {
  return counted((call) => builtIn(name, call.args));
}

/** Days are those of the session's calendar. */
const generateSeries = counted((call) =>
  call.types[0] !== oids.timestamptz || call.args.length > 3 || isUtc(call.settings.timeZone)
    ? builtIn("generate_series", call.args)
    : inZone(call),
);

function inZone(call: Call): string {
  if (!hasZonedArithmetic(call.server ?? newestServer))
    call.refuse("generate_series() of times with a time zone under this TimeZone", call.location, hints.zone);
  return builtIn("generate_series", [...call.args, zoneLiteral(call, call.location)]);
}

export const setFunctions: Readonly<Record<SetFunctionId, SetFunctionRendering>> = {
  ...nativeCalls<SetFunctionId, SetFunctionRendering>(offeredSetFunctions, native),
  generate_series: generateSeries,
};
