// Facts that do not lie on one path, where one of them is read for its keys or filters alone (M8): what repeats the rows
// of the others is made distinct before it is joined, so that the product of the facts is never made. Distinct rows of a
// table say all that a block can see of it that makes its own rows distinct.
import type {
  EntryId,
  Expression,
  FromItem,
  LensScanEntry,
  Query,
  SubqueryEntry,
  Target,
  Var,
} from "../query/query.ts";
import { mapFromItem, replaceExpressions, someExpression, visitExpression } from "../query/walk.ts";
import { booleanOid, type Compilation, conjunction, variable } from "./compilation.ts";
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
  if (!isProductOfFacts(shape) || !isPlain(query)) return query;
  const repeaters = new Set(repeatersOf(shape, key));
  let condensed = query;
  for (const access of scansOf(shape)) {
    const scan = repeaters.has(access.key) ? scanIn(query.from, Number(access.key)) : undefined;
    if (scan === undefined || scan.filters.length > 0) continue;
    const present = access.demand({ kind: "presence" });
    condensed = new Condensing(compilation, scan, present).query(condensed);
  }
  return condensed;
}

/** FROM holds scans alone and nothing reads another query: the rest is rare, and what it shares must stay shared. */
function isPlain(query: Query): boolean {
  const hasSubquery = (expression: Expression | undefined) =>
    expression !== undefined && someExpression(expression, (node) => node.kind === "SubLink");
  const isScans = (item: FromItem): boolean =>
    item.kind === "entry"
      ? item.entry.kind === "lensScan"
      : isScans(item.left) && isScans(item.right) && !hasSubquery(item.on);
  return (
    query.from.every(isScans) &&
    !hasSubquery(query.where) &&
    !query.targets.some(({ expression }) => hasSubquery(expression)) &&
    !(query.group?.keys ?? []).some(hasSubquery)
  );
}

function scanIn(items: readonly FromItem[], id: EntryId): LensScanEntry | undefined {
  for (const item of items) {
    if (item.kind === "join") {
      const found = scanIn([item.left, item.right], id);
      if (found !== undefined) return found;
    } else if (item.entry.id === id && item.entry.kind === "lensScan") return item.entry;
  }
  return undefined;
}

/** One scan under way: the columns that are read of it, and the conditions that are about it alone. */
class Condensing {
  readonly #compilation: Compilation;
  readonly #scan: LensScanEntry;
  readonly #present: Var;
  readonly #id: EntryId;
  readonly #targets: Target[] = [];
  readonly #columns: { name: string; type: number; modifier: number }[] = [];
  readonly #places = new Map<number, number>();

  constructor(compilation: Compilation, scan: LensScanEntry, present: Var) {
    this.#compilation = compilation;
    this.#scan = scan;
    this.#present = present;
    this.#id = compilation.newId();
  }

  query(query: Query): Query {
    const { where, group } = query;
    const conditions = where?.kind === "BoolExpr" && where.operation === "and" ? where.args : [where];
    const condensed: Query = {
      ...query,
      where: conjunction(conditions.map((condition) => condition && this.#condition(condition))),
      targets: query.targets.map((target) => ({ ...target, expression: this.#over(target.expression) })),
      group: group && { ...group, keys: group.keys.map((expression) => this.#over(expression)) },
      from: query.from.map((item) => this.#onConditions(item)),
    };
    const entry = this.#entry();
    return { ...condensed, from: condensed.from.map((item) => this.#replaced(item, entry)) };
  }

  /**
   * A conjunct of WHERE over this scan alone becomes one column of it; over a row that is not there, it is what it is of
   * NULLs.
   */
  #condition(condition: Expression): Expression {
    if (!this.#isAlone(condition)) return this.#over(condition);
    const asked = this.#add(condition, booleanOid, -1);
    const present = this.#over(this.#present);
    const isPresent = (negated: boolean): Expression => ({
      kind: "NullTest",
      arg: present,
      negated,
      type: booleanOid,
      location: -1,
    });
    const both = conjunction([isPresent(true), asked]);
    const ofNulls = conjunction([isPresent(false), this.#ofNulls(condition)]);
    const args = [both, ofNulls].filter((arg) => arg !== undefined);
    return { kind: "BoolExpr", operation: "or", args, type: booleanOid, location: -1 };
  }

  #isAlone(condition: Expression): boolean {
    let own = 0;
    let others = 0;
    visitExpression(condition, {
      expression: (node) => {
        if (node.kind === "Var") {
          if (node.entry === this.#scan.id) own += 1;
          else others += 1;
        }
        return true;
      },
    });
    // The presence column alone is a column already.
    return own > 0 && others === 0 && condition.kind !== "NullTest";
  }

  #ofNulls(condition: Expression): Expression {
    return replaceExpressions(condition, (node) =>
      node.kind === "Var"
        ? { kind: "Const", value: null, type: node.type, modifier: node.modifier, location: -1 }
        : undefined,
    );
  }

  /** The expression over the distinct rows. */
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
    const place = this.#targets.push({ expression, name: undefined, junk: false, origin: undefined });
    this.#columns.push({ name: `c${place}`, type, modifier });
    return variable(this.#id, place, { type, modifier });
  }

  #onConditions(item: FromItem): FromItem {
    return mapFromItem(item, {
      expression: (expression) => this.#over(expression),
      query: (query) => query,
    });
  }

  #entry(): SubqueryEntry {
    const query: Query = {
      ...plainQuery({
        id: this.#compilation.newId(),
        from: [{ kind: "entry", entry: this.#scan }],
        where: undefined,
        targets: this.#targets,
        group: undefined,
        hasAggregates: false,
      }),
      distinct: { kind: "all" },
    };
    const { name } = this.#scan;
    return { kind: "subquery", id: this.#id, name, columns: this.#columns, lateral: false, query };
  }

  #replaced(item: FromItem, entry: SubqueryEntry): FromItem {
    if (item.kind === "join")
      return { ...item, left: this.#replaced(item.left, entry), right: this.#replaced(item.right, entry) };
    return item.entry.id === this.#scan.id ? { kind: "entry", entry } : item;
  }
}
