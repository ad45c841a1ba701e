// From DataRow messages to values of the types the statement was promised.
// Each column comes in the form that is exact and read fastest: numbers and times as their bytes, what is a text to us
// anyway (numeric, uuid, json) as text. Only changes that lose nothing are made; any other pair of types is a fault of
// the rendered SQL and is refused.
import type { DataType, Value } from "../data-type.ts";
import { type Change, checkedInteger, floatChange, numericText } from "./number-changes.ts";
import { withScale } from "./numeric-text.ts";
import { openArrayReader } from "./postgres-arrays.ts";
import { type FieldReader, readBinary, readUtf8 } from "./postgres-fields.ts";
import type { PostgresColumn } from "./postgres-types.ts";
import { valueOutOfRange } from "./warehouse-errors.ts";

export interface FieldDecoder {
  /** As Bind asks for it: 0 text, 1 binary. */
  readonly format: 0 | 1;
  /** Reads a field that is not NULL. */
  readonly read: FieldReader;
}

const readAscii: FieldReader = (bytes, at, length) => bytes.toString("latin1", at, at + length);

/** Whether the column's values are the wanted ones, and their texts too: a real is a double with another text. */
export function isSameType({ type }: PostgresColumn, wanted: DataType): boolean {
  if (type?.kind === "array" && wanted.kind === "array") return isSameScalar(type.element, wanted.element);
  return type !== undefined && isSameScalar(type, wanted);
}

function isSameScalar(type: DataType, wanted: DataType): boolean {
  return type.kind === wanted.kind && type.kind !== "array" && changeOf(type, wanted) === "same";
}

/** The decoder from the column's type to the wanted one; undefined where there is no sound one. */
export function fieldDecoder(column: PostgresColumn, wanted: DataType): FieldDecoder | undefined {
  const { type } = column;
  if (type === undefined) return undefined;
  if (type.kind === "array" || wanted.kind === "array") {
    if (type.kind !== "array" || wanted.kind !== "array") return undefined;
    const change = changeOf(type.element, wanted.element);
    const read = change && openArrayReader(change === "same" ? undefined : change);
    return read && { format: 1, read };
  }
  const change = changeOf(type, wanted);
  if (change === undefined) return undefined;
  const plain = plainDecoder(type, column.oid);
  if (change === "same") return plain;
  const read: FieldReader = (bytes, at, length) =>
    change(plain.read(bytes, at, length) as never) as NonNullable<Value>;
  return { format: plain.format, read };
}

function plainDecoder(type: DataType, oid: number): FieldDecoder {
  switch (type.kind) {
    case "numeric":
    case "uuid":
      return { format: 0, read: readAscii };
    case "text":
    case "json":
      return { format: 0, read: readUtf8 };
    default: {
      const read = readBinary(oid);
      if (read === undefined) throw new TypeError(`no reader for values of type ${type.kind}`);
      return { format: 1, read };
    }
  }
}

const microsPerDay = 86_400_000_000n;
const infinityMicros = 2n ** 63n - 1n;

/** What makes a value of the one type one of the other. */
function changeOf(type: DataType, wanted: DataType): Change<never> {
  switch (type.kind) {
    case "smallint":
    case "integer":
    case "bigint":
      return integerChange(type.kind, wanted) as Change<never>;
    case "numeric":
      return numericChange(
        type.precision === undefined ? undefined : (type.scale ?? 0),
        wanted,
      ) as Change<never>;
    case "real":
    case "double precision":
      return floatChange(wanted, type.kind === "real") as Change<never>;
    case "date":
      return wanted.kind === "timestamp" ? (microsOfDays as Change<never>) : sameKind(type, wanted);
    case "uuid":
    case "json":
      return wanted.kind === "text" ? "same" : sameKind(type, wanted);
    default:
      return sameKind(type, wanted);
  }
}

function sameKind(type: DataType, wanted: DataType): "same" | undefined {
  return type.kind === wanted.kind ? "same" : undefined;
}

const integerOrder = ["smallint", "integer", "bigint"];

function integerChange(kind: string, wanted: DataType): Change<number | bigint> {
  switch (wanted.kind) {
    case "smallint":
    case "integer":
    case "bigint":
      return integerOrder.indexOf(kind) <= integerOrder.indexOf(wanted.kind)
        ? "same"
        : (value) => checkedInteger(value, wanted);
    case "numeric":
      return numericText(wanted, (value) => value.toString(), 0);
    case "double precision":
      return (value) => Number(value);
    case "real":
      return (value) => Math.fround(Number(value));
    default:
      return undefined;
  }
}

function numericChange(ownScale: number | undefined, wanted: DataType): Change<string> {
  switch (wanted.kind) {
    case "numeric": {
      const scale = wanted.precision === undefined ? undefined : (wanted.scale ?? 0);
      return scale === undefined || scale === ownScale ? "same" : (text) => withScale(text, scale);
    }
    case "double precision":
      return (text) => Number(text);
    case "real":
      return (text) => Math.fround(Number(text));
    case "smallint":
    case "integer":
    case "bigint":
      return (text) => {
        if (!/^-?\d/.test(text)) throw valueOutOfRange(wanted);
        return checkedInteger(BigInt(withScale(text, 0)), wanted);
      };
    default:
      return undefined;
  }
}

function microsOfDays(day: number): bigint {
  if (Number.isFinite(day)) return BigInt(day) * microsPerDay;
  return day > 0 ? infinityMicros : -infinityMicros - 1n;
}

/** The values of whole DataRow messages, column by column. */
export function decodeRows(
  bytes: Buffer,
  rowCount: number,
  decoders: readonly FieldDecoder[],
): readonly (readonly Value[])[] {
  const columns = decoders.map(() => new Array<Value>(rowCount));
  let at = 0;
  for (let row = 0; row < rowCount; row += 1) {
    if (bytes.readUInt16BE(at + 5) !== decoders.length) throw new TypeError("a row of another width");
    at += 7;
    for (let column = 0; column < decoders.length; column += 1) {
      const length = bytes.readInt32BE(at);
      at += 4;
      const values = columns[column] as Value[];
      if (length < 0) {
        values[row] = null;
      } else {
        values[row] = (decoders[column] as FieldDecoder).read(bytes, at, length);
        at += length;
      }
    }
  }
  return columns;
}
