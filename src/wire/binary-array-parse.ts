// The binary form of arrays into their text, with PostgreSQL's words for what is none.
import { LensError } from "../errors.ts";
import {
  arrayTooLarge,
  type ElementType,
  incorrectBinary,
  insufficientData,
  invalidBinary,
  tooManyDimensions,
  wrongElementType,
} from "./wire-errors.ts";

/** PostgreSQL's MAXDIM and MaxArraySize. */
const dimensionsMax = 6;
const elementsMax = 134_217_727;
/** PostgreSQL's FirstGenbkiObjectId: oids that are the same in every server are below. */
const fixedOidMax = 9_999;

/** Element types by the oid of their arrays, as PostgreSQL spells them. Source: pg_type.dat. */
const elements: ReadonlyMap<number, ElementType> = new Map(
  [
    '1000 16 boolean, 1001 17 bytea, 1002 18 "char", 1003 19 name, 1016 20 bigint, 1005 21 smallint',
    "1007 23 integer, 1009 25 text, 1028 26 oid, 199 114 json, 1021 700 real, 1022 701 double precision",
    "1014 1042 character, 1015 1043 character varying, 1182 1082 date, 1183 1083 time without time zone",
    "1115 1114 timestamp without time zone, 1185 1184 timestamp with time zone, 1187 1186 interval",
    "1231 1700 numeric, 2951 2950 uuid, 3807 3802 jsonb",
  ]
    .flatMap((line) => line.split(", "))
    .map((entry) => {
      const [array, oid, ...name] = entry.split(" ");
      return [Number(array), { oid: Number(oid), name: name.join(" ") }];
    }),
);

const names: ReadonlyMap<number, string> = new Map(
  [...elements.values()].map(({ oid, name }) => [oid, name]),
);

/** Whether the oid is that of an array whose elements are known by name here. */
export function isKnownArray(oid: number): boolean {
  return elements.has(oid);
}

/** What a type that is none is called, and none. */
const unknownName = "???";
const noName = "-";

/**
 * Undefined where values here cannot say it: several dimensions, other bounds, elements that `textOf` does not know.
 * `parameter` counts from 1, for 22P03.
 */
export function textOfBinaryArray(
  arrayOid: number,
  bytes: Buffer,
  parameter: number,
  textOf: (elementOid: number, bytes: Buffer) => string | undefined,
): string | undefined {
  if (bytes.length < 4) throw insufficientData();
  const dimensions = bytes.readInt32BE(0);
  if (dimensions < 0) throw invalidBinary(`invalid number of dimensions: ${dimensions}`);
  if (dimensions > dimensionsMax) throw tooManyDimensions(dimensions, dimensionsMax);
  if (bytes.length < 8) throw insufficientData();
  const flags = bytes.readInt32BE(4);
  if (flags !== 0 && flags !== 1) throw invalidBinary("invalid array flags");
  if (bytes.length < 12) throw insufficientData();
  const elementOid = elementOf(arrayOid, bytes.readUInt32BE(8));
  const start = 12 + 8 * dimensions;
  if (bytes.length < start) throw insufficientData();
  const sizes = Array.from({ length: dimensions }, (_each, index) => bytes.readInt32BE(12 + 8 * index));
  const count = sizes.reduce((product, size) => product * size, dimensions === 0 ? 0 : 1);
  if (sizes.some((size) => size < 0) || count > elementsMax) throw arrayTooLarge(elementsMax);
  const texts = readElements(bytes.subarray(start), count, (item) => textOf(elementOid, item));
  if (texts === undefined) return undefined;
  if (texts.end !== bytes.length - start) throw incorrectBinary(parameter);
  if (count === 0) return "{}";
  // Values have no bounds: PostgreSQL, which reads the parameters of catalog queries, gets the bytes as they are.
  if (dimensions !== 1 || bytes.readInt32BE(16) !== 1) return undefined;
  return `{${texts.items.join(",")}}`;
}

/** Throws 42804 for another type than the array's. */
function elementOf(arrayOid: number, told: number): number {
  const expected = elements.get(arrayOid);
  if (expected === undefined || told === expected.oid) return told;
  if (told > fixedOidMax) return expected.oid;
  throw wrongElementType(
    { oid: told, name: told === 0 ? noName : (names.get(told) ?? unknownName) },
    expected,
  );
}

function readElements(
  bytes: Buffer,
  count: number,
  textOf: (bytes: Buffer) => string | undefined,
): { readonly items: readonly string[]; readonly end: number } | undefined {
  const items: string[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 4 > bytes.length) throw insufficientData();
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < -1 || at + length > bytes.length) throw invalidBinary("insufficient data left in message");
    if (length === -1) {
      items.push("NULL");
      continue;
    }
    const text = elementText(bytes.subarray(at, at + length), index, textOf);
    if (text === undefined) return undefined;
    items.push(`"${text.replace(/["\\]/g, "\\$&")}"`);
    at += length;
  }
  return { items, end: at };
}

/** An element that is too long is told by its number, not as a parameter. */
function elementText(
  bytes: Buffer,
  index: number,
  textOf: (bytes: Buffer) => string | undefined,
): string | undefined {
  try {
    return textOf(bytes);
  } catch (error) {
    const isTooLong = error instanceof LensError && error.message.startsWith("incorrect binary data format");
    throw isTooLong ? invalidBinary(`improper binary format in array element ${index + 1}`) : error;
  }
}
