// Casts in PostgreSQL: its own, but for those that depend on the session's zone and styles.

import { elementType, isString, oids, typeNameOf } from "../../query/type-oids.ts";
import type { CastCall } from "../dialect.ts";
import { hints } from "../hints.ts";
import { fromText } from "./casts-from-text.ts";
import { toText } from "./casts-to-text.ts";
import { castsAlike, instantOf, toLocal } from "./time-zone.ts";
import { typeName } from "./types.ts";

/** A cast by meaning. */
export function cast(call: CastCall): string {
  if (castsAlike(call.from, call.to, call.settings)) return plain(call.text, call);
  if (elementType(call.from) !== undefined || elementType(call.to) !== undefined) return refuse(call);
  if (isString(call.to)) return call.to === oids.text ? toText(call) : plain(toText(call), call);
  if (isString(call.from)) return withModifier(fromText(call), call);
  return acrossZones(call);
}

function refuse(call: CastCall): never {
  const names = `a cast from ${typeNameOf(call.from)} to ${typeNameOf(call.to)}`;
  return call.refuse(
    `${names} under this TimeZone, DateStyle, IntervalStyle or bytea_output`,
    call.location,
    hints.styles,
  );
}

function plain(text: string, call: CastCall): string {
  const name = typeName(call.to, call.modifier);
  return name === undefined ? refuse(call) : `CAST(${text} AS ${name})`;
}

/** A text that has the type already: cast again where there is a modifier. */
function withModifier(text: string, call: CastCall): string {
  return call.modifier < 0 ? text : plain(text, call);
}

/** Between a time with and one without a zone, in the session's. */
function acrossZones(call: CastCall): string {
  if (call.from !== oids.timestamptz) {
    return withModifier(instantOf(call.text, call.from, call, call.location), call);
  }
  const local = toLocal(call.text, call, call.location);
  return call.to === oids.timestamp ? withModifier(local, call) : plain(local, call);
}
