// Errors of the embedded PostgreSQL that clients can see, besides those it reports itself.
import { type LensError, lensError, relayedError } from "../errors.ts";
import type { WorkerError } from "./worker-protocol.ts";

/** PostgreSQL's own error: its code, words and position stand. */
export function statementFailed(error: WorkerError): LensError {
  return relayedError(error.sqlstate, error.message, {
    detail: error.detail,
    hint: error.hint,
    position: error.position,
    context: error.context,
  });
}

export function statementTimedOut(): LensError {
  return lensError("query_canceled", "canceling statement due to statement timeout");
}

export function statementCancelled(): LensError {
  return lensError("query_canceled", "canceling statement due to user request");
}

export function instancesClosed(): LensError {
  return lensError("admin_shutdown", "terminating connection due to administrator command", {
    severity: "FATAL",
  });
}

export function workerFailed(cause: unknown): LensError {
  return lensError("internal_error", "the catalog could not answer", {
    hint: "Try again; the log holds the reason.",
    cause,
  });
}

export const tooComplex: WorkerError = {
  sqlstate: "54001",
  message: "stack depth limit exceeded",
  detail: undefined,
  hint: "Write the statement with less nesting.",
  position: undefined,
};

export function tooManyRows(rowsMax: number): WorkerError {
  return {
    sqlstate: "54000",
    message: `result has more than ${rowsMax} rows`,
    detail: undefined,
    hint: "Add a LIMIT or a narrower WHERE.",
    position: undefined,
  };
}

export function tooManyBytes(bytesMax: number): WorkerError {
  return {
    sqlstate: "54000",
    message: `result of a catalog statement has more than ${bytesMax} bytes`,
    detail: undefined,
    hint: undefined,
    position: undefined,
  };
}

export function reservedRoleName(name: string): WorkerError {
  return {
    sqlstate: "42939",
    message: `role name "${name}" is reserved`,
    detail: undefined,
    hint: undefined,
    position: undefined,
  };
}
