// Errors of limits that a client ran into.
import { type LensError, lensError } from "../errors.ts";

export function tooManyConnections(): LensError {
  return lensError("too_many_connections", "sorry, too many clients already", {
    severity: "FATAL",
    limit: "connectionsMax",
  });
}

export function tooManyConnectionsOfUser(user: string, connectionsMax: number): LensError {
  return lensError("too_many_connections", `too many connections for role "${user}"`, {
    severity: "FATAL",
    detail: `A user may have at most ${connectionsMax} connections.`,
    limit: "connectionsPerUser",
  });
}

export function tooManyConnectionsOfAddress(connectionsMax: number): LensError {
  return lensError("too_many_connections", "too many connections from this address", {
    severity: "FATAL",
    detail: `An address may have at most ${connectionsMax} connections.`,
    limit: "connectionsPerAddress",
  });
}

export function tooManyFailedLogins(retryAfterMs: number): LensError {
  return lensError("configuration_limit_exceeded", "too many failed logins", {
    severity: "FATAL",
    detail: "After several failures, each further one has to wait twice as long.",
    hint: tryAgainIn(retryAfterMs),
    limit: "loginFailures",
  });
}

function tryAgainIn(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  return `Try again in ${seconds} second${seconds === 1 ? "" : "s"}.`;
}

const statementNames = {
  queriesPerMinute: "warehouse queries",
  catalogQueriesPerMinute: "catalog queries",
} as const;

export type StatementLimit = keyof typeof statementNames;

export function tooManyStatements(
  limit: StatementLimit,
  perMinuteMax: number,
  retryAfterMs: number,
): LensError {
  return lensError("configuration_limit_exceeded", `too many ${statementNames[limit]} per minute`, {
    detail: `A connection may run at most ${perMinuteMax} in a minute.`,
    hint: tryAgainIn(retryAfterMs),
    limit,
  });
}

const windowNames = { requestsPerMinute: "minute", requestsPerHour: "hour" } as const;

export function tooManyRequests(limit: {
  readonly name: keyof typeof windowNames;
  readonly group: string;
  readonly max: number;
  readonly used: number;
  readonly freeInMs: number;
}): LensError {
  const { name, group, max, used, freeInMs } = limit;
  return lensError("configuration_limit_exceeded", `too many requests per ${windowNames[name]}`, {
    detail: `Each user of group "${group}" may make ${max} in any ${windowNames[name]}, over all connections; ${used} were made.`,
    hint: tryAgainIn(freeInMs),
    limit: name,
  });
}

const storeDetail = "The store in which replicas count them together does not answer.";

export function limitsNotCounted(): LensError {
  return lensError("system_error", "limits cannot be counted", {
    detail: storeDetail,
    hint: "Try again in a moment.",
    limit: "store",
  });
}

export function connectionsNotCounted(): LensError {
  return lensError("cannot_connect_now", "connections cannot be counted", {
    severity: "FATAL",
    detail: storeDetail,
    hint: "Try again in a moment.",
    limit: "store",
  });
}

export function statementQueueFull(runningMax: number, waitingMax: number): LensError {
  const running = Number.isFinite(runningMax) ? ` while ${runningMax} run` : "";
  return lensError("configuration_limit_exceeded", "too many concurrent requests", {
    detail: `Of one user at most ${waitingMax} may wait${running}.`,
    hint: "Try again when some of them are done.",
    limit: "concurrentRequests",
  });
}

export function tooManyRows(rowsMax: number): LensError {
  return lensError("program_limit_exceeded", `result has more than ${rowsMax} rows`, {
    hint: "Aggregate or filter more, or add a LIMIT.",
    limit: "rowsMax",
  });
}

const megabyte = 1024 * 1024;

export function tooManyKeptBytes(bytesMax: number): LensError {
  return lensError(
    "program_limit_exceeded",
    `rows kept for cursors take more than ${bytesMax / megabyte} MB`,
    {
      detail: "Rows are kept behind SCROLL cursors, and behind COMMIT for cursors WITH HOLD.",
      hint: "Read fewer rows, or read them with a NO SCROLL cursor before COMMIT.",
    },
  );
}

export function tooManyKeptBytesTogether(): LensError {
  return lensError(
    "configuration_limit_exceeded",
    "rows kept for cursors and temporary tables of all sessions leave no more room",
    {
      hint: "Try again later, drop temporary tables, or read the rows with a NO SCROLL cursor before COMMIT.",
    },
  );
}

export function statementTimedOut(): LensError {
  return lensError("query_canceled", "canceling statement due to statement timeout", {
    limit: "statementTimeout",
  });
}

export function transactionTimedOut(): LensError {
  return lensError("transaction_timeout", "terminating connection due to transaction timeout", {
    severity: "FATAL",
  });
}
