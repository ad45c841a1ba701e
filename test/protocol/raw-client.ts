// A client that says exactly what a test tells it to, and reads every message into plain data.

import { isUtf8 } from "node:buffer";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { ScramClient } from "./scram-client.ts";

export interface RawMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Longer than any answer takes, so that only a hung server reaches it. */
const answerMsMax = 15_000;

export class RawClient {
  readonly socket: Socket;
  private buffered: Buffer = Buffer.alloc(0);
  private isClosed = false;
  private wake: (() => void) | undefined;
  parameters: Record<string, string> = {};
  processId = 0;
  secretKey: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      this.buffered = Buffer.concat([this.buffered, chunk]);
      this.wake?.();
    });
    const closed = (): void => {
      this.isClosed = true;
      this.wake?.();
    };
    socket.on("close", closed);
    socket.on("end", closed);
    socket.on("error", closed);
  }

  static connect(host: string, port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new RawClient(socket)));
    });
  }

  /** Over a socket that is connected already. */
  static over(socket: Socket): RawClient {
    return new RawClient(socket);
  }

  /** The client that goes on inside TLS, or the one whose connection has ended in the handshake. */
  overTls(ALPNProtocols: readonly string[]): Promise<RawClient> {
    this.socket.removeAllListeners();
    return new Promise((resolve) => {
      const options = { socket: this.socket, rejectUnauthorized: false, ALPNProtocols: [...ALPNProtocols] };
      const secured = connectTls(options, () => resolve(RawClient.over(secured)));
      secured.once("error", () => resolve(RawClient.over(secured)));
    });
  }

  destroy(): void {
    this.socket.destroy();
  }

  sendBytes(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  sendMessage(type: string, ...parts: Uint8Array[]): void {
    const body = Buffer.concat(parts);
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeInt32BE(body.length + 4, 1);
    this.sendBytes(Buffer.concat([head, body]));
  }

  sendStartup(parameters: Readonly<Record<string, string>>, version = 0x30000): void {
    const pairs = Object.entries(parameters).flatMap(([name, value]) => [cString(name), cString(value)]);
    const body = Buffer.concat([int32(version), ...pairs, Buffer.of(0)]);
    this.sendBytes(Buffer.concat([int32(body.length + 4), body]));
  }

  sendQuery(text: string): void {
    this.sendMessage("Q", cString(text));
  }

  sendParse(name: string, text: string, types: readonly number[] = []): void {
    this.sendMessage("P", cString(name), cString(text), int16(types.length), ...types.map(int32));
  }

  sendBind(
    portal: string,
    statement: string,
    values: readonly (string | Buffer | null)[] = [],
    resultFormats: readonly number[] = [],
    formats: readonly number[] = [],
  ): void {
    const encoded = values.flatMap((value) => {
      if (value === null) return [int32(-1)];
      const bytes = Buffer.from(value as string);
      return [int32(bytes.length), bytes];
    });
    this.sendMessage(
      "B",
      cString(portal),
      cString(statement),
      int16(formats.length),
      ...formats.map(int16),
      int16(values.length),
      ...encoded,
      int16(resultFormats.length),
      ...resultFormats.map(int16),
    );
  }

  sendDescribe(target: "S" | "P", name: string): void {
    this.sendMessage("D", Buffer.from(target), cString(name));
  }

  sendExecute(portal: string, rowsMax = 0): void {
    this.sendMessage("E", cString(portal), int32(rowsMax));
  }

  sendSync(): void {
    this.sendMessage("S");
  }

  /** Logs in as far as the server lets it: to ReadyForQuery, or to the ErrorResponse that ends it. */
  async login(
    credentials: Credentials,
    parameters: Readonly<Record<string, string>> = {},
    version?: number,
  ): Promise<RawMessage[]> {
    this.sendStartup({ user: credentials.user, database: credentials.database, ...parameters }, version);
    return this.authenticate(credentials.password);
  }

  async authenticate(password: string): Promise<RawMessage[]> {
    const messages: RawMessage[] = [];
    let exchange: ScramClient | undefined;
    for (;;) {
      const message = await this.next();
      if (message === undefined) return messages;
      messages.push(message);
      if (message.type === "AuthenticationSASL") {
        exchange = new ScramClient(password);
        const first = Buffer.from(exchange.first());
        this.sendMessage("p", cString("SCRAM-SHA-256"), int32(first.length), first);
      } else if (message.type === "AuthenticationSASLContinue") {
        this.sendMessage("p", Buffer.from(exchange?.final(String(message["data"])) ?? ""));
      } else if (message.type === "AuthenticationCleartextPassword") this.sendMessage("p", cString(password));
      else if (message.type === "ParameterStatus") {
        this.parameters[String(message["name"])] = String(message["value"]);
      } else if (message.type === "BackendKeyData") {
        this.processId = Number(message["processId"]);
        this.secretKey = message["secretKey"] as Buffer;
      } else if (message.type === "ReadyForQuery" || message.type === "ErrorResponse") return messages;
    }
  }

  /** Messages up to one of a type, or up to the connection's end, which reads as a message "closed". */
  async until(type: string): Promise<RawMessage[]> {
    const messages: RawMessage[] = [];
    for (;;) {
      const message = await this.next();
      messages.push(message ?? { type: "closed" });
      if (message === undefined || message.type === type) return messages;
    }
  }

  /** Whether something has come that was not asked for yet. */
  get hasMessage(): boolean {
    return this.isClosed || this.buffered.length > 0;
  }

  /** The next message; undefined at the connection's end. */
  async next(): Promise<RawMessage | undefined> {
    for (;;) {
      if (this.buffered.length >= 5) {
        const length = this.buffered.readInt32BE(1) + 1;
        if (this.buffered.length >= length) {
          const message = readMessage(this.buffered.subarray(0, length));
          this.buffered = this.buffered.subarray(length);
          return message;
        }
      }
      if (this.isClosed) return undefined;
      await this.more();
    }
  }

  /** Bytes as they come, without framing: the answer to SSLRequest. */
  async nextByte(): Promise<number | undefined> {
    while (this.buffered.length === 0) {
      if (this.isClosed) return undefined;
      await this.more();
    }
    const byte = this.buffered[0];
    this.buffered = this.buffered.subarray(1);
    return byte;
  }

  private more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the server did not answer")), answerMsMax);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = undefined;
        resolve();
      };
    });
  }
}

export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

const plainTypes: Readonly<Record<string, string>> = {
  "1": "ParseComplete",
  "2": "BindComplete",
  "3": "CloseComplete",
  n: "NoData",
  s: "PortalSuspended",
  c: "CopyDone",
  I: "EmptyQueryResponse",
};

const fieldNames: Readonly<Record<string, string>> = {
  S: "severity",
  V: "severityPlain",
  C: "code",
  M: "message",
  D: "detail",
  H: "hint",
  P: "position",
  W: "context",
  R: "routine",
};

function readMessage(bytes: Buffer): RawMessage {
  const letter = String.fromCharCode(bytes[0] as number);
  const body = new Body(bytes.subarray(5));
  const plain = plainTypes[letter];
  if (plain !== undefined) return { type: plain };
  switch (letter) {
    case "R":
      return readAuthentication(body);
    case "S":
      return { type: "ParameterStatus", name: body.text(), value: body.text() };
    case "K":
      return { type: "BackendKeyData", processId: body.int32(), secretKey: body.rest() };
    case "Z":
      return { type: "ReadyForQuery", status: body.rest().toString() };
    case "C":
      return { type: "CommandComplete", tag: body.text() };
    case "E":
      return { type: "ErrorResponse", ...body.fields() };
    case "N":
      return { type: "NoticeResponse", ...body.fields() };
    case "t":
      return { type: "ParameterDescription", parameterTypes: body.list(() => body.int32()) };
    case "T":
      return { type: "RowDescription", columns: body.list(() => body.column()) };
    case "G":
      return { type: "CopyInResponse", format: body.byte(), formats: body.list(() => body.int16()) };
    case "H":
      return { type: "CopyOutResponse", format: body.byte(), formats: body.list(() => body.int16()) };
    case "d":
      return { type: "CopyData", data: spellBytes(body.rest()) };
    case "D":
      return { type: "DataRow", values: body.list(() => body.value()) };
    case "v":
      return {
        type: "NegotiateProtocolVersion",
        version: body.int32(),
        names: body.longList(() => body.text()),
      };
    default:
      return { type: letter };
  }
}

function readAuthentication(body: Body): RawMessage {
  const code = body.int32();
  if (code === 0) return { type: "AuthenticationOk" };
  if (code === 3) return { type: "AuthenticationCleartextPassword" };
  if (code === 10) return { type: "AuthenticationSASL", mechanisms: body.texts() };
  if (code === 11) return { type: "AuthenticationSASLContinue", data: body.rest().toString() };
  return { type: "AuthenticationSASLFinal" };
}

class Body {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    const text = spellBytes(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  /** Up to an empty one. */
  texts(): string[] {
    const texts: string[] = [];
    for (let text = this.text(); text !== ""; text = this.text()) texts.push(text);
    return texts;
  }

  byte(): number {
    this.at += 1;
    return this.bytes[this.at - 1] as number;
  }

  int16(): number {
    this.at += 2;
    return this.bytes.readInt16BE(this.at - 2);
  }

  int32(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }

  rest(): Buffer {
    return this.bytes.subarray(this.at);
  }

  list<T>(item: () => T): T[] {
    return Array.from({ length: this.int16() }, item);
  }

  longList<T>(item: () => T): T[] {
    return Array.from({ length: this.int32() }, item);
  }

  /** Bytes that are no text are spelled in hexadecimal digits. */
  value(): string | null {
    const length = this.int32();
    if (length === -1) return null;
    this.at += length;
    return spellBytes(this.bytes.subarray(this.at - length, this.at));
  }

  column(): Record<string, unknown> {
    return {
      name: this.text(),
      tableOid: this.int32(),
      attributeNumber: this.int16(),
      typeOid: this.int32(),
      typeLength: this.int16(),
      typeModifier: this.int32(),
      format: this.int16(),
    };
  }

  fields(): Record<string, string> {
    const fields: Record<string, string> = {};
    while (this.bytes[this.at] !== 0) {
      const letter = String.fromCharCode(this.bytes[this.at++] as number);
      const name = fieldNames[letter];
      const value = this.text();
      if (name !== undefined) fields[name] = value;
    }
    return fields;
  }
}

export function spellBytes(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString("utf8") : `hex:${bytes.toString("hex")}`;
}
