// Asks the warehouse for the types of many expressions at once, and finds the ones that it refuses.
import type { Problem, SourceLocation } from "../problem.ts";
import { errorAt } from "../problem.ts";
import type { DescribedColumn, Warehouse } from "../warehouse/warehouse.ts";

export interface DescribeItem {
  /** For messages: `dimension "zone"`. */
  readonly what: string;
  readonly location: SourceLocation;
  readonly text: string;
}

export type DescribeAnswer =
  | { readonly kind: "column"; readonly column: DescribedColumn }
  | { readonly kind: "refused"; readonly reason: string };

/** One statement that yields the texts, in order. */
export type StatementOf = (texts: readonly string[]) => string;

/** An answer for each item: one question while all is well, halves of it where the warehouse refuses. */
export async function describeItems(
  warehouse: Warehouse,
  items: readonly DescribeItem[],
  statementOf: StatementOf,
  signal: AbortSignal,
): Promise<readonly DescribeAnswer[]> {
  if (items.length === 0) return [];
  try {
    const columns = await warehouse.describe(statementOf(items.map((item) => item.text)), signal);
    return items.map((_, i) => {
      const column = columns[i];
      return column === undefined ? refused(new Error("it yields no column")) : { kind: "column", column };
    });
  } catch (error) {
    signal.throwIfAborted();
    if (items.length === 1) return [refused(error)];
    const middle = Math.ceil(items.length / 2);
    return [
      ...(await describeItems(warehouse, items.slice(0, middle), statementOf, signal)),
      ...(await describeItems(warehouse, items.slice(middle), statementOf, signal)),
    ];
  }
}

export function refusal(what: string, location: SourceLocation, reason: string): Problem {
  return errorAt(location, `the warehouse refuses ${what}: ${reason}`);
}

function refused(error: unknown): DescribeAnswer {
  return { kind: "refused", reason: warehouseText(error) };
}

/** The warehouse's own words on one line, without its picture of the statement, which is ours and not the author's. */
export function warehouseText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [said = ""] = text.split(/\n\s*\n|\nLINE \d+:/);
  return said
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join(" ");
}
