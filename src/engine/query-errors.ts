// Errors of running a statement that reads.
import { type LensError, lensError } from "../errors.ts";

export function noGroup(user: string): LensError {
  return lensError("invalid_authorization_specification", `user "${user}" belongs to no group of this lens`, {
    severity: "FATAL",
  });
}

export function unknownLens(databaseName: string): LensError {
  return lensError("invalid_catalog_name", `database "${databaseName}" does not exist`, {
    severity: "FATAL",
  });
}

export function unboundValue(number: number): LensError {
  return lensError("undefined_parameter", `there is no parameter $${number}`);
}

export function unknownExplainOption(option: string, position: number | undefined): LensError {
  return lensError("syntax_error", `unrecognized EXPLAIN option "${option}"`, { position });
}

export function explainNeedsBoolean(option: string): LensError {
  return lensError("syntax_error", `${option} requires a Boolean value`);
}

export function unknownExplainFormat(value: string, position: number | undefined): LensError {
  return lensError("invalid_parameter_value", `unrecognized value for EXPLAIN option "format": "${value}"`, {
    position,
  });
}

export function explainFormat(format: string, position: number | undefined): LensError {
  return lensError("feature_not_supported", `EXPLAIN format "${format}" is not supported`, {
    position,
    hint: "Use FORMAT TEXT or FORMAT JSON.",
  });
}

interface SourceName {
  readonly name: string;
}

/** Tables are not named: the one that lies elsewhere may be hidden from the reader. */
export function severalSources(one: SourceName, other: SourceName): LensError {
  const places = `tables of the source "${one.name}" and of the source "${other.name}"`;
  return lensError("feature_not_supported", `a statement cannot read ${places}`, {
    hint: "Ask for each source in a statement of its own.",
  });
}

export function readsNoLens(): LensError {
  return lensError("feature_not_supported", "the statement reads no table of the lens", {
    detail: "The catalog answers it: the warehouse is not asked.",
  });
}

const filterDetail = "A segment of the lens compares rows with it.";

export function attributeMissing(whose: string, name: string): LensError {
  return lensError("insufficient_privilege", `${whose} has no attribute "${name}"`, { detail: filterDetail });
}

/** `problem` says what it should be, and never what it is. */
export function attributeUnusable(whose: string, name: string, problem: string): LensError {
  const message = `attribute "${name}" of ${whose} ${problem}`;
  return lensError("insufficient_privilege", message, { detail: filterDetail });
}
