// Errors of analysis that are not PostgreSQL's own.
import { type LensError, lensError } from "../errors.ts";

/** unnest() of an array of arrays gives the elements of them all. */
export function temporaryArrayColumn(table: string, column: string): LensError {
  return lensError(
    "feature_not_supported",
    `temporary table "${table}" has an array in column "${column}" and cannot be joined with tables of the lens`,
    { hint: "Make the temporary table with one row for each element." },
  );
}

export function omittedDefault(table: string, column: string): LensError {
  return lensError(
    "feature_not_supported",
    `INSERT of rows of the lens leaves out column "${column}" of "${table}", which has a default`,
    { hint: "Name every column that has a default." },
  );
}

/** Columns whose names are the same but for line breaks and spaces. */
export function namesAlike(table: string): LensError {
  return lensError(
    "feature_not_supported",
    `column names of temporary table "${table}" that differ in line breaks alone are not supported`,
    { hint: "Write the column names without line breaks." },
  );
}
