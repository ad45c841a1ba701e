// COUNT(*) over facts that do not lie on one path counts the rows of their product (M8). It is the sum of products of
// the counts of each fact's rows, which are the same for the block: the product itself is not made.
import type { Aggref, Expression, Query, Target } from "../query/query.ts";
import { oids } from "../query/type-oids.ts";
import { someExpression } from "../query/walk.ts";
import type { Block } from "./block.ts";
import { bigintOid, booleanOid, type Compilation, conjunction } from "./compilation.ts";
import { withFactsCounted } from "./condense-facts.ts";
import { aggregateName } from "./offered-names.ts";
import { isOfDistinctRows } from "./rows-seen.ts";
import { isProductOfFacts, type JoinShape } from "./shape.ts";

/** Whether the block counts rows of a product of facts. */
export function countsProduct(block: Block, query: Query): boolean {
  const isCount = (node: Expression) =>
    node.kind === "Aggref" && node.block === block.id && countedBy(node) !== undefined;
  const read = [...query.targets.map(({ expression }) => expression), query.having];
  return (
    isProductOfFacts(block.shape) &&
    read.some((expression) => expression !== undefined && someExpression(expression, isCount))
  );
}

/** The groups of a block, their counts of rows over condensed facts. Undefined where an aggregate needs each row. */
export function groupsCounted(compilation: Compilation, groups: Query, shape: JoinShape): Query | undefined {
  const isTold = ({ expression }: Target) =>
    expression.kind === "Aggref"
      ? countedBy(expression) !== undefined || isOfDistinctRows(expression)
      : expression.kind !== "ModelAggregate";
  if (!groups.targets.every(isTold)) return undefined;
  const counted = withFactsCounted(compilation, groups, shape);
  if (counted === undefined) return undefined;
  const rows = productOf(counted.counts);
  const targets = counted.query.targets.map((target) => {
    const { expression } = target;
    const each = expression.kind === "Aggref" ? countedBy(expression) : undefined;
    if (expression.kind !== "Aggref" || each === undefined) return target;
    return { ...target, expression: sumOfCounts(expression, each, rows) };
  });
  return { ...counted.query, targets };
}

type Counted =
  /** COUNT(x); COUNT(*) and COUNT(1) where there is no x. */
  | { readonly kind: "present"; readonly value: Expression | undefined }
  /** SUM(1). */
  | { readonly kind: "constant"; readonly value: Expression };

/** What an aggregate adds for each row; undefined where it does not count rows. */
function countedBy(node: Aggref): Counted | undefined {
  if (node.distinct || node.orderBy.length > 0) return undefined;
  const [arg] = node.args;
  const isKnown = arg?.kind === "Const" && arg.value !== null;
  switch (aggregateName(node.function)) {
    case "count":
      return { kind: "present", value: node.star || isKnown ? undefined : arg };
    case "sum":
      return isKnown && integers.has(arg.type) ? { kind: "constant", value: arg } : undefined;
    default:
      return undefined;
  }
}

const integers = new Set<number>([oids.int2, oids.int4, oids.int8]);

/** bigint * bigint, PostgreSQL's OID. */
const bigintTimes = 686;

/** How many rows of the product stand for one of the condensed facts: where an outer join has no row of one, once. */
function productOf(counts: readonly Expression[]): Expression {
  const one: Expression = { kind: "Const", value: 1n, type: bigintOid, modifier: -1, location: -1 };
  const factors = counts.map(
    (count): Expression => ({ kind: "CoalesceExpr", args: [count, one], type: bigintOid, location: -1 }),
  );
  return factors.length === 0 ? one : factors.reduce(times);
}

function times(left: Expression, right: Expression): Expression {
  return { kind: "OpExpr", operator: bigintTimes, args: [left, right], type: bigintOid, location: -1 };
}

function sumOfCounts(node: Aggref, counted: Counted, rows: Expression): Expression {
  const present: Expression | undefined =
    counted.kind === "present" && counted.value !== undefined
      ? { kind: "NullTest", arg: counted.value, negated: true, type: booleanOid, location: -1 }
      : undefined;
  const sum: Expression = {
    kind: "ModelAggregate",
    aggregate: "sum",
    block: node.block,
    args: [counted.kind === "constant" ? times(asBigint(counted.value), rows) : rows],
    filter: conjunction([node.filter, present]),
    measure: "rows",
    // Whatever type the warehouse sums in.
    type: 0,
    location: -1,
  };
  const whole: Expression = { kind: "CastTo", arg: sum, type: node.type, modifier: -1, location: -1 };
  if (counted.kind === "constant") return whole;
  const zero: Expression = { kind: "Const", value: 0n, type: bigintOid, modifier: -1, location: -1 };
  return { kind: "CoalesceExpr", args: [whole, zero], type: bigintOid, location: -1 };
}

function asBigint(value: Expression): Expression {
  return { kind: "CastTo", arg: value, type: bigintOid, modifier: -1, location: -1 };
}
