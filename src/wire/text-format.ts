// Values as PostgreSQL's text: what a client reads in a text-format column.
import type { DataType, IntervalValue, Value } from "../data-type.ts";
import { unreachable } from "../errors.ts";
import type { TimeZone } from "../time-zone.ts";
import { formatDate, formatTime, formatTimestamp, formatTimestampTz } from "./date-time-format.ts";
import { formatDouble, formatReal } from "./float-format.ts";
import { formatInterval } from "./interval-format.ts";
import type { TextStyles } from "./text-styles.ts";

/** The session settings that the text of a value depends on. */
export interface TextFormatSettings extends TextStyles {
  readonly timeZone: TimeZone;
  readonly extraFloatDigits: number;
}

/** A value that is not NULL, in PostgreSQL's text form. */
export function formatText(type: DataType, value: NonNullable<Value>, settings: TextFormatSettings): string {
  switch (type.kind) {
    case "bigint":
    case "integer":
    case "smallint":
    case "numeric":
    case "text":
    case "uuid":
    case "json":
      return String(value);
    case "double precision":
      return formatDouble(Number(value), settings.extraFloatDigits);
    case "real":
      return formatReal(Number(value), settings.extraFloatDigits);
    case "boolean":
      return value === true ? "t" : "f";
    case "date":
      return formatDate(Number(value), settings);
    case "timestamp":
      return formatTimestamp(BigInt(value as bigint), settings);
    case "timestamptz":
      return formatTimestampTz(BigInt(value as bigint), settings.timeZone, settings);
    case "time":
      return formatTime(BigInt(value as bigint));
    case "interval":
      return formatInterval(value as IntervalValue, settings.intervalStyle);
    case "bytea":
      return formatBytes(value as Uint8Array, settings);
    case "array":
      return formatArray(type.element, value as readonly Value[], settings);
    default:
      return unreachable(type);
  }
}

function formatBytes(bytes: Uint8Array, { byteaOutput }: TextStyles): string {
  if (byteaOutput === "hex") return `\\x${Buffer.from(bytes).toString("hex")}`;
  let text = "";
  for (const byte of bytes) {
    if (byte === 0x5c) text += "\\\\";
    else if (byte >= 0x20 && byte <= 0x7e) text += String.fromCharCode(byte);
    else text += `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return text;
}

function formatArray(element: DataType, values: readonly Value[], settings: TextFormatSettings): string {
  const items = values.map((value) => {
    if (value === null) return "NULL";
    if (Array.isArray(value)) return formatArray(element, value, settings);
    return quoteArrayItem(formatText(element, value, settings));
  });
  return `{${items.join(",")}}`;
}

function quoteArrayItem(text: string): string {
  if (text !== "" && !/[{}",\\ \t\n\r\v\f]/.test(text) && text.toUpperCase() !== "NULL") return text;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
