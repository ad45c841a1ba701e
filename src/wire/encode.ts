// Message into bytes.
import { unreachable } from "../errors.ts";
import type { ResultColumn } from "../result.ts";
import type { BackendMessage, MessageFields } from "./backend-message.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { type TextCodec, utf8Codec } from "./text-codec.ts";

/** Appends the message to `out`. Throws 22P05 where its texts cannot be written so, and then appends nothing. */
export function encodeMessage(message: BackendMessage, out: OutputBuffer, codec: TextCodec): void {
  const start = out.length;
  out.byte(typeByte(message.kind));
  out.int32(0);
  try {
    encodeBody(message, out, codec);
  } catch (error) {
    out.length = start;
    throw error;
  }
  out.setInt32(start + 1, out.length - start - 1);
}

/** Text ends at a NUL, which a name or message must not smuggle in: it would begin another field. */
function cString(value: string, out: OutputBuffer, codec: TextCodec): void {
  codec.write(value.includes("\0") ? value.replaceAll("\0", "") : value, out);
  out.byte(0);
}

/** The bytes of one message. */
export function messageBytes(message: BackendMessage): Buffer {
  const out = new OutputBuffer(256);
  encodeMessage(message, out, utf8Codec);
  return out.take();
}

const typeLetters: Record<BackendMessage["kind"], string> = {
  AuthenticationOk: "R",
  AuthenticationCleartextPassword: "R",
  AuthenticationSASL: "R",
  AuthenticationSASLContinue: "R",
  AuthenticationSASLFinal: "R",
  BackendKeyData: "K",
  NegotiateProtocolVersion: "v",
  ParameterStatus: "S",
  ReadyForQuery: "Z",
  RowDescription: "T",
  ParameterDescription: "t",
  NoData: "n",
  ParseComplete: "1",
  BindComplete: "2",
  CloseComplete: "3",
  PortalSuspended: "s",
  CommandComplete: "C",
  CopyOutResponse: "H",
  CopyInResponse: "G",
  CopyDone: "c",
  EmptyQueryResponse: "I",
  ErrorResponse: "E",
  NoticeResponse: "N",
};

function typeByte(kind: BackendMessage["kind"]): number {
  return typeLetters[kind].charCodeAt(0);
}

function encodeBody(message: BackendMessage, out: OutputBuffer, codec: TextCodec): void {
  switch (message.kind) {
    case "AuthenticationOk":
      out.int32(0);
      return;
    case "AuthenticationCleartextPassword":
      out.int32(3);
      return;
    case "AuthenticationSASL":
      out.int32(10);
      for (const mechanism of message.mechanisms) cString(mechanism, out, codec);
      out.byte(0);
      return;
    case "AuthenticationSASLContinue":
      out.int32(11);
      out.text(message.data);
      return;
    case "AuthenticationSASLFinal":
      out.int32(12);
      out.text(message.data);
      return;
    case "BackendKeyData":
      out.int32(message.processId);
      out.append(message.secretKey);
      return;
    case "NegotiateProtocolVersion":
      out.int32(message.version);
      out.int32(message.unknownOptions.length);
      for (const option of message.unknownOptions) cString(option, out, codec);
      return;
    case "ParameterStatus":
      cString(message.name, out, codec);
      cString(message.value, out, codec);
      return;
    case "ReadyForQuery":
      out.byte(message.status.charCodeAt(0));
      return;
    case "RowDescription":
      encodeRowDescription(message.columns, message.formats, out, codec);
      return;
    case "ParameterDescription":
      out.int16(message.parameterTypes.length);
      for (const oid of message.parameterTypes) out.int32(oid);
      return;
    case "CommandComplete":
      cString(message.tag, out, codec);
      return;
    case "CopyOutResponse":
    case "CopyInResponse":
      out.byte(message.format);
      out.int16(message.columnCount);
      for (let column = 0; column < message.columnCount; column++) out.int16(message.format);
      return;
    case "ErrorResponse":
    case "NoticeResponse":
      encodeFields(message.fields, out, codec);
      return;
    case "NoData":
    case "ParseComplete":
    case "BindComplete":
    case "CloseComplete":
    case "PortalSuspended":
    case "CopyDone":
    case "EmptyQueryResponse":
      return;
    default:
      unreachable(message);
  }
}

function encodeRowDescription(
  columns: readonly ResultColumn[],
  formats: readonly number[],
  out: OutputBuffer,
  codec: TextCodec,
): void {
  out.int16(columns.length);
  for (const [index, column] of columns.entries()) {
    cString(column.name, out, codec);
    out.int32(column.tableOid);
    out.int16(column.attributeNumber);
    out.int32(column.typeOid);
    out.int16(column.typeLength);
    out.int32(column.typeModifier);
    out.int16(formatOf(formats, index));
  }
}

/** The format code that a list of none, one or all gives to an index. */
export function formatOf(formats: readonly number[], index: number): number {
  return (formats.length === 1 ? formats[0] : formats[index]) ?? 0;
}

function encodeFields(fields: MessageFields, out: OutputBuffer, codec: TextCodec): void {
  const field = (letter: string, value: string | undefined): void => {
    if (value === undefined) return;
    out.byte(letter.charCodeAt(0));
    cString(value, out, codec);
  };
  field("S", fields.severity);
  field("V", fields.severity);
  field("C", fields.sqlstate);
  field("M", fields.message);
  field("D", fields.detail);
  field("H", fields.hint);
  field("P", fields.position === undefined ? undefined : String(fields.position));
  field("W", fields.context);
  field("R", fields.routine);
  out.byte(0);
}
