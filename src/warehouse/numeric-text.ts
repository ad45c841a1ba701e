// Numbers as PostgreSQL's numeric prints them: positional, no exponent, a fixed count of digits after the point.

/** The text of value / 10^scale. */
export function scaledIntegerText(value: number | bigint, scale: number): string {
  if (scale === 0) return value.toString();
  const negative = value < 0;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${negative ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The shortest positional text that reads back as this double. */
export function doubleText(value: number): string {
  if (value === 0) return "0";
  const text = String(value);
  if (!Number.isFinite(value) || !text.includes("e")) return text;
  const [mantissa = "", exponent = "0"] = text.split("e");
  const negative = mantissa.startsWith("-");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  const positional =
    point <= 0
      ? `0.${"0".repeat(-point)}${digits}`
      : point >= digits.length
        ? digits.padEnd(point, "0")
        : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return negative ? `-${positional}` : positional;
}

/** The shortest positional text that reads back as this single-precision number. */
export function realText(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return doubleText(shorter);
  }
  return doubleText(Number(value.toPrecision(9)));
}

/** The same number with exactly `scale` digits after the point, halves rounded away from zero as numeric does. */
export function withScale(text: string, scale: number): string {
  const point = text.indexOf(".");
  const fractionDigits = point === -1 ? 0 : text.length - point - 1;
  if (fractionDigits === scale || !/\d/.test(text)) return text;
  if (fractionDigits < scale) {
    return `${text}${point === -1 ? "." : ""}${"0".repeat(scale - fractionDigits)}`;
  }
  const unscaled = BigInt(text.replace(".", ""));
  return scaledIntegerText(dividedHalfAway(unscaled, fractionDigits - scale), scale);
}

/** value / 10^digits, halves rounded away from zero. */
export function dividedHalfAway(value: bigint, digits: number): bigint {
  const divisor = 10n ** BigInt(digits);
  const half = divisor / 2n;
  return (value < 0n ? value - half : value + half) / divisor;
}
