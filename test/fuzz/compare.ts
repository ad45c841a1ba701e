// Results as multisets of rows, whatever type a number came in.
import type { LensResult } from "../support/lens-fixture.ts";
import { type Cell, openValue } from "./fuzz-lens.ts";

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

/** The rows of the definition; a value that it leaves open is taken from the result's row that fits otherwise. */
export function expectedRows(rows: readonly (readonly Cell[])[], result: LensResult): string[] {
  const actual = comparableRows(result);
  return rows
    .map((row) => {
      if (!row.includes(openValue)) return row.map(comparable).join(" | ");
      const wanted = row.map((value) => (value === openValue ? undefined : comparable(value)));
      const fitting = actual.find((text) => {
        const cells = text.split(" | ");
        return wanted.every((cell, place) =>
          cell === undefined ? ["0", "null"].includes(cells[place] ?? "") : cell === cells[place],
        );
      });
      return fitting ?? wanted.map((cell) => cell ?? "0 or null").join(" | ");
    })
    .sort();
}

function comparable(value: Cell): string {
  if (typeof value === "number") return String(Number(value.toPrecision(significantDigits)) + 0);
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
