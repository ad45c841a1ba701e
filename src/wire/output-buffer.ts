// A buffer that grows while messages are written to it. Writers of values reserve first and then write to `bytes`
// directly, because a call per byte would cost more than the byte.

const noBytes: Buffer = Buffer.alloc(0);

export class OutputBuffer {
  /** Valid up to `length`. Nothing is held before the first byte, so that idle connections cost none. */
  bytes: Buffer = noBytes;
  length = 0;
  private readonly initialBytes: number;

  constructor(initialBytes: number) {
    this.initialBytes = initialBytes;
  }

  /** Makes room for `count` more bytes. `bytes` may be another buffer afterwards. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.initialBytes, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  int16(value: number): void {
    this.reserve(2);
    this.bytes[this.length++] = (value >>> 8) & 0xff;
    this.bytes[this.length++] = value & 0xff;
  }

  int32(value: number): void {
    this.reserve(4);
    this.setInt32(this.length, value);
    this.length += 4;
  }

  /** Writes over bytes that are there already: a length that is known only now. */
  setInt32(at: number, value: number): void {
    this.bytes[at] = (value >>> 24) & 0xff;
    this.bytes[at + 1] = (value >>> 16) & 0xff;
    this.bytes[at + 2] = (value >>> 8) & 0xff;
    this.bytes[at + 3] = value & 0xff;
  }

  text(value: string): void {
    this.reserve(value.length * 3);
    this.length += this.bytes.write(value, this.length);
  }

  append(value: Uint8Array): void {
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  /** The bytes written so far; the buffer starts anew with memory of its own. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = noBytes;
    this.length = 0;
    return taken;
  }
}
