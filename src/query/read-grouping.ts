// GROUP BY: the keys, and grouping sets with ROLLUP and CUBE expanded as expand_grouping_sets() of PostgreSQL's
// parse_agg.c does.
import type { DumpNode, DumpValue } from "./dump-node.ts";
import { asNode, NodeFields } from "./node-fields.ts";
import type { Expression, Grouping } from "./query.ts";
import { unreadableTree } from "./query-errors.ts";

/** PostgreSQL allows no more; it has checked. */
const groupingSetsMax = 4096;

type KeySet = readonly number[];

/** GroupingSetKind of parsenodes.h, by number. */
const setKinds = ["empty", "simple", "rollup", "cube", "sets"] as const;

export function readGrouping(
  keys: readonly Expression[],
  sets: readonly DumpNode[],
  distinct: boolean,
  keyOfReference: ReadonlyMap<number, number>,
): Grouping {
  if (sets.length === 0) return { keys, sets: undefined, distinct };
  const expanded = sets.map((node) => expand(node, keyOfReference));
  const all = expanded.reduce<readonly KeySet[]>(product, [[]]);
  return { keys, sets: distinct ? withoutRepeats(all) : all, distinct };
}

/** The sets one element of GROUP BY stands for. */
function expand(node: DumpNode, keyOfReference: ReadonlyMap<number, number>): readonly KeySet[] {
  const fields = new NodeFields(node);
  const kind = setKinds[fields.number("kind")];
  const content = fields.list("content");
  fields.skip("location");
  fields.end();
  switch (kind) {
    case "empty":
      return [[]];
    case "simple":
      return [content.map((item) => keyOf(item, keyOfReference))];
    case "rollup": {
      const parts = content.map((item) => simpleSet(item, keyOfReference));
      return Array.from({ length: parts.length + 1 }, (_, dropped) =>
        union(parts.slice(0, parts.length - dropped)),
      );
    }
    case "cube":
      return cube(content.map((item) => simpleSet(item, keyOfReference)));
    case "sets":
      return content.flatMap((item) => expand(asNode(item, "GROUPING SETS"), keyOfReference));
    case undefined:
      throw unreadableTree("a grouping set of an unknown kind");
    default:
      kind satisfies never;
      throw unreadableTree("a grouping set of an unknown kind");
  }
}

function simpleSet(item: DumpValue, keyOfReference: ReadonlyMap<number, number>): KeySet {
  const [set] = expand(asNode(item, "ROLLUP"), keyOfReference);
  if (set === undefined) throw unreadableTree("an empty part of a grouping set");
  return set;
}

function keyOf(item: DumpValue, keyOfReference: ReadonlyMap<number, number>): number {
  const key = keyOfReference.get(Number(item));
  if (key === undefined) throw unreadableTree("a grouping set of what is no key");
  return key;
}

/** All subsets, the whole first. */
function cube(parts: readonly KeySet[]): readonly KeySet[] {
  const count = 2 ** parts.length;
  if (count > groupingSetsMax) throw unreadableTree(`a cube of ${parts.length} parts`);
  return Array.from({ length: count }, (_, index) => {
    const mask = count - 1 - index;
    return union(parts.filter((_, part) => (mask & (1 << (parts.length - 1 - part))) !== 0));
  });
}

function product(left: readonly KeySet[], right: readonly KeySet[]): readonly KeySet[] {
  if (left.length * right.length > groupingSetsMax) throw unreadableTree("too many grouping sets");
  return left.flatMap((one) => right.map((other) => union([one, other])));
}

function union(sets: readonly KeySet[]): KeySet {
  return [...new Set(sets.flat())];
}

function withoutRepeats(sets: readonly KeySet[]): readonly KeySet[] {
  const byKeys = new Map(sets.map((set) => [[...set].sort((a, b) => a - b).join(" "), set]));
  return [...byKeys.values()];
}
