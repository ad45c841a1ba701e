// Errors of a session: transactions, settings, prepared statements, portals, and statements that are refused.
import { type LensError, lensError } from "../errors.ts";

export function inFailedTransaction(): LensError {
  return lensError(
    "in_failed_sql_transaction",
    "current transaction is aborted, commands ignored until end of transaction block",
  );
}

/** `what`: SAVEPOINT, ROLLBACK TO SAVEPOINT, DECLARE CURSOR ... */
export function onlyInTransactionBlock(what: string): LensError {
  return lensError("no_active_sql_transaction", `${what} can only be used in transaction blocks`);
}

export function notInTransactionBlock(what: string): LensError {
  return lensError("active_sql_transaction", `${what} cannot run inside a transaction block`);
}

export function unknownSavepoint(name: string): LensError {
  return lensError("invalid_savepoint_specification", `savepoint "${name}" does not exist`);
}

export function tooManySavepoints(max: number): LensError {
  return lensError("configuration_limit_exceeded", `a transaction may have at most ${max} savepoints`);
}

export function unknownSetting(name: string): LensError {
  return lensError("undefined_object", `unrecognized configuration parameter "${name}"`);
}

export function invalidSettingName(name: string): LensError {
  return lensError("undefined_object", `invalid configuration parameter name "${name}"`, {
    detail: "Custom parameter names must be two or more simple identifiers separated by dots.",
  });
}

export function unchangeableSetting(name: string): LensError {
  return lensError("cant_change_runtime_param", `parameter "${name}" cannot be changed`);
}

export function forbiddenSetting(name: string): LensError {
  return lensError("insufficient_privilege", `permission denied to set parameter "${name}"`);
}

export function invalidSettingValue(
  name: string,
  value: string,
  options: { readonly hint?: string; readonly detail?: string } = {},
): LensError {
  return lensError("invalid_parameter_value", `invalid value for parameter "${name}": "${value}"`, options);
}

export function unsupportedSettingValue(name: string, value: string, supported: string): LensError {
  return lensError("feature_not_supported", `value "${value}" of parameter "${name}" is not supported`, {
    detail: `Supported: ${supported}.`,
  });
}

export function needsBoolean(name: string): LensError {
  return lensError("invalid_parameter_value", `parameter "${name}" requires a Boolean value`);
}

export function takesOneValue(name: string): LensError {
  return lensError("invalid_parameter_value", `SET ${name} takes only one argument`);
}

export function settingOutOfRange(name: string, value: string, min: string, max: string): LensError {
  return lensError(
    "invalid_parameter_value",
    `${value} is outside the valid range for parameter "${name}" (${min} .. ${max})`,
  );
}

export function forbiddenRole(name: string): LensError {
  return lensError("insufficient_privilege", `permission denied to set role "${name}"`);
}

export function forbiddenSessionAuthorization(name: string): LensError {
  return lensError("insufficient_privilege", `permission denied to set session authorization "${name}"`);
}

export function unknownStatement(name: string): LensError {
  if (name === "")
    return lensError("invalid_sql_statement_name", "unnamed prepared statement does not exist");
  return lensError("invalid_sql_statement_name", `prepared statement "${name}" does not exist`);
}

export function duplicateStatement(name: string): LensError {
  return lensError("duplicate_prepared_statement", `prepared statement "${name}" already exists`);
}

export function severalStatements(): LensError {
  return lensError("syntax_error", "cannot insert multiple commands into a prepared statement");
}

export function unknownPortal(name: string): LensError {
  return lensError("invalid_cursor_name", `portal "${name}" does not exist`);
}

export function unknownCursor(name: string): LensError {
  return lensError("invalid_cursor_name", `cursor "${name}" does not exist`);
}

export function duplicateCursor(name: string): LensError {
  return lensError("duplicate_cursor", `cursor "${name}" already exists`);
}

export function portalCannotRun(name: string): LensError {
  return lensError("object_not_in_prerequisite_state", `portal "${name}" cannot be run`);
}

export function forwardOnly(): LensError {
  return lensError("object_not_in_prerequisite_state", "cursor can only scan forward", {
    hint: "Declare it with SCROLL option to enable backward scan.",
  });
}

export function conflictingCursorOptions(one: string, other: string): LensError {
  return lensError("invalid_cursor_definition", `cannot specify both ${one} and ${other}`);
}

export function wrongParameterCount(given: number, statement: string, needed: number): LensError {
  return lensError(
    "protocol_violation",
    `bind message supplies ${given} parameters, but prepared statement "${statement}" requires ${needed}`,
  );
}

export function wrongParameterFormatCount(formats: number, parameters: number): LensError {
  return lensError(
    "protocol_violation",
    `bind message has ${formats} parameter formats but ${parameters} parameters`,
  );
}

export function wrongResultFormatCount(formats: number, columns: number): LensError {
  return lensError(
    "protocol_violation",
    `bind message has ${formats} result formats but query has ${columns} columns`,
  );
}

export function wrongExecuteCount(name: string, expected: number, given: number): LensError {
  return lensError("syntax_error", `wrong number of parameters for prepared statement "${name}"`, {
    detail: `Expected ${expected} parameters but got ${given}.`,
  });
}

export function executeNeedsConstants(name: string): LensError {
  return lensError("feature_not_supported", `parameters of EXECUTE "${name}" must be constants`);
}

export function unknownParameter(number: number, position: number | undefined): LensError {
  return lensError("undefined_parameter", `there is no parameter $${number}`, { position });
}

export function unknownType(name: string): LensError {
  return lensError("undefined_object", `type "${name}" does not exist`);
}

export function tooManyPreparedObjects(max: number): LensError {
  return lensError(
    "configuration_limit_exceeded",
    "too many prepared statements and portals in this session",
    {
      detail: `A session may hold at most ${max}.`,
      hint: "Close those that are no longer needed.",
    },
  );
}

export function readOnly(command: string): LensError {
  return lensError("read_only_sql_transaction", `cannot execute ${command} in a read-only transaction`);
}

export function commandNotSupported(command: string): LensError {
  return lensError("feature_not_supported", `${command} is not supported`);
}

export function commandForbidden(command: string): LensError {
  return lensError("insufficient_privilege", `permission denied to use ${command}`);
}

export function replicationNotSupported(): LensError {
  return lensError("feature_not_supported", "replication connections are not supported", {
    severity: "FATAL",
  });
}

export function invalidStartupOption(argument: string): LensError {
  return lensError("syntax_error", `invalid command-line argument for server process: ${argument}`, {
    severity: "FATAL",
  });
}

export function cancelledByUser(): LensError {
  return lensError("query_canceled", "canceling statement due to user request");
}
