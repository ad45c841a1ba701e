// Texts read as dates and times in the zone of the client's session.

import { oids, typeNameOf } from "../../query/type-oids.ts";
import type { CastCall } from "../dialect.ts";
import { hints } from "../hints.ts";
import { isUtc } from "../utc.ts";
import { builtIn } from "./identifiers.ts";
import { raise } from "./raise.ts";
import { fromLocal, readsOrderAlike } from "./time-zone.ts";
import { typeName } from "./types.ts";
import { hasInputCheck, newestServer } from "./versions.ts";

/** A text of which the warehouse's session would make another value than the client's; without the modifier. */
export function fromText(call: CastCall): string {
  const { to } = call;
  if (to === oids.interval) {
    return call.refuse(
      `a cast from ${typeNameOf(call.from)} to interval under this IntervalStyle`,
      call.location,
      hints.intervalStyle,
    );
  }
  if (to !== oids.time && !readsOrderAlike(call.settings)) {
    return call.refuse(
      `a cast from ${typeNameOf(call.from)} to ${typeNameOf(to)} under this DateStyle`,
      call.location,
      hints.dateStyle,
    );
  }
  return withoutWords(call, to === oids.timestamptz ? instant(call) : plain(call.text, to));
}

function plain(text: string, type: number): string {
  return `CAST(${text} AS ${typeName(type, -1)})`;
}

/** `now` and `today` are of the session's zone: as literals they are read when the statement is analysed. */
function withoutWords(call: CastCall, otherwise: string): string {
  if (isUtc(call.settings.timeZone)) return otherwise;
  const words = `${call.text} ~* '(now|today|tomorrow|yesterday)'`;
  return `CASE WHEN ${words} THEN ${raise("invalid_datetime_format", call.to)} ELSE ${otherwise} END`;
}

/**
 * A text without a zone is one of the session's: it is still a time with a zone after one is put behind it, and one
 * that has a zone is none then.
 */
function instant(call: CastCall): string {
  const { text } = call;
  if (isUtc(call.settings.timeZone)) return plain(text, oids.timestamptz);
  if (!hasInputCheck(call.server ?? newestServer)) {
    const what = `a cast from ${typeNameOf(call.from)} to ${typeNameOf(call.to)} under this TimeZone`;
    return call.refuse(what, call.location, hints.castTime);
  }
  const zoneless = builtIn("pg_input_is_valid", [`${text} || ' +01'`, "'timestamp with time zone'"]);
  const local = fromLocal(plain(text, oids.timestamp), call, call.location);
  return `CASE WHEN ${zoneless} THEN ${local} ELSE ${plain(text, oids.timestamptz)} END`;
}
