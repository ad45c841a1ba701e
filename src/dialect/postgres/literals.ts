// Constants in PostgreSQL, each with its type, as the type's input function reads them under any DateStyle.

import type { IntervalValue, Value } from "../../data-type.ts";
import type { Const } from "../../query/query.ts";
import { elementType, oids, typeNameOf } from "../../query/type-oids.ts";
import type { Printing } from "../dialect.ts";
import { literalHint } from "../hints.ts";
import { clockText, type DayText, dayText, instantText } from "../time-texts.ts";
import { textLiteral } from "./identifiers.ts";
import { typeName } from "./types.ts";

const infinityMicros = 9223372036854775807n;
/** An interval of infinity holds the ends of its three fields. */
const infiniteMonths = 2_147_483_647;

export function literal(constant: Const, printing: Pick<Printing, "refuse">): string {
  const { type, value, modifier } = constant;
  const name = typeName(type, type === oids.interval ? modifier : -1);
  if (value === null) return name === undefined ? "NULL" : `NULL::${name}`;
  const text = valueText(type, value);
  if (text === undefined) {
    return printing.refuse(`a constant of type ${typeNameOf(type)}`, constant.location, literalHint(type));
  }
  if (type === oids.bool) return value === true ? "TRUE" : "FALSE";
  if (type === oids.int4) return text.startsWith("-") ? `(${text})` : text;
  return name === undefined ? textLiteral(text) : `${textLiteral(text)}::${name}`;
}

/** A value as the text of its type. */
function valueText(type: number, value: Value): string | undefined {
  const element = elementType(type);
  if (element !== undefined) return arrayText(element, value);
  switch (type) {
    case oids.bool:
      return value === true ? "t" : "f";
    case oids.float4:
    case oids.float8:
      return Object.is(value, -0) ? "-0" : String(value);
    case oids.bytea:
      return `\\x${Buffer.from(value as Uint8Array).toString("hex")}`;
    case oids.date:
      return dateText(Number(value));
    case oids.time:
      return clockText(BigInt(value as bigint));
    case oids.timestamp:
      return momentText(BigInt(value as bigint), "");
    case oids.timestamptz:
      return momentText(BigInt(value as bigint), "+00");
    case oids.interval:
      return intervalText(value as IntervalValue);
    default:
      return typeof value === "object" ? undefined : String(value);
  }
}

function withEra(text: string, { beforeChrist }: DayText): string {
  return beforeChrist ? `${text} BC` : text;
}

function dateText(days: number): string {
  if (days === Number.POSITIVE_INFINITY) return "infinity";
  if (days === Number.NEGATIVE_INFINITY) return "-infinity";
  const day = dayText(days);
  return withEra(day.digits, day);
}

function momentText(micros: bigint, zone: string): string {
  if (micros === infinityMicros) return "infinity";
  if (micros <= -infinityMicros) return "-infinity";
  const { day, clock } = instantText(micros);
  return withEra(`${day.digits} ${clock}${zone}`, day);
}

function intervalText(value: IntervalValue): string {
  if (value.months === infiniteMonths && value.micros === infinityMicros) return "infinity";
  if (value.months === -infiniteMonths - 1 && value.micros === -infinityMicros - 1n) return "-infinity";
  const parts: string[] = [];
  if (value.months !== 0) parts.push(`${value.months} months`);
  if (value.days !== 0) parts.push(`${value.days} days`);
  if (value.micros !== 0n) parts.push(`${value.micros} microseconds`);
  return parts.length === 0 ? "0 days" : parts.join(" ");
}

/** `{1,NULL,"a b"}`; elements are quoted, so that none is taken for NULL or for a part of the braces. */
function arrayText(element: number, value: Value): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const parts: string[] = [];
  for (const item of value as readonly Value[]) {
    const text = Array.isArray(item) ? arrayText(element, item) : elementText(element, item);
    if (text === undefined) return undefined;
    parts.push(text);
  }
  return `{${parts.join(",")}}`;
}

function elementText(element: number, item: Value): string | undefined {
  if (item === null) return "NULL";
  const text = valueText(element, item);
  return text === undefined ? undefined : `"${text.replace(/["\\]/g, "\\$&")}"`;
}
