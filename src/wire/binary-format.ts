// Values in PostgreSQL's binary form, for clients that ask for it column by column.
import { type DataType, dataTypeOfOid, type IntervalValue, typeOid, type Value } from "../data-type.ts";
import type { OutputBuffer } from "./output-buffer.ts";

/** Writes a value that is not NULL: its length word and its bytes. */
export type BinaryWriter = (out: OutputBuffer, value: NonNullable<Value>) => void;

/** 2000-01-01 in days and microseconds since 1970-01-01. */
const epochDays = 10_957;
const epochMicros = 946_684_800_000_000n;
const int64Max = 9_223_372_036_854_775_807n;
const int64Min = -9_223_372_036_854_775_808n;

const jsonbOid = 3802;
/** What a function without a result returns: no bytes at all. */
const voidOid = 2278;
/** oid and xid, whose values are numbers in text. */
const unsignedOids = new Set([26, 28]);

/** Undefined for a type whose binary form is not known here. */
export function binaryWriter(oid: number): BinaryWriter | undefined {
  if (unsignedOids.has(oid))
    return (out, value) => fixed(out, 4, (at) => out.bytes.writeUInt32BE(Number(value), at));
  if (oid === voidOid) return (out) => out.int32(0);
  if (oid === jsonbOid) {
    return (out, value) =>
      measured(out, () => {
        out.byte(1);
        out.text(String(value));
      });
  }
  const type = dataTypeOfOid(oid);
  return type === undefined ? undefined : writerOf(type);
}

function writerOf(type: DataType): BinaryWriter {
  switch (type.kind) {
    case "boolean":
      return (out, value) => fixed(out, 1, (at) => out.bytes.writeUInt8(value === true ? 1 : 0, at));
    case "smallint":
      return (out, value) => fixed(out, 2, (at) => out.bytes.writeInt16BE(Number(value), at));
    case "integer":
      return (out, value) => fixed(out, 4, (at) => out.bytes.writeInt32BE(Number(value), at));
    case "bigint":
    case "time":
      return (out, value) => writeInt64(out, BigInt(value as bigint));
    case "real":
      return (out, value) => fixed(out, 4, (at) => out.bytes.writeFloatBE(Number(value), at));
    case "double precision":
      return (out, value) => fixed(out, 8, (at) => out.bytes.writeDoubleBE(Number(value), at));
    case "numeric":
      return (out, value) => writeNumeric(out, String(value));
    case "text":
    case "json":
      return (out, value) => measured(out, () => out.text(String(value)));
    case "date":
      return (out, value) => fixed(out, 4, (at) => out.bytes.writeInt32BE(postgresDays(Number(value)), at));
    case "timestamp":
    case "timestamptz":
      return (out, value) => writeInt64(out, postgresMicros(BigInt(value as bigint)));
    case "interval":
      return (out, value) => writeInterval(out, value as IntervalValue);
    case "uuid":
      return (out, value) =>
        measured(out, () => out.append(Buffer.from(String(value).replaceAll("-", ""), "hex")));
    case "bytea":
      return (out, value) => measured(out, () => out.append(value as Uint8Array));
    case "array":
      return arrayWriter(type.element);
    default:
      return type satisfies never;
  }
}

function fixed(out: OutputBuffer, length: number, write: (at: number) => void): void {
  out.int32(length);
  out.reserve(length);
  write(out.length);
  out.length += length;
}

function measured(out: OutputBuffer, write: () => void): void {
  const start = out.length;
  out.int32(0);
  write();
  out.setInt32(start, out.length - start - 4);
}

function writeInt64(out: OutputBuffer, value: bigint): void {
  fixed(out, 8, (at) => out.bytes.writeBigInt64BE(value, at));
}

function postgresDays(days: number): number {
  if (days === Number.POSITIVE_INFINITY) return 0x7fffffff;
  return days === Number.NEGATIVE_INFINITY ? -0x80000000 : days - epochDays;
}

function postgresMicros(micros: bigint): bigint {
  return micros === int64Max || micros === int64Min ? micros : micros - epochMicros;
}

function writeInterval(out: OutputBuffer, value: IntervalValue): void {
  fixed(out, 16, (at) => {
    out.bytes.writeBigInt64BE(value.micros, at);
    out.bytes.writeInt32BE(value.days, at + 8);
    out.bytes.writeInt32BE(value.months, at + 12);
  });
}

const numericSigns: Readonly<Record<string, readonly [sign: number, scale: number]>> = {
  NaN: [0xc000, 0],
  Infinity: [0xd000, 0x20],
  "-Infinity": [0xf000, 0x20],
};

/** Groups of four decimal digits from the point outwards; groups of zeros at both ends are left out. */
function writeNumeric(out: OutputBuffer, text: string): void {
  const special = numericSigns[text];
  if (special !== undefined) {
    writeNumericParts(out, [], 0, special[0], special[1]);
    return;
  }
  const negative = text.startsWith("-");
  const [whole = "", fraction = ""] = (negative ? text.slice(1) : text).split(".");
  const digits =
    whole.padStart(Math.ceil(whole.length / 4) * 4, "0") +
    fraction.padEnd(Math.ceil(fraction.length / 4) * 4, "0");
  let weight = Math.ceil(whole.length / 4) - 1;
  let groups: number[] = [];
  for (let at = 0; at < digits.length; at += 4) groups.push(Number(digits.slice(at, at + 4)));
  const first = groups.findIndex((group) => group !== 0);
  const last = groups.findLastIndex((group) => group !== 0);
  weight = first === -1 ? 0 : weight - first;
  groups = first === -1 ? [] : groups.slice(first, last + 1);
  writeNumericParts(out, groups, weight, negative && groups.length > 0 ? 0x4000 : 0, fraction.length);
}

function writeNumericParts(
  out: OutputBuffer,
  groups: readonly number[],
  weight: number,
  sign: number,
  scale: number,
): void {
  out.int32(8 + groups.length * 2);
  out.int16(groups.length);
  out.int16(weight);
  out.int16(sign);
  out.int16(scale);
  for (const group of groups) out.int16(group);
}

function arrayWriter(element: DataType): BinaryWriter {
  const write = writerOf(element);
  const elementOid = typeOid(element);
  return (out, value) => {
    const lengths = dimensionsOf(value as readonly Value[]);
    const items =
      lengths.length < 2 ? (value as readonly Value[]) : ((value as readonly Value[]).flat(6) as Value[]);
    measured(out, () => {
      out.int32(lengths.length);
      out.int32(items.includes(null) ? 1 : 0);
      out.int32(elementOid);
      for (const length of lengths) {
        out.int32(length);
        out.int32(1);
      }
      for (const item of items) {
        if (item === null) out.int32(-1);
        else write(out, item);
      }
    });
  };
}

function dimensionsOf(values: readonly Value[]): readonly number[] {
  if (values.length === 0) return [];
  const [first] = values;
  return Array.isArray(first) ? [values.length, ...dimensionsOf(first)] : [values.length];
}
