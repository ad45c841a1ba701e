// Keys by which a client can cancel its running statement from another connection.
import { randomBytes, randomInt, timingSafeEqual } from "node:crypto";

export interface CancelKey {
  readonly processId: number;
  readonly secretKey: Buffer;
}

const processIdMax = 0x7fffffff;

export class CancelKeys {
  private readonly entries = new Map<number, { readonly secretKey: Buffer; readonly cancel: () => void }>();

  /** Process ids are random, so that one does not tell the next. Protocol 3.0 has keys of 4 bytes, 3.2 of 32. */
  register(secretKeyBytes: 4 | 32, cancel: () => void): CancelKey {
    let processId = randomInt(1, processIdMax);
    while (this.entries.has(processId)) processId = randomInt(1, processIdMax);
    const secretKey = randomBytes(secretKeyBytes);
    this.entries.set(processId, { secretKey, cancel });
    return { processId, secretKey };
  }

  release(processId: number): void {
    this.entries.delete(processId);
  }

  /** Compares in constant time: a guesser must not learn how many bytes were right. */
  cancel(processId: number, secretKey: Uint8Array): void {
    const entry = this.entries.get(processId);
    if (entry === undefined || entry.secretKey.length !== secretKey.length) return;
    if (timingSafeEqual(entry.secretKey, secretKey)) entry.cancel();
  }
}
