// Frame into message, one function each. Every failure is an error of an intact frame: the session can go on.

import type { Frame } from "./framing.ts";
import type { BindMessage, FrontendMessage, StartupPacket, TargetKind } from "./frontend-message.ts";
import {
  fatalProtocolViolation,
  insufficientData,
  invalidUtf8,
  protocolViolation,
  unsupportedFormatCode,
} from "./wire-errors.ts";

const sslRequestCode = 80_877_103;
const gssEncRequestCode = 80_877_104;
const cancelRequestCode = 80_877_102;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads the body of a packet without type byte. Throws FATAL 08P01. */
export function decodeStartupPacket(body: Buffer): StartupPacket {
  const requestCode = body.readInt32BE(0);
  if (requestCode === sslRequestCode) return { kind: "SSLRequest" };
  if (requestCode === gssEncRequestCode) return { kind: "GSSENCRequest" };
  if (requestCode === cancelRequestCode) {
    // PostgreSQL takes keys of any length here and finds no match; so do we.
    const processId = body.length >= 8 ? body.readInt32BE(4) : 0;
    return { kind: "CancelRequest", processId, secretKey: body.subarray(Math.min(8, body.length)) };
  }
  const majorVersion = (requestCode >>> 16) & 0xffff;
  const minorVersion = requestCode & 0xffff;
  const parameters = majorVersion === 3 ? decodeStartupParameters(body) : new Map<string, string>();
  return { kind: "StartupMessage", majorVersion, minorVersion, parameters };
}

function decodeStartupParameters(body: Buffer): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  let at = 4;
  while (at < body.length && body[at] !== 0) {
    const nameEnd = body.indexOf(0, at);
    const valueEnd = nameEnd === -1 ? -1 : body.indexOf(0, nameEnd + 1);
    if (valueEnd === -1) throw invalidStartupLayout();
    parameters.set(decodeText(body.subarray(at, nameEnd)), decodeText(body.subarray(nameEnd + 1, valueEnd)));
    at = valueEnd + 1;
  }
  if (at !== body.length - 1) throw invalidStartupLayout();
  return parameters;
}

function invalidStartupLayout(): Error {
  return fatalProtocolViolation("invalid startup packet layout: expected terminator as last byte");
}

/** Bytes as UTF-8 text. Throws 22021 that names the first bytes that are not, as PostgreSQL does. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes.includes(0)) throw invalidUtf8(Uint8Array.of(0));
  try {
    return decoder.decode(bytes);
  } catch {
    throw invalidUtf8(firstInvalidSequence(bytes));
  }
}

function firstInvalidSequence(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] as number);
    const sequence = bytes.subarray(at, at + length);
    if (sequence.length < length || !isValidSequence(sequence)) return sequence;
    at += length;
  }
  return bytes.subarray(0, 1);
}

/** What the first byte says, as PostgreSQL's pg_utf_mblen: an impossible one counts as one byte. */
function sequenceLength(first: number): number {
  if ((first & 0xe0) === 0xc0) return 2;
  if ((first & 0xf0) === 0xe0) return 3;
  return (first & 0xf8) === 0xf0 ? 4 : 1;
}

function isValidSequence(sequence: Uint8Array): boolean {
  try {
    decoder.decode(sequence);
    return true;
  } catch {
    return false;
  }
}

/** The text that bytes stand for. Throws 22021 and 22P05. */
export type DecodeText = (bytes: Uint8Array) => string;

/** Reads a message after login. Throws 08P01, 22021, 22023 and what `decode` throws; the frame itself was sound. */
export function decodeMessage(frame: Frame, decode: DecodeText): FrontendMessage {
  const reader = new BodyReader(frame.body, decode);
  switch (String.fromCharCode(frame.type)) {
    case "Q":
      return reader.ended({ kind: "Query", text: reader.string() });
    case "P":
      return decodeParse(reader);
    case "B":
      return decodeBind(reader);
    case "D":
      return reader.ended({ kind: "Describe", target: reader.target("DESCRIBE"), name: reader.string() });
    case "E":
      return reader.ended({ kind: "Execute", portal: reader.string(), rowsMax: reader.int32() });
    case "C":
      return reader.ended({ kind: "Close", target: reader.target("CLOSE"), name: reader.string() });
    case "S":
      return reader.ended({ kind: "Sync" });
    case "H":
      return reader.ended({ kind: "Flush" });
    case "X":
      return { kind: "Terminate" };
    case "F":
      // It is refused whatever else it says.
      reader.uint32();
      return { kind: "FunctionCall" };
    case "d":
      return { kind: "CopyData" };
    case "c":
      return { kind: "CopyDone" };
    case "f":
      return { kind: "CopyFail" };
    default:
      throw fatalProtocolViolation(`invalid frontend message type ${frame.type}`);
  }
}

/** The client's reason. Read where a COPY waits for it only: elsewhere the message is dropped, whatever it says. */
export function decodeCopyFail({ body }: Frame, decode: DecodeText): string {
  return new BodyReader(body, decode).string();
}

function decodeParse(reader: BodyReader): FrontendMessage {
  const statement = reader.string();
  const text = reader.string();
  const parameterTypes = reader.list((each) => each.uint32());
  return reader.ended({ kind: "Parse", statement, text, parameterTypes });
}

function decodeBind(reader: BodyReader): BindMessage {
  const portal = reader.string();
  const statement = reader.string();
  const parameterFormats = reader.list((each) => each.int16());
  const parameters = reader.list((each) => each.value());
  const resultFormats = reader.list((each) => each.int16());
  for (const format of [...parameterFormats, ...resultFormats]) {
    if (format !== 0 && format !== 1) throw unsupportedFormatCode(format);
  }
  return reader.ended({ kind: "Bind", portal, statement, parameterFormats, parameters, resultFormats });
}

/** The body of a password message: one C string. Throws 08P01. */
export function decodePassword(body: Buffer): Buffer {
  const end = body.indexOf(0);
  if (end !== body.length - 1) throw fatalProtocolViolation("invalid password packet size");
  return body.subarray(0, end);
}

export interface SaslInitialResponse {
  readonly mechanism: string;
  /** Undefined where the client sent none: its first word comes in the next message. Throws 08P01. */
  readonly data: () => Buffer | undefined;
}

/** Throws 08P01. What follows the mechanism is read when it is asked for: an unknown one says nothing of it. */
export function decodeSaslInitialResponse(body: Buffer): SaslInitialResponse {
  const reader = new BodyReader(body, decodeText);
  return { mechanism: reader.string(), data: () => reader.ended(reader.value()) ?? undefined };
}

class BodyReader {
  private at = 0;
  private readonly body: Buffer;

  private readonly decode: DecodeText;

  constructor(body: Buffer, decode: DecodeText) {
    this.body = body;
    this.decode = decode;
  }

  string(): string {
    const end = this.body.indexOf(0, this.at);
    if (end === -1) throw protocolViolation("invalid string in message");
    const text = this.decode(this.body.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  target(statement: string): TargetKind {
    if (this.at === this.body.length) throw protocolViolation("no data left in message");
    const byte = this.bytes(1)[0] as number;
    if (byte === 0x53) return "statement";
    if (byte === 0x50) return "portal";
    throw protocolViolation(`invalid ${statement} message subtype ${byte}`);
  }

  int16(): number {
    return this.bytes(2).readInt16BE(0);
  }

  int32(): number {
    return this.bytes(4).readInt32BE(0);
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE(0);
  }

  /** A length of -1 is NULL; any other negative one is refused. */
  value(): Buffer | null {
    const length = this.int32();
    if (length === -1) return null;
    if (length < 0) throw insufficientData();
    return this.bytes(length);
  }

  /** The count is unsigned: up to 65,535 parameters. Each item takes bytes, so the body bounds the list. */
  list<T>(item: (reader: BodyReader) => T): readonly T[] {
    const count = this.bytes(2).readUInt16BE(0);
    const items: T[] = [];
    for (let index = 0; index < count; index++) items.push(item(this));
    return items;
  }

  ended<T>(message: T): T {
    if (this.at !== this.body.length) throw protocolViolation("invalid message format");
    return message;
  }

  private bytes(count: number): Buffer {
    if (this.at + count > this.body.length) throw insufficientData();
    const taken = this.body.subarray(this.at, this.at + count);
    this.at += count;
    return taken;
  }
}
