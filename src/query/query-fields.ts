// The fields of a Query node of PostgreSQL 18, taken apart and checked, not yet read.
import type { DumpNode } from "./dump-node.ts";
import { NodeFields } from "./node-fields.ts";
import { unreadableTree, writeInReadOnly } from "./query-errors.ts";
import { refuse } from "./unsupported-node.ts";

export interface QueryFields {
  readonly hasAggregates: boolean;
  readonly distinctOn: boolean;
  readonly recursive: boolean;
  readonly ctes: readonly DumpNode[];
  readonly rangeTable: readonly DumpNode[];
  readonly from: readonly DumpNode[];
  readonly where: DumpNode | undefined;
  readonly targets: readonly DumpNode[];
  readonly groupClause: readonly DumpNode[];
  readonly groupDistinct: boolean;
  readonly groupingSets: readonly DumpNode[];
  readonly having: DumpNode | undefined;
  readonly windows: readonly DumpNode[];
  readonly distinct: readonly DumpNode[];
  readonly sort: readonly DumpNode[];
  readonly limit: DumpNode | undefined;
  readonly withTies: boolean;
  readonly offset: DumpNode | undefined;
  readonly setOperation: DumpNode | undefined;
}

/** CmdType of nodes.h, by number, for messages. */
const commands = ["", "SELECT", "UPDATE", "INSERT", "DELETE", "MERGE"];
const select = 1;
const insert = 3;

/** `expected`: what the block must be. */
export function readQueryFields(node: DumpNode, expected: "select" | "insert", text: string): QueryFields {
  if (node.label !== "QUERY") throw unreadableTree(`${node.label} where a query was expected`);
  const fields = new NodeFields(node);
  const command = fields.number("commandType");
  if (command !== (expected === "select" ? select : insert)) throw notASelect(command);
  fields.skip("querySource", "canSetTag");
  fields.expectNull("utilityStmt");
  fields.skip("resultRelation");
  const hasAggregates = fields.boolean("hasAggs");
  fields.skip("hasWindowFuncs", "hasTargetSRFs", "hasSubLinks");
  const distinctOn = fields.boolean("hasDistinctOn");
  const recursive = fields.boolean("hasRecursive");
  fields.skip("hasModifyingCTE", "hasForUpdate", "hasRowSecurity", "hasGroupRTE", "isReturn");
  const ctes = fields.nodes("cteList");
  const rangeTable = fields.nodes("rtable");
  fields.skip("rteperminfos");
  const { from, where } = readJoinTree(fields.childNode("jointree"));
  fields.expectNull("mergeActionList");
  fields.skip("mergeTargetRelation");
  fields.expectNull("mergeJoinCondition");
  const targets = fields.nodes("targetList");
  fields.skip("override");
  refuseInsertClauses(fields, text);
  const groupClause = fields.nodes("groupClause");
  const groupDistinct = fields.boolean("groupDistinct");
  const groupingSets = fields.nodes("groupingSets");
  const having = fields.nodeOrNull("havingQual");
  const windows = fields.nodes("windowClause");
  const distinct = fields.nodes("distinctClause");
  const sort = fields.nodes("sortClause");
  const offset = fields.nodeOrNull("limitOffset");
  const limit = fields.nodeOrNull("limitCount");
  const withTies = fields.number("limitOption") === 1;
  if (fields.list("rowMarks").length > 0) throw writeInReadOnly("SELECT FOR UPDATE");
  const setOperation = fields.nodeOrNull("setOperations");
  fields.skip("constraintDeps");
  fields.expectNull("withCheckOptions");
  fields.skip("stmt_location", "stmt_len");
  fields.end();
  return {
    hasAggregates,
    distinctOn,
    recursive,
    ctes,
    rangeTable,
    from,
    where,
    targets,
    groupClause,
    groupDistinct,
    groupingSets,
    having,
    windows,
    distinct,
    sort,
    limit,
    withTies,
    offset,
    setOperation,
  };
}

/** An INSERT is read for the rows that it would insert. */
function refuseInsertClauses(fields: NodeFields, text: string): void {
  const hint = "Insert into the temporary table first, then select from it.";
  if (fields.nodeOrNull("onConflict") !== undefined) throw refuse("ON CONFLICT", text, -1, hint);
  fields.skip("returningOldAlias", "returningNewAlias");
  if (fields.nodes("returningList").length > 0) throw refuse("RETURNING", text, -1, hint);
}

function readJoinTree(node: DumpNode): {
  readonly from: readonly DumpNode[];
  readonly where: DumpNode | undefined;
} {
  if (node.label !== "FROMEXPR") throw unreadableTree(`${node.label} where a join tree was expected`);
  const fields = new NodeFields(node);
  const from = fields.nodes("fromlist");
  const where = fields.nodeOrNull("quals");
  fields.end();
  return { from, where };
}

function notASelect(command: number): Error {
  const name = commands[command];
  return name === undefined || name === ""
    ? unreadableTree(`a statement of kind ${command}`)
    : writeInReadOnly(name);
}
