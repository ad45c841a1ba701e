// Errors of the renderer that a client can see. Positions count from the analysed text, in bytes from 1; the engine
// maps them to characters of the client's own text.
import { type LensError, lensError } from "../errors.ts";

function positionOf(location: number): number | undefined {
  return location < 0 ? undefined : location + 1;
}

/** The warehouse cannot express it with PostgreSQL's meaning. */
export function notSupported(what: string, location: number): LensError {
  return lensError("feature_not_supported", `${what} is not supported on tables of this lens`, {
    position: positionOf(location),
  });
}

/** PostgreSQL knows it; Lenswire does not offer it. */
export function notOffered(what: string, nearest: string | undefined, location: number): LensError {
  return lensError("feature_not_supported", `${what} is not offered on tables of a lens`, {
    position: positionOf(location),
    hint: nearest === undefined ? undefined : `The nearest that is offered is ${nearest}.`,
  });
}

export function statementTooLong(bytesMax: number): LensError {
  return lensError("statement_too_complex", "the statement is too complex", {
    detail: `Written for the warehouse, it is longer than ${bytesMax} bytes.`,
  });
}

export function statementTooDeep(levelsMax: number): LensError {
  return lensError("statement_too_complex", "the statement is too complex", {
    detail: `An expression is nested more than ${levelsMax} levels deep.`,
  });
}

export function negativeRowCount(clause: "LIMIT" | "OFFSET", location: number): LensError {
  const state =
    clause === "LIMIT" ? "invalid_row_count_in_limit_clause" : "invalid_row_count_in_result_offset_clause";
  return lensError(state, `${clause} must not be negative`, { position: positionOf(location) });
}
