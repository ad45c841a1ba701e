// Rows into DataRow messages, one buffer per batch. What a column needs is decided once per result; per value there is
// one call that writes length and bytes.
import { splitDataRows } from "../data-rows.ts";
import { type DataType, dataTypeOfOid, type Value } from "../data-type.ts";
import type { ColumnBatch, EncodedBatch, RelayedBatch, ResultColumn, RowBatch } from "../result.ts";
import { offsetSpelling } from "../time-zone.ts";
import { binaryWriter } from "./binary-format.ts";
import { formatDate } from "./date-time-format.ts";
import { formatOf } from "./encode.ts";
import { refuseOtherStyles } from "./other-styles.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { formatText, type TextFormatSettings } from "./text-format.ts";
import { parseText } from "./text-parse.ts";
import { plainStyles, type TextStyles } from "./text-styles.ts";
import { binaryColumnNotSupported } from "./wire-errors.ts";

/** Bytes that a batch's buffer begins with; a later batch begins with what the one before needed. */
const batchBytesInitial = 64 * 1024;

/** Days whose ten characters are remembered, per column. */
const cachedDaysMax = 8192;

/** Writes a value that is not NULL: its length word and its bytes. */
type ValueWriter = (out: OutputBuffer, value: NonNullable<Value>) => void;

export interface RowEncoder {
  /** The batch as DataRow messages, one after the other. */
  encode(batch: RowBatch): Buffer;
}

/** Throws 0A000 naming the column where a binary column is asked for that has no binary form here. */
export function refuseUnsupportedFormats(columns: readonly ResultColumn[], formats: readonly number[]): void {
  for (const [index, column] of columns.entries()) {
    if (formatOf(formats, index) === 1 && binaryWriter(column.typeOid) === undefined)
      throw binaryColumnNotSupported(column.name);
  }
}

/** encode() throws as refuseUnsupportedFormats(), except for rows that are in the wanted formats already. */
export function createRowEncoder(
  columns: readonly ResultColumn[],
  formats: readonly number[],
  settings: TextFormatSettings,
): RowEncoder {
  const writers = columns.map((column, index) => {
    const type = dataTypeOfOid(column.typeOid, column.typeModifier);
    if (formatOf(formats, index) === 0) return textWriter(type, settings);
    return binaryWriter(column.typeOid) ?? refusingWriter(column.name);
  });
  const isWanted = (given: readonly number[]): boolean =>
    columns.every((_column, index) => formatOf(formats, index) === formatOf(given, index));
  let lastBytes = batchBytesInitial;
  return {
    encode(batch) {
      if (batch.kind === "relayed") return relayed(batch, isWanted(batch.formats), settings);
      if (batch.kind === "encoded") refuseOtherStyles(batch, columns, formats, settings);
      if (batch.kind === "encoded" && isWanted(batch.formats ?? [])) return bufferOf(batch.bytes);
      if (batch.kind === "encoded" && batch.formats?.includes(1) === true)
        throw new TypeError("rows in binary form were asked for in another one");
      const out = new OutputBuffer(lastBytes);
      if (batch.kind === "encoded") rewriteRows(batch, columns, formats, writers, settings, out);
      else writeRows(batch, writers, out);
      lastBytes = Math.max(1024, Math.ceil(out.length * 1.1));
      return out.take();
    },
  };
}

/** Rows that need nothing. That they are in another form than is wanted is a fault of whoever asked for them. */
function relayed(batch: RelayedBatch, isWanted: boolean, settings: TextFormatSettings): Buffer {
  const { assumes } = batch;
  const holds =
    isWanted &&
    (settings.timeZone.name === "UTC" || !assumes.includes("timeZoneIsUtc")) &&
    (settings.extraFloatDigits > 0 || !assumes.includes("floatsAreShortest")) &&
    (settings.dateStyle === plainStyles.dateStyle || !assumes.includes("datesAreIso")) &&
    (settings.intervalStyle === plainStyles.intervalStyle || !assumes.includes("intervalsArePostgres")) &&
    (settings.byteaOutput === plainStyles.byteaOutput || !assumes.includes("bytesAreHexadecimal"));
  if (!holds) throw new TypeError("rows were relayed in another form than is wanted now");
  return bufferOf(batch.bytes);
}

/** The same memory. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function refusingWriter(column: string): ValueWriter {
  return () => {
    throw binaryColumnNotSupported(column);
  };
}

function writeRows(batch: ColumnBatch, writers: readonly ValueWriter[], out: OutputBuffer): void {
  const { columns, rowCount } = batch;
  const columnCount = writers.length;
  for (let row = 0; row < rowCount; row++) {
    out.reserve(7);
    const start = out.length;
    const bytes = out.bytes;
    bytes[start] = 0x44;
    bytes[start + 5] = columnCount >>> 8;
    bytes[start + 6] = columnCount & 0xff;
    out.length = start + 7;
    for (let column = 0; column < columnCount; column++) {
      const value = (columns[column] as readonly Value[])[row];
      if (value === null || value === undefined) out.int32(-1);
      else (writers[column] as ValueWriter)(out, value);
    }
    out.setInt32(start + 1, out.length - start - 1);
  }
}

/** Rows that came as text messages, with the columns that are wanted in binary form written anew. */
function rewriteRows(
  batch: EncodedBatch,
  columns: readonly ResultColumn[],
  formats: readonly number[],
  writers: readonly ValueWriter[],
  settings: TextFormatSettings,
  out: OutputBuffer,
): void {
  const parseSettings = { ...plainStyles, timeZone: settings.timeZone, nowMs: 0 };
  const types = columns.map((column) => dataTypeOfOid(column.typeOid, column.typeModifier));
  for (const message of splitDataRows(batch.bytes)) {
    const row = bufferOf(message);
    const start = out.length;
    out.append(row.subarray(0, 7));
    let at = 7;
    for (let column = 0; column < columns.length; column++) {
      const length = row.readInt32BE(at);
      const end = at + 4 + Math.max(0, length);
      if (length === -1 || formatOf(formats, column) === 0) out.append(row.subarray(at, end));
      else {
        const text = row.toString("utf8", at + 4, end);
        const type = types[column];
        (writers[column] as ValueWriter)(
          out,
          type === undefined ? text : parseText(type, text, parseSettings),
        );
      }
      at = end;
    }
    out.setInt32(start + 1, out.length - start - 1);
  }
}

function textWriter(type: DataType | undefined, settings: TextFormatSettings): ValueWriter {
  switch (type?.kind) {
    case "smallint":
    case "integer":
    case "bigint":
      return writeInteger;
    case "boolean":
      return writeBoolean;
    case "double precision":
      return (out, value) => {
        const number = Number(value);
        if (
          Number.isInteger(number) &&
          Math.abs(number) < 1e15 &&
          !Object.is(number, -0) &&
          settings.extraFloatDigits > 0
        ) {
          writeInteger(out, number);
        } else writeAscii(out, formatText(type, value, settings));
      };
    case "numeric":
    case "uuid":
    case "real":
    case "interval":
    case "time":
    case "bytea":
      return (out, value) => writeAscii(out, formatText(type, value, settings));
    case "date":
      return dateWriter(settings);
    case "timestamp":
    case "timestamptz":
      return timestampWriter(type.kind === "timestamptz", settings);
    case "text":
    case "json":
      return (out, value) => writeText(out, value as string);
    case "array":
      return (out, value) => writeText(out, formatText(type, value, settings));
    case undefined:
      // A catalog type that no lens column has: its values are texts already.
      return (out, value) => writeText(out, String(value));
    default:
      return type satisfies never;
  }
}

function writeBoolean(out: OutputBuffer, value: NonNullable<Value>): void {
  out.reserve(5);
  out.setInt32(out.length, 1);
  out.bytes[out.length + 4] = value === true ? 0x74 : 0x66;
  out.length += 5;
}

/** Digits from the last to the first; a bigint beyond 2^53 goes through its text. */
function writeInteger(out: OutputBuffer, value: NonNullable<Value>): void {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    writeAscii(out, String(value));
    return;
  }
  let rest = Math.abs(number);
  let digits = 1;
  for (let bound = 10; rest >= bound; bound *= 10) digits++;
  const length = number < 0 ? digits + 1 : digits;
  out.reserve(4 + length);
  out.setInt32(out.length, length);
  const bytes = out.bytes;
  let at = out.length + 4 + length;
  out.length = at;
  while (rest >= 0x7fffffff) {
    const next = Math.floor(rest / 10);
    bytes[--at] = 0x30 + (rest - next * 10);
    rest = next;
  }
  let small = rest | 0;
  do {
    const next = (small / 10) | 0;
    bytes[--at] = 0x30 + (small - next * 10);
    small = next;
  } while (small !== 0);
  if (number < 0) bytes[at - 1] = 0x2d;
}

/** For texts that cannot hold anything else. */
function writeAscii(out: OutputBuffer, text: string): void {
  const length = text.length;
  out.reserve(4 + length);
  const bytes = out.bytes;
  out.setInt32(out.length, length);
  const at = out.length + 4;
  if (length > 64) bytes.write(text, at, length, "latin1");
  else for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index);
  out.length = at + length;
}

/** Short texts are mostly ASCII, and a loop over them is faster than a call into the runtime. */
function writeText(out: OutputBuffer, text: string): void {
  const length = text.length;
  out.reserve(4 + length * 3);
  const bytes = out.bytes;
  const at = out.length + 4;
  let index = 0;
  if (length <= 48) {
    for (; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) break;
      bytes[at + index] = unit;
    }
  }
  const written = index === length ? length : bytes.write(text, at, length * 3, "utf8");
  out.setInt32(out.length, written);
  out.length = at + written;
}

function dateWriter(styles: TextStyles): ValueWriter {
  const days = new DayTexts(styles);
  return (out, value) => writeAscii(out, days.textOf(value as number));
}

/** Texts of days: results repeat few days often. */
class DayTexts {
  private readonly texts = new Map<number, string>();
  private readonly styles: TextStyles;

  constructor(styles: TextStyles) {
    this.styles = styles;
  }

  textOf(day: number): string {
    let text = this.texts.get(day);
    if (text === undefined) {
      text = formatDate(day, this.styles);
      if (this.texts.size >= cachedDaysMax) this.texts.clear();
      this.texts.set(day, text);
    }
    return text;
  }
}

const microsPerSecond = 1_000_000;
const microsPerDayNumber = 86_400 * microsPerSecond;

function timestampWriter(withZone: boolean, settings: TextFormatSettings): ValueWriter {
  const type: DataType = { kind: withZone ? "timestamptz" : "timestamp" };
  if (settings.dateStyle !== "ISO") return (out, value) => writeText(out, formatText(type, value, settings));
  const days = new DayTexts(settings);
  const zone = withZone ? settings.timeZone : undefined;
  return (out, value) => {
    const micros = Number(value);
    // Beyond 2^53 microseconds (years before 1684 and after 2255) doubles are not exact.
    if (!Number.isSafeInteger(micros)) {
      writeAscii(out, formatText(type, value, settings));
      return;
    }
    const offset = zone === undefined ? 0 : zone.offsetSecondsAt(Math.floor(micros / microsPerSecond));
    const local = micros + offset * microsPerSecond;
    const day = Math.floor(local / microsPerDayNumber);
    const dayText = days.textOf(day);
    const suffix = zone === undefined ? "" : offsetSpelling(offset);
    writeDayAndTime(out, dayText, local - day * microsPerDayNumber, suffix);
  };
}

function writeDayAndTime(out: OutputBuffer, dayText: string, microsOfDay: number, suffix: string): void {
  out.reserve(4 + dayText.length + 16 + suffix.length);
  const bytes = out.bytes;
  const start = out.length + 4;
  let at = start;
  for (let index = 0; index < dayText.length; index++) bytes[at++] = dayText.charCodeAt(index);
  bytes[at++] = 0x20;
  const seconds = Math.floor(microsOfDay / microsPerSecond) | 0;
  at = writePair(bytes, at, (seconds / 3600) | 0);
  bytes[at++] = 0x3a;
  at = writePair(bytes, at, ((seconds / 60) | 0) % 60);
  bytes[at++] = 0x3a;
  at = writePair(bytes, at, seconds % 60);
  let fraction = microsOfDay - seconds * microsPerSecond;
  if (fraction !== 0) {
    bytes[at++] = 0x2e;
    for (let unit = 100_000; fraction !== 0; unit /= 10) {
      const digit = (fraction / unit) | 0;
      bytes[at++] = 0x30 + digit;
      fraction -= digit * unit;
    }
  }
  for (let index = 0; index < suffix.length; index++) bytes[at++] = suffix.charCodeAt(index);
  out.setInt32(out.length, at - start);
  out.length = at;
}

function writePair(bytes: Buffer, at: number, value: number): number {
  bytes[at] = 0x30 + ((value / 10) | 0);
  bytes[at + 1] = 0x30 + (value % 10);
  return at + 2;
}
