// The types that columns of temporary tables may have: those of a lens.
import { dataTypeOfOid } from "../data-type.ts";
import { typeName } from "../dialect/postgres/types.ts";
import { elementType, oids } from "../query/type-oids.ts";
import { temporaryColumnType } from "./temporary-errors.ts";

const storableTypes: ReadonlySet<number> = new Set([
  ...[oids.bool, oids.int2, oids.int4, oids.int8, oids.float4, oids.float8, oids.numeric],
  ...[oids.text, oids.varchar, oids.bpchar, oids.uuid, oids.bytea, oids.json],
  ...[oids.date, oids.time, oids.timestamp, oids.timestamptz, oids.interval],
]);

/** The type as SQL spells it. Throws 0A000 for one that no column of a lens has. */
export function supportedType(column: string, oid: number, modifier: number, position?: number): string {
  const name = storableTypes.has(elementType(oid) ?? oid) ? typeName(oid, modifier) : undefined;
  if (name === undefined || dataTypeOfOid(oid) === undefined)
    throw temporaryColumnType(column, typeName(oid, modifier) ?? `number ${oid}`, position);
  return name;
}
