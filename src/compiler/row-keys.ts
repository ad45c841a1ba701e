// Whether the groups of a block are rows of one of its tables, however its FROM is made.
import type { Block } from "./block.ts";
import { ScanColumns } from "./scan-columns.ts";
import { scansOf } from "./shape.ts";

/** Whether a table's primary key is among the keys. */
export function identifiesRows(block: Block): boolean {
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
    return primaryKey.length > 0 && primaryKey.every((name) => read.has(JSON.stringify([key, name])));
  });
}
