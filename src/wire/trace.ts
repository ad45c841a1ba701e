// One readable line per message, for the log and for tests. Secrets and values of rows are never part of it.
import { unreachable } from "../errors.ts";
import type { BackendMessage } from "./backend-message.ts";
import type { FrontendMessage, StartupPacket } from "./frontend-message.ts";

/** Characters of SQL shown. */
const sqlCharsMax = 200;

export function traceStartupPacket(packet: StartupPacket): string {
  switch (packet.kind) {
    case "SSLRequest":
    case "GSSENCRequest":
      return packet.kind;
    case "CancelRequest":
      return `CancelRequest process=${packet.processId} key=***`;
    case "StartupMessage":
      return `StartupMessage ${packet.majorVersion}.${packet.minorVersion} ${JSON.stringify(Object.fromEntries(packet.parameters))}`;
    default:
      return unreachable(packet);
  }
}

export function traceFrontendMessage(message: FrontendMessage): string {
  switch (message.kind) {
    case "Query":
      return `Query ${shortened(message.text)}`;
    case "Parse":
      return `Parse ${JSON.stringify(message.statement)} ${shortened(message.text)} types=[${message.parameterTypes}]`;
    case "Bind":
      return `Bind ${JSON.stringify(message.portal)} to ${JSON.stringify(message.statement)} parameters=${message.parameters.length} formats=[${message.resultFormats}]`;
    case "Describe":
    case "Close":
      return `${message.kind} ${message.target} ${JSON.stringify(message.name)}`;
    case "Execute":
      return `Execute ${JSON.stringify(message.portal)} max=${message.rowsMax}`;
    case "Sync":
    case "Flush":
    case "Terminate":
    case "FunctionCall":
    case "CopyData":
    case "CopyDone":
    case "CopyFail":
      return message.kind;
    default:
      return unreachable(message);
  }
}

export function traceBackendMessage(message: BackendMessage): string {
  switch (message.kind) {
    case "AuthenticationSASLContinue":
    case "AuthenticationSASLFinal":
    case "BackendKeyData":
      return `${message.kind} ***`;
    case "AuthenticationSASL":
      return `AuthenticationSASL ${message.mechanisms.join(",")}`;
    case "NegotiateProtocolVersion":
      return `NegotiateProtocolVersion ${message.version >>> 16}.${message.version & 0xffff} unknown=[${message.unknownOptions}]`;
    case "ParameterStatus":
      return `ParameterStatus ${message.name}=${JSON.stringify(message.value)}`;
    case "ReadyForQuery":
      return `ReadyForQuery ${message.status}`;
    case "RowDescription":
      return `RowDescription ${message.columns.map((column) => `${column.name}:${column.typeOid}`).join(",")}`;
    case "ParameterDescription":
      return `ParameterDescription [${message.parameterTypes}]`;
    case "CommandComplete":
      return `CommandComplete ${message.tag}`;
    case "CopyOutResponse":
    case "CopyInResponse":
      return `${message.kind} format=${message.format} columns=${message.columnCount}`;
    case "ErrorResponse":
    case "NoticeResponse":
      return `${message.kind} ${message.fields.severity} ${message.fields.sqlstate} ${message.fields.message}`;
    case "AuthenticationOk":
    case "AuthenticationCleartextPassword":
    case "NoData":
    case "ParseComplete":
    case "BindComplete":
    case "CloseComplete":
    case "PortalSuspended":
    case "CopyDone":
    case "EmptyQueryResponse":
      return message.kind;
    default:
      return unreachable(message);
  }
}

function shortened(text: string): string {
  return JSON.stringify(text.length <= sqlCharsMax ? text : `${text.slice(0, sqlCharsMax)}...`);
}
