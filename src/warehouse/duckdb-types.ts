// What DuckDB's types are called towards clients.
import {
  DuckDBArrayType,
  DuckDBDecimalType,
  DuckDBListType,
  type DuckDBType,
  DuckDBTypeId,
} from "@duckdb/node-api";
import type { DataType, ScalarKind } from "../data-type.ts";

const scalarKinds: Partial<Record<DuckDBTypeId, ScalarKind>> = {
  [DuckDBTypeId.BOOLEAN]: "boolean",
  [DuckDBTypeId.TINYINT]: "smallint",
  [DuckDBTypeId.SMALLINT]: "smallint",
  [DuckDBTypeId.INTEGER]: "integer",
  [DuckDBTypeId.BIGINT]: "bigint",
  [DuckDBTypeId.UTINYINT]: "smallint",
  [DuckDBTypeId.USMALLINT]: "integer",
  [DuckDBTypeId.UINTEGER]: "bigint",
  [DuckDBTypeId.FLOAT]: "real",
  [DuckDBTypeId.DOUBLE]: "double precision",
  [DuckDBTypeId.TIMESTAMP]: "timestamp",
  [DuckDBTypeId.TIMESTAMP_S]: "timestamp",
  [DuckDBTypeId.TIMESTAMP_MS]: "timestamp",
  [DuckDBTypeId.TIMESTAMP_NS]: "timestamp",
  [DuckDBTypeId.TIMESTAMP_TZ]: "timestamptz",
  [DuckDBTypeId.DATE]: "date",
  [DuckDBTypeId.TIME]: "time",
  [DuckDBTypeId.TIME_NS]: "time",
  [DuckDBTypeId.INTERVAL]: "interval",
  [DuckDBTypeId.VARCHAR]: "text",
  [DuckDBTypeId.BLOB]: "bytea",
  [DuckDBTypeId.ENUM]: "text",
  [DuckDBTypeId.BIT]: "text",
  [DuckDBTypeId.UUID]: "uuid",
  [DuckDBTypeId.STRUCT]: "json",
  [DuckDBTypeId.MAP]: "json",
  // An untyped NULL, as PostgreSQL resolves it.
  [DuckDBTypeId.SQLNULL]: "text",
};

const wideIntegerDigits: Partial<Record<DuckDBTypeId, number>> = {
  [DuckDBTypeId.UBIGINT]: 20,
  [DuckDBTypeId.HUGEINT]: 38,
  [DuckDBTypeId.UHUGEINT]: 39,
};

/** The client-facing type; undefined for UNION, VARIANT, TIMETZ, GEOMETRY and lists of them. */
export function dataTypeOfDuckDb(type: DuckDBType): DataType | undefined {
  if (type instanceof DuckDBDecimalType) {
    return { kind: "numeric", precision: type.width, scale: type.scale };
  }
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    const element = dataTypeOfDuckDb(type.valueType);
    return element === undefined ? undefined : { kind: "array", element };
  }
  const digits = wideIntegerDigits[type.typeId];
  if (digits !== undefined) return { kind: "numeric", precision: digits, scale: 0 };
  if (type.typeId === DuckDBTypeId.BIGNUM) return { kind: "numeric" };
  if (type.typeId === DuckDBTypeId.VARCHAR && type.alias === "JSON") return { kind: "json" };
  const kind = scalarKinds[type.typeId];
  return kind === undefined ? undefined : { kind };
}
