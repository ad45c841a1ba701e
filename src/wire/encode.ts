// Message into bytes.
import { unreachable } from "../errors.ts";
import type { ResultColumn } from "../result.ts";
import type { BackendMessage, MessageFields } from "./backend-message.ts";
import { OutputBuffer } from "./output-buffer.ts";

/** Appends the message to `out`. */
export function encodeMessage(message: BackendMessage, out: OutputBuffer): void {
  const start = out.length;
  out.byte(typeByte(message.kind));
  out.int32(0);
  encodeBody(message, out);
  out.setInt32(start + 1, out.length - start - 1);
}

/** The bytes of one message. */
export function messageBytes(message: BackendMessage): Buffer {
  const out = new OutputBuffer(256);
  encodeMessage(message, out);
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
  CopyDone: "c",
  EmptyQueryResponse: "I",
  ErrorResponse: "E",
  NoticeResponse: "N",
};

function typeByte(kind: BackendMessage["kind"]): number {
  return typeLetters[kind].charCodeAt(0);
}

function encodeBody(message: BackendMessage, out: OutputBuffer): void {
  switch (message.kind) {
    case "AuthenticationOk":
      out.int32(0);
      return;
    case "AuthenticationCleartextPassword":
      out.int32(3);
      return;
    case "AuthenticationSASL":
      out.int32(10);
      for (const mechanism of message.mechanisms) out.cString(mechanism);
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
      for (const option of message.unknownOptions) out.cString(option);
      return;
    case "ParameterStatus":
      out.cString(message.name);
      out.cString(message.value);
      return;
    case "ReadyForQuery":
      out.byte(message.status.charCodeAt(0));
      return;
    case "RowDescription":
      encodeRowDescription(message.columns, message.formats, out);
      return;
    case "ParameterDescription":
      out.int16(message.parameterTypes.length);
      for (const oid of message.parameterTypes) out.int32(oid);
      return;
    case "CommandComplete":
      out.cString(message.tag);
      return;
    case "CopyOutResponse":
      out.byte(message.format);
      out.int16(message.columnCount);
      for (let column = 0; column < message.columnCount; column++) out.int16(message.format);
      return;
    case "ErrorResponse":
    case "NoticeResponse":
      encodeFields(message.fields, out);
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
): void {
  out.int16(columns.length);
  for (const [index, column] of columns.entries()) {
    out.cString(column.name);
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

function encodeFields(fields: MessageFields, out: OutputBuffer): void {
  field(out, "S", fields.severity);
  field(out, "V", fields.severity);
  field(out, "C", fields.sqlstate);
  field(out, "M", fields.message);
  if (fields.detail !== undefined) field(out, "D", fields.detail);
  if (fields.hint !== undefined) field(out, "H", fields.hint);
  if (fields.position !== undefined) field(out, "P", String(fields.position));
  if (fields.routine !== undefined) field(out, "R", fields.routine);
  out.byte(0);
}

function field(out: OutputBuffer, letter: string, value: string): void {
  out.byte(letter.charCodeAt(0));
  out.cString(value);
}
