// The errors of an audit log that a client can see.
import { type LensError, lensError } from "../errors.ts";

/** The statement, login or catalog answer that was to be recorded is refused with it. */
export function auditUnavailable(cause: unknown): LensError {
  return lensError("io_error", "could not write the audit record", {
    detail: "This server answers nothing that it cannot record.",
    cause,
  });
}
