// PostgreSQL's protocol from the client's side, as far as queries need it: the messages that are sent, and the cutting
// of what comes back. Rows are cut in runs and not read here.

/** Rows, as whole DataRow messages one after the other; or any other message. */
export type BackendMessage =
  | { readonly kind: "rows"; readonly rowCount: number; readonly bytes: Buffer }
  | { readonly kind: "message"; readonly type: number; readonly body: Buffer };

/** Type bytes of the messages that a query can be answered with. */
export const backend = {
  parseComplete: 0x31,
  bindComplete: 0x32,
  commandComplete: 0x43,
  dataRow: 0x44,
  error: 0x45,
  emptyQuery: 0x49,
  backendKeyData: 0x4b,
  notice: 0x4e,
  readyForQuery: 0x5a,
  notification: 0x41,
  parameterStatus: 0x53,
  rowDescription: 0x54,
  noData: 0x6e,
  parameterDescription: 0x74,
} as const;

/** Bytes of one message. A row that is larger is none that a client could be sent. */
const messageBytesMax = 256 * 1024 * 1024;

/** Cuts the bytes of a connection into messages, wherever the network cut them. */
export class BackendReader {
  readonly #take: (message: BackendMessage) => void;
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** Bytes that are needed before anything can be cut. */
  #neededBytes = 5;

  constructor(take: (message: BackendMessage) => void) {
    this.#take = take;
  }

  /** Throws when this is not the protocol. */
  push(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#restBytes > 0) {
      this.#rest.push(chunk);
      this.#restBytes += chunk.length;
      // Long messages come in many pieces: they are put together once.
      if (this.#restBytes < this.#neededBytes) return;
      bytes = Buffer.concat(this.#rest, this.#restBytes);
    }
    const end = this.#cut(bytes);
    const rest = bytes.subarray(end);
    this.#rest = rest.length > 0 ? [rest] : [];
    this.#restBytes = rest.length;
  }

  /** Where the last whole message ends. */
  #cut(bytes: Buffer): number {
    let at = 0;
    let rowsStart = 0;
    let rowCount = 0;
    this.#neededBytes = 5;
    while (bytes.length - at >= 5) {
      const length = bytes.readInt32BE(at + 1);
      if (length < 4 || length > messageBytesMax) throw new Error(`a message of ${length} bytes`);
      const next = at + 1 + length;
      if (next > bytes.length) {
        this.#neededBytes = 1 + length;
        break;
      }
      const type = bytes[at] as number;
      if (type === backend.dataRow) {
        if (rowCount === 0) rowsStart = at;
        rowCount += 1;
      } else {
        if (rowCount > 0) this.#take({ kind: "rows", rowCount, bytes: bytes.subarray(rowsStart, at) });
        rowCount = 0;
        this.#take({ kind: "message", type, body: bytes.subarray(at + 5, next) });
      }
      at = next;
    }
    if (rowCount > 0) this.#take({ kind: "rows", rowCount, bytes: bytes.subarray(rowsStart, at) });
    return at;
  }
}

/** A column as the server describes it. */
export interface DescribedField {
  readonly name: string;
  readonly oid: number;
  readonly modifier: number;
}

export function readRowDescription(body: Buffer): readonly DescribedField[] {
  const fields: DescribedField[] = [];
  let at = 2;
  for (let count = body.readUInt16BE(0); count > 0; count -= 1) {
    const end = body.indexOf(0, at);
    const name = body.toString("utf8", at, end);
    fields.push({ name, oid: body.readUInt32BE(end + 7), modifier: body.readInt32BE(end + 13) });
    at = end + 19;
  }
  return fields;
}

/** The fields of an ErrorResponse by their letter. */
export function readErrorFields(body: Buffer): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < body.length && body[at] !== 0; ) {
    const end = body.indexOf(0, at + 1);
    fields.set(String.fromCharCode(body[at] as number), body.toString("utf8", at + 1, end));
    at = end + 1;
  }
  return fields;
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(length, 1);
  return Buffer.concat([head, ...parts], length + 1);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function zeroTerminated(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

/** A text with a zero byte in it would end there and mean something else. */
function statementText(sql: string): Buffer {
  if (sql.includes("\0")) throw new TypeError("a zero byte in a statement");
  return zeroTerminated(sql);
}

const unnamed = Buffer.from("\0");

export function queryMessage(sql: string): Buffer {
  return message("Q", statementText(sql));
}

/** The unnamed statement. */
export function parseMessage(sql: string, parameterOids: readonly number[]): Buffer {
  const oids = Buffer.alloc(2 + parameterOids.length * 4);
  oids.writeUInt16BE(parameterOids.length);
  parameterOids.forEach((oid, index) => {
    oids.writeUInt32BE(oid, 2 + index * 4);
  });
  return message("P", unnamed, statementText(sql), oids);
}

export interface BoundValue {
  readonly binary: boolean;
  /** null for NULL. */
  readonly bytes: Buffer | null;
}

/** The unnamed portal over the unnamed statement. */
export function bindMessage(values: readonly BoundValue[], resultFormats: readonly number[]): Buffer {
  const parts: Buffer[] = [unnamed, unnamed, int16(values.length)];
  for (const { binary } of values) parts.push(int16(binary ? 1 : 0));
  parts.push(int16(values.length));
  for (const { bytes } of values) {
    if (bytes === null) parts.push(int32(-1));
    else parts.push(int32(bytes.length), bytes);
  }
  parts.push(int16(resultFormats.length));
  for (const format of resultFormats) parts.push(int16(format));
  return message("B", ...parts);
}

export const describeStatementMessage = message("D", Buffer.from("S\0"));
export const describePortalMessage = message("D", Buffer.from("P\0"));
/**
 * All rows. A maximum would keep the server from running the plan in parallel; a reader that is slow is waited for by
 * the socket instead.
 */
export const executeMessage = message("E", unnamed, int32(0));
export const syncMessage = message("S");
export const terminateMessage = message("X");

/** What a connection of its own carries to end another's query. The key is as long as the server made it. */
export function cancelRequest(processId: number, key: Buffer): Buffer {
  return Buffer.concat([int32(12 + key.length), int32(80_877_102), int32(processId), key]);
}

export const sslRequest = Buffer.concat([int32(8), int32(80_877_103)]);
