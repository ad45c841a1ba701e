// The range table and the join tree of a block.
import type { DumpNode } from "./dump-node.ts";
import { expressionModifier } from "./expression-modifier.ts";
import { asNode, NodeFields } from "./node-fields.ts";
import type {
  ColumnType,
  EntryId,
  Expression,
  FromItem,
  FunctionEntry,
  JoinItem,
  Query,
  RangeTableEntry,
} from "./query.ts";
import { unreadableTree } from "./query-errors.ts";
import type { ExpressionReader, RangeTableSlot, Reading } from "./scope.ts";
import { scopeAt } from "./scope.ts";
import { nodeLocation, refuse, unsupportedNode } from "./unsupported-node.ts";

/** RTEKind of parsenodes.h, by number. */
const entryKinds = [
  "relation",
  "subquery",
  "join",
  "function",
  "tableFunction",
  "values",
  "cte",
  "tuplestore",
  "result",
  "group",
] as const;

const bigintType = 20;

interface EntryHead {
  readonly kind: (typeof entryKinds)[number];
  readonly name: string;
  readonly columnNames: readonly string[];
  readonly fields: NodeFields;
}

/** What every entry begins with; `fields` stands at what is particular to the kind. */
function readHead(node: DumpNode): EntryHead {
  if (node.label !== "RANGETBLENTRY") throw unreadableTree(`${node.label} in a range table`);
  const fields = new NodeFields(node);
  fields.skip("alias");
  const names = new NodeFields(fields.childNode("eref"));
  const name = names.name("aliasname") ?? "";
  const columnNames = names.strings("colnames");
  names.end();
  const kind = entryKinds[fields.number("rtekind")];
  if (kind === undefined) throw unreadableTree("a range table entry of an unknown kind");
  return { kind, name, columnNames, fields };
}

/** What variables of an entry will be. Ids are given here, before any expression is read. */
export function readSlot(
  node: DumpNode,
  nextId: () => EntryId,
  readColumn: (column: DumpNode) => Expression,
): RangeTableSlot {
  const { kind, fields } = readHead(node);
  if (kind === "group") {
    const keys = fields.nodes("groupexprs");
    readTail(fields);
    return { kind, keys };
  }
  if (kind !== "join") return { kind: "entry", id: nextId(), node };
  fields.skip("jointype", "joinmergedcols");
  const columns = fields.list("joinaliasvars");
  fields.skip("joinleftcols", "joinrightcols", "join_using_alias");
  readTail(fields);
  const read: Expression[] = [];
  const column = (index: number): Expression => {
    const known = read[index] ?? readColumn(asNode(columns[index] ?? null, "joinaliasvars"));
    read[index] = known;
    return known;
  };
  return { kind, column, columnCount: columns.length };
}

/** What every entry ends with: whether it is LATERAL. */
function readTail(fields: NodeFields): boolean {
  const lateral = fields.boolean("lateral");
  fields.skip("inFromCl");
  fields.expectNull("securityQuals");
  fields.end();
  return lateral;
}

/** The entry of a slot. */
export function readEntry(
  slot: RangeTableSlot & { readonly kind: "entry" },
  reader: ExpressionReader,
): RangeTableEntry {
  const head = readHead(slot.node);
  const entry = entryOfKind(head, slot, reader);
  return { ...entry, lateral: readTail(head.fields) };
}

function entryOfKind(
  head: EntryHead,
  slot: RangeTableSlot & { readonly kind: "entry" },
  reader: ExpressionReader,
): RangeTableEntry {
  const { fields, name } = head;
  const base = { id: slot.id, name, lateral: false };
  switch (head.kind) {
    case "relation": {
      const relationOid = fields.number("relid");
      fields.skip("inh", "relkind", "rellockmode", "perminfoindex");
      const sample = fields.nodeOrNull("tablesample");
      if (sample !== undefined) throw unsupportedNode(sample, reader.reading.text);
      const columns = relationColumns(relationOid, head.columnNames, reader.reading);
      const arrays = reader.reading.arraysOf(relationOid);
      if (arrays !== undefined) return { kind: "function", ...base, columns, ...unnested(arrays, columns) };
      return { kind: "relation", ...base, columns, relationOid };
    }
    case "subquery": {
      const query = reader.reading.readQuery(fields.childNode("subquery"), reader.scope);
      fields.skip("security_barrier", "relid", "inh", "relkind", "rellockmode", "perminfoindex");
      return { kind: "subquery", ...base, columns: queryColumns(query, head.columnNames), query };
    }
    case "values": {
      const rows = fields.list("values_lists").map((row) => readRowOfValues(row, reader));
      const columns = readColumnTypes(fields, head.columnNames, "");
      return { kind: "values", ...base, columns, rows };
    }
    case "cte": {
      const cteName = fields.name("ctename") ?? "";
      const cte = scopeAt(reader.scope, fields.number("ctelevelsup")).ctes.get(cteName);
      if (cte === undefined) throw unreadableTree("a reference to no common table expression");
      fields.skip("self_reference");
      const columns = readColumnTypes(fields, head.columnNames, "");
      return { kind: "cte", ...base, columns, cte: cte.id };
    }
    case "function":
      return { kind: "function", ...base, ...readFunctions(head, reader) };
    case "tableFunction":
      throw refuse(
        "XMLTABLE or JSON_TABLE",
        reader.reading.text,
        nodeLocation(slot.node),
        "Compute the columns in a table of the model, in the warehouse's own SQL.",
      );
    case "join":
    case "group":
    case "tuplestore":
    case "result":
      throw unreadableTree(`a range table entry of kind ${head.kind}`);
    default:
      head.kind satisfies never;
      throw unreadableTree("a range table entry of an unknown kind");
  }
}

/** Types from the model; a relation that it does not have gets the names only, with type 0. */
function relationColumns(
  relationOid: number,
  names: readonly string[],
  reading: Reading,
): readonly ColumnType[] {
  const known = reading.columnsOf(relationOid);
  if (known !== undefined && known.length !== names.length) {
    throw unreadableTree(`relation ${relationOid} has ${names.length} columns, not ${known.length}`);
  }
  return names.map((name, index) => ({
    name,
    type: known?.[index]?.type ?? 0,
    modifier: known?.[index]?.modifier ?? -1,
  }));
}

/** unnest(anyarray). */
const unnestOid = 2331;

function unnested(
  arrays: readonly Expression[],
  columns: readonly ColumnType[],
): Pick<FunctionEntry, "functions" | "ordinality"> {
  const functions = arrays.map((array, index) => ({
    call: {
      kind: "FuncExpr" as const,
      function: unnestOid,
      args: [array],
      type: columns[index]?.type ?? 0,
      location: array.location,
      format: "call" as const,
      returnsSet: true,
      variadic: false,
    },
    columnCount: 1,
  }));
  return { functions, ordinality: false };
}

function queryColumns(query: Query, names: readonly string[]): readonly ColumnType[] {
  const targets = query.targets.filter((target) => !target.junk);
  return targets.map(({ expression }, index) => ({
    name: names[index] ?? "",
    type: expression.type,
    modifier: expressionModifier(expression),
  }));
}

/** The fields `<prefix>coltypes`, `<prefix>coltypmods`, `<prefix>colcollations`. */
function readColumnTypes(
  fields: NodeFields,
  names: readonly string[],
  prefix: string,
): readonly ColumnType[] {
  const types = fields.numbers(`${prefix}coltypes`);
  const modifiers = fields.numbers(`${prefix}coltypmods`);
  fields.skip(`${prefix}colcollations`);
  return types.map((type, index) => ({ name: names[index] ?? "", type, modifier: modifiers[index] ?? -1 }));
}

function readRowOfValues(row: unknown, reader: ExpressionReader): readonly Expression[] {
  const list = row as { readonly kind?: string; readonly items?: readonly DumpNode[] } | null;
  if (list?.kind !== "list" || list.items === undefined) throw unreadableTree("VALUES without a row");
  return list.items.map((cell) => reader.one(asNode(cell, "VALUES")));
}

function readFunctions(
  head: EntryHead,
  reader: ExpressionReader,
): {
  readonly functions: readonly { readonly call: Expression; readonly columnCount: number }[];
  readonly ordinality: boolean;
  readonly columns: readonly ColumnType[];
} {
  const items = head.fields.nodes("functions").map((node) => readRangeFunction(node, reader));
  const ordinality = head.fields.boolean("funcordinality");
  const types = items.flatMap((item) => item.types);
  if (ordinality) types.push({ type: bigintType, modifier: -1 });
  return {
    functions: items.map(({ call, columnCount }) => ({ call, columnCount })),
    ordinality,
    columns: types.map((type, index) => ({ name: head.columnNames[index] ?? "", ...type })),
  };
}

/** A function's columns have types where it yields one column, or where the client defined them; else type 0. */
function readRangeFunction(
  node: DumpNode,
  reader: ExpressionReader,
): {
  readonly call: Expression;
  readonly columnCount: number;
  readonly types: { readonly type: number; readonly modifier: number }[];
} {
  const fields = new NodeFields(node);
  const call = reader.one(fields.childNode("funcexpr"));
  const columnCount = fields.number("funccolcount");
  fields.skip("funccolnames");
  const defined = fields.numbers("funccoltypes");
  const modifiers = fields.numbers("funccoltypmods");
  fields.skip("funccolcollations", "funcparams");
  fields.end();
  const types = Array.from({ length: columnCount }, (_, index) => ({
    type: defined[index] ?? (columnCount === 1 ? call.type : 0),
    modifier: modifiers[index] ?? -1,
  }));
  return { call, columnCount, types };
}

/** JoinType of nodes.h, by number; parse analysis makes no others. */
const joinTypes: readonly JoinItem["type"][] = ["inner", "left", "full", "right"];

export type EntryAt = (rangeTableIndex: number) => RangeTableEntry;

export function readFromItem(node: DumpNode, entryAt: EntryAt, reader: ExpressionReader): FromItem {
  const fields = new NodeFields(node);
  if (node.label === "RANGETBLREF") {
    const entry = entryAt(fields.number("rtindex"));
    fields.end();
    return { kind: "entry", entry };
  }
  if (node.label !== "JOINEXPR") throw unreadableTree(`${node.label} in a join tree`);
  const type = joinTypes[fields.number("jointype")];
  if (type === undefined) throw unreadableTree("a join of an unknown type");
  fields.skip("isNatural");
  const left = readFromItem(fields.childNode("larg"), entryAt, reader);
  const right = readFromItem(fields.childNode("rarg"), entryAt, reader);
  fields.skip("usingClause", "join_using_alias");
  const condition = fields.nodeOrNull("quals");
  fields.skip("alias", "rtindex");
  fields.end();
  const location = condition === undefined ? -1 : nodeLocation(condition);
  return { kind: "join", type, left, right, on: reader.maybe(condition), location };
}
