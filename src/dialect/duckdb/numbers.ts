// Text and rounding of numbers that DuckDB holds in double precision where PostgreSQL has a numeric.
import { raise } from "./raise.ts";
import { decimalDigitsMax } from "./types.ts";

/**
 * A double read to the 15 significant digits that it is exact to: what is rounded or cut after a numeric division is
 * the quotient PostgreSQL would have, not the nearest binary fraction below it.
 */
export function fifteenDigits(text: string): string {
  return `CAST(${fifteenDigitText(text)} AS DOUBLE)`;
}

/** The text of those digits, in an exponent form where the number is very large or small. */
export function fifteenDigitText(text: string): string {
  const done = /^CAST\((printf\('%\.15g', [^()]*\)) AS DOUBLE\)$/.exec(text)?.[1];
  return done ?? `printf('%.15g', ${text})`;
}

/** A test that DuckDB decides before it runs the statement, for numbers whose form only it knows. */
export function isHeldInDouble(text: string): string {
  return `typeof(${text}) IN ('DOUBLE', 'FLOAT')`;
}

/** Those digits as a DECIMAL. A text with an exponent is not held to the type's width, so it is cast twice. */
export function fifteenDigitDecimal(text: string, type: string, scale: number): string {
  const wide = `CAST(${fifteenDigitText(text)} AS DECIMAL(${decimalDigitsMax},${scale}))`;
  return type === `DECIMAL(${decimalDigitsMax},${scale})` ? wide : `CAST(${wide} AS ${type})`;
}

/** Shortest text of a float as PostgreSQL prints it; `fixedDigits` is where the exponent form begins. */
export function floatText(text: string, fixedDigits: 6 | 15): string {
  const shown = `CAST(${text} AS VARCHAR)`;
  const special = `WHEN isnan(${text}) THEN 'NaN' WHEN isinf(${text}) THEN CASE WHEN ${text} > 0 THEN 'Infinity' ELSE '-Infinity' END`;
  // DuckDB writes large numbers out where PostgreSQL already gives an exponent.
  const limit = `1e${fixedDigits}`;
  const digits = `regexp_replace(${shown}, '\\.0$', '')`;
  const mantissa = `regexp_replace(regexp_replace(${digits}, '^(-?[0-9])([0-9]*)(\\.[0-9]*)?$', '\\1.\\2'), '\\.?0*$', '')`;
  const exponent = `lpad(CAST(length(regexp_extract(${shown}, '[0-9]+')) - 1 AS VARCHAR), 2, '0')`;
  const scientific = `WHEN abs(${text}) >= ${limit} AND NOT contains(${shown}, 'e') THEN concat(${mantissa}, 'e+', ${exponent})`;
  return `CASE WHEN ${text} IS NULL THEN NULL ${special} ${scientific} ELSE ${digits} END`;
}

/** Text of a numeric held in double precision: never an exponent. */
export function doubleAsNumericText(text: string): string {
  const shown = `CAST(${text} AS VARCHAR)`;
  const special = `WHEN isnan(${text}) THEN 'NaN' WHEN isinf(${text}) THEN CASE WHEN ${text} > 0 THEN 'Infinity' ELSE '-Infinity' END`;
  const large = `WHEN abs(${text}) >= 1e16 THEN CASE WHEN abs(${text}) < 1e38 THEN CAST(CAST(${shown} AS DECIMAL(38,0)) AS VARCHAR) ELSE ${raise("numeric_value_out_of_range")} END`;
  const small = `WHEN contains(${shown}, 'e') THEN CASE WHEN abs(${text}) > 1e-20 THEN rtrim(CAST(CAST(${shown} AS DECIMAL(38,37)) AS VARCHAR), '0') ELSE ${raise("numeric_value_out_of_range")} END`;
  return `CASE WHEN ${text} IS NULL THEN NULL ${special} ${large} ${small} ELSE regexp_replace(${shown}, '\\.0$', '') END`;
}
