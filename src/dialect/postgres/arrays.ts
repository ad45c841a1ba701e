// Arrays in PostgreSQL.
import type { OperatorId } from "../../query/offered-functions.ts";
import { operatorName } from "./operators.ts";
import { typeName } from "./types.ts";

/** The type is told where there are no elements to tell it. */
export function array(elements: readonly string[], type: number): string {
  if (elements.length > 0) return `ARRAY[${elements.join(", ")}]`;
  return `ARRAY[]::${typeName(type, -1) ?? "text[]"}`;
}

export function subscript(value: string, index: string): string {
  return `(${value})[${index}]`;
}

export function slice(value: string, lower: string | undefined, upper: string | undefined): string {
  return `(${value})[${lower ?? ""}:${upper ?? ""}]`;
}

export function mapArray(value: string, change: (element: string) => string): string {
  const elements = `pg_catalog.unnest(${value}) WITH ORDINALITY AS e(v, n)`;
  return `CASE WHEN ${value} IS NOT NULL THEN ARRAY(SELECT ${change("e.v")} FROM ${elements} ORDER BY e.n) END`;
}

export function anyOfArray(value: string, operator: OperatorId, any: boolean, values: string): string {
  return `(${value} ${operatorName(operator)} ${any ? "ANY" : "ALL"} (${values}))`;
}
