// DataRow messages in UTF-8 made those of another encoding: the values of text columns, and the texts inside binary ones.
import type { ResultColumn, RowBatch } from "../result.ts";
import { formatOf } from "./encode.ts";
import type { RowEncoder } from "./encode-rows.ts";
import { OutputBuffer } from "./output-buffer.ts";
import type { TextCodec } from "./text-codec.ts";
import { binaryTextNotRecoded } from "./wire-errors.ts";

/** Writes the value that stands from `start` to before `end`, without its length. */
type Recode = (bytes: Buffer, start: number, end: number, out: OutputBuffer) => void;

/** encode() throws 22P05 besides. */
export function recodedRows(
  encoder: RowEncoder,
  columns: readonly ResultColumn[],
  formats: readonly number[],
  codec: TextCodec,
): RowEncoder {
  if (codec.isUtf8) return encoder;
  const recodes = columns.map((column, index) => recodeOf(column, formatOf(formats, index), codec));
  return { encode: (batch: RowBatch) => recodedMessages(encoder.encode(batch), recodes) };
}

function recodedMessages(messages: Buffer, recodes: readonly Recode[]): Buffer {
  const out = new OutputBuffer(messages.length);
  for (let at = 0; at < messages.length; ) {
    const start = out.length;
    out.append(messages.subarray(at, at + 7));
    let valueAt = at + 7;
    for (const recode of recodes) {
      const length = messages.readInt32BE(valueAt);
      valueAt += 4;
      const lengthAt = out.length;
      out.int32(length);
      if (length === -1) continue;
      recode(messages, valueAt, valueAt + length, out);
      out.setInt32(lengthAt, out.length - lengthAt - 4);
      valueAt += length;
    }
    out.setInt32(start + 1, out.length - start - 1);
    at += 1 + messages.readInt32BE(at + 1);
  }
  return out.take();
}

const copy: Recode = (bytes, start, end, out) => out.append(bytes.subarray(start, end));

/** name, text, json, unknown, bpchar, varchar, and the nodes and dependencies of the catalog. */
const binaryTexts: ReadonlySet<number> = new Set([19, 25, 114, 194, 705, 1042, 1043, 2275]);
const binaryTextArrays: ReadonlySet<number> = new Set([199, 1003, 1009, 1014, 1015]);
/** jsonb and jsonpath begin with a version. */
const versionedTexts: ReadonlySet<number> = new Set([3802, 4072]);
/** xml, text search types, and rows: texts stand inside of others. */
const unknownInside: ReadonlySet<number> = new Set([142, 143, 2249, 2287, 3614, 3615, 3643, 3645]);

function recodeOf({ name, typeOid }: ResultColumn, format: number, codec: TextCodec): Recode {
  const text: Recode = (bytes, start, end, out) => {
    if (isAscii(bytes, start, end)) copy(bytes, start, end, out);
    else codec.write(bytes.toString("utf8", start, end), out);
  };
  if (format === 0 || binaryTexts.has(typeOid)) return text;
  if (binaryTextArrays.has(typeOid)) return arrayOf(text);
  if (versionedTexts.has(typeOid)) {
    return (bytes, start, end, out) => {
      copy(bytes, start, start + 1, out);
      text(bytes, start + 1, end, out);
    };
  }
  if (!unknownInside.has(typeOid)) return copy;
  return (bytes, start, end, out) => {
    if (!isAscii(bytes, start, end)) throw binaryTextNotRecoded(name);
    copy(bytes, start, end, out);
  };
}

/** Dimensions, whether there is NULL, type; for each dimension size and lower bound; then length and bytes of each. */
function arrayOf(element: Recode): Recode {
  return (bytes, start, end, out) => {
    const dimensions = bytes.readInt32BE(start);
    let at = start + 12 + dimensions * 8;
    copy(bytes, start, at, out);
    while (at < end) {
      const length = bytes.readInt32BE(at);
      const lengthAt = out.length;
      out.int32(length);
      at += 4;
      if (length === -1) continue;
      element(bytes, at, at + length, out);
      out.setInt32(lengthAt, out.length - lengthAt - 4);
      at += length;
    }
  };
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) >= 0x80) return false;
  return true;
}
