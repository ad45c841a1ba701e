// What the columns in an expression of a block are, seen through transparent subqueries down to the scans of lens
// tables.
import type { EntryId, Expression, FromItem, Query, RangeTableEntry, ScanOutput } from "../query/query.ts";
import { replaceExpressions } from "../query/walk.ts";
import type { Block } from "./block.ts";
import { type ScanAccess, scansOf } from "./shape.ts";

/** A column of the block's FROM. */
export type ScanColumn =
  | { readonly kind: "scan"; readonly access: ScanAccess; readonly output: ScanOutput }
  /** Of anything but a lens table. */
  | { readonly kind: "other" };

export interface Inlined {
  /** The expression over the scans themselves. */
  readonly expression: Expression;
  /** What each of its variables is. Those that are not here belong to other blocks, and never change in this one. */
  readonly columns: ReadonlyMap<Expression, ScanColumn>;
}

/** Where expressions stand: in the block, or in a transparent subquery of it. */
export interface Scope {
  readonly entries: ReadonlyMap<EntryId, RangeTableEntry>;
  /** What the keys of instances in it begin with. */
  readonly prefix: string;
  readonly outer: Scope | undefined;
}

export class ScanColumns {
  readonly #block: Block;
  readonly #instances: ReadonlyMap<string, ScanAccess>;
  readonly outermost: Scope;

  constructor(block: Block) {
    this.#block = block;
    this.#instances = new Map(scansOf(block.shape).map((access) => [access.key, access]));
    this.outermost = { entries: entriesOf(block.from), prefix: "", outer: undefined };
  }

  inlined(expression: Expression, scope: Scope = this.outermost): Inlined {
    const columns = new Map<Expression, ScanColumn>();
    return { expression: this.#inline(expression, scope, columns), columns };
  }

  /** The query of a transparent entry, with the scope of its expressions; undefined for any other. */
  within(entry: RangeTableEntry, outer: Scope): { readonly query: Query; readonly scope: Scope } | undefined {
    if (entry.kind !== "subquery" && entry.kind !== "cte") return undefined;
    const prefix = `${outer.prefix}${entry.id}/`;
    if (![...this.#instances.keys()].some((key) => key.startsWith(prefix))) return undefined;
    const query =
      entry.kind === "subquery" ? entry.query : this.#block.compilation.transparentCtes.get(entry.cte);
    return query && { query, scope: { entries: entriesOf(query.from), prefix, outer } };
  }

  #inline(expression: Expression, scope: Scope, columns: Map<Expression, ScanColumn>): Expression {
    return replaceExpressions(expression, (node) => {
      if (node.kind !== "Var") return undefined;
      let owner: Scope | undefined = scope;
      while (owner !== undefined && !owner.entries.has(node.entry)) owner = owner.outer;
      const entry = owner?.entries.get(node.entry);
      if (owner === undefined || entry === undefined) return undefined;
      if (entry.kind === "lensScan") {
        const access = this.#instances.get(`${owner.prefix}${entry.id}`);
        const output = entry.outputs[node.column - 1];
        const leaf = { ...node };
        columns.set(
          leaf,
          access === undefined || output === undefined ? { kind: "other" } : { kind: "scan", access, output },
        );
        return leaf;
      }
      const inner = this.within(entry, owner);
      const target = inner?.query.targets[node.column - 1];
      if (inner === undefined || target === undefined) {
        const leaf = { ...node };
        columns.set(leaf, { kind: "other" });
        return leaf;
      }
      return this.#inline(target.expression, inner.scope, columns);
    });
  }
}

function entriesOf(items: readonly FromItem[]): ReadonlyMap<EntryId, RangeTableEntry> {
  const entries = new Map<EntryId, RangeTableEntry>();
  const note = (item: FromItem): void => {
    if (item.kind === "entry") {
      entries.set(item.entry.id, item.entry);
      return;
    }
    note(item.left);
    note(item.right);
  };
  items.forEach(note);
  return entries;
}
