// Follows values through a compiled plan: for each column of a query what flows into it, and what decides on its rows.
import type { DirectUse, IndirectUse } from "../column-lineage.ts";
import { assert } from "../errors.ts";
import type { LinkedModel } from "../model/model.ts";
import type {
  CommonTableExpression,
  EntryId,
  Expression,
  FromItem,
  LensScanEntry,
  Query,
  RangeTableEntry,
  ScanOutput,
  SetOperation,
  SubLink,
  WindowFunc,
} from "../query/query.ts";
import { mapChildren } from "../query/walk.ts";
import { type Flow, FlowSum, isDirect, noFlow, type SourceKey, sumOf, weightOf } from "./lineage-flow.ts";
import { memberFlow, rowFilters } from "./member-flow.ts";

export interface QueryFlow {
  /** One for each column, without junk. */
  readonly columns: readonly Flow[];
  /** What decides which rows there are, and in which order: of every column. */
  readonly rows: Flow;
}

type Use = DirectUse | IndirectUse;

export class LineageWalk {
  readonly #model: LinkedModel;
  readonly #group: string;
  /** Numbers of entries and blocks are unique in a statement; copies of one are equal. */
  readonly #columns = new Map<EntryId, readonly Flow[]>();
  readonly #keys = new Map<EntryId, readonly Flow[]>();
  readonly #ctes = new Map<EntryId, QueryFlow>();

  constructor(model: LinkedModel, group: string) {
    this.#model = model;
    this.#group = group;
  }

  query(query: Query): QueryFlow {
    const rows = new FlowSum();
    for (const cte of query.ctes) this.#cte(cte);
    for (const item of query.from) this.#from(item, rows, query);
    if (query.setOperation !== undefined) this.#setOperation(query.setOperation, rows);
    this.#read(query.where, "filter", rows, query);
    const keys = (query.group?.keys ?? []).map((key) => this.#value(key, query));
    this.#keys.set(query.id, keys);
    for (const key of keys) rows.add(key, "group");
    const targets = query.targets.map(({ expression }) => this.#value(expression, query));
    this.#read(query.having, "filter", rows, query);
    this.#read(query.limit, "filter", rows, query);
    this.#read(query.offset, "filter", rows, query);
    for (const { target } of query.orderBy) rows.add(targets[target] ?? noFlow, "sort");
    const columns = targets.filter((_, place) => query.targets[place]?.junk === false);
    if (query.distinct?.kind === "all") for (const column of columns) rows.add(column, "group");
    if (query.distinct?.kind === "on")
      for (const place of query.distinct.targets) rows.add(targets[place] ?? noFlow, "group");
    return { columns, rows };
  }

  /** A recursive one is read until nothing more flows into it. */
  #cte({ id, query, recursive, columns }: CommonTableExpression): void {
    if (recursive) this.#ctes.set(id, { columns: columns.map(() => noFlow), rows: noFlow });
    let before = -1;
    for (let size = 0; size !== before; ) {
      before = size;
      const found = this.query(query);
      this.#ctes.set(id, found);
      size = recursive ? weightOf([found.rows, ...found.columns]) : before;
    }
  }

  #from(item: FromItem, rows: FlowSum, query: Query): void {
    if (item.kind === "entry") return this.#entry(item.entry, rows, query);
    this.#from(item.left, rows, query);
    if (item.addsNoRows !== true) {
      this.#from(item.right, rows, query);
      this.#read(item.on, "join", rows, query);
      return;
    }
    // Its condition is that the keys are those that the right side is grouped by.
    const side = new FlowSum();
    this.#from(item.right, side, query);
    assert(item.right.kind === "entry", "what is joined without adding rows is one entry");
    const { id } = item.right.entry;
    const columns = (this.#columns.get(id) ?? []).map((column) => {
      const sum = new FlowSum();
      sum.add(column, "identity");
      sum.addIndirect(side);
      return sum;
    });
    this.#columns.set(id, columns);
  }

  #entry(entry: RangeTableEntry, rows: FlowSum, query: Query): void {
    this.#columns.set(entry.id, this.#columnsOf(entry, rows, query));
  }

  #columnsOf(entry: RangeTableEntry, rows: FlowSum, query: Query): readonly Flow[] {
    switch (entry.kind) {
      case "subquery":
      case "cte": {
        const found = entry.kind === "cte" ? this.#ctes.get(entry.cte) : this.query(entry.query);
        assert(found !== undefined, "a common table expression is read before what refers to it");
        rows.addIndirect(found.rows);
        return found.columns;
      }
      case "values":
        return entry.columns.map((_, place) =>
          sumOf(
            entry.rows.map((row) => (row[place] === undefined ? noFlow : this.#value(row[place], query))),
          ),
        );
      case "function": {
        const flow = sumOf(entry.functions.map(({ call }) => this.#value(call, query)));
        rows.add(flow, "join");
        return entry.columns.map(() => flow);
      }
      case "lensScan":
        rows.addIndirect(rowFilters(this.#model, this.#group, entry.table));
        return entry.outputs.map((output) => this.#output(entry, output));
      default:
        throw new TypeError(`a compiled plan has no ${entry.kind}`);
    }
  }

  #output({ table }: LensScanEntry, output: ScanOutput): Flow {
    const member = (key: string, use: DirectUse) => memberFlow(this.#model, this.#group, key, use);
    switch (output.kind) {
      case "dimension":
      case "segment":
        return member(`${table}.${output.name}`, "identity");
      case "joinedMember":
        return member(`${output.table}.${output.name}`, "identity");
      case "measureArgument":
        return member(`${table}.${output.name}`, "aggregation");
      // What is made of it names the measure, and that its filter.
      case "measureFilter":
      case "presence":
        return noFlow;
      case "rawKey":
        return output.source === "dimension"
          ? sourceFlow(`key ${table}.${output.name}`)
          : baseColumn(table, output.name);
      case "baseColumn":
        return baseColumn(table, output.name);
      default:
        return output satisfies never;
    }
  }

  #setOperation(operation: SetOperation, rows: FlowSum): void {
    const columns = this.#arms(operation, rows);
    let first = operation;
    while (first.kind !== "arm") first = first.left;
    // The targets name the columns of the first arm.
    this.#columns.set(first.entry.id, columns);
  }

  #arms(operation: SetOperation, rows: FlowSum): readonly Flow[] {
    if (operation.kind === "arm") {
      const found = this.query(operation.entry.query);
      rows.addIndirect(found.rows);
      this.#columns.set(operation.entry.id, found.columns);
      return found.columns;
    }
    const left = this.#arms(operation.left, rows);
    const right = this.#arms(operation.right, rows);
    if (operation.kind !== "union") for (const column of [...left, ...right]) rows.add(column, "filter");
    else if (!operation.all) for (const column of [...left, ...right]) rows.add(column, "group");
    if (operation.kind === "except") return left;
    return left.map((column, place) => sumOf([column, right[place] ?? noFlow]));
  }

  #value(expression: Expression, query: Query): Flow {
    const sum = new FlowSum();
    this.#read(expression, "identity", sum, query);
    return sum;
  }

  #read(node: Expression | undefined, use: Use, into: FlowSum, query: Query): void {
    if (node === undefined) return;
    const read = (child: Expression | undefined, as: Use) =>
      this.#read(child, isDirect(use) ? as : use, into, query);
    const computed = use === "identity" ? "transformation" : use;
    switch (node.kind) {
      case "Var": {
        const columns = this.#columns.get(node.entry) ?? [];
        for (const column of node.column > 0 ? columns.slice(node.column - 1, node.column) : columns)
          into.add(column, use);
        return;
      }
      case "GroupKey":
        return into.add(this.#keys.get(node.block)?.[node.index] ?? noFlow, use);
      case "Const":
        return this.#measure(node.measure, use, into);
      case "RelabelType":
      case "CastTo":
      case "CollateExpr":
        return read(node.arg, use);
      case "CaseExpr":
        read(node.arg, "conditional");
        for (const { when, then } of node.whens) {
          read(when, "conditional");
          read(then, computed);
        }
        return read(node.otherwise, computed);
      case "SubLink":
        return this.#subLink(node, use, into, query);
      case "Aggref":
        for (const child of [...node.args, ...node.directArgs]) read(child, "aggregation");
        for (const { expression } of node.orderBy) read(expression, "sort");
        return read(node.filter, "filter");
      case "WindowFunc":
        return this.#window(node, read, query);
      case "ModelAggregate":
        for (const child of node.args) read(child, "aggregation");
        read(node.filter, "filter");
        return this.#measure(node.measure, use, into);
      case "ModelSql":
        return this.#modelSql(node, use, into, query);
      default:
        mapChildren(node, {
          expression: (child) => {
            read(child, computed);
            return child;
          },
          query: (nested) => nested,
        });
    }
  }

  /** The text of a measure hides what it reads: the measure stands for it. */
  #modelSql(node: Expression & { kind: "ModelSql" }, use: Use, into: FlowSum, query: Query): void {
    const parts = new FlowSum();
    for (const part of node.parts)
      if (typeof part !== "string" && part.kind !== "aliasOf") this.#read(part, "aggregation", parts, query);
    if (!this.#isMeasure(node.member)) return into.add(parts, use);
    into.addIndirect(parts);
    this.#measure(node.member, use, into);
  }

  #measure(key: string | undefined, use: Use, into: FlowSum): void {
    if (key !== undefined && this.#isMeasure(key))
      into.add(memberFlow(this.#model, this.#group, key, "aggregation"), use);
  }

  #isMeasure(key: string): boolean {
    const [table = "", name] = key.split(".");
    return this.#model.tables.get(table)?.measures.some((measure) => measure.name === name) ?? false;
  }

  #subLink(node: SubLink, use: Use, into: FlowSum, query: Query): void {
    const computed = isDirect(use) && node.link !== "expression" ? "transformation" : use;
    for (const { left } of node.tests) this.#read(left, computed, into, query);
    const { columns, rows } = this.query(node.query);
    into.addIndirect(rows);
    // EXISTS asks for rows alone; whatever else it is, values come out of it or are compared.
    if (node.link !== "exists") for (const column of columns) into.add(column, computed);
  }

  #window(node: WindowFunc, read: (child: Expression | undefined, as: Use) => void, query: Query): void {
    for (const child of node.args) read(child, node.aggregate ? "aggregation" : "transformation");
    read(node.filter, "filter");
    const window = query.windows[node.window];
    for (const each of window?.partitionBy ?? []) read(each, "window");
    for (const { expression } of window?.orderBy ?? []) read(expression, "window");
    for (const bound of [window?.frame?.start, window?.frame?.end])
      if (bound !== undefined && "offset" in bound) read(bound.offset, "window");
  }
}

function baseColumn(table: string, name: string): Flow {
  return sourceFlow(`column ${table}.${name.toLowerCase()}`);
}

function sourceFlow(key: SourceKey): Flow {
  return { direct: new Map([[key, "identity"]]), indirect: new Set() };
}
