// Floating-point numbers as PostgreSQL prints them: the shortest text that reads back, exponents as C writes them.

interface FloatStyle {
  /** Exponents from here on are printed as such. */
  readonly exponentMin: number;
  /** Decimal digits that C calls DBL_DIG or FLT_DIG. */
  readonly digits: number;
  shortest(value: number): string;
}

const doubleStyle: FloatStyle = { exponentMin: 15, digits: 15, shortest: (value) => value.toExponential() };
const realStyle: FloatStyle = { exponentMin: 6, digits: 6, shortest: shortestReal };

/** `extraFloatDigits` above 0 means shortest, as since PostgreSQL 12. */
export function formatDouble(value: number, extraFloatDigits: number): string {
  const size = Math.abs(value);
  // Here ECMAScript's spelling is PostgreSQL's.
  if (extraFloatDigits > 0 && size >= 1e-4 && size < 1e15) return String(value);
  return formatFloat(value, extraFloatDigits, doubleStyle);
}

export function formatReal(value: number, extraFloatDigits: number): string {
  return formatFloat(value, extraFloatDigits, realStyle);
}

function formatFloat(value: number, extraFloatDigits: number, style: FloatStyle): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "Infinity";
  if (value === Number.NEGATIVE_INFINITY) return "-Infinity";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  if (extraFloatDigits > 0) return layOut(style.shortest(value), style.exponentMin);
  const precision = Math.max(1, style.digits + extraFloatDigits);
  // C's %g: trailing zeros go, the exponent form begins where the precision ends.
  return layOut(toExponentialEven(value, precision - 1).replace(/\.?0+e/, "e"), precision);
}

/** Digits of `d.ddde±x` at their places, or with PostgreSQL's two-digit exponent. */
function layOut(exponential: string, exponentMin: number): string {
  const split = exponential.indexOf("e");
  const exponent = Number(exponential.slice(split + 1));
  const mantissa = exponential.slice(0, split);
  if (exponent < -4 || exponent >= exponentMin) {
    const size = Math.abs(exponent);
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${size < 10 ? "0" : ""}${size}`;
  }
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace("-", "").replace(".", "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits + "0".repeat(exponent + 1 - digits.length);
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** The fewest digits that give the same 32-bit float again: nine are always enough. */
function shortestReal(value: number): string {
  const real = Math.fround(value);
  for (let fraction = 0; fraction < 8; fraction++) {
    const text = toExponentialEven(real, fraction);
    if (Math.fround(Number(text)) === real) return text.replace(/\.?0+e/, "e");
  }
  return real.toExponential(8);
}

/** Of two texts equally near the value, ECMAScript takes the larger one, C and PostgreSQL the one that ends even. */
function toExponentialEven(value: number, fraction: number): string {
  const text = value.toExponential(fraction);
  const last = text.indexOf("e") - 1;
  const digit = Number(text[last]);
  if (digit % 2 === 0 || !value.toExponential(fraction + 1).includes("5e")) return text;
  // A hundred digits tell a tie from what is near one.
  const exact = value.toExponential(100);
  const behind = exact.slice(last + 1, exact.indexOf("e")).replace(".", "");
  const isTie = exact.slice(last, last + 1) === String(digit - 1) && /^50*$/.test(behind);
  return isTie ? `${text.slice(0, last)}${digit - 1}${text.slice(last + 1)}` : text;
}
