// The errors of policy.
import { type LensError, lensError } from "../errors.ts";

export function dataScopeMissing(group: string): LensError {
  return lensError("insufficient_privilege", "permission denied for lens data", {
    detail: `The group "${group}" does not have the scope "data".`,
  });
}

/** A member reads another table in a way that `check` refuses; reached only by a model that was not checked. */
export function unjoinable(from: string, to: string): LensError {
  return lensError("feature_not_supported", `a member of "${from}" cannot read "${to}"`, {
    hint: "Declare a join between the two and refer to its columns as {table.column}.",
  });
}

export function joinedTables(from: string, to: string): LensError {
  return lensError(
    "feature_not_supported",
    `a member of "${from}" cannot read "${to}" along a one_to_many join`,
    { hint: "Use a sub-query dimension (sub_query: true)." },
  );
}
