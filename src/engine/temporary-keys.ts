// What a temporary table asks of its rows besides their columns' types and NOT NULL.
import type { TemporaryTableDefinition } from "../temporary-table.ts";

/** Whether rows must differ from others. */
export function hasKey({ constraints, indexes }: TemporaryTableDefinition): boolean {
  return constraints.some(({ kind }) => "pux".includes(kind)) || indexes.some(({ isUnique }) => isUnique);
}

/** Whether PostgreSQL has to look at new rows. */
export function hasRules(table: TemporaryTableDefinition): boolean {
  return hasKey(table) || table.constraints.some(({ kind }) => kind === "c");
}
