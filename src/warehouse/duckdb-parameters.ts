// Client values as typed DuckDB parameters; no value ever becomes SQL text.
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  type DuckDBPreparedStatement,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBUUIDValue,
  type DuckDBValue,
  FLOAT,
  INTEGER,
  INTERVAL,
  LIST,
  SMALLINT,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  UUID,
  VARCHAR,
} from "@duckdb/node-api";
import type { DataType, IntervalValue, ScalarKind, Value } from "../data-type.ts";
import { assert } from "../errors.ts";
import type { BoundParameter } from "../result.ts";
import { parameterTooPrecise } from "./warehouse-errors.ts";

/** DECIMAL's limit. */
const decimalDigitsMax = 38;

export function bindParameters(
  statement: DuckDBPreparedStatement,
  parameters: readonly BoundParameter[],
): void {
  parameters.forEach((parameter, index) => {
    if (parameter.value === null) {
      statement.bindNull(index + 1);
      return;
    }
    const type = duckDbType(parameter.type, [parameter.value]);
    statement.bindValue(index + 1, duckDbValue(parameter.value, parameter.type, type), type);
  });
}

const scalarTypes: Record<ScalarKind, DuckDBType> = {
  bigint: BIGINT,
  integer: INTEGER,
  smallint: SMALLINT,
  "double precision": DOUBLE,
  real: FLOAT,
  text: VARCHAR,
  boolean: BOOLEAN,
  date: DATE,
  timestamp: TIMESTAMP,
  timestamptz: TIMESTAMPTZ,
  time: TIME,
  interval: INTERVAL,
  uuid: UUID,
  bytea: BLOB,
  json: VARCHAR,
};

/** The type that holds all of these values of one client type. */
function duckDbType(type: DataType, values: readonly Value[]): DuckDBType {
  if (type.kind === "array") {
    const items = values.flatMap((value) => (Array.isArray(value) ? (value as readonly Value[]) : []));
    return LIST(duckDbType(type.element, items));
  }
  return type.kind === "numeric" ? decimalType(values) : scalarTypes[type.kind];
}

/** The narrowest DECIMAL; DOUBLE when one of them is NaN or infinite, which no DECIMAL is. */
function decimalType(values: readonly Value[]): DuckDBType {
  let wholeDigits = 1;
  let scale = 0;
  for (const value of values) {
    if (value === null) continue;
    const parts = decimalParts(String(value));
    if (parts === undefined) return DOUBLE;
    wholeDigits = Math.max(wholeDigits, parts.whole.length);
    scale = Math.max(scale, parts.fraction.length);
  }
  if (wholeDigits + scale > decimalDigitsMax) throw parameterTooPrecise(decimalDigitsMax);
  return DECIMAL(wholeDigits + scale, scale);
}

function decimalParts(text: string): { negative: boolean; whole: string; fraction: string } | undefined {
  const match = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text);
  if (match === null) return undefined;
  return { negative: match[1] === "-", whole: match[2] ?? "", fraction: match[3] ?? "" };
}

function duckDbValue(value: Value, type: DataType, target: DuckDBType): DuckDBValue {
  if (value === null) return null;
  if (type.kind === "array") {
    assert(Array.isArray(value) && "valueType" in target, "an array value for an array parameter");
    const element = target.valueType;
    return new DuckDBListValue(
      (value as readonly Value[]).map((item) => duckDbValue(item, type.element, element)),
    );
  }
  if (type.kind === "numeric") return decimalValue(String(value), target);
  return scalarValues[type.kind](value);
}

function decimalValue(text: string, target: DuckDBType): DuckDBValue {
  if (target === DOUBLE) return Number(text);
  const parts = decimalParts(text);
  assert(parts !== undefined && "scale" in target, "a decimal for a numeric parameter");
  const digits = parts.whole + parts.fraction.padEnd(target.scale, "0");
  const unscaled = BigInt(digits === "" ? "0" : digits);
  return new DuckDBDecimalValue(parts.negative ? -unscaled : unscaled, target.width, target.scale);
}

const scalarValues: Record<ScalarKind, (value: NonNullable<Value>) => DuckDBValue> = {
  bigint: (value) => BigInt(value as bigint),
  integer: (value) => Number(value),
  smallint: (value) => Number(value),
  "double precision": (value) => Number(value),
  real: (value) => Number(value),
  text: (value) => value as string,
  boolean: (value) => value as boolean,
  date: (value) => dateValue(value as number),
  timestamp: (value) => new DuckDBTimestampValue(storedMicros(value as bigint)),
  timestamptz: (value) => new DuckDBTimestampTZValue(storedMicros(value as bigint)),
  time: (value) => new DuckDBTimeValue(BigInt(value as bigint)),
  interval: (value) => {
    const interval = value as IntervalValue;
    return new DuckDBIntervalValue(interval.months, interval.days, interval.micros);
  },
  uuid: (value) => DuckDBUUIDValue.fromUint128(BigInt(`0x${(value as string).replaceAll("-", "")}`)),
  bytea: (value) => new DuckDBBlobValue(value as Uint8Array),
  json: (value) => value as string,
};

function dateValue(days: number): DuckDBDateValue {
  if (Number.isFinite(days)) return new DuckDBDateValue(days);
  return days > 0 ? DuckDBDateValue.PosInf : DuckDBDateValue.NegInf;
}

/** DuckDB's -infinity is one above PostgreSQL's. */
function storedMicros(micros: bigint): bigint {
  const stored = BigInt(micros);
  return stored === -(2n ** 63n) ? stored + 1n : stored;
}
