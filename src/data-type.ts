// Logical types of columns and parameters, and how a value of each is held in memory.

export interface ArrayDataType {
  readonly kind: "array";
  readonly element: DataType;
}

export interface NumericDataType {
  readonly kind: "numeric";
  /** Total digits; absent for PostgreSQL's unconstrained numeric. */
  readonly precision?: number;
  readonly scale?: number;
}

export type ScalarKind =
  | "bigint"
  | "integer"
  | "smallint"
  | "double precision"
  | "real"
  | "text"
  | "boolean"
  | "date"
  | "timestamp"
  | "timestamptz"
  | "time"
  | "interval"
  | "uuid"
  | "bytea"
  | "json";

export interface ScalarDataType {
  readonly kind: ScalarKind;
}

/** The types a lens column can have. */
export type DataType = ScalarDataType | NumericDataType | ArrayDataType;

export interface IntervalValue {
  readonly months: number;
  readonly days: number;
  readonly micros: bigint;
}

/**
 * One value, NULL being null. By type:
 * smallint, integer: number; bigint: bigint (a number where it is a safe integer is accepted);
 * numeric: string in PostgreSQL's text form (`1.10`, `NaN`, `Infinity`);
 * double precision, real: number; text, uuid, json: string; boolean: boolean;
 * date: number of days since 1970-01-01 (±Infinity for infinity);
 * timestamp, timestamptz: bigint microseconds since 1970-01-01 00:00 (UTC);
 *   infinity and -infinity are the largest and smallest 64-bit integers;
 * time: bigint microseconds since midnight; interval: IntervalValue, the largest or smallest of each part for the
 * infinities; bytea: Uint8Array;
 * array: array of such values.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | IntervalValue | readonly Value[];

/** PostgreSQL's OID of a type and of the array of it. Source: pg_type.dat. */
const oids: Record<ScalarKind | "numeric", readonly [type: number, array: number]> = {
  boolean: [16, 1000],
  bytea: [17, 1001],
  bigint: [20, 1016],
  smallint: [21, 1005],
  integer: [23, 1007],
  text: [25, 1009],
  json: [114, 199],
  real: [700, 1021],
  "double precision": [701, 1022],
  date: [1082, 1182],
  time: [1083, 1183],
  timestamp: [1114, 1115],
  timestamptz: [1184, 1185],
  interval: [1186, 1187],
  numeric: [1700, 1231],
  uuid: [2950, 2951],
};

export function typeOid(type: DataType): number {
  if (type.kind !== "array") return oids[type.kind][0];
  return type.element.kind === "array" ? typeOid(type.element) : oids[type.element.kind][1];
}

/** PostgreSQL's type modifier: ((precision << 16) | scale) + 4 for numeric, else -1. */
export function typeModifier(type: DataType): number {
  if (type.kind !== "numeric" || type.precision === undefined) return -1;
  return ((type.precision << 16) | (type.scale ?? 0)) + 4;
}

const byOid = new Map<number, DataType>();
for (const [kind, [type, array]] of Object.entries(oids)) {
  const scalar = { kind } as DataType;
  byOid.set(type, scalar);
  byOid.set(array, { kind: "array", element: scalar });
}
// What PostgreSQL says of strings that are not plain text: name, bpchar, varchar, unknown, jsonb as json.
for (const oid of [18, 19, 705, 1042, 1043]) byOid.set(oid, { kind: "text" });
byOid.set(3802, { kind: "json" });

/** The data type of a PostgreSQL type OID and modifier; undefined where a lens has no such type. */
export function dataTypeOfOid(oid: number, modifier = -1): DataType | undefined {
  const type = byOid.get(oid);
  if (type?.kind === "numeric" && modifier >= 4) {
    const bits = modifier - 4;
    // numeric(3,-2), a number of hundreds: its values are like those of any numeric.
    if ((bits & 0x400) !== 0) return type;
    return { kind: "numeric", precision: (bits >> 16) & 0xffff, scale: bits & 0x7ff };
  }
  return type;
}

/** The type as SQL spells it: `numeric(12,2)`, `text[]`. */
export function formatDataType(type: DataType): string {
  if (type.kind === "array") return `${formatDataType(type.element)}[]`;
  if (type.kind !== "numeric" || type.precision === undefined) {
    if (type.kind === "timestamp") return "timestamp without time zone";
    if (type.kind === "timestamptz") return "timestamp with time zone";
    if (type.kind === "time") return "time without time zone";
    return type.kind;
  }
  return `numeric(${type.precision},${type.scale ?? 0})`;
}
