// Errors of limits that a client ran into.
import { type LensError, lensError } from "../errors.ts";

export function tooManyConnections(): LensError {
  return lensError("too_many_connections", "sorry, too many clients already", { severity: "FATAL" });
}

export function tooManyConnectionsOfUser(user: string, connectionsMax: number): LensError {
  return lensError("too_many_connections", `too many connections for role "${user}"`, {
    severity: "FATAL",
    detail: `A user may have at most ${connectionsMax} connections.`,
  });
}

export function tooManyStatements(what: string, perMinuteMax: number, retryAfterMs: number): LensError {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return lensError("configuration_limit_exceeded", `too many ${what} per minute`, {
    detail: `A connection may run at most ${perMinuteMax} in a minute.`,
    hint: `Try again in ${seconds} second${seconds === 1 ? "" : "s"}.`,
  });
}

export function tooManyRows(rowsMax: number): LensError {
  return lensError("program_limit_exceeded", `result has more than ${rowsMax} rows`, {
    hint: "Aggregate or filter more, or add a LIMIT.",
  });
}

export function statementTimedOut(): LensError {
  return lensError("query_canceled", "canceling statement due to statement timeout");
}
