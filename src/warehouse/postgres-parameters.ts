// Client values as typed PostgreSQL parameters; no value ever becomes SQL text.
import { type DataType, type IntervalValue, type ScalarKind, typeOid, type Value } from "../data-type.ts";
import type { BoundParameter } from "../result.ts";
import { parametersMax, tooManyParameters } from "./postgres-errors.ts";
import { epochDays, epochMicros } from "./postgres-fields.ts";
import type { BoundValue } from "./postgres-messages.ts";

export function parameterOids(parameters: readonly BoundParameter[]): readonly number[] {
  if (parameters.length > parametersMax) throw tooManyParameters(parameters.length);
  return parameters.map(({ type }) => typeOid(type));
}

export function boundValues(parameters: readonly BoundParameter[]): readonly BoundValue[] {
  return parameters.map(({ type, value }) => boundValue(type, value));
}

function boundValue(type: DataType, value: Value): BoundValue {
  if (value === null) return { binary: false, bytes: null };
  if (type.kind === "array") {
    const element = type.element;
    const write = element.kind === "array" || element.kind === "numeric" ? undefined : binary[element.kind];
    const values = value as readonly Value[];
    // An array of texts is written as text; one of dates has no text without a calendar.
    return write === undefined
      ? { binary: false, bytes: Buffer.from(arrayText(values)) }
      : { binary: true, bytes: arrayBytes(values, typeOid(element), write) };
  }
  const write = type.kind === "numeric" ? undefined : binary[type.kind];
  return write === undefined
    ? { binary: false, bytes: Buffer.from(String(value)) }
    : { binary: true, bytes: write(value) };
}

type BinaryWriter = (value: NonNullable<Value>) => Buffer;

const int64Max = 2n ** 63n - 1n;
const int64Min = -(2n ** 63n);

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

function timestamp(value: NonNullable<Value>): Buffer {
  const micros = BigInt(value as bigint);
  // The infinities are the same numbers on both sides.
  return int64(micros === int64Max || micros === int64Min ? micros : micros - epochMicros);
}

function date(value: NonNullable<Value>): Buffer {
  const days = Number(value);
  if (Number.isFinite(days)) return int32(days - epochDays);
  return int32(days > 0 ? 2_147_483_647 : -2_147_483_648);
}

/** Absent: the value's own text is what PostgreSQL reads. */
const binary: Partial<Record<ScalarKind, BinaryWriter>> = {
  boolean: (value) => Buffer.from([value === true ? 1 : 0]),
  bytea: (value) => Buffer.from(value as Uint8Array),
  date,
  timestamp,
  timestamptz: timestamp,
  time: (value) => int64(BigInt(value as bigint)),
  interval: (value) => {
    const { months, days, micros } = value as IntervalValue;
    return Buffer.concat([int64(micros), int32(days), int32(months)]);
  },
};

function arrayText(values: readonly Value[]): string {
  const items = values.map((value) => {
    if (value === null) return "NULL";
    if (Array.isArray(value)) return arrayText(value);
    return `"${String(value).replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${items.join(",")}}`;
}

function arrayBytes(values: readonly Value[], elementOid: number, write: BinaryWriter): Buffer {
  const lengths = dimensionsOf(values);
  const items = leavesOf(values);
  const head = [int32(lengths.length), int32(items.includes(null) ? 1 : 0), int32(elementOid)];
  const dimensions = lengths.flatMap((length) => [int32(length), int32(1)]);
  const elements = items.flatMap((item) => {
    if (item === null) return [int32(-1)];
    const bytes = write(item);
    return [int32(bytes.length), bytes];
  });
  return Buffer.concat([...head, ...dimensions, ...elements]);
}

function leavesOf(values: readonly Value[]): readonly Value[] {
  return values.flatMap((value) => (Array.isArray(value) ? leavesOf(value) : [value]));
}

function dimensionsOf(values: readonly Value[]): readonly number[] {
  if (values.length === 0) return [];
  const [first] = values;
  return Array.isArray(first) ? [values.length, ...dimensionsOf(first)] : [values.length];
}
