// A form in which two analysed trees are equal exactly when the statements mean the same to PostgreSQL, whatever text
// they came from: for the test that analyses what the renderer prints.
import type { BoolExpr, EntryId, Expression, GroupingFunc, GroupKey, Query, WindowFunc } from "./query.ts";

/** Plain data, to be compared by deep equality. */
export type NormalForm = unknown;

/**
 * Entries, blocks and common table expressions are numbered in the order in which they are met; grouping keys, windows,
 * and what is sorted or made distinct by stand in place of references to them. Locations, names, origins and the way a
 * cast was written are dropped, as is which of several ANDs, or ORs, is inside which.
 */
export function normalForm(query: Query): NormalForm {
  return new Normaliser().value(query);
}

/** Fields that say how something was written, or follow from others. */
const dropped = new Set(["location", "name", "alias", "origin", "format", "lateral", "recursive"]);
/** Fields that hold the number of an entry, a block or a common table expression. */
const numbered = new Set(["id", "entry", "block", "cte"]);

/** PostgreSQL's parser makes one list of `a AND b AND c`, and leaves what BETWEEN stands for a list in the list. */
function flattened(node: BoolExpr): BoolExpr {
  if (node.operation === "not") return node;
  const args = node.args.flatMap((arg) => {
    if (arg.kind !== "BoolExpr" || arg.operation !== node.operation) return [arg];
    return flattened(arg).args;
  });
  return { ...node, args };
}

class Normaliser {
  readonly #numbers = new Map<EntryId, number>();
  readonly #blocks = new Map<EntryId, Query>();
  /** The block whose expressions are being written: what window numbers refer to. */
  #current: Query | undefined;

  value(value: unknown): NormalForm {
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    if (!("kind" in value)) return this.#fields(value);
    switch (value.kind) {
      case "Query":
        return this.#query(value as Query);
      case "GroupKey":
        return this.value(this.#key(value as GroupKey));
      case "GroupingFunc": {
        const { block, keys } = value as GroupingFunc;
        return { kind: "GroupingFunc", keys: keys.map((index) => this.value(this.#key({ block, index }))) };
      }
      case "WindowFunc": {
        const { window, ...call } = value as WindowFunc;
        return { ...this.#fields(call), window: this.value(this.#current?.windows[window]) };
      }
      case "BoolExpr":
        return this.#fields(flattened(value as BoolExpr));
      default:
        return this.#fields(value);
    }
  }

  #fields(value: object): Record<string, NormalForm> {
    const fields: Record<string, NormalForm> = {};
    for (const [name, field] of Object.entries(value)) {
      if (dropped.has(name) || field === undefined) continue;
      fields[name] =
        numbered.has(name) && typeof field === "number" ? this.#number(field) : this.value(field);
    }
    return fields;
  }

  #query(query: Query): NormalForm {
    const outside = this.#current;
    this.#current = query;
    this.#blocks.set(query.id, query);
    const target = (place: number) => this.value(query.targets[place]?.expression);
    const form = {
      kind: "Query",
      id: this.#number(query.id),
      ctes: query.ctes.map((cte) => this.value(cte)),
      from: this.value(query.from),
      setOperation: this.value(query.setOperation),
      where: this.value(query.where),
      targets: query.targets.filter(({ junk }) => !junk).map(({ expression }) => this.value(expression)),
      group: this.#group(query),
      having: this.value(query.having),
      hasAggregates: query.hasAggregates,
      distinct: query.distinct?.kind === "on" ? query.distinct.targets.map(target) : query.distinct?.kind,
      orderBy: query.orderBy.map((item) => ({ ...item, target: target(item.target) })),
      limit: this.#rowCount(query.limit),
      withTies: query.withTies,
      offset: this.#rowCount(query.offset),
    };
    this.#current = outside;
    return form;
  }

  /** Each grouping set as its expressions; the order of keys within a set has no meaning. */
  #group({ group }: Query): NormalForm {
    if (group === undefined) return undefined;
    const sets = group.sets ?? [group.keys.map((_, index) => index)];
    return sets.map((set) => [...set].sort((a, b) => a - b).map((index) => this.value(group.keys[index])));
  }

  /** A count of NULL is none. */
  #rowCount(count: Expression | undefined): NormalForm {
    return count?.kind === "Const" && count.value === null ? undefined : this.value(count);
  }

  #key({ block, index }: Pick<GroupKey, "block" | "index">): Expression | undefined {
    return this.#blocks.get(block)?.group?.keys[index];
  }

  #number(id: EntryId): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    this.#numbers.set(id, this.#numbers.size + 1);
    return this.#numbers.size;
  }
}
