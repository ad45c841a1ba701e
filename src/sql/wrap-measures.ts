// Wraps bare references to measures in MEASURE(), in a block that aggregates (M3): which references there are, and the
// edits of the text.
import type { ColumnRef, Node, ResTarget, SelectStmt, SortBy } from "@pgsql/types";
import { isAggregateCall } from "./aggregate-calls.ts";
import { aliasEdit, isMeasureCall } from "./alias-measures.ts";
import type { TextEdit } from "./edit-text.ts";
import { isSelect, nameParts, visitRaw } from "./parse-tree-walk.ts";
import { columnReferenceEnd } from "./sql-tokens.ts";
import type { TextPlaces } from "./text-places.ts";

export interface BareReference {
  /** Where it begins, in bytes. */
  readonly location: number;
  readonly name: string;
  /** The unnamed select list item that is named after this reference and would lose its name. */
  readonly unnamedTarget: ResTarget | undefined;
}

/**
 * The references to wrap when PostgreSQL finds the column reference at a byte of the text ungrouped: that one, and every
 * other of its block that has the name of a measure and stands in no aggregate. None when no column with such a name
 * stands there. WHERE, FROM and GROUP BY are left alone.
 */
export function bareReferences(
  tree: Node,
  location: number,
  isMeasureName: (name: string) => boolean,
): readonly BareReference[] {
  const found = blockOf(tree, location);
  if (found === undefined || !isMeasureName(referenceName(found.reference))) return [];
  const { block, reference } = found;
  const references = new Map<number, BareReference>();
  const add = (column: ColumnRef, target: ResTarget | undefined): void => {
    const name = referenceName(column);
    const at = column.location ?? 0;
    if (!isMeasureName(name) || references.has(at)) return;
    const passes = target !== undefined && target.name === undefined && passedName(target.val) === column;
    references.set(at, { location: at, name, unnamedTarget: passes ? target : undefined });
  };
  for (const target of block.targetList ?? []) {
    if ("ResTarget" in target) visitBare(target.ResTarget.val, (column) => add(column, target.ResTarget));
  }
  visitBare(block.havingClause, (column) => add(column, undefined));
  visitBare(block.windowClause, (column) => add(column, undefined));
  const outputs = outputNames(block);
  for (const item of sortItems(block)) {
    if (!isOutputName(item, outputs)) visitBare(item, (column) => add(column, undefined));
  }
  add(reference, undefined);
  return [...references.values()];
}

/** The edits that wrap references; an item that was named after one keeps its name. */
export function wrapEdits(places: TextPlaces, references: readonly BareReference[]): readonly TextEdit[] {
  return references.flatMap(({ location, name, unnamedTarget }) => {
    const start = places.offsetOfByte(location);
    const end = columnReferenceEnd(places.text, start);
    const edits: TextEdit[] = [
      { start, end: start, text: "MEASURE(" },
      { start: end, end, text: ")" },
    ];
    if (unnamedTarget !== undefined) edits.push(aliasEdit(places, unnamedTarget, name));
    return edits;
  });
}

function referenceName(column: ColumnRef): string {
  return nameParts(column.fields).at(-1) ?? "";
}

interface FoundReference {
  readonly block: SelectStmt;
  readonly reference: ColumnRef;
}

/** The column reference at a byte and the innermost SELECT round it. */
function blockOf(tree: Node, location: number): FoundReference | undefined {
  let found: FoundReference | undefined;
  const search = (node: unknown, block: SelectStmt | undefined): void => {
    visitRaw(node, (kind, fields) => {
      if (found !== undefined) return false;
      if (isSelect(kind, fields)) {
        for (const [name, part] of Object.entries(fields)) search({ [name]: part }, fields as SelectStmt);
        return false;
      }
      const column = fields as ColumnRef;
      if (kind === "ColumnRef" && column.location === location && block !== undefined) {
        found = { block, reference: column };
      }
      return undefined;
    });
  };
  search(tree, undefined);
  return found;
}

/** Visits the column references below that stand in no aggregate and no subquery. */
function visitBare(node: unknown, visit: (column: ColumnRef) => void): void {
  visitRaw(node, (kind, fields) => {
    if (kind === "ColumnRef") visit(fields as ColumnRef);
    // The arguments of GROUPING() are keys, and only as they are written in GROUP BY.
    if (isSelect(kind, fields) || kind === "GroupingFunc") return false;
    return kind !== "FuncCall" || !(isAggregateCall(fields) || isMeasureCall(fields as never));
  });
}

function sortItems(block: SelectStmt): readonly Node[] {
  const sorted = (block.sortClause ?? []).flatMap((item) => {
    const node = (item as { readonly SortBy?: SortBy }).SortBy?.node;
    return node === undefined ? [] : [node];
  });
  // DISTINCT without ON holds one empty node.
  const distinct = (block.distinctClause ?? []).filter((item) => Object.keys(item).length > 0);
  return [...sorted, ...distinct];
}

/** ORDER BY x is the output column x before it is any input column. */
function isOutputName(item: Node, outputs: ReadonlySet<string>): boolean {
  if (!("ColumnRef" in item)) return false;
  const [name, more] = nameParts(item.ColumnRef.fields);
  return more === undefined && name !== undefined && outputs.has(name);
}

function outputNames(block: SelectStmt): ReadonlySet<string> {
  const names = new Set<string>();
  for (const target of block.targetList ?? []) {
    if (!("ResTarget" in target)) continue;
    const { name, val } = target.ResTarget;
    const column = passedName(val);
    if (name !== undefined) names.add(name);
    else if (column !== undefined) names.add(referenceName(column));
    else if (val !== undefined && "FuncCall" in val) names.add(nameParts(val.FuncCall.funcname).at(-1) ?? "");
  }
  return names;
}

/** The reference that PostgreSQL names an unnamed item after (FigureColname of parse_target.c). */
function passedName(value: Node | undefined): ColumnRef | undefined {
  if (value === undefined) return undefined;
  if ("ColumnRef" in value) return value.ColumnRef;
  if ("TypeCast" in value) return passedName(value.TypeCast.arg);
  if ("CollateClause" in value) return passedName(value.CollateClause.arg);
  if ("CaseExpr" in value) return passedName(value.CaseExpr.defresult);
  if (!("A_Indirection" in value)) return undefined;
  return nameParts(value.A_Indirection.indirection).length > 0
    ? undefined
    : passedName(value.A_Indirection.arg);
}
