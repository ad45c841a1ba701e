// Results as multisets of rows, whatever type a number came in.
import type { LensResult } from "../support/lens-fixture.ts";
import type { Cell } from "./fuzz-lens.ts";

const numericOids = new Set([20, 21, 23, 700, 701, 1700]);

/** Digits to which numbers are compared: those of double precision, less rounding. */
const significantDigits = 12;

export function comparableRows(result: LensResult): string[] {
  return result.rows
    .map((row) =>
      row
        .map((value, place) => {
          const oid = result.columns[place]?.typeOid ?? 0;
          return comparable(value !== null && numericOids.has(oid) ? Number(value) : (value as Cell));
        })
        .join(" | "),
    )
    .sort();
}

/** The rows of the definition. */
export function expectedRows(rows: readonly (readonly Cell[])[]): string[] {
  return rows.map((row) => row.map(comparable).join(" | ")).sort();
}

function comparable(value: Cell): string {
  if (typeof value === "number") return String(Number(value.toPrecision(significantDigits)) + 0);
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
