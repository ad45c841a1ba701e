// A block's FROM and WHERE stand in each of its side plans. What chooses among rows there (LIMIT, DISTINCT ON, windows)
// could break ties differently in each copy, and the measures of one row would be of different rows: so it becomes a
// CTE, which is computed once.
import type { CommonTableExpression, EntryId, Expression, Query } from "../query/query.ts";
import { type Mapper, mapChildren, mapQueryParts, visitQuery } from "../query/walk.ts";
import { type Compilation, variable } from "./compilation.ts";
import { plainQuery } from "./plain-query.ts";

/** A query around a copy. Its number is its place in the order in which queries are entered. */
interface Scope {
  readonly place: number;
  readonly ctes: ReadonlySet<EntryId>;
}

interface Choice {
  /** The scopes around all copies, the outermost first. */
  scopes: readonly Scope[];
  copies: number;
  readonly outerCtes: ReadonlySet<EntryId>;
}

export function shareChoices(compilation: Compilation, query: Query): Query {
  const choices = findChoices(query);
  const shared = new Map<Query, number>();
  for (const [choice, { copies, scopes, outerCtes }] of choices) {
    const scope = scopes.at(-1);
    if (copies > 1 && scope !== undefined && [...outerCtes].every((cte) => scope.ctes.has(cte)))
      shared.set(choice, scope.place);
  }
  return shared.size === 0 ? query : new Sharing(compilation, shared).query(query);
}

/** What chooses and can stand alone, by identity: copies are one object. */
function findChoices(statement: Query): ReadonlyMap<Query, Choice> {
  const choices = new Map<Query, Choice>();
  const scopes: Scope[] = [];
  const inArrays = new Set<Query>();
  let places = 0;
  const mapper: Mapper = {
    expression: (node) => {
      noteArray(node, inArrays);
      return mapChildren(node, mapper);
    },
    query: (query) => {
      const known = choices.get(query);
      if (known !== undefined) {
        known.copies++;
        known.scopes = known.scopes.filter((scope) => scopes.includes(scope));
        return query;
      }
      const place = places++;
      const outerCtes = choosesRows(query) && !inArrays.has(query) ? ctesAround(query) : undefined;
      if (outerCtes !== undefined) choices.set(query, { scopes: [...scopes], copies: 1, outerCtes });
      const ctes = new Set([...(scopes.at(-1)?.ctes ?? []), ...query.ctes.map(({ id }) => id)]);
      scopes.push({ place, ctes });
      mapQueryParts(query, mapper);
      scopes.pop();
      return query;
    },
  };
  mapper.query(statement);
  return choices;
}

/** ARRAY(SELECT ... ORDER BY ...) has the order of its rows, which no CTE promises to keep. */
function noteArray(node: Expression, inArrays: Set<Query>): void {
  if (node.kind === "SubLink" && node.link === "array") inArrays.add(node.query);
}

function choosesRows(query: Query): boolean {
  return (
    query.limit !== undefined ||
    query.offset !== undefined ||
    query.distinct?.kind === "on" ||
    query.windows.length > 0
  );
}

/** The CTEs around the query that it reads; undefined where it reads columns or groups of queries around it. */
function ctesAround(query: Query): ReadonlySet<EntryId> | undefined {
  const own = new Set<EntryId>();
  const read = new Set<EntryId>();
  const ctes = new Set<EntryId>();
  const ownCtes = new Set<EntryId>();
  visitQuery(query, {
    query: (nested) => {
      own.add(nested.id);
      for (const cte of nested.ctes) ownCtes.add(cte.id);
      return true;
    },
    entry: (entry) => {
      own.add(entry.id);
      if (entry.kind === "cte") ctes.add(entry.cte);
    },
    expression: (node) => {
      if (node.kind === "Var") read.add(node.entry);
      if ("block" in node) read.add(node.block);
      return true;
    },
  });
  if ([...read].some((id) => !own.has(id))) return undefined;
  return new Set([...ctes].filter((cte) => !ownCtes.has(cte)));
}

/** Puts the choices into CTEs of the innermost query around all their copies. */
class Sharing implements Mapper {
  readonly #compilation: Compilation;
  readonly #shared: ReadonlyMap<Query, number>;
  readonly #made = new Map<Query, CommonTableExpression>();
  #places = 0;

  constructor(compilation: Compilation, shared: ReadonlyMap<Query, number>) {
    this.#compilation = compilation;
    this.#shared = shared;
  }

  expression(node: Expression): Expression {
    return mapChildren(node, this);
  }

  query(query: Query): Query {
    const made = this.#made.get(query);
    if (made !== undefined) return this.#reference(made, query);
    const place = this.#places++;
    const mapped = mapQueryParts(query, this);
    const own = [...this.#shared].filter(([, scope]) => scope === place).map(([choice]) => choice);
    const whole = own.reduce((around, choice) => this.#withCte(around, query, choice), mapped);
    if (!this.#shared.has(query)) return whole;
    const columns = query.targets
      .filter(({ junk }) => !junk)
      .map(({ expression }, index) => ({
        name: `c${index + 1}`,
        type: expression.type,
        modifier: "modifier" in expression ? expression.modifier : -1,
      }));
    const id = this.#compilation.newId();
    const cte: CommonTableExpression = {
      id,
      name: "chosen",
      query: whole,
      recursive: false,
      materialized: "always",
      columns,
    };
    this.#made.set(query, cte);
    return this.#reference(cte, query);
  }

  /** Before the first CTE that reads the choice, behind those that it reads. */
  #withCte(around: Query, before: Query, choice: Query): Query {
    const cte = this.#made.get(choice);
    if (cte === undefined) return around;
    const added = around.ctes.length - before.ctes.length;
    const place = before.ctes.findIndex((item) => holds(item.query, choice));
    const at = place < 0 ? around.ctes.length : place + added;
    return { ...around, ctes: [...around.ctes.slice(0, at), cte, ...around.ctes.slice(at)] };
  }

  /** SELECT all columns FROM the CTE. */
  #reference({ id: cte, columns }: CommonTableExpression, { targets }: Query): Query {
    const id = this.#compilation.newId();
    const shown = targets.filter(({ junk }) => !junk);
    return plainQuery({
      id: this.#compilation.newId(),
      from: [{ kind: "entry", entry: { kind: "cte", id, cte, name: "chosen", columns, lateral: false } }],
      where: undefined,
      targets: columns.map((column, index) => ({
        expression: variable(id, index + 1, column),
        name: shown[index]?.name,
        junk: false,
        origin: undefined,
      })),
      group: undefined,
      hasAggregates: false,
    });
  }
}

function holds(query: Query, choice: Query): boolean {
  let found = false;
  visitQuery(query, {
    query: (nested) => {
      found ||= nested === choice;
      return !found;
    },
  });
  return found;
}
