// Bit shifts as PostgreSQL does them: by the count's low bits, dropping what goes out, the sign kept to the right.
import { oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { argument } from "./arguments.ts";
import { once } from "./once.ts";

interface Width {
  readonly name: string;
  readonly bits: number;
  /** The low bits of a count that are taken: a smallint is shifted as an integer. */
  readonly counted: number;
}

const widths = new Map<number, Width>([
  [oids.int2, { name: "SMALLINT", bits: 16, counted: 31 }],
  [oids.int4, { name: "INTEGER", bits: 32, counted: 31 }],
  [oids.int8, { name: "BIGINT", bits: 64, counted: 63 }],
]);

function shift(write: (value: string, factor: string, width: Width) => string): Rendering {
  return (call: Call) => {
    const width = widths.get(call.type) ?? { name: "BIGINT", bits: 64, counted: 63 };
    return once([argument(call, 0), argument(call, 1)], (value, count) => {
      const factor = `CAST(pow(2, ${count} & ${width.counted}) AS HUGEINT)`;
      return `CAST(${write(`CAST(${value} AS HUGEINT)`, factor, width)} AS ${width.name})`;
    });
  };
}

/** The product's low bits, read as a signed number. */
export const shiftLeft = shift((value, factor, { bits }) => {
  const [modulus, half] = [2n ** BigInt(bits), 2n ** BigInt(bits - 1)].map(
    (size) => `CAST(${size} AS HUGEINT)`,
  );
  return `((${value} * ${factor} % ${modulus} + ${modulus} + ${half}) % ${modulus} - ${half})`;
});

/** Rounded down, also below zero. */
export const shiftRight = shift(
  (value, factor) =>
    `(CASE WHEN ${value} < 0 THEN -((-1 - ${value}) // ${factor}) - 1 ELSE ${value} // ${factor} END)`,
);
