// Arrays in PostgreSQL's binary form, read to arrays of values.
import type { Value } from "../data-type.ts";
import { arrayBoundsNotSupported } from "./postgres-errors.ts";
import { type FieldReader, readBinary, readUtf8 } from "./postgres-fields.ts";

/** `change` makes an element one of the wanted type. Arrays of several dimensions become arrays of arrays. */
export function openArrayReader(change: ((value: never) => Value) | undefined): FieldReader {
  return (bytes, start) => {
    const dimensionCount = bytes.readInt32BE(start);
    if (dimensionCount === 0) return [];
    // Elements of types that are not built in are enumerations and citext, whose binary form is their text.
    const readPlain = readBinary(bytes.readUInt32BE(start + 8)) ?? readUtf8;
    const lengths: number[] = [];
    for (let dimension = 0; dimension < dimensionCount; dimension += 1) {
      const at = start + 12 + dimension * 8;
      // A value has no place for other bounds, and its text would differ without them.
      if (bytes.readInt32BE(at + 4) !== 1) throw arrayBoundsNotSupported();
      lengths.push(bytes.readInt32BE(at));
    }
    let at = start + 12 + dimensionCount * 8;
    const readElement = (): Value => {
      const length = bytes.readInt32BE(at);
      at += 4;
      if (length < 0) return null;
      const value = readPlain(bytes, at, length);
      at += length;
      return change === undefined ? value : change(value as never);
    };
    const readLevel = (level: number): Value[] => {
      const values: Value[] = [];
      for (let index = 0; index < (lengths[level] as number); index += 1) {
        values.push(level === lengths.length - 1 ? readElement() : readLevel(level + 1));
      }
      return values;
    };
    return readLevel(0);
  };
}
