// Rows into CopyData messages, one each. A batch is made DataRow messages first, whatever it comes as, and their values
// are put into lines; in binary form a row is what a DataRow holds.
import type { CopyFormat } from "../copy-format.ts";
import type { ResultColumn } from "../result.ts";
import { createRowEncoder, type RowEncoder } from "./encode-rows.ts";
import { OutputBuffer } from "./output-buffer.ts";
import { recodedRows } from "./recode-rows.ts";
import type { TextCodec } from "./text-codec.ts";
import type { TextFormatSettings } from "./text-format.ts";

export interface CopyEncoder extends RowEncoder {
  /** What comes before the first row. */
  begin(): Uint8Array;
  /** What comes behind the last row. */
  end(): Uint8Array;
}

const copyData = 0x64;
const newline = 0x0a;
const backslash = 0x5c;

/** encode() throws as the encoder of rows does. */
export function createCopyEncoder(
  columns: readonly ResultColumn[],
  format: CopyFormat,
  settings: TextFormatSettings,
  codec: TextCodec,
): CopyEncoder {
  const formats = format.kind === "binary" ? [1] : [];
  const rows = recodedRows(createRowEncoder(columns, formats, settings), columns, formats, codec);
  if (format.kind === "binary") return binaryEncoder(rows);
  const lines = lineWriter(columns.length, format, codec);
  return {
    begin() {
      const out = new OutputBuffer(256);
      if (format.header) lines.header(columns, out);
      return out.take();
    },
    encode(batch) {
      const messages = rows.encode(batch);
      const out = new OutputBuffer(Math.ceil(messages.length * 1.1));
      for (let at = 0; at < messages.length; at += 1 + messages.readInt32BE(at + 1))
        lines.row(messages, at, out);
      return out.take();
    },
    end: () => new Uint8Array(),
  };
}

/** Signature, flags, and the length of an extension that there is none of. */
const binaryHead = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
/** In the place of a row's number of columns. */
const binaryEnd = Buffer.from([0xff, 0xff]);

function binaryEncoder(rows: RowEncoder): CopyEncoder {
  let hasBegun = false;
  // As PostgreSQL sends it, the head stands in one message with the first row, or with the end.
  const headed = (body: Uint8Array): Buffer => {
    const head = hasBegun ? [] : [binaryHead];
    hasBegun = true;
    const message = Buffer.concat([Buffer.alloc(5), ...head, body]);
    message[0] = copyData;
    message.writeInt32BE(message.length - 1, 1);
    return message;
  };
  return {
    begin: () => new Uint8Array(),
    encode(batch) {
      const messages = rows.encode(batch);
      let start = 0;
      const first = hasBegun ? [] : [headed(messages.subarray(5, 1 + messages.readInt32BE(1)))];
      if (first.length > 0) start = 1 + messages.readInt32BE(1);
      const rest = Buffer.from(messages.subarray(start));
      for (let at = 0; at < rest.length; at += 1 + rest.readInt32BE(at + 1)) rest[at] = copyData;
      return first.length === 0 ? rest : Buffer.concat([...first, rest]);
    },
    end: () => headed(binaryEnd),
  };
}

interface LineWriter {
  header(columns: readonly ResultColumn[], out: OutputBuffer): void;
  /** The DataRow message that begins at `start`, as a line. */
  row(messages: Buffer, start: number, out: OutputBuffer): void;
}

/** Writes the bytes `start` to before `end` as the value of a column. */
type FieldWriter = (bytes: Buffer, start: number, end: number, column: number, out: OutputBuffer) => void;

function lineWriter(
  columnCount: number,
  format: CopyFormat & { readonly kind: "text" | "csv" },
  codec: TextCodec,
): LineWriter {
  const delimiter = format.delimiter.charCodeAt(0);
  const nullText = encoded(format.nullText, codec);
  const writeField =
    format.kind === "text" ? textField(delimiter) : csvField(format, delimiter, nullText, columnCount);
  const message = (out: OutputBuffer, write: () => void): void => {
    const start = out.length;
    out.byte(copyData);
    out.int32(0);
    write();
    out.byte(newline);
    out.setInt32(start + 1, out.length - start - 1);
  };
  return {
    header: (columns, out) =>
      message(out, () => {
        for (const [index, { name }] of columns.entries()) {
          if (index > 0) out.byte(delimiter);
          const bytes = encoded(name, codec);
          // A name is quoted where it has to be, whatever FORCE_QUOTE says of its values.
          writeField(bytes, 0, bytes.length, -1, out);
        }
      }),
    row: (messages, start, out) =>
      message(out, () => {
        let at = start + 7;
        for (let column = 0; column < columnCount; column++) {
          if (column > 0) out.byte(delimiter);
          const length = messages.readInt32BE(at);
          at += 4;
          if (length === -1) out.append(nullText);
          else {
            writeField(messages, at, at + length, column, out);
            at += length;
          }
        }
      }),
  };
}

function encoded(text: string, codec: TextCodec): Buffer {
  const out = new OutputBuffer(text.length);
  codec.write(text, out);
  return out.take();
}

/** What stands behind the backslash, by byte; 0 for bytes that stand for themselves. */
function textEscapes(delimiter: number): Uint8Array {
  const escapes = new Uint8Array(256);
  escapes[delimiter] = delimiter;
  escapes[backslash] = backslash;
  for (const [from, to] of ["\bb", "\ff", "\nn", "\rr", "\tt", "\vv"])
    escapes[(from as string).charCodeAt(0)] = (to as string).charCodeAt(0);
  return escapes;
}

function textField(delimiter: number): FieldWriter {
  const escapes = textEscapes(delimiter);
  return (bytes, start, end, _column, out) => {
    out.reserve(2 * (end - start));
    const target = out.bytes;
    let to = out.length;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      const letter = escapes[byte] as number;
      if (letter === 0) target[to++] = byte;
      else {
        target[to++] = backslash;
        target[to++] = letter;
      }
    }
    out.length = to;
  };
}

function csvField(
  format: CopyFormat & { readonly kind: "csv" },
  delimiter: number,
  nullText: Buffer,
  columnCount: number,
): FieldWriter {
  const quoteByte = format.quote.charCodeAt(0);
  const escapeByte = format.escape.charCodeAt(0);
  const needsQuotes = new Uint8Array(256);
  for (const byte of [delimiter, quoteByte, 0x0a, 0x0d]) needsQuotes[byte] = 1;
  const endMark = Buffer.from("\\.");
  return (bytes, start, end, column, out) => {
    let isQuoted =
      format.forceQuote.has(column) ||
      isSame(bytes, start, end, nullText) ||
      // Alone in a line it would be the end of the data.
      (columnCount === 1 && isSame(bytes, start, end, endMark));
    for (let at = start; !isQuoted && at < end; at++) isQuoted = needsQuotes[bytes[at] as number] === 1;
    out.reserve(2 * (end - start) + 2);
    const target = out.bytes;
    let to = out.length;
    if (isQuoted) target[to++] = quoteByte;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (isQuoted && (byte === quoteByte || byte === escapeByte)) target[to++] = escapeByte;
      target[to++] = byte;
    }
    if (isQuoted) target[to++] = quoteByte;
    out.length = to;
  };
}

function isSame(bytes: Buffer, start: number, end: number, other: Buffer): boolean {
  return end - start === other.length && bytes.compare(other, 0, other.length, start, end) === 0;
}
