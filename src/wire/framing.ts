// A byte stream into frames. Bytes are kept as they arrive, so that a length word alone never costs memory, and a
// length beyond the cap of its message is refused from the header.
import { messageBytesMax, passwordBytesMax, startupPacketBytesMax } from "../constants.ts";
import { fatalProtocolViolation, messageTooLarge } from "./wire-errors.ts";

/** A typed message: its type byte, and the body after the length word. */
export interface Frame {
  readonly type: number;
  readonly body: Buffer;
}

/** Bytes of a body after the length word, for messages that hold names or nothing (PostgreSQL's PQ_SMALL_MESSAGE_LIMIT). */
const smallBodyBytesMax = 10_000;

const code = (letter: string): number => letter.charCodeAt(0);

/** Body bytes allowed by type byte; a type that is not listed does not exist. */
const bodyBytesMaxByType = new Map<number, number>([
  [code("Q"), messageBytesMax],
  [code("P"), messageBytesMax],
  [code("B"), messageBytesMax],
  [code("F"), messageBytesMax],
  [code("d"), messageBytesMax],
  [code("D"), smallBodyBytesMax],
  [code("E"), smallBodyBytesMax],
  [code("C"), smallBodyBytesMax],
  [code("f"), smallBodyBytesMax],
  [code("c"), smallBodyBytesMax],
  [code("H"), smallBodyBytesMax],
  [code("S"), smallBodyBytesMax],
  [code("X"), smallBodyBytesMax],
]);

/** Password and SASL answers, which are valid before login only. */
const passwordFrameType: number = code("p");

/** What the server has asked for. */
export type PasswordKind = "password" | "SASL";

/** Thrown for bytes that PostgreSQL answers with a closed connection and no word. */
export class SilentClose extends Error {}

export class FrameReader {
  private chunks: Buffer[] = [];
  private bytes = 0;

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.bytes += chunk.length;
  }

  get bufferedBytes(): number {
    return this.bytes;
  }

  /** The first byte that waits, undefined without one. */
  peekByte(): number | undefined {
    return this.chunks[0]?.[0];
  }

  /** Everything that waits, unframed; the reader is empty afterwards. */
  takeAll(): Buffer {
    return this.take(this.bytes);
  }

  /** The body of a packet without type byte, or undefined while bytes are missing. Throws SilentClose. */
  nextStartupPacket(): Buffer | undefined {
    if (this.bytes < 4) return undefined;
    const length = this.peek(4).readInt32BE(0);
    if (length < 8 || length - 4 > startupPacketBytesMax) {
      throw new SilentClose("startup packet of impossible length");
    }
    if (this.bytes < length) return undefined;
    return this.take(length).subarray(4);
  }

  /** The next message after login. Throws FATAL for an unknown type, SilentClose for an impossible length. */
  nextFrame(): Frame | undefined {
    if (this.bytes < 5) {
      this.refuseUnknownType();
      return undefined;
    }
    this.refuseUnknownType();
    const header = this.peek(5);
    const type = header[0] as number;
    const bodyBytes = header.readInt32BE(1) - 4;
    if (bodyBytes < 0) throw new SilentClose("message length below four");
    const bodyBytesMax = bodyBytesMaxByType.get(type) ?? 0;
    if (bodyBytes > bodyBytesMax) {
      if (bodyBytesMax < messageBytesMax) throw new SilentClose("message length beyond its type's");
      throw messageTooLarge(messageBytesMax);
    }
    return this.takeFrame(type, bodyBytes);
  }

  /**
   * The answer to an authentication request, or undefined while bytes are missing. A length beyond `bodyBytesMax`, or
   * below that of the length word, gives "wrong length" without reading the body.
   */
  nextPassword(kind: PasswordKind, bodyBytesMax: number): Frame | "wrong length" | undefined {
    if (this.bytes < 1) return undefined;
    const type = this.peekByte() as number;
    if (type !== passwordFrameType) {
      throw fatalProtocolViolation(`expected ${kind} response, got message type ${type}`);
    }
    if (this.bytes < 5) return undefined;
    const bodyBytes = this.peek(5).readInt32BE(1) - 4;
    if (bodyBytes < 0 || bodyBytes > Math.min(bodyBytesMax, passwordBytesMax + 1)) return "wrong length";
    return this.takeFrame(type, bodyBytes);
  }

  private refuseUnknownType(): void {
    const type = this.peekByte();
    if (type !== undefined && !bodyBytesMaxByType.has(type)) {
      throw fatalProtocolViolation(`invalid frontend message type ${type}`);
    }
  }

  private takeFrame(type: number, bodyBytes: number): Frame | undefined {
    if (this.bytes < 5 + bodyBytes) return undefined;
    return { type, body: this.take(5 + bodyBytes).subarray(5) };
  }

  private peek(count: number): Buffer {
    const first = this.chunks[0];
    if (first !== undefined && first.length >= count) return first;
    const head = Buffer.alloc(count);
    let filled = 0;
    for (const chunk of this.chunks) {
      filled += chunk.copy(head, filled);
      if (filled === count) break;
    }
    return head;
  }

  private take(count: number): Buffer {
    const parts: Buffer[] = [];
    let missing = count;
    let used = 0;
    while (missing > 0) {
      const chunk = this.chunks[used] as Buffer;
      if (chunk.length > missing) {
        parts.push(chunk.subarray(0, missing));
        this.chunks[used] = chunk.subarray(missing);
        missing = 0;
      } else {
        parts.push(chunk);
        missing -= chunk.length;
        used++;
      }
    }
    this.chunks.splice(0, used);
    this.bytes -= count;
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, count);
  }
}
