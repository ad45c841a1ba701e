// Which blocks of a statement see how often a row of their FROM stands. A statement is looked at as a whole, before it
// is compiled: the rows of a transparent subquery are counted by the blocks around it.
import type { VisibleRelation } from "../model/visible-model.ts";
import type { Aggref, EntryId, Expression, FromItem, Query, RangeTableEntry, Var } from "../query/query.ts";
import { mapQueryParts, visitExpression } from "../query/walk.ts";
import { castArgument, isCast } from "./casts.ts";
import { aggregateName, operatorName } from "./offered-names.ts";
import type { Repeats } from "./prune-from.ts";
import { hasTransparentForm } from "./transparent-form.ts";

/** Who reads the rows of a query. */
type Reader =
  /** The FROM of another block; alone in it or beside others. */
  | { readonly kind: "from"; readonly block: Query; readonly alone: boolean }
  /** IN, EXISTS, a UNION of distinct rows: that a row is there. */
  | { readonly kind: "presence" }
  | { readonly kind: "rows" };

/** Aggregates that are the same over rows that stand once and rows that stand often. */
const ofDistinctRows = new Set([
  "min",
  "max",
  "bool_and",
  "bool_or",
  "every",
  "any_value",
  "bit_and",
  "bit_or",
]);

export function isOfDistinctRows(node: Aggref): boolean {
  return node.distinct || ofDistinctRows.has(aggregateName(node.function) ?? "");
}

export class RowsSeen {
  readonly #relations: ReadonlyMap<number, VisibleRelation>;
  readonly #measureFunctions: ReadonlySet<number>;
  readonly #readers = new Map<EntryId, Reader[]>();
  readonly #entries = new Map<EntryId, RangeTableEntry>();
  readonly #ctes = new Map<EntryId, Query>();
  readonly #answers = new Map<EntryId, Repeats>();
  readonly #transparent = new Map<EntryId, boolean>();
  readonly #alone = new Map<EntryId, boolean>();

  constructor(
    statement: Query,
    relations: ReadonlyMap<number, VisibleRelation>,
    measureFunctions: ReadonlySet<number>,
  ) {
    this.#relations = relations;
    this.#measureFunctions = measureFunctions;
    this.#note(statement, { kind: "rows" });
  }

  /** Whether the block's result can show how often a row of its FROM stands. */
  repeats(query: Query): Repeats {
    const known = this.#answers.get(query.id);
    if (known !== undefined) return known;
    this.#answers.set(query.id, "seen");
    const answer = this.#isSeen(query) ? "seen" : "unseen";
    this.#answers.set(query.id, answer);
    return answer;
  }

  /** Whether one FROM alone reads the CTE. */
  isReadOnce(cte: EntryId): boolean {
    const query = this.#ctes.get(cte);
    const readers = query === undefined ? [] : (this.#readers.get(query.id) ?? []);
    return readers.filter(({ kind }) => kind === "from").length === 1;
  }

  /** Whether nothing stands beside the query in the FROM of the blocks around it, up to the one that groups. */
  isAlone(query: Query): boolean {
    let alone = this.#alone.get(query.id);
    if (alone === undefined) {
      alone = this.#findAlone(query);
      this.#alone.set(query.id, alone);
    }
    return alone;
  }

  #findAlone(query: Query): boolean {
    return (this.#readers.get(query.id) ?? []).every(
      (reader) =>
        reader.kind !== "from" ||
        (reader.alone && (!hasTransparentForm(reader.block) || this.isAlone(reader.block))),
    );
  }

  #isSeen(query: Query): boolean {
    if (query.group !== undefined || query.hasAggregates || query.having !== undefined)
      return this.#countsRows(query);
    if (query.windows.length > 0 || query.limit !== undefined || query.offset !== undefined) return true;
    if (query.distinct !== undefined) return query.distinct.kind !== "all";
    const readers = this.#readers.get(query.id) ?? [{ kind: "rows" }];
    const isBlock = !readers.some(({ kind }) => kind === "from");
    if (isBlock && query.targets.some(({ expression }) => this.#usesMeasure(expression))) return false;
    return readers.some((reader) =>
      reader.kind === "from" ? this.repeats(reader.block) === "seen" : reader.kind === "rows",
    );
  }

  /** Whether an aggregate of the block depends on how often a row stands. */
  #countsRows(query: Query): boolean {
    let found = false;
    const visitor = {
      expression: (node: Expression) => {
        if (isGroupTest(node)) return false;
        found ||= node.kind === "Aggref" && node.block === query.id && !this.#isOfDistinctRows(node);
        return !found;
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
    return found;
  }

  #isOfDistinctRows(node: Aggref): boolean {
    if (isOfDistinctRows(node) || this.#measureFunctions.has(node.function)) return true;
    return node.args.some((arg) => this.#usesMeasure(arg));
  }

  #usesMeasure(expression: Expression): boolean {
    let found = false;
    visitExpression(expression, {
      expression: (node) => {
        found ||= node.kind === "Var" && this.#isMeasure(node);
        return !found;
      },
      query: () => false,
    });
    return found;
  }

  /** Whether the column is a measure for certain: of a relation, or through subqueries that are each one FROM alone. */
  #isMeasure({ entry: id, column }: Var): boolean {
    const entry = this.#entries.get(id);
    if (entry?.kind === "relation")
      return this.#relations.get(entry.relationOid)?.columns[column - 1]?.kind === "measure";
    const query = entry && this.#queryOf(entry);
    if (query === undefined || !this.#isTransparent(query)) return false;
    const expression = query.targets.filter(({ junk }) => !junk)[column - 1]?.expression;
    return expression !== undefined && this.#isCastOfMeasure(expression);
  }

  #isTransparent(query: Query): boolean {
    const known = this.#transparent.get(query.id);
    if (known !== undefined) return known;
    const answer = this.#findTransparent(query);
    this.#transparent.set(query.id, answer);
    return answer;
  }

  #findTransparent(query: Query): boolean {
    const [only, ...more] = query.from;
    if (more.length > 0 || only?.kind !== "entry" || !hasTransparentForm(query)) return false;
    const inner = this.#queryOf(only.entry);
    if (only.entry.kind !== "relation" && (inner === undefined || !this.#isTransparent(inner))) return false;
    return query.targets.every(
      ({ expression, junk }) => junk || this.#isCastOfMeasure(expression) || !this.#usesMeasure(expression),
    );
  }

  #isCastOfMeasure(expression: Expression): boolean {
    if (expression.kind === "Var") return this.#isMeasure(expression);
    const inner = isCast(expression) ? castArgument(expression) : undefined;
    return inner !== undefined && this.#isCastOfMeasure(inner);
  }

  #queryOf(entry: RangeTableEntry): Query | undefined {
    if (entry.kind === "subquery") return entry.query;
    return entry.kind === "cte" ? this.#ctes.get(entry.cte) : undefined;
  }

  #note(query: Query, reader: Reader): void {
    this.#read(query, reader);
    for (const cte of query.ctes) {
      // What a recursive one reads of itself is not followed.
      if (!cte.recursive) this.#ctes.set(cte.id, cte.query);
      this.#note(cte.query, cte.recursive ? { kind: "rows" } : { kind: "presence" });
    }
    const items = query.from;
    for (const item of items) this.#noteFrom(item, query, items.length === 1);
    if (query.setOperation !== undefined) this.#noteArms(query.setOperation);
    const visitor = {
      expression: (node: Expression) => {
        if (node.kind === "SubLink") {
          const presence = node.link === "exists" || node.link === "any" || node.link === "all";
          this.#note(node.query, { kind: presence ? "presence" : "rows" });
        }
        return true;
      },
      query: () => false,
    };
    mapQueryParts(query, {
      expression: (expression) => {
        visitExpression(expression, visitor);
        return expression;
      },
      query: (nested) => nested,
    });
  }

  #read(query: Query, reader: Reader): void {
    this.#readers.set(query.id, [...(this.#readers.get(query.id) ?? []), reader]);
  }

  #noteFrom(item: FromItem, block: Query, alone: boolean): void {
    if (item.kind === "join") {
      this.#noteFrom(item.left, block, false);
      this.#noteFrom(item.right, block, false);
      return;
    }
    const { entry } = item;
    this.#entries.set(entry.id, entry);
    const reader: Reader = { kind: "from", block, alone };
    if (entry.kind === "subquery") this.#note(entry.query, reader);
    const common = entry.kind === "cte" ? this.#ctes.get(entry.cte) : undefined;
    if (common !== undefined) this.#read(common, reader);
  }

  #noteArms(operation: NonNullable<Query["setOperation"]>): void {
    if (operation.kind === "arm") this.#note(operation.entry.query, { kind: "rows" });
    else {
      this.#noteArms(operation.left);
      this.#noteArms(operation.right);
    }
  }
}

/** `COUNT(*) > 0`: that the group is there. */
export function isGroupTest(node: Expression): boolean {
  if (node.kind !== "OpExpr" || operatorName(node.operator) !== ">") return false;
  const [count, zero] = node.args;
  return (
    count?.kind === "Aggref" && isCountOfRows(count) && zero?.kind === "Const" && Number(zero.value) === 0
  );
}

function isCountOfRows(node: Aggref): boolean {
  if (aggregateName(node.function) !== "count" || node.filter !== undefined || node.distinct) return false;
  const [arg] = node.args;
  return node.star || (arg?.kind === "Const" && arg.value !== null);
}
