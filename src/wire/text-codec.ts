// The encodings in which clients may write and read text. Everything inside is UTF-8, so the others are made of it and
// into it at the socket.
import { decodeText } from "./decode.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import { invalidByte, untranslatable } from "./wire-errors.ts";

export interface TextCodec {
  /** Whether texts are sent as they are. */
  readonly isUtf8: boolean;
  /** Throws 22021, and 22P05 for a byte that stands for no character. */
  decode(bytes: Uint8Array): string;
  /** Appends the text. Throws 22P05 for a character that the encoding has not. */
  write(text: string, out: OutputBuffer): void;
}

export const utf8Codec: TextCodec = {
  isUtf8: true,
  decode: decodeText,
  write: (text, out) => out.text(text),
};

/** Names that the runtime has for encodings of one byte a character, by PostgreSQL's. */
const runtimeNames: Readonly<Record<string, string>> = {
  LATIN2: "iso-8859-2",
  LATIN3: "iso-8859-3",
  LATIN4: "iso-8859-4",
  LATIN6: "iso-8859-10",
  LATIN7: "iso-8859-13",
  LATIN8: "iso-8859-14",
  LATIN9: "iso-8859-15",
  ISO_8859_5: "iso-8859-5",
  ISO_8859_6: "iso-8859-6",
  ISO_8859_7: "iso-8859-7",
  ISO_8859_8: "iso-8859-8",
  WIN1250: "windows-1250",
  WIN1251: "windows-1251",
  WIN1253: "windows-1253",
  WIN1254: "windows-1254",
  WIN1255: "windows-1255",
  WIN1256: "windows-1256",
  WIN1257: "windows-1257",
  WIN1258: "windows-1258",
  WIN866: "ibm866",
  WIN874: "windows-874",
  KOI8R: "koi8-r",
  KOI8U: "koi8-u",
};

/** What LATIN5 has where LATIN1 has the letters of Iceland; the runtime takes its name for Windows' own. */
const turkishLetters: Readonly<Record<number, string>> = {
  208: "Ğ",
  221: "İ",
  222: "Ş",
  240: "ğ",
  253: "ı",
  254: "ş",
};

/** What WIN1252 has from 128 on where LATIN1 has control characters; the runtime takes one for the other. */
const windowsLetters = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

const codecs = new Map<string, TextCodec>();

/** `encoding`: as PostgreSQL spells it. Under SQL_ASCII texts are sent as they are, as PostgreSQL does. */
export function textCodecOf(encoding: string): TextCodec {
  let codec = codecs.get(encoding);
  if (codec === undefined) {
    const letters = lettersOf(encoding);
    codec = letters === undefined ? utf8Codec : new SingleByteCodec(encoding, letters);
    if (letters !== undefined) codecs.set(encoding, codec);
  }
  return codec;
}

/** The characters of the bytes from 128 on; undefined for UTF-8. */
function lettersOf(encoding: string): readonly (string | undefined)[] | undefined {
  const bytes = Array.from({ length: 128 }, (_each, index) => 128 + index);
  if (encoding === "LATIN1") return bytes.map((byte) => String.fromCharCode(byte));
  if (encoding === "LATIN5") return bytes.map((byte) => turkishLetters[byte] ?? String.fromCharCode(byte));
  if (encoding === "WIN1252") return bytes.map(windowsLetter);
  const name = runtimeNames[encoding];
  if (name === undefined) return undefined;
  const decoder = new TextDecoder(name);
  return bytes.map((byte) => letterOf(encoding, byte, decoder.decode(Uint8Array.of(byte))));
}

function windowsLetter(byte: number): string | undefined {
  const letter = windowsLetters[byte - 128] ?? String.fromCharCode(byte);
  return letter === " " ? undefined : letter;
}

/** The runtime fills gaps of Windows' encodings with control characters, characters for private use, and this one. */
const filledGap = "WIN1253 170";
const privateUse = /[\ue000-\uf8ff\ufffd]/;

/** Undefined for a byte that stands for nothing. */
function letterOf(encoding: string, byte: number, letter: string): string | undefined {
  if (`${encoding} ${byte}` === filledGap || privateUse.test(letter)) return undefined;
  return encoding.startsWith("WIN") && letter.charCodeAt(0) === byte && byte < 160 ? undefined : letter;
}

const highLatin1 = /[\x80-\xff]/g;
const beyondAscii = /[\u0080-\uffff]/;

class SingleByteCodec implements TextCodec {
  readonly isUtf8 = false;
  private readonly encoding: string;
  private readonly letters: readonly (string | undefined)[];
  private readonly bytes: ReadonlyMap<string, number>;

  constructor(encoding: string, letters: readonly (string | undefined)[]) {
    this.encoding = encoding;
    this.letters = letters;
    const bytes = new Map<string, number>();
    for (const [index, letter] of letters.entries()) {
      if (letter !== undefined && !bytes.has(letter)) bytes.set(letter, 128 + index);
    }
    this.bytes = bytes;
  }

  decode(bytes: Uint8Array): string {
    if (bytes.includes(0)) throw invalidByte(this.encoding, 0);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    return text.replace(highLatin1, (letter) => {
      const byte = letter.charCodeAt(0);
      const meant = this.letters[byte - 128];
      if (meant === undefined) throw untranslatable(Uint8Array.of(byte), this.encoding, "UTF8");
      return meant;
    });
  }

  write(text: string, out: OutputBuffer): void {
    if (!beyondAscii.test(text)) {
      out.text(text);
      return;
    }
    out.reserve(text.length);
    for (const letter of text) {
      const code = letter.codePointAt(0) as number;
      const byte = code < 128 ? code : this.bytes.get(letter);
      if (byte === undefined) throw untranslatable(Buffer.from(letter), "UTF8", this.encoding);
      out.bytes[out.length++] = byte;
    }
  }
}
