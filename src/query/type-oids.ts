// PostgreSQL's OIDs of the types that offered functions and casts take. Source: pg_type.dat.

export const oids = {
  bool: 16,
  bytea: 17,
  char: 18,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  unknown: 705,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  timetz: 1266,
  numeric: 1700,
  record: 2249,
  uuid: 2950,
  jsonb: 3802,
} as const;

/** Array type to element type, and back. */
const elements: readonly (readonly [array: number, element: number])[] = [
  [1000, oids.bool],
  [1001, oids.bytea],
  [1002, oids.char],
  [1003, oids.name],
  [1005, oids.int2],
  [1007, oids.int4],
  [1009, oids.text],
  [1014, oids.bpchar],
  [1015, oids.varchar],
  [1016, oids.int8],
  [1021, oids.float4],
  [1022, oids.float8],
  [1115, oids.timestamp],
  [1182, oids.date],
  [1183, oids.time],
  [1185, oids.timestamptz],
  [1187, oids.interval],
  [1231, oids.numeric],
  [2951, oids.uuid],
  [199, oids.json],
  [3807, oids.jsonb],
];

const elementOf = new Map(elements);

/** The type of an array type's elements; undefined when the type is not an array. */
export function elementType(type: number): number | undefined {
  return elementOf.get(type);
}

const integers: ReadonlySet<number> = new Set([oids.int2, oids.int4, oids.int8]);
const floats: ReadonlySet<number> = new Set([oids.float4, oids.float8]);
const strings: ReadonlySet<number> = new Set([
  oids.text,
  oids.varchar,
  oids.bpchar,
  oids.name,
  oids.char,
  oids.unknown,
]);

export function isInteger(type: number): boolean {
  return integers.has(type);
}

export function isFloat(type: number): boolean {
  return floats.has(type);
}

export function isString(type: number): boolean {
  return strings.has(type);
}

const names = new Map<number, string>([
  [oids.bool, "boolean"],
  [oids.char, '"char"'],
  [oids.int8, "bigint"],
  [oids.int2, "smallint"],
  [oids.int4, "integer"],
  [oids.float4, "real"],
  [oids.float8, "double precision"],
  [oids.bpchar, "character"],
  [oids.varchar, "character varying"],
  [oids.time, "time without time zone"],
  [oids.timestamp, "timestamp without time zone"],
  [oids.timestamptz, "timestamp with time zone"],
  [oids.timetz, "time with time zone"],
]);
for (const [name, oid] of Object.entries(oids)) if (!names.has(oid)) names.set(oid, name);

/** The type as PostgreSQL's messages spell it. */
export function typeNameOf(type: number): string {
  const element = elementOf.get(type);
  if (element !== undefined) return `${typeNameOf(element)}[]`;
  return names.get(type) ?? `type ${type}`;
}
