// Whether the groups of a block have one row each of a table, however its FROM is made.
import type { Block } from "./block.ts";
import { ScanColumns } from "./scan-columns.ts";
import { determinedInstances, scansOf } from "./shape.ts";

/** Whether the keys hold a primary key that determines the instance's row: its own, or one that joins lead from. */
export function identifiesRow(block: Block, instance: string): boolean {
  const columns = new ScanColumns(block);
  const read = new Set<string>();
  for (const key of block.keys) {
    const inlined = columns.inlined(key);
    const column = inlined.columns.get(inlined.expression);
    if (column?.kind === "scan" && column.output.kind === "dimension")
      read.add(JSON.stringify([column.access.key, column.output.name]));
  }
  return scansOf(block.shape).some(({ key, table }) => {
    const { primaryKey } = block.compilation.linkedTable(table);
    const isKnown = primaryKey.every((name) => read.has(JSON.stringify([key, name])));
    return primaryKey.length > 0 && isKnown && determinedInstances(block.shape, key).has(instance);
  });
}
