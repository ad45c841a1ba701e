// Aggregate calls, GROUPING() and window function calls.
import type { DumpNode } from "./dump-node.ts";
import { NodeFields } from "./node-fields.ts";
import type { Aggref, Expression } from "./query.ts";
import { unreadableTree } from "./query-errors.ts";
import { readSort, type SortReference } from "./read-sort.ts";
import { type ExpressionReader, scopeAt } from "./scope.ts";

interface Argument {
  readonly expression: Expression;
  readonly reference: number;
  readonly junk: boolean;
}

export function readAggregate(fields: NodeFields, reader: ExpressionReader): Aggref {
  const aggregate = fields.number("aggfnoid");
  const type = fields.number("aggtype");
  fields.skip("aggcollid", "inputcollid", "aggtranstype", "aggargtypes");
  const directArgs = reader.many(fields.nodes("aggdirectargs"));
  const args = fields.nodes("args").map((node) => readArgument(node, reader));
  const order = fields.nodes("aggorder").map((node) => readSort(node, reader.reading.text));
  const distinct = fields.list("aggdistinct").length > 0;
  const filter = reader.maybe(fields.nodeOrNull("aggfilter"));
  const star = fields.boolean("aggstar");
  const variadic = fields.boolean("aggvariadic");
  const aggregateKind = kindOf(fields.token("aggkind"));
  fields.skip("aggpresorted");
  const block = scopeAt(reader.scope, fields.number("agglevelsup")).block;
  fields.skip("aggsplit", "aggno", "aggtransno");
  const location = fields.number("location");
  return {
    kind: "Aggref",
    type,
    location,
    function: aggregate,
    args: args.filter((argument) => !argument.junk).map((argument) => argument.expression),
    directArgs,
    aggregateKind,
    star,
    distinct,
    orderBy: order.map((item) => orderItem(item, args)),
    filter,
    variadic,
    block,
  };
}

function kindOf(letter: string): Aggref["aggregateKind"] {
  if (letter === "n") return "normal";
  if (letter === "o") return "orderedSet";
  if (letter === "h") return "hypothetical";
  throw unreadableTree(`an aggregate of kind ${letter}`);
}

function readArgument(node: DumpNode, reader: ExpressionReader): Argument {
  const fields = new NodeFields(node);
  const expression = reader.one(fields.childNode("expr"));
  fields.skip("resno", "resname");
  const reference = fields.number("ressortgroupref");
  fields.skip("resorigtbl", "resorigcol");
  const junk = fields.boolean("resjunk");
  fields.end();
  return { expression, reference, junk };
}

function orderItem(item: SortReference, args: readonly Argument[]): Aggref["orderBy"][number] {
  const argument = args.find((candidate) => candidate.reference === item.reference);
  if (argument === undefined) throw unreadableTree("an aggregate's ORDER BY without its argument");
  return {
    expression: argument.expression,
    descending: item.descending,
    nullsFirst: item.nullsFirst,
  };
}

export function readGroupingFunction(fields: NodeFields, reader: ExpressionReader): Expression {
  fields.skip("args");
  const references = fields.numbers("refs");
  fields.skip("cols");
  const scope = scopeAt(reader.scope, fields.number("agglevelsup"));
  const location = fields.number("location");
  const keys = references.map((reference) => {
    const key = scope.keyOfReference.get(reference);
    if (key === undefined) throw unreadableTree("GROUPING of what is no key");
    return key;
  });
  return { kind: "GroupingFunc", type: 23, location, block: scope.block, keys };
}

export function readWindowFunction(fields: NodeFields, reader: ExpressionReader): Expression {
  const called = fields.number("winfnoid");
  const type = fields.number("wintype");
  fields.skip("wincollid", "inputcollid");
  const args = reader.many(fields.nodes("args"));
  const filter = reader.maybe(fields.nodeOrNull("aggfilter"));
  fields.expectNull("runCondition");
  const window = reader.scope.windowOfReference.get(fields.number("winref"));
  if (window === undefined) throw unreadableTree("a window function without its window");
  const star = fields.boolean("winstar");
  const aggregate = fields.boolean("winagg");
  const location = fields.number("location");
  return { kind: "WindowFunc", type, location, function: called, args, filter, star, aggregate, window };
}
