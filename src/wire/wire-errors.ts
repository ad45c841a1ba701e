// Errors of the wire: broken messages, and values that cannot be read.
import { type LensError, lensError } from "../errors.ts";

/** A type as PostgreSQL numbers and spells it. */
export interface ElementType {
  readonly oid: number;
  readonly name: string;
}

export function protocolViolation(message: string, detail?: string): LensError {
  return lensError("protocol_violation", message, { detail });
}

/** Framing is lost, so the connection cannot go on. */
export function fatalProtocolViolation(message: string): LensError {
  return lensError("protocol_violation", message, { severity: "FATAL" });
}

export function messageTooLarge(bytesMax: number): LensError {
  return lensError("program_limit_exceeded", "message is too large", {
    severity: "FATAL",
    detail: `A message may have at most ${bytesMax} bytes.`,
  });
}

export function invalidUtf8(bytes: Uint8Array): LensError {
  return invalidBytes("UTF8", bytes);
}

export function invalidByte(encoding: string, byte: number): LensError {
  return invalidBytes(encoding, Uint8Array.of(byte));
}

function invalidBytes(encoding: string, bytes: Uint8Array): LensError {
  const message = `invalid byte sequence for encoding "${encoding}": ${listed(bytes)}`;
  return lensError("character_not_in_repertoire", message);
}

function listed(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(" ");
}

export function writtenUnderOtherStyle(column: string): LensError {
  return lensError(
    "feature_not_supported",
    `column "${column}" of rows that were read under another style is not supported`,
    {
      hint: "Choose DateStyle, IntervalStyle and bytea_output before the first FETCH, ISO, postgres and hex for binary.",
    },
  );
}

export function untranslatable(bytes: Uint8Array, from: string, to: string): LensError {
  const what = `character with byte sequence ${listed(bytes)} in encoding "${from}"`;
  return lensError("untranslatable_character", `${what} has no equivalent in encoding "${to}"`);
}

/** Differs from PostgreSQL: which bytes of such a value are text is not known here. */
export function binaryTextNotRecoded(column: string): LensError {
  return lensError(
    "feature_not_supported",
    `column "${column}" in binary form under this client_encoding is not supported`,
    { hint: "Ask for the column as text, or SET client_encoding TO UTF8." },
  );
}

export function invalidText(type: string, text: string, detail?: string): LensError {
  return lensError("invalid_text_representation", `invalid input syntax for type ${type}: "${text}"`, {
    detail,
  });
}

/** As PostgreSQL, whose detail says where; the text itself may be long. */
export function invalidJson(): LensError {
  return lensError("invalid_text_representation", "invalid input syntax for type json");
}

export function malformedArray(text: string, detail: string): LensError {
  return lensError("invalid_text_representation", `malformed array literal: "${text}"`, { detail });
}

export function invalidHexadecimal(problem: string): LensError {
  return lensError("invalid_parameter_value", `invalid hexadecimal ${problem}`);
}

export function invalidDateTime(type: string, text: string): LensError {
  return lensError("invalid_datetime_format", `invalid input syntax for type ${type}: "${text}"`);
}

export function dateTimeFieldOverflow(text: string): LensError {
  return lensError("datetime_field_overflow", `date/time field value out of range: "${text}"`);
}

export function dateTimeOutOfRange(type: string, text: string): LensError {
  return lensError("datetime_field_overflow", `${type} out of range: "${text}"`);
}

export function intervalOutOfRange(text: string): LensError {
  return lensError("interval_field_overflow", `interval field value out of range: "${text}"`);
}

export function numberOutOfRange(type: string, text: string): LensError {
  return lensError("numeric_value_out_of_range", `value "${text}" is out of range for type ${type}`);
}

export function floatOutOfRange(type: string, text: string): LensError {
  return lensError("numeric_value_out_of_range", `"${text}" is out of range for type ${type}`);
}

export function timeZoneNotRecognized(name: string): LensError {
  return lensError("invalid_parameter_value", `time zone "${name}" not recognized`);
}

export function incorrectBinary(parameter: number): LensError {
  return lensError(
    "invalid_binary_representation",
    `incorrect binary data format in bind parameter ${parameter}`,
  );
}

/** `message`: PostgreSQL's words for what a type's binary form does not hold. */
export function invalidBinary(message: string): LensError {
  return lensError("invalid_binary_representation", message);
}

export function tooManyDimensions(count: number, max: number): LensError {
  return lensError(
    "program_limit_exceeded",
    `number of array dimensions (${count}) exceeds the maximum allowed (${max})`,
  );
}

export function arrayTooLarge(elementsMax: number): LensError {
  return lensError("program_limit_exceeded", `array size exceeds the maximum allowed (${elementsMax})`);
}

export function wrongElementType(told: ElementType, expected: ElementType): LensError {
  const spell = ({ oid, name }: ElementType): string => `${oid} (${name})`;
  return lensError(
    "datatype_mismatch",
    `binary data has array element type ${spell(told)} instead of expected ${spell(expected)}`,
  );
}

/** `type`: date, time, timestamp. */
export function binaryOutOfRange(type: string): LensError {
  return lensError("datetime_field_overflow", `${type} out of range`);
}

export function noDataLeft(): LensError {
  return protocolViolation("no data left in message");
}

export function insufficientData(): LensError {
  return protocolViolation("insufficient data left in message");
}

export function unsupportedFormatCode(code: number): LensError {
  return lensError("invalid_parameter_value", `unsupported format code: ${code}`);
}

export function binaryParameterNotSupported(parameter: number, typeOid: number): LensError {
  return lensError("feature_not_supported", `binary format is not supported for parameter $${parameter}`, {
    detail: `Its type has the OID ${typeOid}.`,
    hint: "Send the parameter in text format.",
  });
}

export function binaryColumnNotSupported(column: string): LensError {
  return lensError("feature_not_supported", `binary format is not supported for column "${column}"`, {
    hint: "Ask for the column in text format.",
  });
}
