// Values of every type, in text and binary as PostgreSQL sent them, through both directions of the codecs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type DataType, dataTypeOfOid } from "../../../src/data-type.ts";
import { fixedTimeZone } from "../../../src/time-zone.ts";
import { textOfBinary } from "../../../src/wire/binary-parse.ts";
import { formatText } from "../../../src/wire/text-format.ts";
import { parseText } from "../../../src/wire/text-parse.ts";

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
const parseSettings = { timeZone, dateOrder: "MDY", nowMs: 0 } as const;
const formatSettings = { timeZone, extraFloatDigits: 1 };

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
      const read = textOfBinary(oid, binary, 1);
      expect(formatText(type, parseText(type, read, parseSettings), formatSettings)).toBe(text);
    },
  );
});
