// The errors of parsing SQL.
import { type LensError, lensError } from "../errors.ts";

/** PostgreSQL's own words; `position` is a 1-based character of the whole text. */
export function syntaxError(message: string, position: number | undefined): LensError {
  return lensError("syntax_error", message, { position });
}

/** Nested more deeply than the stages after the parser can follow. */
export function statementTooDeep(cause?: unknown): LensError {
  return lensError("statement_too_complex", "stack depth limit exceeded", {
    hint: "Nest the expressions and subqueries of the statement less deeply.",
    cause,
  });
}

/** Not by its depth, but by what the parser would do over it. */
export function textTooComplex(): LensError {
  return lensError("statement_too_complex", "the statement is too complex to be parsed", {
    hint: "Write shorter runs of operators and nested comments, and send values as parameters.",
  });
}

export function tooManyTextsWaiting(): LensError {
  return lensError("configuration_limit_exceeded", "too many large statements wait to be parsed", {
    hint: "Send it again later, and send values as parameters.",
  });
}

export function nullCharacter(): LensError {
  return lensError("character_not_in_repertoire", 'invalid byte sequence for encoding "UTF8": 0x00');
}
