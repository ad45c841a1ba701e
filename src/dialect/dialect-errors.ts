// Errors of the renderer that a client can see. Positions count from the analysed text, in bytes from 1; the engine
// maps them to characters of the client's own text.
import { type LensError, lensError } from "../errors.ts";
import { hints } from "./hints.ts";

function positionOf(location: number): number | undefined {
  return location < 0 ? undefined : location + 1;
}

/** The warehouse cannot express it with PostgreSQL's meaning. */
export function notSupported(what: string, location: number, hint: string): LensError {
  return lensError("feature_not_supported", `${what} is not supported on tables of this lens`, {
    position: positionOf(location),
    hint,
  });
}

/** PostgreSQL knows it; Lenswire does not offer it. */
export function notOffered(what: string, nearest: string | undefined, location: number): LensError {
  return lensError("feature_not_supported", `${what} is not offered on tables of a lens`, {
    position: positionOf(location),
    hint:
      nearest === undefined ? hints.inModel : `The nearest that is offered is ${nearest}. ${hints.inModel}`,
  });
}

export function statementTooLong(bytesMax: number): LensError {
  return lensError("statement_too_complex", "the statement is too complex", {
    detail: `Written for the warehouse, it is longer than ${bytesMax} bytes.`,
    hint: "Join a table or a VALUES list in place of long conditions.",
  });
}

export function statementTooDeep(levelsMax: number): LensError {
  return lensError("statement_too_complex", "the statement is too complex", {
    detail: `An expression is nested more than ${levelsMax} levels deep.`,
    hint: "Compute parts of the expression in subqueries, or use IN in place of a chain of ORs.",
  });
}

export function negativeRowCount(clause: "LIMIT" | "OFFSET", location: number): LensError {
  const state =
    clause === "LIMIT" ? "invalid_row_count_in_limit_clause" : "invalid_row_count_in_result_offset_clause";
  return lensError(state, `${clause} must not be negative`, { position: positionOf(location) });
}
