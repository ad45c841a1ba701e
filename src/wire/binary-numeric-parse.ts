// The binary form of numeric into its text, with PostgreSQL's words for what is none.
import { incorrectBinary, insufficientData, invalidBinary } from "./wire-errors.ts";

const signs: Readonly<Record<number, string>> = { 49152: "NaN", 53248: "Infinity", 61440: "-Infinity" };
const negative = 0x4000;
const scaleMax = 0x3fff;
const headBytes = 8;

/** `parameter` counts from 1, for 22P03. Throws 08P01 for what is too short. */
export function textOfBinaryNumeric(bytes: Buffer, parameter: number): string {
  if (bytes.length < 6) throw insufficientData();
  const count = bytes.readUInt16BE(0);
  const weight = bytes.readInt16BE(2);
  const sign = bytes.readUInt16BE(4);
  const special = signs[sign];
  if (special === undefined && sign !== 0 && sign !== negative)
    throw invalidBinary('invalid sign in external "numeric" value');
  if (bytes.length < headBytes) throw insufficientData();
  const scale = bytes.readUInt16BE(6);
  if (scale > scaleMax) throw invalidBinary('invalid scale in external "numeric" value');
  const groups = readGroups(bytes, count);
  if (bytes.length !== headBytes + 2 * count) throw incorrectBinary(parameter);
  if (special !== undefined) return special;
  const group = (index: number): string => groups[index] ?? "0000";
  let whole = "";
  for (let index = 0; index <= weight; index++) whole += group(index);
  let fraction = "";
  for (let index = weight + 1; fraction.length < scale; index++) fraction += group(index);
  const magnitude = (whole.replace(/^0+/, "") || "0") + (scale === 0 ? "" : `.${fraction.slice(0, scale)}`);
  return sign === negative && /[1-9]/.test(magnitude) ? `-${magnitude}` : magnitude;
}

/** Four decimal digits each. */
function readGroups(bytes: Buffer, count: number): readonly string[] {
  const groups: string[] = [];
  for (let index = 0; index < count; index++) {
    const at = headBytes + 2 * index;
    if (at + 2 > bytes.length) throw insufficientData();
    const digits = bytes.readUInt16BE(at);
    if (digits > 9999) throw invalidBinary('invalid digit in external "numeric" value');
    groups.push(String(digits).padStart(4, "0"));
  }
  return groups;
}
