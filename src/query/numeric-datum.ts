// PostgreSQL's numeric as it lies in memory, as text. Source: src/backend/utils/adt/numeric.c (NumericShort, NumericLong).
import { unreadableTree } from "./query-errors.ts";

const headerMask = 0xc000;
const shortHeader = 0x8000;
const specialHeader = 0xc000;
const negativeLong = 0x4000;
/** Decimal digits in one stored digit. */
const digitWidth = 4;

/** `bytes`: what follows the length header. The text is what PostgreSQL prints, scale included. */
export function numericText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = view.getUint16(0, true);
  const form = header & headerMask;
  if (form === specialHeader) return special(header);
  if (form === shortHeader) {
    const weight = (header & 0x40) === 0 ? header & 0x3f : (header & 0x3f) - 64;
    return digitsText(view, 2, { negative: (header & 0x2000) !== 0, scale: (header >> 7) & 0x3f, weight });
  }
  const weight = view.getInt16(2, true);
  return digitsText(view, 4, { negative: form === negativeLong, scale: header & 0x3fff, weight });
}

function special(header: number): string {
  if (header === 0xc000) return "NaN";
  if (header === 0xd000) return "Infinity";
  if (header === 0xf000) return "-Infinity";
  throw unreadableTree(`a numeric with header ${header}`);
}

interface NumericShape {
  readonly negative: boolean;
  /** Decimal digits after the point. */
  readonly scale: number;
  /** Which power of 10,000 the first stored digit counts. */
  readonly weight: number;
}

function digitsText(view: DataView, start: number, shape: NumericShape): string {
  const digits: string[] = [];
  for (let at = start; at < view.byteLength; at += 2) {
    digits.push(String(view.getInt16(at, true)).padStart(digitWidth, "0"));
  }
  const wholeDigits = (shape.weight + 1) * digitWidth;
  const all = wholeDigits < 0 ? "0".repeat(-wholeDigits) + digits.join("") : digits.join("");
  const point = Math.max(wholeDigits, 0);
  const whole = all.slice(0, point).padEnd(point, "0").replace(/^0+/, "") || "0";
  const fraction = all.slice(point, point + shape.scale).padEnd(shape.scale, "0");
  return `${shape.negative ? "-" : ""}${whole}${shape.scale > 0 ? `.${fraction}` : ""}`;
}
