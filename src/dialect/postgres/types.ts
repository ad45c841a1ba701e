// PostgreSQL's types as PostgreSQL writes them.
import { elementType, oids, typeNameOf } from "../../query/type-oids.ts";

const known: ReadonlySet<number> = new Set(Object.values(oids));
/** Types of values that cannot be cast to by name. */
const nameless: ReadonlySet<number> = new Set([oids.record, oids.unknown]);

/** Bytes before the length in a type modifier: VARHDRSZ. */
const modifierOffset = 4;

/** The fields of an interval's modifier, as INTERVAL_MASK of timestamp.h makes them: bit 1 << DTK number. */
const intervalFields = new Map<number, string>([
  [4, "year"],
  [2, "month"],
  [8, "day"],
  [1024, "hour"],
  [2048, "minute"],
  [4096, "second"],
  [6, "year to month"],
  [1032, "day to hour"],
  [3080, "day to minute"],
  [7176, "day to second"],
  [3072, "hour to minute"],
  [7168, "hour to second"],
  [6144, "minute to second"],
]);
const fullRange = 0x7fff;
const fullPrecision = 0xffff;

/** The type's name with its modifier; undefined for what a lens has no use for. */
export function typeName(type: number, modifier: number): string | undefined {
  const element = elementType(type);
  if (element !== undefined) {
    const name = typeName(element, modifier);
    return name === undefined ? undefined : `${name}[]`;
  }
  if (!known.has(type) || nameless.has(type)) return undefined;
  if (type === oids.bpchar && modifier < 0) return "bpchar";
  return modifier < 0 ? typeNameOf(type) : withModifier(type, modifier);
}

function withModifier(type: number, modifier: number): string {
  switch (type) {
    case oids.varchar:
      return `character varying(${modifier - modifierOffset})`;
    case oids.bpchar:
      return `character(${modifier - modifierOffset})`;
    case oids.numeric: {
      const bits = modifier - modifierOffset;
      // The scale is an 11-bit number with a sign.
      const scale = ((bits & 0x7ff) ^ 0x400) - 0x400;
      return `numeric(${(bits >> 16) & 0xffff},${scale})`;
    }
    case oids.time:
      return `time(${modifier}) without time zone`;
    case oids.timestamp:
      return `timestamp(${modifier}) without time zone`;
    case oids.timestamptz:
      return `timestamp(${modifier}) with time zone`;
    case oids.interval:
      return interval((modifier >> 16) & fullRange, modifier & fullPrecision);
    default:
      return typeNameOf(type);
  }
}

function interval(range: number, precision: number): string {
  const digits = precision === fullPrecision ? "" : `(${precision})`;
  const fields = intervalFields.get(range);
  return fields === undefined ? `interval${digits}` : `interval ${fields}${digits}`;
}
