// What a declared type says about the type that the warehouse yields, and what stands in where nobody can be asked.
import { type DataType, formatDataType } from "../data-type.ts";
import { unreachable } from "../errors.ts";
import type { DimensionType, LinkedMeasure } from "../model/model.ts";
import type { DescribedColumn } from "../warehouse/warehouse.ts";

const numberKinds = new Set<DataType["kind"]>([
  "bigint",
  "integer",
  "smallint",
  "numeric",
  "double precision",
  "real",
]);
const timeKinds = new Set<DataType["kind"]>(["date", "timestamp", "timestamptz", "time", "interval"]);

export type TypeVerdict = { readonly type: DataType } | { readonly problem: string };

/** The type that clients see of a member declared as `declared` over what the warehouse yields. */
export function declaredType(declared: DimensionType, column: DescribedColumn): TypeVerdict {
  // Anything has a text form; the renderer writes the cast.
  if (declared === "string") return { type: { kind: "text" } };
  const { type } = column;
  if (type !== undefined && fits(declared, type)) return { type };
  const shown =
    type === undefined ? column.warehouseType : `${formatDataType(type)} (${column.warehouseType})`;
  return { problem: `is declared as ${declared}, and the warehouse yields ${shown}` };
}

function fits(declared: Exclude<DimensionType, "string">, type: DataType): boolean {
  switch (declared) {
    case "number":
      return numberKinds.has(type.kind);
    case "time":
      return timeKinds.has(type.kind);
    case "boolean":
      return type.kind === "boolean";
    default:
      return unreachable(declared);
  }
}

export function fallbackType(declared: DimensionType): DataType {
  switch (declared) {
    case "string":
      return { kind: "text" };
    case "number":
      return { kind: "numeric" };
    case "time":
      return { kind: "timestamp" };
    case "boolean":
      return { kind: "boolean" };
    default:
      return unreachable(declared);
  }
}

export function measureType(measure: LinkedMeasure, column: DescribedColumn): TypeVerdict {
  switch (measure.type) {
    case "count":
    case "count_distinct":
    case "count_distinct_approx":
      return { type: { kind: "bigint" } };
    case "sum":
    case "avg":
    case "min":
    case "max":
      if (column.type !== undefined) return { type: column.type };
      return { problem: `yields ${column.warehouseType}, which clients have no type for` };
    case "number":
    case "string":
    case "time":
    case "boolean":
      return declaredType(measure.type, column);
    default:
      return unreachable(measure.type);
  }
}

export function fallbackMeasureType(measure: LinkedMeasure): DataType {
  switch (measure.type) {
    case "count":
    case "count_distinct":
    case "count_distinct_approx":
      return { kind: "bigint" };
    case "sum":
    case "avg":
    case "min":
    case "max":
      return { kind: "numeric" };
    case "number":
    case "string":
    case "time":
    case "boolean":
      return fallbackType(measure.type);
    default:
      return unreachable(measure.type);
  }
}
