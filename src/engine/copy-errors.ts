// Errors of COPY ... TO STDOUT, as PostgreSQL words them.
import { type LensError, lensError } from "../errors.ts";

type Position = number | undefined;

export function conflictingCopyOptions(position: Position): LensError {
  return lensError("syntax_error", "conflicting or redundant options", { position });
}

export function unknownCopyOption(option: string, position: Position): LensError {
  return lensError("syntax_error", `option "${option}" not recognized`, { position });
}

export function copyOptionNeedsValue(option: string): LensError {
  return lensError("syntax_error", `${option} requires a parameter`);
}

/** `orWord`: what may stand for a Boolean besides. */
export function copyOptionNeedsBoolean(option: string, orWord?: string): LensError {
  const other = orWord === undefined ? "" : ` or "${orWord}"`;
  return lensError("syntax_error", `${option} requires a Boolean value${other}`);
}

export function copyHeaderMatch(value: string): LensError {
  return lensError("feature_not_supported", `cannot use "${value}" with HEADER in COPY TO`);
}

export function unknownCopyFormat(format: string, position: Position): LensError {
  return lensError("invalid_parameter_value", `COPY format "${format}" not recognized`, { position });
}

/** `what`: a list of column names, a valid encoding name. */
export function wrongCopyArgument(option: string, what: string, position: Position): LensError {
  return lensError("invalid_parameter_value", `argument to option "${option}" must be ${what}`, { position });
}

export function copyEncodingNotSupported(encoding: string, position: Position): LensError {
  return lensError("feature_not_supported", `COPY in encoding "${encoding}" is not supported`, {
    position,
    hint: "Use ENCODING 'UTF8', and convert what was copied.",
  });
}

export function unknownLogVerbosity(value: string, position: Position): LensError {
  return lensError("invalid_parameter_value", `COPY LOG_VERBOSITY "${value}" not recognized`, { position });
}

/** `isSyntax`: PostgreSQL calls some options a wrong syntax there. */
export function notInBinaryCopy(option: string, isSyntax: boolean): LensError {
  return lensError(
    isSyntax ? "syntax_error" : "feature_not_supported",
    `cannot specify ${option} in BINARY mode`,
  );
}

export function onlyInCsvCopy(option: string): LensError {
  return lensError("feature_not_supported", `COPY ${option} requires CSV mode`);
}

/** PostgreSQL has two codes for these, by option. */
export function onlyInCopyFrom(
  option: string,
  code: "invalid_parameter_value" | "feature_not_supported",
  position?: Position,
): LensError {
  return lensError(code, `COPY ${option} cannot be used with COPY TO`, { position });
}

export function rejectLimitAlone(): LensError {
  return lensError("invalid_parameter_value", "COPY REJECT_LIMIT requires ON_ERROR to be set to IGNORE");
}

/** `what`: delimiter, quote, escape. */
export function notOneByte(what: string): LensError {
  return lensError("feature_not_supported", `COPY ${what} must be a single one-byte character`);
}

export function delimiterEndsLine(): LensError {
  return lensError("invalid_parameter_value", "COPY delimiter cannot be newline or carriage return");
}

export function nullTextEndsLine(): LensError {
  return lensError(
    "invalid_parameter_value",
    "COPY null representation cannot use newline or carriage return",
  );
}

export function unsafeDelimiter(delimiter: string): LensError {
  return lensError("invalid_parameter_value", `COPY delimiter cannot be "${delimiter}"`);
}

export function delimiterIsQuote(): LensError {
  return lensError("invalid_parameter_value", "COPY delimiter and quote must be different");
}

export function delimiterInNullText(): LensError {
  return lensError(
    "invalid_parameter_value",
    "COPY delimiter character must not appear in the NULL specification",
  );
}

export function quoteInNullText(): LensError {
  return lensError(
    "invalid_parameter_value",
    "CSV quote character must not appear in the NULL specification",
  );
}

/** `relation`: absent where the columns are those of a query. */
export function unknownCopyColumn(column: string, relation: string | undefined): LensError {
  const of = relation === undefined ? "" : ` of relation "${relation}"`;
  return lensError("undefined_column", `column "${column}"${of} does not exist`);
}

export function repeatedCopyColumn(column: string): LensError {
  return lensError("duplicate_column", `column "${column}" specified more than once`);
}

export function unreferencedCopyColumn(option: string, column: string): LensError {
  return lensError("invalid_column_reference", `${option} column "${column}" not referenced by COPY`);
}

/** `max`: in bytes. */
export function tooManyCopiedBytes(max: number): LensError {
  return lensError("program_limit_exceeded", `COPY FROM STDIN takes at most ${max / 1024 / 1024} MiB`, {
    hint: "Copy the rows in several parts.",
  });
}

export function binaryCopyEncoding(encoding: string): LensError {
  return lensError(
    "feature_not_supported",
    `COPY FROM STDIN in binary format is not supported with client_encoding "${encoding}"`,
    { hint: "SET client_encoding TO 'UTF8', or copy in text or CSV format." },
  );
}

export function copySelectInto(): LensError {
  return lensError("feature_not_supported", "COPY (SELECT INTO) is not supported");
}
