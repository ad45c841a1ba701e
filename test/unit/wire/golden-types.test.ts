// Values of every type, in text and binary as PostgreSQL sent them, through both directions of the codecs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type DataType, dataTypeOfOid } from "../../../src/data-type.ts";
import { fixedTimeZone } from "../../../src/time-zone.ts";
import { binaryWriter } from "../../../src/wire/binary-format.ts";
import { textOfBinary } from "../../../src/wire/binary-parse.ts";
import { decodeText } from "../../../src/wire/decode.ts";
import { createRowEncoder } from "../../../src/wire/encode-rows.ts";
import { OutputBuffer } from "../../../src/wire/output-buffer.ts";
import { formatText } from "../../../src/wire/text-format.ts";
import { parseText } from "../../../src/wire/text-parse.ts";
import { plainStyles } from "../../../src/wire/text-styles.ts";

interface GoldenValue {
  readonly expression: string;
  readonly oid: number;
  readonly modifier: number;
  readonly text: string;
  readonly binary: Buffer;
}

const values: GoldenValue[] = readFileSync(join(import.meta.dirname, "golden-types.tsv"), "utf8")
  .trimEnd()
  .split("\n")
  .slice(1)
  .map((line) => line.split("\t"))
  .filter((fields) => fields[6] !== "NULL")
  .map((fields) => ({
    expression: fields[0] ?? "",
    oid: Number(fields[1]),
    modifier: Number(fields[4]),
    text: fields[5] ?? "",
    binary: Buffer.from(fields[6] ?? "", "hex"),
  }));

const timeZone = fixedTimeZone(0);
const parseSettings = { ...plainStyles, timeZone, nowMs: 0 };
const formatSettings = { ...plainStyles, timeZone, extraFloatDigits: 1 };

/** Types that a lens has; jsonb is held as its text, whose spelling is not ours to make. */
const ofLensTypes = values.flatMap((value) => {
  const type = dataTypeOfOid(value.oid, value.modifier);
  return type === undefined ? [] : [{ ...value, type }];
});

/** Values have no lower bounds, and the binary reader takes arrays of one dimension. */
const hasBounds = (value: GoldenValue): boolean => value.text.startsWith("[");

describe("golden values", () => {
  it("cover the types of a lens", () => {
    expect(ofLensTypes.length).toBeGreaterThan(60);
  });

  it.each(ofLensTypes.filter((value) => !hasBounds(value)))(
    "reads the text of $expression and prints it again",
    ({ type, text }: { type: DataType; text: string }) => {
      expect(formatText(type, parseText(type, text, parseSettings), formatSettings)).toBe(text);
    },
  );

  it.each(ofLensTypes.filter((value) => !hasBounds(value) && !value.text.startsWith("{{")))(
    "reads the binary form of $expression as its text",
    ({ type, oid, text, binary }) => {
      const read = textOfBinary(oid, binary, 1, decodeText) ?? "";
      expect(formatText(type, parseText(type, read, parseSettings), formatSettings)).toBe(text);
    },
  );

  it.each(ofLensTypes.filter((value) => !hasBounds(value)))(
    "writes the binary form of $expression",
    ({ type, oid, text, binary }) => {
      const out = new OutputBuffer(64);
      binaryWriter(oid)?.(out, parseText(type, text, parseSettings));
      const bytes = out.take();
      expect(bytes.subarray(4).toString("hex")).toBe(binary.toString("hex"));
      expect(bytes.readInt32BE(0)).toBe(binary.length);
    },
  );

  it("come out of text rows in binary form where that is asked for", () => {
    const known = ofLensTypes.filter((value) => !hasBounds(value));
    const columns = known.map(({ oid, modifier }) => ({
      name: "c",
      typeOid: oid,
      typeModifier: modifier,
      typeLength: -1,
      tableOid: 0,
      attributeNumber: 0,
    }));
    const values = known.map(({ text }) => Buffer.from(text));
    const head = Buffer.alloc(7);
    head.write("D");
    head.writeInt16BE(columns.length, 5);
    const row = Buffer.concat([head, ...values.flatMap((value) => [lengthWord(value), value])]);
    row.writeInt32BE(row.length - 1, 1);
    const encoder = createRowEncoder(columns, [1], formatSettings);
    const encoded = encoder.encode({ kind: "encoded", rowCount: 1, bytes: row });
    const expected = Buffer.concat([head, ...known.flatMap(({ binary }) => [lengthWord(binary), binary])]);
    expected.writeInt32BE(expected.length - 1, 1);
    expect(encoded.toString("hex")).toBe(expected.toString("hex"));
  });

  it("come out of column batches as formatText prints them", () => {
    for (const { type, oid, modifier, text } of ofLensTypes.filter((value) => !hasBounds(value))) {
      const column = {
        name: "c",
        typeOid: oid,
        typeModifier: modifier,
        typeLength: -1,
        tableOid: 0,
        attributeNumber: 0,
      };
      const value = parseText(type, text, parseSettings);
      const bytes = createRowEncoder([column], [], formatSettings).encode({
        kind: "columns",
        rowCount: 2,
        columns: [[value, null]],
      });
      const body = Buffer.from(text);
      expect(bytes.subarray(11, 11 + body.length).toString()).toBe(text);
      expect(bytes.readInt32BE(7)).toBe(body.length);
      expect(bytes.readInt32BE(bytes.length - 4)).toBe(-1);
    }
  });
});

function lengthWord(value: Buffer): Buffer {
  const word = Buffer.alloc(4);
  word.writeInt32BE(value.length);
  return word;
}
