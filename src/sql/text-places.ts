// One text and the three ways in which places in it are counted: UTF-16 code units (JavaScript), bytes of UTF-8 (parse
// trees) and characters from 1 (PostgreSQL's error positions).

export class TextPlaces {
  readonly text: string;
  /** Bytes are counted from that many before the text: where it is a piece of the one that was parsed. */
  private readonly bytesBefore: number;
  /** The byte offset of each code unit; undefined where the text is ASCII and all counts agree. */
  private readonly bytes: Uint32Array | undefined;

  constructor(text: string, bytesBefore = 0) {
    this.text = text;
    this.bytesBefore = bytesBefore;
    this.bytes = Buffer.byteLength(text) === text.length ? undefined : byteOffsets(text);
  }

  offsetOfByte(byteOffset: number): number {
    const { bytes } = this;
    const own = byteOffset - this.bytesBefore;
    if (bytes === undefined) return own;
    let low = 0;
    let high = bytes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((bytes[middle] ?? Number.POSITIVE_INFINITY) < own) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  byteOfOffset(offset: number): number {
    const own = this.bytes === undefined ? offset : (this.bytes[offset] ?? Buffer.byteLength(this.text));
    return own + this.bytesBefore;
  }

  /** PostgreSQL's position of a code unit. */
  positionOfOffset(offset: number): number {
    if (this.bytes === undefined) return offset + 1;
    let position = 1;
    for (const _ of this.text.slice(0, offset)) position++;
    return position;
  }

  offsetOfPosition(position: number): number {
    if (this.bytes === undefined) return position - 1;
    let left = position - 1;
    let offset = 0;
    for (const character of this.text) {
      if (left-- <= 0) break;
      offset += character.length;
    }
    return offset;
  }
}

function byteOffsets(text: string): Uint32Array {
  const offsets = new Uint32Array(text.length);
  let byte = 0;
  let unit = 0;
  for (const character of text) {
    offsets[unit] = byte;
    // The second half of a surrogate pair lies inside the character.
    if (character.length === 2) offsets[unit + 1] = byte + 1;
    unit += character.length;
    byte += Buffer.byteLength(character);
  }
  return offsets;
}
