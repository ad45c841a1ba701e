// A random statement's two answers: by the definitions, and by the program.
import fc from "fast-check";
import { LensError } from "../../src/errors.ts";
import type { LensResult, LensUser } from "../support/lens-fixture.ts";
import { type Cell, type FuzzLens, Undecided } from "./fuzz-lens.ts";
import type { Selection } from "./random-query.ts";

/** Rows of a FROM that the evaluator goes through. */
const rowsMax = 2_000;

/** Skips the run where the definitions leave the statement open. */
export function definedRows(selection: Selection): Cell[][] {
  try {
    fc.pre(selection.size() <= rowsMax);
    return selection.rows();
  } catch (error) {
    fc.pre(!(error instanceof Undecided));
    throw error;
  }
}

/** Skips the run where the statement is rightly refused; every other error fails. */
export async function runStatement(lens: FuzzLens, user: LensUser, sql: string): Promise<LensResult> {
  try {
    return await user.run(sql);
  } catch (error) {
    fc.pre(!isAcceptedRefusal(lens, error));
    if (!(error instanceof LensError)) throw error;
    throw new Error(`${sql}\n${error.sqlstate} ${error.message}`, { cause: error });
  }
}

/** A table without a primary key whose rows a join multiplies; a measure that could read several instances. */
function isAcceptedRefusal(lens: FuzzLens, error: unknown): boolean {
  if (!(error instanceof LensError) || error.sqlstate !== "0A000") return false;
  const keyless = [...lens.tables.values()].some((table) => table.primaryKey.length === 0);
  return (keyless && /no primary key/.test(error.message)) || /stands several times/.test(error.message);
}
