// Errors of catalog statements that the embedded PostgreSQL does not report itself.
import { type LensError, lensError } from "../errors.ts";

/** The engine sends nothing else here; this is the second lock on the door. */
export function notACatalogStatement(): LensError {
  return lensError(
    "feature_not_supported",
    "only SELECT, VALUES, TABLE and EXPLAIN of them can read the catalog",
  );
}
