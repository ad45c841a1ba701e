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

export function explainOption(option: string): LensError {
  return lensError("feature_not_supported", `EXPLAIN option "${option}" is not supported`, {
    hint: "Use EXPLAIN, EXPLAIN ANALYZE, or EXPLAIN (FORMAT JSON).",
  });
}

export function readsNoLens(): LensError {
  return lensError("feature_not_supported", "the statement reads no table of the lens", {
    detail: "The catalog answers it: the warehouse is not asked.",
  });
}
