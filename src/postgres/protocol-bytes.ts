// The few protocol messages that are exchanged with an embedded instance: written to it, and read from what it answers.
import type { ResultColumn } from "../result.ts";
import type { CopyShape, ParameterInput } from "./worker-protocol.ts";

const encoder = new TextEncoder();

function message(type: string, parts: readonly Uint8Array[]): Uint8Array {
  let length = 4;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(1 + length);
  bytes[0] = type.charCodeAt(0);
  new DataView(bytes.buffer).setInt32(1, length);
  let at = 5;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const zero = new Uint8Array(1);

function int16(value: number): Uint8Array {
  return Uint8Array.of((value >> 8) & 0xff, value & 0xff);
}

function int32(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

export function queryMessage(text: string): Uint8Array {
  return message("Q", [encoder.encode(text), zero]);
}

/** Parse of the unnamed statement. */
export function parseMessage(text: string, parameterTypes: readonly number[]): Uint8Array {
  return message("P", [
    zero,
    encoder.encode(text),
    zero,
    int16(parameterTypes.length),
    ...parameterTypes.map(int32),
  ]);
}

export function describeStatementMessage(): Uint8Array {
  return message("D", [encoder.encode("S"), zero]);
}

export function describePortalMessage(): Uint8Array {
  return message("D", [encoder.encode("P"), zero]);
}

/** Bind of the unnamed statement to the unnamed portal, all in text format. */
export function bindMessage(
  parameters: readonly ParameterInput[],
  resultFormats: readonly number[],
): Uint8Array {
  const formats = parameters.map((input) => int16(input instanceof Uint8Array ? 1 : 0));
  const values = parameters.flatMap((input) => {
    if (input === null) return [int32(-1)];
    const bytes = typeof input === "string" ? encoder.encode(input) : input;
    return [int32(bytes.length), bytes];
  });
  const count = int16(parameters.length);
  const results = [int16(resultFormats.length), ...resultFormats.map((format) => int16(format))];
  return message("B", [zero, zero, count, ...formats, count, ...values, ...results]);
}

export function executeMessage(rowsMax: number): Uint8Array {
  return message("E", [zero, int32(rowsMax)]);
}

export function copyDataMessage(data: Uint8Array): Uint8Array {
  return message("d", [data]);
}

export function copyDoneMessage(): Uint8Array {
  return message("c", []);
}

export function copyFailMessage(reason: string): Uint8Array {
  return message("f", [encoder.encode(reason), zero]);
}

/** The format and the number of columns of a CopyInResponse. */
export function readCopyShape(body: Uint8Array): CopyShape {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return { format: view.getUint8(0) === 1 ? 1 : 0, columnCount: view.getInt16(1) };
}

export function syncMessage(): Uint8Array {
  return message("S", []);
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** One message of an answer; `body` is without type and length, `whole` with them. Both are views. */
export interface AnswerMessage {
  readonly type: string;
  readonly body: Uint8Array;
  readonly whole: Uint8Array;
}

export function splitMessages(bytes: Uint8Array): AnswerMessage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const messages: AnswerMessage[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 1 + view.getInt32(at + 1);
    if (end > bytes.length || end < at + 5) break;
    messages.push({
      type: String.fromCharCode(bytes[at] ?? 0),
      body: bytes.subarray(at + 5, end),
      whole: bytes.subarray(at, end),
    });
    at = end;
  }
  return messages;
}

class BodyReader {
  private readonly view: DataView;
  private at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  int16(): number {
    this.at += 2;
    return this.view.getInt16(this.at - 2);
  }

  int32(): number {
    this.at += 4;
    return this.view.getInt32(this.at - 4);
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  byte(): number {
    this.at += 1;
    return this.view.getUint8(this.at - 1);
  }

  cString(): Uint8Array {
    const end = this.bytes.indexOf(0, this.at);
    const string = this.bytes.subarray(this.at, end);
    this.at = end + 1;
    return string;
  }
}

const decoder = new TextDecoder();

export function readRowDescription(body: Uint8Array): ResultColumn[] {
  const reader = new BodyReader(body);
  const count = reader.int16();
  const columns: ResultColumn[] = [];
  for (let i = 0; i < count; i++) {
    const name = decoder.decode(reader.cString());
    const tableOid = reader.uint32();
    const attributeNumber = reader.int16();
    const typeOid = reader.uint32();
    const typeLength = reader.int16();
    const typeModifier = reader.int32();
    reader.int16();
    columns.push({ name, typeOid, typeModifier, typeLength, tableOid, attributeNumber });
  }
  return columns;
}

export function readParameterDescription(body: Uint8Array): number[] {
  const reader = new BodyReader(body);
  const count = reader.int16() & 0xffff;
  return Array.from({ length: count }, () => reader.uint32());
}

export function readCommandTag(body: Uint8Array): string {
  return decoder.decode(new BodyReader(body).cString());
}

/** The fields of an ErrorResponse or NoticeResponse by their letter, undecoded. */
export function readFields(body: Uint8Array): Map<string, Uint8Array> {
  const reader = new BodyReader(body);
  const fields = new Map<string, Uint8Array>();
  for (let code = reader.byte(); code !== 0; code = reader.byte()) {
    fields.set(String.fromCharCode(code), reader.cString());
  }
  return fields;
}

/** The values of a DataRow, undecoded. */
export function readDataRow(body: Uint8Array): (Uint8Array | null)[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const count = view.getInt16(0);
  const values: (Uint8Array | null)[] = [];
  let at = 2;
  for (let i = 0; i < count; i++) {
    const length = view.getInt32(at);
    at += 4;
    if (length < 0) {
      values.push(null);
      continue;
    }
    values.push(body.subarray(at, at + length));
    at += length;
  }
  return values;
}
