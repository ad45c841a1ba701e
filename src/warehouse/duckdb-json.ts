// DuckDB's nested columns as JSON text, in the form of DuckDB's own to_json.
import {
  DuckDBArrayType,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  DuckDBVector,
} from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { listRanges, nullBits } from "./duckdb-vectors.ts";

type JsonColumn = (string | null)[];

/** One JSON text for each row; null where the row is NULL. */
export function decodeJsonColumn(type: DuckDBType, vector: duckdb.Vector, count: number): JsonColumn {
  if (count === 0) return [];
  if (type instanceof DuckDBStructType) return decodeStructs(type, vector, count);
  if (type instanceof DuckDBMapType) return decodeMaps(type, vector, count);
  if (type instanceof DuckDBListType) {
    return decodeLists(vector, count, (child, size) => decodeJsonColumn(type.valueType, child, size));
  }
  if (type instanceof DuckDBArrayType) return decodeArrays(type, vector, count);
  const cells = DuckDBVector.create(vector, count, type);
  return Array.from({ length: count }, (_, row) => {
    const value = cells.getItem(row);
    return value === null ? null : scalarText(value, type);
  });
}

function decodeStructs(type: DuckDBStructType, vector: duckdb.Vector, count: number): JsonColumn {
  const isNull = nullBits(vector, count);
  const entries = type.entryTypes.map((entryType, index) => ({
    // An unnamed entry is f1, f2 ..., as in PostgreSQL's row_to_json.
    key: JSON.stringify(type.entryNames[index] || `f${index + 1}`),
    texts: decodeJsonColumn(entryType, duckdb.struct_vector_get_child(vector, index), count),
  }));
  return Array.from({ length: count }, (_, row) =>
    isNull(row) ? null : `{${entries.map(({ key, texts }) => `${key}:${texts[row] ?? "null"}`).join(",")}}`,
  );
}

/** A MAP is stored as a list of (key, value). */
function decodeMaps(type: DuckDBMapType, vector: duckdb.Vector, count: number): JsonColumn {
  const isNull = nullBits(vector, count);
  const ranges = listRanges(vector, count);
  const child = duckdb.list_vector_get_child(vector);
  const size = duckdb.list_vector_get_size(vector);
  const keys = decodeJsonColumn(type.keyType, duckdb.struct_vector_get_child(child, 0), size);
  const values = decodeJsonColumn(type.valueType, duckdb.struct_vector_get_child(child, 1), size);
  return Array.from({ length: count }, (_, row) => {
    if (isNull(row)) return null;
    const { start, end } = ranges(row);
    const entries: string[] = [];
    for (let at = start; at < end; at += 1) entries.push(`${keyText(keys[at])}:${values[at] ?? "null"}`);
    return `{${entries.join(",")}}`;
  });
}

function decodeLists(
  vector: duckdb.Vector,
  count: number,
  decodeChild: (child: duckdb.Vector, size: number) => JsonColumn,
): JsonColumn {
  const isNull = nullBits(vector, count);
  const ranges = listRanges(vector, count);
  const items = decodeChild(duckdb.list_vector_get_child(vector), duckdb.list_vector_get_size(vector));
  return Array.from({ length: count }, (_, row) => {
    const { start, end } = ranges(row);
    return isNull(row) ? null : arrayText(items.slice(start, end));
  });
}

function decodeArrays(type: DuckDBArrayType, vector: duckdb.Vector, count: number): JsonColumn {
  const isNull = nullBits(vector, count);
  const items = decodeJsonColumn(type.valueType, duckdb.array_vector_get_child(vector), count * type.length);
  return Array.from({ length: count }, (_, row) =>
    isNull(row) ? null : arrayText(items.slice(row * type.length, (row + 1) * type.length)),
  );
}

function arrayText(items: JsonColumn): string {
  return `[${items.map((item) => item ?? "null").join(",")}]`;
}

/** JSON knows text keys only. */
function keyText(key: string | null | undefined): string {
  const text = key ?? "null";
  return text.startsWith('"') ? text : JSON.stringify(text);
}

function scalarText(value: Exclude<DuckDBValue, null>, type: DuckDBType): string {
  switch (typeof value) {
    case "boolean":
    case "bigint":
      return value.toString();
    case "number":
      return Number.isFinite(value) ? String(value) : JSON.stringify(String(value));
    case "string":
      return isJson(type) ? value : JSON.stringify(value);
    default:
      return boxedText(value);
  }
}

function boxedText(value: Exclude<DuckDBValue, null | boolean | bigint | number | string>): string {
  if (value instanceof DuckDBDecimalValue) return value.toString();
  if (value instanceof DuckDBBlobValue) {
    return JSON.stringify(`\\x${Buffer.from(value.bytes).toString("hex")}`);
  }
  return JSON.stringify(value.toString());
}

function isJson(type: DuckDBType): boolean {
  return type.typeId === DuckDBTypeId.VARCHAR && type.alias === "JSON";
}
