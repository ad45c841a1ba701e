// Casts by meaning: what PostgreSQL makes of a value, not what DuckDB makes of the same two type names.

import { isFloat, isInteger, isString, oids, typeNameOf } from "../../query/type-oids.ts";
import type { CastCall } from "../dialect.ts";
import { castHint, hints } from "../hints.ts";
import { parseText } from "./casts-from-text.ts";
import { toText } from "./casts-to-text.ts";
import { literal } from "./literals.ts";
import { fifteenDigitDecimal, fifteenDigits, isHeldInDouble } from "./numbers.ts";
import { isDecimal, numericForm } from "./numeric-form.ts";
import { castTimeModifier } from "./time-precision.ts";
import { fromLocal, toLocal } from "./time-zone.ts";
import { numericModifier, typeName } from "./types.ts";

export function cast(call: CastCall): string {
  const { node } = call;
  // A float that was written with more digits than a DECIMAL has: 1e308.
  if (node.kind === "Const" && node.type === oids.numeric && isFloat(call.to) && node.value !== null)
    return literal({ ...node, type: call.to, value: Number(node.value) }, call);
  const { from, to, text, modifier } = call;
  if (isString(to)) return toVarchar(call);
  if (from === to || isString(from)) {
    const value = from === to ? text : parseText(call);
    return modifier < 0 ? value : withModifier(call, value);
  }
  if (to === oids.numeric) return toNumeric(call);
  if (from === oids.numeric) return fromNumeric(call);
  if (isInteger(to) || isFloat(to)) return toNumber(call);
  if (to === oids.bool && from === oids.int4) return `(${text} <> 0)`;
  const value = toTime(call) ?? refuse(call);
  return modifier < 0 ? value : withModifier({ ...call, from: to, text: value }, value);
}

function refuse(call: CastCall): never {
  return call.refuse(
    `a cast from ${typeNameOf(call.from)} to ${typeNameOf(call.to)}`,
    call.location,
    castHint(call),
  );
}

function name(call: CastCall, type = call.to): string {
  return typeName(type, -1) ?? refuse(call);
}

/** varchar(n) cuts; char(n) would pad. */
function toVarchar(call: CastCall): string {
  if (call.to === oids.bpchar || call.to === oids.char || call.from === oids.bpchar) refuse(call);
  const text = isString(call.from) ? call.text : toText(call);
  if (call.to === oids.name) return `left(${text}, 63)`;
  return call.modifier < 4 ? text : `left(${text}, ${call.modifier - 4})`;
}

function withModifier(call: CastCall, value: string): string {
  if (call.to === oids.numeric) return numericWithModifier({ ...call, text: value });
  return castTimeModifier(call, value);
}

function toNumber(call: CastCall): string {
  const { from, to, text } = call;
  if (isInteger(from) || isFloat(from) || (from === oids.bool && to === oids.int4)) {
    // DuckDB rounds a float to an integer half to even, as PostgreSQL does.
    return `CAST(${text} AS ${name(call)})`;
  }
  return refuse(call);
}

function fromNumeric(call: CastCall): string {
  const { to, text } = call;
  if (isFloat(to)) return `CAST(${text} AS ${name(call)})`;
  if (!isInteger(to)) return refuse(call);
  const form = numericForm(call.node, call.sources);
  if (isDecimal(form)) return `CAST(${text} AS ${name(call)})`;
  // round() goes away from zero at a half, a cast of a double would go to even.
  return `CAST(round(${form === "double" ? fifteenDigits(text) : text}) AS ${name(call)})`;
}

const integerDigits = new Map<number, number>([
  [oids.int2, 5],
  [oids.int4, 10],
  [oids.int8, 19],
]);

function toNumeric(call: CastCall): string {
  const { from, text, node } = call;
  if (call.modifier >= 4) return numericWithModifier(call);
  if (isFloat(from))
    return from === oids.float4 ? `CAST(printf('%.6g', ${text}) AS DOUBLE)` : fifteenDigits(text);
  const digits = integerDigits.get(from);
  if (digits === undefined) return refuse(call);
  const constant = node.kind === "Const" ? String(node.value).replace("-", "").length : digits;
  return node.kind === "Const" && node.value === null ? "NULL" : `CAST(${text} AS DECIMAL(${constant},0))`;
}

function numericWithModifier(call: CastCall): string {
  const modifier = numericModifier(call.modifier);
  const type = typeName(oids.numeric, call.modifier);
  if (modifier === undefined || type === undefined) {
    return call.refuse("numeric with a precision above 38 or a negative scale", call.location, hints.numeric);
  }
  const form = numericForm(call.node, call.sources);
  if (call.from === oids.float4) return `CAST(printf('%.6g', ${call.text}) AS ${type})`;
  if (form === "double" || isFloat(call.from)) {
    return fifteenDigitDecimal(call.text, type, modifier.scale);
  }
  const exact = `CAST(${call.text} AS ${type})`;
  if (form !== "unknown") return exact;
  const double = fifteenDigitDecimal(call.text, type, modifier.scale);
  return `CASE WHEN ${isHeldInDouble(call.text)} THEN ${double} ELSE ${exact} END`;
}

/** Between dates and times; undefined where PostgreSQL has no such cast. */
function toTime(call: CastCall): string | undefined {
  const { from, to, text, location } = call;
  const key = `${from} ${to}`;
  switch (key) {
    case `${oids.date} ${oids.timestamp}`:
    case `${oids.timestamp} ${oids.date}`:
    case `${oids.timestamp} ${oids.time}`:
    case `${oids.interval} ${oids.time}`:
      return to === oids.time && from === oids.interval
        ? timeOfInterval(text)
        : `CAST(${text} AS ${name(call)})`;
    case `${oids.time} ${oids.interval}`:
      return `to_microseconds(epoch_us(${text}))`;
    case `${oids.date} ${oids.timestamptz}`:
      return fromLocal(`CAST(${text} AS TIMESTAMP)`, call, location);
    case `${oids.timestamp} ${oids.timestamptz}`:
      return fromLocal(text, call, location);
    case `${oids.timestamptz} ${oids.timestamp}`:
      return toLocal(text, call, location);
    case `${oids.timestamptz} ${oids.date}`:
    case `${oids.timestamptz} ${oids.time}`:
      return `CAST(${toLocal(text, call, location)} AS ${name(call)})`;
    default:
      return undefined;
  }
}

/** The time of day that is left of an interval without its days. */
function timeOfInterval(text: string): string {
  return `(TIME '00:00:00' + ${text})`;
}
