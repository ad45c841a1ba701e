// The functions behind PostgreSQL's casts, by OID: a call of one is a cast from its first argument's type to its
// result's. Casts without a function are RelabelType, CoerceViaIo or ArrayCoerceExpr nodes. Source: pg_cast.dat.

const bySource: Readonly<Record<string, readonly number[]>> = {
  boolean: [2558, 2971],
  smallint: [754, 313, 236, 235, 1782],
  integer: [481, 314, 318, 316, 1740, 2557],
  bigint: [714, 480, 652, 482, 1781],
  real: [653, 238, 319, 311, 1742],
  "double precision": [483, 237, 317, 312, 1743],
  numeric: [1779, 1783, 1744, 1745, 1746],
  name: [406, 1401],
  character: [401],
  date: [2024, 1174],
  timestamp: [2029, 1316, 2028],
  timestamptz: [1178, 2019, 2027],
  time: [1370],
  interval: [1419],
};

/** Casts of a type to itself under a type modifier, which is their second argument. */
const lengthCoercions: Readonly<Record<string, number>> = {
  numeric: 1703,
  "character varying": 669,
  time: 1968,
  timestamp: 1961,
  timestamptz: 1967,
  interval: 1200,
};

const casts: ReadonlySet<number> = new Set(Object.values(bySource).flat());
const coercions: ReadonlySet<number> = new Set(Object.values(lengthCoercions));

/** True when the function changes a value of one type to another. */
export function isCastFunction(oid: number): boolean {
  return casts.has(oid);
}

/** True when the function fits a value to a type modifier, which is its second argument. */
export function isLengthCoercion(oid: number): boolean {
  return coercions.has(oid);
}
