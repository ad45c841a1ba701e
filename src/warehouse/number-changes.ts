// Numbers of one type as numbers of another: exact, rounded as PostgreSQL's casts round, or refused as out of range.
import type { DataType, NumericDataType, Value } from "../data-type.ts";
import { doubleText, realText, withScale } from "./numeric-text.ts";
import { valueOutOfRange } from "./warehouse-errors.ts";

/** How a value becomes one of the wanted type; `same` where it already is, undefined where there is no sound way. */
export type Change<T> = ((value: T) => Value) | "same" | undefined;

export function floatChange(wanted: DataType, isSingle: boolean): Change<number> {
  switch (wanted.kind) {
    case "double precision":
      return "same";
    case "real":
      return isSingle ? "same" : (value) => singlePrecision(value, wanted);
    case "numeric":
      return numericText(wanted, isSingle ? realText : doubleText);
    case "smallint":
    case "integer":
    case "bigint":
      return (value) => checkedInteger(halfEven(value, wanted), wanted);
    default:
      return undefined;
  }
}

/** Numeric in the wanted scale; `ownScale` is the one the text always has, if it has one. */
export function numericText<T>(
  wanted: NumericDataType,
  text: (value: T) => string,
  ownScale?: number,
): (value: T) => string {
  const scale = wanted.precision === undefined ? undefined : (wanted.scale ?? 0);
  if (scale === undefined || scale === ownScale) return text;
  return (value) => withScale(text(value), scale);
}

const integerRanges = {
  smallint: { min: -32_768, max: 32_767 },
  integer: { min: -2_147_483_648, max: 2_147_483_647 },
  bigint: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
} as const;

type IntegerType = DataType & { readonly kind: keyof typeof integerRanges };

export function checkedInteger(value: number | bigint, wanted: DataType): number | bigint {
  const { min, max } = integerRanges[(wanted as IntegerType).kind];
  if (value < min || value > max) throw valueOutOfRange(wanted);
  if (typeof value === "number") return value;
  return wanted.kind === "bigint" ? value : Number(value);
}

/** PostgreSQL casts a double to an integer with rint(). */
function halfEven(value: number, wanted: DataType): number | bigint {
  if (!Number.isFinite(value)) throw valueOutOfRange(wanted);
  const floor = Math.floor(value);
  const rest = value - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
  return Number.isSafeInteger(rounded) ? rounded : BigInt(rounded);
}

function singlePrecision(value: number, wanted: DataType): number {
  const single = Math.fround(value);
  if (Number.isFinite(value) && !Number.isFinite(single)) throw valueOutOfRange(wanted);
  return single;
}
