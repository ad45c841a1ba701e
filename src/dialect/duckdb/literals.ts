// Constants in DuckDB, each with its type.

import type { IntervalValue, Value } from "../../data-type.ts";
import { assert } from "../../errors.ts";
import type { Const } from "../../query/query.ts";
import { elementType, oids, typeNameOf } from "../../query/type-oids.ts";
import type { Printing } from "../dialect.ts";
import { literalHint } from "../hints.ts";
import { clockText, type DayText, dayText, instantText } from "../time-texts.ts";
import { textLiteral } from "./identifiers.ts";
import { decimalDigitsMax, typeName } from "./types.ts";

const integerMin = -2_147_483_648;
const infinityMicros = 9223372036854775807n;

export function literal(constant: Const, printing: Printing): string {
  const { type, value, modifier } = constant;
  if (value === null) {
    const name = typeName(type, modifier);
    return name === undefined ? "NULL" : `CAST(NULL AS ${name})`;
  }
  const text = valueText(type, value);
  return (
    text ?? printing.refuse(`a constant of type ${typeNameOf(type)}`, constant.location, literalHint(type))
  );
}

function valueText(type: number, value: Value): string | undefined {
  const element = elementType(type);
  if (element !== undefined) return arrayText(element, value);
  switch (type) {
    case oids.bool:
      return value === true ? "TRUE" : "FALSE";
    case oids.int4:
      // Without its sign the least integer would be a bigint.
      return value === integerMin ? `CAST(${value} AS INTEGER)` : negative(String(value));
    case oids.int2:
      return `CAST(${value} AS SMALLINT)`;
    case oids.int8:
      return `CAST(${value} AS BIGINT)`;
    case oids.float4:
      return `CAST(${floatText(Number(value))} AS FLOAT)`;
    case oids.float8:
      return floatText(Number(value));
    case oids.numeric:
      return numericText(String(value));
    case oids.text:
    case oids.varchar:
    case oids.name:
    case oids.unknown:
      return textLiteral(String(value));
    case oids.uuid:
      return `CAST(${textLiteral(String(value))} AS UUID)`;
    case oids.json:
      return `CAST(${textLiteral(String(value))} AS JSON)`;
    case oids.bytea:
      return bytesText(value as Uint8Array);
    default:
      return timeText(type, value);
  }
}

function timeText(type: number, value: Value): string | undefined {
  switch (type) {
    case oids.date:
      return dateText(Number(value));
    case oids.time:
      return `TIME ${textLiteral(clockText(BigInt(value as bigint)))}`;
    case oids.timestamp:
      return `TIMESTAMP ${textLiteral(zonelessText(BigInt(value as bigint)))}`;
    case oids.timestamptz: {
      const text = zonelessText(BigInt(value as bigint));
      return `TIMESTAMPTZ ${textLiteral(text.endsWith("infinity") ? text : `${text}+00`)}`;
    }
    case oids.interval:
      return intervalText(value as IntervalValue);
    default:
      return undefined;
  }
}

function negative(digits: string): string {
  return digits.startsWith("-") ? `(${digits})` : digits;
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return "CAST('nan' AS DOUBLE)";
  if (!Number.isFinite(value)) return `CAST('${value < 0 ? "-" : ""}inf' AS DOUBLE)`;
  if (Object.is(value, -0)) return "(-0e0)";
  const text = String(value);
  // A literal with an exponent is a DOUBLE, one without a DECIMAL.
  return negative(text.includes("e") ? text : `${text}e0`);
}

/** Digits of a decimal's text, as DuckDB counts them for the literal's type. */
function numericText(text: string): string | undefined {
  if (text === "NaN") return "CAST('nan' AS DOUBLE)";
  if (text.endsWith("Infinity")) return `CAST('${text.startsWith("-") ? "-" : ""}inf' AS DOUBLE)`;
  assert(/^-?\d+(\.\d+)?$/.test(text), "a numeric constant is digits");
  const [whole = "", fraction] = text.replace("-", "").split(".");
  const digits = (whole === "0" ? 0 : whole.length) + (fraction?.length ?? 0);
  if (digits > decimalDigitsMax) return undefined;
  if (fraction !== undefined) return negative(text);
  return `CAST(${text} AS DECIMAL(${whole.length},0))`;
}

function bytesText(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0").toUpperCase()}`);
  return `CAST('${hex.join("")}' AS BLOB)`;
}

function arrayText(element: number, value: Value): string | undefined {
  if (!Array.isArray(value) || value.some((item) => Array.isArray(item))) return undefined;
  const name = typeName(element, -1);
  const items: (string | undefined)[] = value.map((item: Value) =>
    item === null ? "NULL" : valueText(element, item),
  );
  if (items.includes(undefined)) return undefined;
  const list = `[${items.join(", ")}]`;
  return name === undefined ? (items.length === 0 ? undefined : list) : `CAST(${list} AS ${name}[])`;
}

function dateText(days: number): string {
  if (days === Number.POSITIVE_INFINITY) return "DATE 'infinity'";
  if (days === Number.NEGATIVE_INFINITY) return "DATE '-infinity'";
  return `DATE ${textLiteral(dayWithEra(dayText(days)))}`;
}

function dayWithEra({ digits, beforeChrist }: DayText): string {
  return beforeChrist ? `${digits} (BC)` : digits;
}

function zonelessText(micros: bigint): string {
  if (micros === infinityMicros) return "infinity";
  if (micros <= -infinityMicros) return "-infinity";
  const { day, clock } = instantText(micros);
  return `${dayWithEra(day)} ${clock}`;
}

function intervalText(value: IntervalValue): string {
  const parts: string[] = [];
  if (value.months !== 0) parts.push(`${value.months} months`);
  if (value.days !== 0) parts.push(`${value.days} days`);
  if (value.micros !== 0n) parts.push(`${value.micros} microseconds`);
  return `INTERVAL '${parts.length === 0 ? "0 days" : parts.join(" ")}'`;
}
