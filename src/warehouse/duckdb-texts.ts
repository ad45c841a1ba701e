// Strings out of DuckDB vectors. Making strings is what costs most in reading a result, so the bytes of neighbours
// are taken in one piece and short strings that come again are made once.
import { isAscii } from "node:buffer";
import duckdb from "@duckdb/node-bindings";
import type { Value } from "../data-type.ts";
import { validityOf } from "./duckdb-vectors.ts";

/** A cell is four 32-bit words: the length, then up to 12 bytes of text, or 4 of them and a pointer to all. */
const cellBytes = 16;
const inlineBytesMax = 12;

/** Slots for short strings; columns of names and states hold fewer. A power of two. */
const shortSlots = 256;

/** Bytes taken in one piece, if there is more than one string in them. */
const runBytesMax = 1024 * 1024;

export function decodeTexts(vector: duckdb.Vector, count: number): Value[] {
  const values = new Array<Value>(count);
  if (count === 0) return values;
  const data = duckdb.vector_get_data(vector, count * cellBytes);
  const validity = validityOf(vector, count);
  const words = new Int32Array(data.buffer, data.byteOffset, count * 4);
  const readShort = shortTexts(data, words);
  const readLong = longTexts({ data, words, validity, count });
  for (let row = 0; row < count; row += 1) {
    if (isNullAt(validity, row)) values[row] = null;
    else values[row] = (words[row * 4] as number) <= inlineBytesMax ? readShort(row) : readLong(row);
  }
  return values;
}

function isNullAt(validity: Uint8Array | undefined, row: number): boolean {
  return validity !== undefined && ((validity[row >> 3] as number) & (1 << (row & 7))) === 0;
}

/** Strings that lie in their cell; one that is still in its slot is not made again. */
function shortTexts(data: Uint8Array, words: Int32Array): (row: number) => string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const keys = new Int32Array(shortSlots * 4);
  const texts = new Array<string>(shortSlots).fill("");
  return (row) => {
    const at = row * 4;
    const [length, first, second, third] = [words[at], words[at + 1], words[at + 2], words[at + 3]] as [
      number,
      number,
      number,
      number,
    ];
    // DuckDB fills what a short string leaves of its cell with zeros, so equal strings are equal cells.
    const mixed = Math.imul(length ^ first ^ Math.imul(second, 31) ^ Math.imul(third, 961), 0x9e3779b1);
    const slot = mixed >>> 24;
    const key = slot * 4;
    const isKnown =
      keys[key] === length && keys[key + 1] === first && keys[key + 2] === second && keys[key + 3] === third;
    if (isKnown) return texts[slot] as string;
    const text = bytes.toString("utf8", row * cellBytes + 4, row * cellBytes + 4 + length);
    keys[key] = length;
    keys[key + 1] = first;
    keys[key + 2] = second;
    keys[key + 3] = third;
    texts[slot] = text;
    return text;
  };
}

interface TextCells {
  readonly data: Uint8Array;
  readonly words: Int32Array;
  readonly validity: Uint8Array | undefined;
  readonly count: number;
}

/** Strings behind pointers, read in runs: one string's bytes mostly begin where the last one's end. */
function longTexts(cells: TextCells): (row: number) => string {
  let start = 0;
  let end = 0;
  let bytes = Buffer.alloc(0);
  let ascii: string | undefined;
  return (row) => {
    const pointer = pointerAt(cells.words, row);
    const length = lengthAt(cells.words, row);
    if (pointer < start || pointer + length > end) {
      start = pointer;
      end = endOfRun(cells, row);
      const run = duckdb.get_data_from_pointer(
        cells.data.buffer as ArrayBuffer,
        cells.data.byteOffset + row * cellBytes + 8,
        end - start,
      );
      bytes = Buffer.from(run.buffer as ArrayBuffer, run.byteOffset, end - start);
      ascii = isAscii(bytes) ? bytes.toString("latin1") : undefined;
    }
    const from = pointer - start;
    return ascii === undefined
      ? bytes.toString("utf8", from, from + length)
      : ascii.substring(from, from + length);
  };
}

/**
 * Where the strings that lie end to end from this row's on stop. Only bytes of strings are ever counted: cells that
 * are NULL hold anything, and memory between strings may not be ours to read.
 */
function endOfRun({ words, validity, count }: TextCells, firstRow: number): number {
  const start = pointerAt(words, firstRow);
  let end = start + lengthAt(words, firstRow);
  for (let row = firstRow + 1; row < count && end - start < runBytesMax; row += 1) {
    if (isNullAt(validity, row) || lengthAt(words, row) <= inlineBytesMax) continue;
    if (pointerAt(words, row) !== end) break;
    end += lengthAt(words, row);
  }
  return end;
}

function lengthAt(words: Int32Array, row: number): number {
  return (words[row * 4] as number) >>> 0;
}

/** Addresses have 48 bits or 57, and those that a program gets less than 2^53. */
function pointerAt(words: Int32Array, row: number): number {
  return (words[row * 4 + 3] as number) * 4_294_967_296 + ((words[row * 4 + 2] as number) >>> 0);
}
