// Binary forms that a lens does not take or give are refused by name, before anything runs.
import { expect, it } from "vitest";
import { createReadParameter, readBoundParameters } from "../../../src/server/read-parameter.ts";
import { refuseUnsupportedFormats } from "../../../src/wire/encode-rows.ts";

const int4Array = 1007;
const settings = { get: () => undefined, set: () => {} };
const read = createReadParameter({ now: () => 0 } as never);

function words(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeInt32BE(number, 4 * index);
  return bytes;
}

it.each([
  ["with a lower bound that is not 1", words(1, 0, 23, 1, 2, 4, 7)],
  ["of two dimensions", words(2, 0, 23, 1, 1, 1, 1, 4, 7)],
])("refuses an array %s as a parameter of a lens, and passes it on to the catalog", (_what, bytes) => {
  const bound = { values: [bytes], formats: [1] };
  expect(() => readBoundParameters({ types: [int4Array], isCatalog: false }, bound, settings, read)).toThrow(
    "binary format is not supported for parameter $1",
  );
  expect(readBoundParameters({ types: [int4Array], isCatalog: true }, bound, settings, read)).toMatchObject([
    { typeOid: int4Array, binary: Uint8Array.from(bytes) },
  ]);
});

it("refuses a column whose type has no binary form here", () => {
  const column = { name: "range", typeOid: 3904, typeModifier: -1, typeLength: -1, tableOid: 0 };
  const columns = [{ ...column, attributeNumber: 0 }];
  expect(() => refuseUnsupportedFormats(columns, [])).not.toThrow();
  expect(() => refuseUnsupportedFormats(columns, [1])).toThrow(
    'binary format is not supported for column "range"',
  );
});
