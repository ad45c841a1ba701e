// The one walker over expressions and queries. A new node kind does not compile until it is handled here.
import { unreachable } from "../errors.ts";
import type {
  Expression,
  FromItem,
  Query,
  RangeTableEntry,
  ScanJoin,
  ScanQueryJoin,
  SecuredScan,
  SetOperation,
  WindowDefinition,
} from "./query.ts";

/** What to do with the parts of a node; `query` is asked for each nested query. */
export interface Mapper {
  expression(expression: Expression): Expression;
  query(query: Query): Query;
}

/** The node with each direct child expression and each nested query mapped; the node itself is not. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one case for each kind of node.
export function mapChildren(node: Expression, mapper: Mapper): Expression {
  const one = (child: Expression) => mapper.expression(child);
  const many = (children: readonly Expression[]) => children.map(one);
  const maybe = (child: Expression | undefined) => (child === undefined ? undefined : one(child));
  switch (node.kind) {
    case "Var":
    case "GroupKey":
    case "Const":
    case "Param":
    case "CaseTest":
    case "SqlValueFunction":
    case "GroupingFunc":
      return node;
    case "FuncExpr":
    case "OpExpr":
    case "DistinctExpr":
    case "NullIfExpr":
    case "ScalarArrayOpExpr":
    case "BoolExpr":
    case "CoalesceExpr":
    case "MinMaxExpr":
    case "RowExpr":
      return { ...node, args: many(node.args) };
    case "SubLink":
      return {
        ...node,
        tests: node.tests.map((test) => ({ ...test, left: one(test.left) })),
        query: mapper.query(node.query),
      };
    case "CaseExpr":
      return {
        ...node,
        arg: maybe(node.arg),
        // biome-ignore lint/suspicious/noThenProperty: the word of SQL; it is never awaited.
        whens: node.whens.map(({ when, then }) => ({ when: one(when), then: one(then) })),
        otherwise: maybe(node.otherwise),
      };
    case "NullTest":
    case "BooleanTest":
    case "CoerceViaIo":
    case "RelabelType":
    case "CollateExpr":
    case "CastTo":
      return { ...node, arg: one(node.arg) };
    case "ArrayCoerceExpr":
      return { ...node, arg: one(node.arg), element: one(node.element) };
    case "ArrayExpr":
      return { ...node, elements: many(node.elements) };
    case "RowCompareExpr":
      return { ...node, left: many(node.left), right: many(node.right) };
    case "SubscriptExpr":
      return {
        ...node,
        array: one(node.array),
        upper: node.upper.map(maybe),
        lower: node.lower?.map(maybe),
      };
    case "Aggref":
      return {
        ...node,
        args: many(node.args),
        directArgs: many(node.directArgs),
        orderBy: node.orderBy.map((item) => ({ ...item, expression: one(item.expression) })),
        filter: maybe(node.filter),
      };
    case "WindowFunc":
    case "ModelAggregate":
      return { ...node, args: many(node.args), filter: maybe(node.filter) };
    case "ModelSql":
      return {
        ...node,
        parts: node.parts.map((part) =>
          typeof part === "string" || part.kind === "aliasOf" ? part : one(part),
        ),
      };
    case "NotDistinct":
      return { ...node, left: one(node.left), right: one(node.right) };
    default:
      return unreachable(node);
  }
}

/** The query with every direct expression and nested query mapped. Places and ids stay as they are. */
export function mapQueryParts(query: Query, mapper: Mapper): Query {
  const one = (expression: Expression) => mapper.expression(expression);
  const maybe = (expression: Expression | undefined) =>
    expression === undefined ? undefined : one(expression);
  return {
    ...query,
    ctes: query.ctes.map((cte) => ({ ...cte, query: mapper.query(cte.query) })),
    from: query.from.map((item) => mapFromItem(item, mapper)),
    where: maybe(query.where),
    targets: query.targets.map((target) => ({ ...target, expression: one(target.expression) })),
    group: query.group && { ...query.group, keys: query.group.keys.map(one) },
    having: maybe(query.having),
    windows: query.windows.map((window) => mapWindow(window, mapper)),
    limit: maybe(query.limit),
    offset: maybe(query.offset),
    setOperation: query.setOperation && mapSetOperation(query.setOperation, mapper),
  };
}

export function mapFromItem(item: FromItem, mapper: Mapper): FromItem {
  if (item.kind === "entry") return { kind: "entry", entry: mapEntry(item.entry, mapper) };
  return {
    ...item,
    left: mapFromItem(item.left, mapper),
    right: mapFromItem(item.right, mapper),
    on: item.on === undefined ? undefined : mapper.expression(item.on),
  };
}

function mapEntry(entry: RangeTableEntry, mapper: Mapper): RangeTableEntry {
  switch (entry.kind) {
    case "relation":
    case "cte":
    case "lensScan":
      return entry;
    case "securedScan":
      return { ...entry, scan: mapScan(entry.scan, mapper) };
    case "subquery":
      return { ...entry, query: mapper.query(entry.query) };
    case "values":
      return { ...entry, rows: entry.rows.map((row) => row.map((cell) => mapper.expression(cell))) };
    case "function":
      return {
        ...entry,
        functions: entry.functions.map((item) => ({ ...item, call: mapper.expression(item.call) })),
      };
    default:
      return unreachable(entry);
  }
}

/** Only queries inside a scan are mapped: its SQL is the model's. */
function mapScan(scan: SecuredScan, mapper: Mapper): SecuredScan {
  const join = (item: ScanJoin | ScanQueryJoin): ScanJoin | ScanQueryJoin =>
    "query" in item
      ? { ...item, query: mapper.query(item.query) }
      : { ...item, scan: mapScan(item.scan, mapper) };
  return { ...scan, joins: scan.joins.map(join), forcedJoins: scan.forcedJoins.map(join) };
}

function mapSetOperation(operation: SetOperation, mapper: Mapper): SetOperation {
  if (operation.kind === "arm") {
    const entry = { ...operation.entry, query: mapper.query(operation.entry.query) };
    return { kind: "arm", entry };
  }
  return {
    ...operation,
    left: mapSetOperation(operation.left, mapper),
    right: mapSetOperation(operation.right, mapper),
  };
}

function mapWindow(window: WindowDefinition, mapper: Mapper): WindowDefinition {
  const bound = <B extends { readonly kind: string }>(frameBound: B): B =>
    "offset" in frameBound
      ? { ...frameBound, offset: mapper.expression((frameBound as { offset: Expression }).offset) }
      : frameBound;
  return {
    partitionBy: window.partitionBy.map((expression) => mapper.expression(expression)),
    orderBy: window.orderBy.map((item) => ({ ...item, expression: mapper.expression(item.expression) })),
    frame: window.frame && {
      ...window.frame,
      start: bound(window.frame.start),
      end: bound(window.frame.end),
    },
  };
}

/**
 * Rewrites a tree from the top: where `replace` gives an expression, that stands in the node's place and is not
 * entered; elsewhere the children are rewritten. Nested queries are entered too.
 */
export function replaceExpressions(
  expression: Expression,
  replace: (node: Expression) => Expression | undefined,
): Expression {
  return replacer(replace).expression(expression);
}

export function replaceInQuery(query: Query, replace: (node: Expression) => Expression | undefined): Query {
  return replacer(replace).query(query);
}

function replacer(replace: (node: Expression) => Expression | undefined): Mapper {
  const mapper: Mapper = {
    expression: (node) => replace(node) ?? mapChildren(node, mapper),
    query: (query) => mapQueryParts(query, mapper),
  };
  return mapper;
}

export interface Visitor {
  /** Return false to leave the node's children alone. */
  expression?(node: Expression): boolean | undefined;
  query?(query: Query): boolean | undefined;
  entry?(entry: RangeTableEntry): void;
}

/** Visits every node below, nested queries included, parents first. */
export function visitExpression(expression: Expression, visitor: Visitor): void {
  visiting(visitor).expression(expression);
}

export function visitQuery(query: Query, visitor: Visitor): void {
  visiting(visitor).query(query);
}

function visiting(visitor: Visitor): Mapper {
  const mapper: Mapper = {
    expression: (node) => {
      if (visitor.expression?.(node) !== false) mapChildren(node, mapper);
      return node;
    },
    query: (query) => {
      if (visitor.query?.(query) === false) return query;
      if (visitor.entry !== undefined) visitEntries(query, visitor.entry);
      mapQueryParts(query, mapper);
      return query;
    },
  };
  return mapper;
}

/** The range table entries of one query's FROM and set operation, not those of nested queries. */
function visitEntries(query: Query, visit: (entry: RangeTableEntry) => void): void {
  const item = (from: FromItem): void => {
    if (from.kind === "entry") return visit(from.entry);
    item(from.left);
    item(from.right);
  };
  const operation = (set: SetOperation): void => {
    if (set.kind === "arm") return visit(set.entry);
    operation(set.left);
    operation(set.right);
  };
  query.from.forEach(item);
  if (query.setOperation !== undefined) operation(query.setOperation);
}

/** Whether any node below (nested queries included) passes the test. */
export function someExpression(expression: Expression, test: (node: Expression) => boolean): boolean {
  let found = false;
  visitExpression(expression, {
    expression: (node) => {
      found ||= test(node);
      return !found;
    },
  });
  return found;
}
