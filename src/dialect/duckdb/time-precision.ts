// timestamp(p), timestamptz(p) and time(p): rounding to p digits of a second.
import { oids } from "../../query/type-oids.ts";
import type { CastCall } from "../dialect.ts";

/** Microseconds from 1970 to 2000, from where PostgreSQL counts and so rounds away. */
const epochDifference = "946684800000000";

export function castTimeModifier(call: CastCall, value: string): string {
  const { to, modifier } = call;
  if (to === oids.interval) return intervalModifier(call, value);
  if (to !== oids.timestamp && to !== oids.timestamptz && to !== oids.time) {
    return call.refuse("this length of a type", call.location, "Cast to the type without a length.");
  }
  if (modifier >= 6) return value;
  const unit = 10 ** (6 - modifier);
  if (to === oids.time) {
    const rounded = `((epoch_us(${value}) + ${unit / 2}) // ${unit} * ${unit})`;
    // The last moments of a day round to its end, which is a time of day too.
    const end = `WHEN ${rounded} = 86400000000 THEN TIME '24:00:00'`;
    return `CASE ${end} ELSE TIME '00:00:00' + to_microseconds(${rounded}) END`;
  }
  const since2000 = `(epoch_us(${value}) - ${epochDifference})`;
  const rounded = `((abs${since2000} + ${unit / 2}) // ${unit} * ${unit} * CAST(sign${since2000} AS BIGINT) + ${epochDifference})`;
  const made = to === oids.timestamp ? `make_timestamp(${rounded})` : `make_timestamptz(${rounded})`;
  return `CASE WHEN isinf(${value}) THEN ${value} ELSE ${made} END`;
}

/** Only the whole interval and full precision leave a value as it is. */
function intervalModifier(call: CastCall, value: string): string {
  const precision = call.modifier & 0xffff;
  const range = (call.modifier >> 16) & 0x7fff;
  if (range === 0x7fff && precision >= 6) return value;
  return call.refuse(
    "interval with fields or a precision",
    call.location,
    "Cast to interval without fields or a precision.",
  );
}
