// Facts that do not lie on one path, where one is read for conditions of WHERE alone (M8): joined as one row for each key
// of its join, which says whether any of its rows meets them all. It then repeats no row of the others, whose own rows
// need not be made distinct: a semi-join, which holds too where an outer join has no row.
import { assert } from "../errors.ts";
import type {
  EntryId,
  Expression,
  FromItem,
  JoinItem,
  LensScanEntry,
  SubqueryEntry,
} from "../query/query.ts";
import { oids } from "../query/type-oids.ts";
import { replaceExpressions } from "../query/walk.ts";
import {
  booleanOid,
  type Compilation,
  conjunction,
  conjunctsOf,
  expressionKey,
  variable,
} from "./compilation.ts";
import { groupKey } from "./condense-facts.ts";
import { askedOrOfNulls, factIn, readsOfEntry, readsScansAlone, replacedIn } from "./fact-scans.ts";
import { plainQuery } from "./plain-query.ts";
import { isProductOfFacts, type JoinShape, repeatersOf, type ScanAccess, scansOf } from "./shape.ts";

export interface FilteredFrom {
  readonly from: readonly FromItem[];
  readonly shape: JoinShape;
  readonly where: Expression | undefined;
}

/** FROM and WHERE with the facts that repeat the rows of `key` and only filter them joined once. `read` is all else. */
export function withFiltersJoinedOnce(
  compilation: Compilation,
  rows: FilteredFrom,
  key: string,
  read: readonly (Expression | undefined)[],
): FilteredFrom {
  if (!isProductOfFacts(rows.shape) || !readsScansAlone(rows.from, [rows.where, ...read])) return rows;
  const repeaters = new Set(repeatersOf(rows.shape, key));
  let filtered = rows;
  for (const access of scansOf(rows.shape)) {
    const scan = repeaters.has(access.key) ? factIn(rows.from, Number(access.key)) : undefined;
    if (scan === undefined || read.some((expression) => expression && readsOfEntry(expression, scan.id).own))
      continue;
    filtered = joinedOnce(compilation, filtered, access, scan) ?? filtered;
  }
  return filtered;
}

function joinedOnce(
  compilation: Compilation,
  { from, shape, where }: FilteredFrom,
  access: ScanAccess,
  scan: LensScanEntry,
): FilteredFrom | undefined {
  const conjuncts = conjunctsOf(where);
  const asked = conjuncts.filter((condition) => readsOfEntry(condition, scan.id).own);
  const keys = joinKeys(from, scan.id);
  const joined = withOneRow(shape, access.key);
  if (keys === undefined || joined === undefined) return undefined;
  if (asked.some((condition) => readsOfEntry(condition, scan.id).others)) return undefined;
  const present = access.demand({ kind: "presence" });
  const condition = conjunction(asked);
  const once = new JoinedOnce(compilation, scan, keys, [
    present,
    ...(condition === undefined ? [] : [condition]),
  ]);
  const others = conjuncts.filter((other) => !asked.includes(other));
  return {
    from: from.map((item) => replacedIn(once.onKeys(item), scan.id, once.entry)),
    shape: joined,
    where: conjunction([
      ...others,
      condition && askedOrOfNulls(condition, scan.id, { present: once.any(0), asked: once.any(1) }),
    ]),
  };
}

/**
 * What the scan's join looks for in it, where its rows are found by equality of these alone; undefined where another
 * join reads it too, or its rows are kept without those of the other side.
 */
function joinKeys(from: readonly FromItem[], scan: EntryId): readonly Expression[] | undefined {
  const joins = from.flatMap(joinsIn).filter(({ on }) => on !== undefined && readsOfEntry(on, scan).own);
  const [join, ...others] = joins;
  if (join === undefined || others.length > 0) return undefined;
  const isScan = (item: FromItem) => item.kind === "entry" && item.entry.id === scan;
  const isOptional =
    (isScan(join.right) && (join.type === "left" || join.type === "inner")) ||
    (isScan(join.left) && (join.type === "right" || join.type === "inner"));
  if (!isOptional) return undefined;
  const conditions = conjunctsOf(join.on).filter((condition) => readsOfEntry(condition, scan).own);
  const keys = conditions.map((condition) => equatedKeys(condition, scan));
  return keys.every((found) => found !== undefined) ? keys.flat() : undefined;
}

function joinsIn(item: FromItem): readonly JoinItem[] {
  return item.kind === "join" ? [item, ...joinsIn(item.left), ...joinsIn(item.right)] : [];
}

/** The scan's side of each equality of a join of the model. */
function equatedKeys(condition: Expression, scan: EntryId): readonly Expression[] | undefined {
  if (condition.kind !== "ModelSql" || condition.equates !== true) return undefined;
  const sides = condition.parts.filter((part) => typeof part !== "string" && part.kind !== "aliasOf");
  const keys: Expression[] = [];
  for (let at = 0; at < sides.length; at += 2) {
    const pair = [sides[at], sides[at + 1]];
    const own = pair.find((side) => side !== undefined && isColumnOf(side, scan));
    const other = pair.find((side) => side !== own);
    if (own === undefined || other === undefined || isColumnOf(other, scan)) return undefined;
    if (!isExact(own, other)) return undefined;
    keys.push(own);
  }
  return keys;
}

function isColumnOf(side: Expression, entry: EntryId): boolean {
  return side.kind === "Var" && side.entry === entry;
}

/** Whether two values of `own` that GROUP BY tells apart are never equal to one of `other`. */
function isExact(own: Expression, other: Expression): boolean {
  const isInteger = ({ type }: Expression) => integers.has(type);
  return (isInteger(own) && isInteger(other)) || (exactTypes.has(own.type) && own.type === other.type);
}

const integers = new Set<number>([oids.int2, oids.int4, oids.int8]);
const exactTypes = new Set<number>([oids.text, oids.date, oids.timestamp, oids.uuid, oids.bool]);

/** The shape where the instance has one row at most for each of the other side; undefined where it is not a side. */
function withOneRow(shape: JoinShape, key: string): JoinShape | undefined {
  if (shape.kind !== "join") return undefined;
  const isScan = (side: JoinShape) => side.kind === "scan" && side.access.key === key;
  const { edge } = shape;
  if (edge !== undefined && (isScan(shape.left) || isScan(shape.right)))
    return { ...shape, edge: { ...edge, relationship: "one_to_one" } };
  const left = withOneRow(shape.left, key);
  if (left !== undefined) return { ...shape, left };
  const right = withOneRow(shape.right, key);
  return right && { ...shape, right };
}

/** SELECT keys, bool_or(conditions) FROM scan GROUP BY keys. */
class JoinedOnce {
  readonly entry: SubqueryEntry;
  readonly #keys: readonly Expression[];
  readonly #columns: ReadonlyMap<string, Expression>;

  constructor(
    compilation: Compilation,
    scan: LensScanEntry,
    keys: readonly Expression[],
    conditions: readonly Expression[],
  ) {
    const block = compilation.newId();
    const id = compilation.newId();
    const any = conditions.map(
      (condition): Expression => ({
        kind: "ModelAggregate",
        aggregate: "bool_or",
        block,
        args: [condition],
        filter: undefined,
        measure: scan.table,
        type: booleanOid,
        location: -1,
      }),
    );
    const targets = [...keys.map((key, index) => groupKey(block, index, key)), ...any];
    const columns = targets.map((expression, place) => ({
      name: `c${place + 1}`,
      type: expression.type,
      modifier: "modifier" in expression ? expression.modifier : -1,
    }));
    const query = plainQuery({
      id: block,
      from: [{ kind: "entry", entry: scan }],
      where: undefined,
      targets: targets.map((expression) => ({ expression, name: undefined, junk: false, origin: undefined })),
      group: { keys, sets: undefined, distinct: false },
      hasAggregates: true,
    });
    this.#keys = keys;
    this.entry = { kind: "subquery", id, name: scan.name, columns, lateral: false, query };
    this.#columns = new Map(keys.map((key, place) => [expressionKey(key), this.#column(place)]));
  }

  /** The condition of the join over the keys. */
  onKeys(item: FromItem): FromItem {
    if (item.kind === "entry") return item;
    const over = (on: Expression) => replaceExpressions(on, (node) => this.#columns.get(expressionKey(node)));
    return {
      ...item,
      left: this.onKeys(item.left),
      right: this.onKeys(item.right),
      on: item.on && over(item.on),
    };
  }

  any(place: number): Expression {
    return this.#column(this.#keys.length + place);
  }

  #column(place: number): Expression {
    const column = this.entry.columns[place];
    assert(column !== undefined, "what is joined once has the column");
    return variable(this.entry.id, place + 1, column);
  }
}
