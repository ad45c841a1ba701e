// A map that forgets: bounded in entries and in bytes, least recently used out first. What alone would push out much of
// the rest is not kept at all.

export interface CacheBounds {
  readonly entriesMax: number;
  /** Bytes of all entries. */
  readonly bytesMax: number;
  /** Bytes of one entry. */
  readonly entryBytesMax: number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
}

export class BoundedCache<Value> {
  readonly #bounds: CacheBounds;
  readonly #entries = new Map<string, Entry<Value>>();
  #bytes = 0;

  constructor(bounds: CacheBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** `bytes`: what the value takes, estimated, the key left out. */
  put(key: string, value: Value, bytes: number): void {
    this.#remove(key);
    const { entriesMax, bytesMax, entryBytesMax } = this.#bounds;
    const all = bytes + 2 * key.length;
    if (all > entryBytesMax) return;
    this.#entries.set(key, { value, bytes: all });
    this.#bytes += all;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= bytesMax && this.#entries.size <= entriesMax) break;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}
