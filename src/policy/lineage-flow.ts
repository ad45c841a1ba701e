// What flows into a column of a result, as sets that grow: sources by key, each with how it is used.
import type { DirectUse, IndirectUse } from "../column-lineage.ts";

/** `member zone` and `key`: of a member with its mask, and of one without it; `column`: of a table's base SQL. */
export type SourceKey = `${"member" | "key" | "column"} ${string}`;

export interface Flow {
  readonly direct: ReadonlyMap<SourceKey, DirectUse>;
  /** `use source`, by which each use of a source stands once. */
  readonly indirect: ReadonlySet<`${IndirectUse} ${SourceKey}`>;
}

export const noFlow: Flow = { direct: new Map(), indirect: new Set() };

/** The later, the more is done. */
const strength: Readonly<Record<DirectUse, number>> = { identity: 0, transformation: 1, aggregation: 2 };

export class FlowSum implements Flow {
  readonly direct = new Map<SourceKey, DirectUse>();
  readonly indirect = new Set<`${IndirectUse} ${SourceKey}`>();

  /** A value with all that flows into it, used so. */
  add(flow: Flow, use: DirectUse | IndirectUse): void {
    for (const each of flow.indirect) this.indirect.add(each);
    for (const [key, own] of flow.direct) {
      if (!isDirect(use)) this.indirect.add(`${use} ${key}`);
      else this.#addDirect(key, stronger(own, use));
    }
  }

  /** What decides on rows, without a value. */
  addIndirect(flow: Flow): void {
    for (const each of flow.indirect) this.indirect.add(each);
  }

  #addDirect(key: SourceKey, use: DirectUse): void {
    const known = this.direct.get(key);
    this.direct.set(key, known === undefined ? use : stronger(known, use));
  }
}

export function sumOf(flows: readonly Flow[]): Flow {
  const sum = new FlowSum();
  for (const flow of flows) sum.add(flow, "identity");
  return sum;
}

/** Grows with everything that is added to the flows. */
export function weightOf(flows: readonly Flow[]): number {
  let weight = 0;
  for (const { direct, indirect } of flows) {
    weight += indirect.size;
    for (const use of direct.values()) weight += 1 + strength[use];
  }
  return weight;
}

export function isDirect(use: DirectUse | IndirectUse): use is DirectUse {
  return use in strength;
}

function stronger(one: DirectUse, other: DirectUse): DirectUse {
  return strength[one] >= strength[other] ? one : other;
}
