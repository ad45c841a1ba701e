// Takes out of a block's FROM, before its measures are valued, what neither its expressions nor its measures read and
// what changes nothing by going: the leaves of a view above all, and tables that a model join names and never uses.
import { shortestPath } from "../model/join-graph.ts";
import type { EntryId, Expression, Query } from "../query/query.ts";
import { mapQueryParts, visitExpression } from "../query/walk.ts";
import type { Block } from "./block.ts";
import { entriesRead, entryOf, prunedFrom } from "./prune-from.ts";
import { connectedInstances, type ScanAccess } from "./shape.ts";

export function leaveOutUnread(block: Block, query: Query): void {
  if (block.shape.kind !== "join") return;
  const repeats = block.compilation.rowsSeen.repeats(query);
  const pruned = prunedFrom(block, entriesOf(block, query), repeats);
  block.from = pruned.from;
  block.shape = pruned.shape;
}

/** The same for a transparent subquery: blocks around it may find in it what they did not name. */
export function leaveOutOfTransparent(block: Block, query: Query): void {
  if (block.compilation.rowsSeen.isAlone(query)) leaveOutUnread(block, query);
}

/** The entries of FROM that are read, but for what its own joins read. */
function entriesOf(block: Block, query: Query): ReadonlySet<EntryId> {
  const reads = new Reads(block);
  const visitor = {
    expression: (node: Expression) => {
      if (node.kind === "Var") reads.column(node.entry, node.column);
      return true;
    },
  };
  mapQueryParts(
    { ...query, from: [], ctes: [] },
    {
      expression: (expression) => {
        visitExpression(expression, visitor);
        return expression;
      },
      query: (nested) => nested,
    },
  );
  for (const entry of entriesRead([block.unfolded])) reads.entries.add(entry);
  return reads.entries;
}

interface MeasureName {
  readonly table: string;
  readonly name: string;
}

class Reads {
  readonly entries = new Set<EntryId>();
  readonly #block: Block;
  readonly #measures = new Set<string>();

  constructor(block: Block) {
    this.#block = block;
  }

  /** A column of an entry; 0 for a whole row. */
  column(entry: EntryId, number: number): void {
    const { compilation } = this.#block;
    if (compilation.blocks.get(entry) !== this.#block) return;
    const columns = compilation.shapes.get(entry)?.columns ?? [];
    for (const column of number === 0 ? columns : columns.slice(number - 1, number)) {
      if (column.kind === "measure") {
        const { access, name } = column.measure;
        this.#instance(access);
        this.#measure(access, access.table, { table: access.table, name });
      } else if (column.member === undefined)
        for (const read of entriesRead([column.expression()])) this.entries.add(read);
      else this.#instance(column.member.access);
    }
  }

  #instance(access: ScanAccess): void {
    this.entries.add(entryOf(access.key));
  }

  /** A measure that belongs with an instance, reached from `origin`, the table of the measure that it is part of. */
  #measure(access: ScanAccess, origin: string, { table, name }: MeasureName): void {
    const key = JSON.stringify([access.key, origin, table, name]);
    if (this.#measures.has(key)) return;
    this.#measures.add(key);
    const { compilation, shape } = this.#block;
    const { linked } = compilation.input.visible.model;
    if (table === access.table) this.#instance(access);
    else {
      // A table that FROM does not hold is joined along the model's path, from the last one on it that FROM holds.
      const path = shortestPath(linked, origin, table);
      const passed = path?.kind === "path" ? path.joins.map(({ to }) => to) : [];
      for (const other of [origin, ...passed, table])
        for (const instance of connectedInstances(shape, access.key, other)) this.#instance(instance);
    }
    const measure = linked.tables.get(table)?.measures.find((item) => item.name === name);
    if (measure?.form !== "calculated") return;
    for (const part of measure.sql?.parts ?? [])
      if (typeof part !== "string" && part.kind === "measure") this.#measure(access, table, part);
  }
}
