// SubLink nodes: EXISTS, IN, ANY, ALL, scalar and ARRAY subqueries.
import type { DumpNode } from "./dump-node.ts";
import { asNode, NodeFields } from "./node-fields.ts";
import type { Expression, Query, SubLink } from "./query.ts";
import { unreadableTree } from "./query-errors.ts";
import { arrayTypeOf } from "./read-constant.ts";
import type { ExpressionReader } from "./scope.ts";
import { nodeLocation, refuse } from "./unsupported-node.ts";

type Test = SubLink["tests"][number];

/** SubLinkType of primnodes.h, by number. */
const linkKinds = [
  "exists",
  "all",
  "any",
  "rowCompare",
  "expression",
  "multiExpression",
  "array",
  "cte",
] as const;

/** ParamKind PARAM_SUBLINK. */
const subLinkParameter = 2;
const booleanType = 16;

const joinHint = "Join the subquery, and compare the columns one by one in ON or WHERE.";

export function readSubLink(fields: NodeFields, reader: ExpressionReader): Expression {
  const link = linkKinds[fields.number("subLinkType")];
  fields.skip("subLinkId");
  const test = fields.nodeOrNull("testexpr");
  fields.skip("operName");
  const query = reader.reading.readQuery(fields.childNode("subselect"), reader.scope);
  const location = fields.number("location");
  switch (link) {
    case "exists":
    case "expression":
    case "array":
      return {
        kind: "SubLink",
        type: resultType(link, query),
        location,
        link,
        tests: [],
        combine: "and",
        query,
      };
    case "any":
    case "all":
      if (test === undefined) throw unreadableTree("ANY without a test");
      return { kind: "SubLink", type: booleanType, location, link, ...readTests(test, reader), query };
    case "rowCompare":
      throw refuse("comparing a row with a subquery", reader.reading.text, location, joinHint);
    default:
      throw unreadableTree("a subquery of an unknown kind");
  }
}

function resultType(link: "exists" | "expression" | "array", query: Query): number {
  if (link === "exists") return booleanType;
  const column = query.targets.find((target) => !target.junk)?.expression.type ?? 0;
  return link === "array" ? (arrayTypeOf(column) ?? 0) : column;
}

function readTests(node: DumpNode, reader: ExpressionReader): Pick<SubLink, "tests" | "combine"> {
  if (node.label !== "BOOLEXPR") return { tests: [readTest(node, 1, reader)], combine: "and" };
  const fields = new NodeFields(node);
  const combine = fields.token("boolop");
  const tests = fields.nodes("args").map((arg, index) => readTest(arg, index + 1, reader));
  if (combine !== "and" && combine !== "or") throw unreadableTree(`tests joined by ${combine}`);
  return { tests, combine };
}

/** `left operator column`; the column is a parameter with the column's number, maybe under casts. */
function readTest(node: DumpNode, column: number, reader: ExpressionReader): Test {
  if (node.label !== "OPEXPR")
    throw refuse("comparing rows with a subquery", reader.reading.text, nodeLocation(node), joinHint);
  const fields = new NodeFields(node);
  const operator = fields.number("opno");
  fields.skip("opfuncid", "opresulttype", "opretset", "opcollid", "inputcollid");
  const [left, right] = fields.nodes("args");
  if (left === undefined || right === undefined) throw unreadableTree("a test without two sides");
  return { operator, left: reader.one(left), type: columnType(right, column, reader) };
}

/** The type in which the operator takes the column: that of the outermost cast, or the column's own. */
function columnType(node: DumpNode, column: number, reader: ExpressionReader): number {
  const fields = new NodeFields(node);
  if (node.label === "PARAM") {
    if (fields.number("paramkind") !== subLinkParameter || fields.number("paramid") !== column) {
      throw unreadableTree("a test of another column");
    }
    return fields.number("paramtype");
  }
  const inner = castArgument(node);
  if (inner === undefined) {
    throw refuse("this comparison with a subquery", reader.reading.text, nodeLocation(node), joinHint);
  }
  columnType(inner, column, reader);
  if (node.label === "FUNCEXPR") {
    fields.skip("funcid");
    return fields.number("funcresulttype");
  }
  fields.skip("arg");
  return fields.number("resulttype");
}

/** What an implicit cast is applied to. */
function castArgument(node: DumpNode): DumpNode | undefined {
  if (node.label === "RELABELTYPE" || node.label === "COERCEVIAIO")
    return new NodeFields(node).childNode("arg");
  if (node.label !== "FUNCEXPR") return undefined;
  const args = node.values[node.names.indexOf("args")];
  if (args === null || typeof args !== "object" || args.kind !== "list") return undefined;
  return asNode(args.items[0] ?? null, "a cast");
}
