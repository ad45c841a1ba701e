// WindowClause: the windows of a block, named ones resolved by parse analysis already.
import type { DumpNode } from "./dump-node.ts";
import { NodeFields } from "./node-fields.ts";
import type { Expression, FrameBound, WindowDefinition, WindowFrame } from "./query.ts";
import { unreadableTree } from "./query-errors.ts";
import { readSort, sortReference } from "./read-sort.ts";
import type { ExpressionReader } from "./scope.ts";

/** Bits of frameOptions (parsenodes.h). */
const bits = {
  nonDefault: 0x1,
  range: 0x2,
  rows: 0x4,
  groups: 0x8,
  startUnboundedPreceding: 0x20,
  endUnboundedFollowing: 0x100,
  startCurrentRow: 0x200,
  endCurrentRow: 0x400,
  startPreceding: 0x800,
  endPreceding: 0x1000,
  startFollowing: 0x2000,
  endFollowing: 0x4000,
  excludeCurrentRow: 0x8000,
  excludeGroup: 0x10000,
  excludeTies: 0x20000,
} as const;

/** The winref of a window, before anything else of it is read. */
export function windowReference(node: DumpNode): number {
  const reference = Number(node.values[node.names.indexOf("winref")]);
  if (!Number.isInteger(reference)) throw unreadableTree("a window without a number");
  return reference;
}

/** `targetExpression` gives the expression of a target by its tleSortGroupRef. */
export function readWindow(
  node: DumpNode,
  reader: ExpressionReader,
  targetExpression: (reference: number) => Expression,
): WindowDefinition {
  const fields = new NodeFields(node);
  fields.skip("name", "refname");
  const partitionBy = fields.nodes("partitionClause").map((item) => targetExpression(sortReference(item)));
  const orderBy = fields.nodes("orderClause").map((item) => {
    const sort = readSort(item, reader.reading.text);
    return {
      expression: targetExpression(sort.reference),
      descending: sort.descending,
      nullsFirst: sort.nullsFirst,
    };
  });
  const options = fields.number("frameOptions");
  const start = reader.maybe(fields.nodeOrNull("startOffset"));
  const end = reader.maybe(fields.nodeOrNull("endOffset"));
  fields.skip("startInRangeFunc", "endInRangeFunc", "inRangeColl", "inRangeAsc", "inRangeNullsFirst");
  fields.skip("winref", "copiedOrder");
  fields.end();
  return { partitionBy, orderBy, frame: readFrame(options, start, end) };
}

function readFrame(
  options: number,
  start: Expression | undefined,
  end: Expression | undefined,
): WindowFrame | undefined {
  const has = (bit: number) => (options & bit) !== 0;
  if (!has(bits.nonDefault)) return undefined;
  return {
    mode: frameMode(has),
    start: frameStart(has, start),
    end: frameEnd(has, end),
    exclude: excluded(has),
  };
}

function frameMode(has: (bit: number) => boolean): WindowFrame["mode"] {
  if (has(bits.rows)) return "rows";
  if (has(bits.groups)) return "groups";
  if (has(bits.range)) return "range";
  throw unreadableTree("a frame without a mode");
}

function frameStart(has: (bit: number) => boolean, offset: Expression | undefined): FrameBound {
  if (has(bits.startUnboundedPreceding)) return { kind: "unboundedPreceding" };
  if (has(bits.startCurrentRow)) return { kind: "currentRow" };
  if (has(bits.startPreceding) && offset !== undefined) return { kind: "preceding", offset };
  if (has(bits.startFollowing) && offset !== undefined) return { kind: "following", offset };
  throw unreadableTree("a frame without a start");
}

function frameEnd(has: (bit: number) => boolean, offset: Expression | undefined): FrameBound {
  if (has(bits.endUnboundedFollowing)) return { kind: "unboundedFollowing" };
  if (has(bits.endCurrentRow)) return { kind: "currentRow" };
  if (has(bits.endPreceding) && offset !== undefined) return { kind: "preceding", offset };
  if (has(bits.endFollowing) && offset !== undefined) return { kind: "following", offset };
  throw unreadableTree("a frame without an end");
}

function excluded(has: (bit: number) => boolean): WindowFrame["exclude"] {
  if (has(bits.excludeCurrentRow)) return "currentRow";
  if (has(bits.excludeGroup)) return "group";
  return has(bits.excludeTies) ? "ties" : "noOthers";
}
