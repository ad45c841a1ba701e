// PostgreSQL's types in DuckDB.
import { elementType, oids } from "../../query/type-oids.ts";

/** Digits of DuckDB's widest DECIMAL. */
export const decimalDigitsMax = 38;

const names = new Map<number, string>([
  [oids.bool, "BOOLEAN"],
  [oids.bytea, "BLOB"],
  [oids.char, "VARCHAR"],
  [oids.name, "VARCHAR"],
  [oids.int8, "BIGINT"],
  [oids.int2, "SMALLINT"],
  [oids.int4, "INTEGER"],
  [oids.text, "VARCHAR"],
  [oids.unknown, "VARCHAR"],
  [oids.json, "JSON"],
  [oids.float4, "FLOAT"],
  [oids.float8, "DOUBLE"],
  [oids.bpchar, "VARCHAR"],
  [oids.varchar, "VARCHAR"],
  [oids.date, "DATE"],
  [oids.time, "TIME"],
  [oids.timestamp, "TIMESTAMP"],
  [oids.timestamptz, "TIMESTAMP WITH TIME ZONE"],
  [oids.interval, "INTERVAL"],
  [oids.uuid, "UUID"],
]);

export interface NumericModifier {
  readonly precision: number;
  readonly scale: number;
}

/** Precision and scale of a numeric's type modifier; undefined when it has none. */
export function numericModifier(modifier: number): NumericModifier | undefined {
  if (modifier < 4) return undefined;
  const bits = modifier - 4;
  // The scale is an 11-bit number with a sign.
  const scale = ((bits & 0x7ff) ^ 0x400) - 0x400;
  return { precision: (bits >> 16) & 0xffff, scale };
}

/** The type's name; undefined for what DuckDB has no type of its own for, numeric without precision included. */
export function typeName(type: number, modifier: number): string | undefined {
  const element = elementType(type);
  if (element !== undefined) {
    const name = typeName(element, modifier);
    return name === undefined ? undefined : `${name}[]`;
  }
  if (type !== oids.numeric) return names.get(type);
  const numeric = numericModifier(modifier);
  if (numeric === undefined) return undefined;
  const { precision, scale } = numeric;
  if (precision > decimalDigitsMax || scale < 0 || scale > precision) return undefined;
  return `DECIMAL(${precision},${scale})`;
}
