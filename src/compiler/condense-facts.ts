// Facts that do not lie on one path, where their own rows are not needed (M8): the rows of each that are the same to the
// block become one before they are joined, so that the product of the facts is never made. Distinct rows of a table say
// all that a block can see of it that makes its own rows distinct; with how many of them are the same, all that a block
// sees that counts rows.
import type {
  EntryId,
  Expression,
  LensScanEntry,
  Query,
  SubqueryEntry,
  Target,
  Var,
} from "../query/query.ts";
import { mapFromItem, replaceExpressions } from "../query/walk.ts";
import {
  bigintOid,
  booleanOid,
  type Compilation,
  conjunction,
  conjunctsOf,
  variable,
} from "./compilation.ts";
import { askedOrOfNulls, factIn, readsOfEntry, readsScansAlone, replacedIn } from "./fact-scans.ts";
import { plainQuery } from "./plain-query.ts";
import { isProductOfFacts, type JoinShape, repeatersOf, scansOf } from "./shape.ts";

/**
 * The query with the scans that repeat the rows of `key` made distinct. The query's own rows must be made distinct, or
 * grouped without an aggregate that counts them; it stands over `shape`.
 */
export function withFactsCondensed(
  compilation: Compilation,
  query: Query,
  shape: JoinShape,
  key: string,
): Query {
  if (!canCondense(query, shape)) return query;
  const repeaters = new Set(repeatersOf(shape, key));
  return condensed(compilation, query, { shape, repeaters, counted: false }).query;
}

/**
 * The query with every fact grouped by what is read of it, and for each of its rows the number of rows of the product
 * that it stands for. Undefined where facts lie on one path, and rows are those of the last.
 */
export function withFactsCounted(
  compilation: Compilation,
  query: Query,
  shape: JoinShape,
): { readonly query: Query; readonly counts: readonly Expression[] } | undefined {
  if (!canCondense(query, shape)) return undefined;
  const repeaters = new Set(scansOf(shape).flatMap(({ key }) => repeatersOf(shape, key)));
  return condensed(compilation, query, { shape, repeaters, counted: true });
}

function canCondense({ from, where, targets, group }: Query, shape: JoinShape): boolean {
  const read = [where, ...targets.map(({ expression }) => expression), ...(group?.keys ?? [])];
  return isProductOfFacts(shape) && readsScansAlone(from, read);
}

function condensed(
  compilation: Compilation,
  query: Query,
  facts: { readonly shape: JoinShape; readonly repeaters: ReadonlySet<string>; readonly counted: boolean },
): { readonly query: Query; readonly counts: readonly Expression[] } {
  const counts: Expression[] = [];
  let result = query;
  for (const access of scansOf(facts.shape)) {
    const scan = facts.repeaters.has(access.key) ? factIn(query.from, Number(access.key)) : undefined;
    if (scan === undefined) continue;
    const present = access.demand({ kind: "presence" });
    const condensing = new Condensing(compilation, scan, { present, counted: facts.counted });
    result = condensing.query(result);
    if (condensing.count !== undefined) counts.push(condensing.count);
  }
  return { query: result, counts };
}

/** One scan under way: the columns that are read of it, and the conditions that are about it alone. */
class Condensing {
  readonly #compilation: Compilation;
  readonly #scan: LensScanEntry;
  readonly #present: Var;
  readonly #counted: boolean;
  readonly #id: EntryId;
  readonly #targets: Expression[] = [];
  readonly #columns: { name: string; type: number; modifier: number }[] = [];
  readonly #places = new Map<number, number>();
  /** How many rows of the scan one row stands for; NULL where an outer join has none. */
  count: Expression | undefined;

  constructor(
    compilation: Compilation,
    scan: LensScanEntry,
    { present, counted }: { readonly present: Var; readonly counted: boolean },
  ) {
    this.#compilation = compilation;
    this.#scan = scan;
    this.#present = present;
    this.#counted = counted;
    this.#id = compilation.newId();
  }

  query(query: Query): Query {
    const { where, group } = query;
    const over: Query = {
      ...query,
      where: conjunction(conjunctsOf(where).map((condition) => this.#condition(condition))),
      targets: query.targets.map((target) => ({ ...target, expression: this.#over(target.expression) })),
      group: group && { ...group, keys: group.keys.map((expression) => this.#over(expression)) },
      from: query.from.map((item) =>
        mapFromItem(item, { expression: (expression) => this.#over(expression), query: (nested) => nested }),
      ),
    };
    const entry = this.#entry();
    return { ...over, from: over.from.map((item) => replacedIn(item, this.#scan.id, entry)) };
  }

  /**
   * A conjunct of WHERE over this scan alone becomes one column of it; over a row that is not there, it is what it is of
   * NULLs.
   */
  #condition(condition: Expression): Expression {
    const reads = readsOfEntry(condition, this.#scan.id);
    // The presence column alone is a column already.
    if (!reads.own || reads.others || condition.kind === "NullTest") return this.#over(condition);
    const asked = this.#add(condition, booleanOid, -1);
    return askedOrOfNulls(condition, this.#scan.id, { asked, present: this.#over(this.#present) });
  }

  /** The expression over what the scan is condensed to. */
  #over(expression: Expression): Expression {
    return replaceExpressions(expression, (node) => {
      if (node.kind !== "Var" || node.entry !== this.#scan.id) return undefined;
      const known = this.#places.get(node.column);
      if (known !== undefined) return variable(this.#id, known, node);
      const column = this.#add(node, node.type, node.modifier);
      this.#places.set(node.column, column.column);
      return column;
    });
  }

  #add(expression: Expression, type: number, modifier: number): Var {
    const place = this.#targets.push(expression);
    this.#columns.push({ name: `c${place}`, type, modifier });
    return variable(this.#id, place, { type, modifier });
  }

  #entry(): SubqueryEntry {
    const id = this.#compilation.newId();
    const from = [{ kind: "entry", entry: this.#scan }] as const;
    const keys = [...this.#targets];
    const query: Query = this.#counted
      ? plainQuery({
          id,
          from,
          where: undefined,
          targets: [...keys.map((key, index) => target(groupKey(id, index, key))), this.#countOf(id)],
          group: { keys, sets: undefined, distinct: false },
          hasAggregates: true,
        })
      : {
          ...plainQuery({
            id,
            from,
            where: undefined,
            targets: keys.map(target),
            group: undefined,
            hasAggregates: false,
          }),
          distinct: { kind: "all" },
        };
    const { name } = this.#scan;
    return { kind: "subquery", id: this.#id, name, columns: this.#columns, lateral: false, query };
  }

  #countOf(block: EntryId): Target {
    const count: Expression = {
      kind: "ModelAggregate",
      aggregate: "count",
      block,
      args: [],
      filter: undefined,
      measure: this.#scan.table,
      type: bigintOid,
      location: -1,
    };
    this.count = this.#add(count, bigintOid, -1);
    return target(count);
  }
}

export function groupKey(block: EntryId, index: number, key: Expression): Expression {
  const modifier = "modifier" in key ? key.modifier : -1;
  return { kind: "GroupKey", block, index, type: key.type, modifier, location: -1 };
}

function target(expression: Expression): Target {
  return { expression, name: undefined, junk: false, origin: undefined };
}
