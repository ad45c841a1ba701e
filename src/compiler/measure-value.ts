// M8: the value of a measure in a group, as an expression over leaves. A leaf is an aggregate of the block where the
// block's rows are right for it; otherwise it is a column of a side plan.
import { typeModifier, typeOid } from "../data-type.ts";
import { assert } from "../errors.ts";
import type { LinkedMeasure, RollingWindow } from "../model/model.ts";
import type { Const, Expression, ModelSql } from "../query/query.ts";
import type { AggregateLeaf, Block, Extension, SidePlan } from "./block.ts";
import { bigintOid, conjunction, expressionKey, placeAmong, textOid, variable } from "./compilation.ts";
import { measureNeedsOneTable, measureOfSeveral, multipliedWithoutKey } from "./compiler-errors.ts";
import { extendFrom } from "./extend-from.ts";
import { bareReads, memberParts, rawKeys } from "./member-sql.ts";
import { isAdditive } from "./rolling-buckets.ts";
import { rollingPeriod } from "./rolling-period.ts";
import {
  canBeUnmatched,
  connectedInstances,
  isMultiplied,
  isProductOfFacts,
  type MeasureColumn,
  type ScanAccess,
} from "./shape.ts";

interface ValueRequest {
  readonly block: Block;
  readonly access: ScanAccess;
  readonly table: string;
  readonly name: string;
  /** The measure that the client named: what it is made of may be hidden from it. */
  readonly label: string;
  /** The client's FILTER, over the rows of FROM. */
  readonly filter: Expression | undefined;
  /** The window of a calculated measure, for all that it is made of. */
  readonly window?: RollingWindow | undefined;
  readonly location: number;
}

/** md5(text), PostgreSQL's OID. */
const md5Oid = 2311;

/** The value that a use of a measure column has in the block's groups, with the casts that the column went through. */
export function measureValue(options: {
  readonly block: Block;
  readonly measure: MeasureColumn;
  readonly filter: Expression | undefined;
  readonly location: number;
}): Expression {
  const { block, measure, filter, location } = options;
  const value: Expression = {
    kind: "CastTo",
    arg: valueOfMeasure({
      block,
      access: measure.access,
      table: measure.access.table,
      name: measure.name,
      label: measure.label,
      filter,
      location,
    }),
    type: measure.type,
    modifier: measure.modifier,
    location,
  };
  return measure.wrap === undefined ? value : measure.wrap(value);
}

function valueOfMeasure(request: ValueRequest): Expression {
  const { compilation } = request.block;
  const key = keyOf(request);
  compilation.members.add(key);
  compilation.tables.add(request.table);
  const mask = compilation.input.visible.measureMasks.get(key);
  if (mask === "redact") return redacted(request);
  if (compilation.input.visible.nulledMeasures.has(key)) return nullOfMeasure(request);
  const value = unmaskedValue(request);
  if (mask === undefined) return value;
  const text: Expression = { kind: "CastTo", arg: value, type: textOid, modifier: -1, location: -1 };
  return {
    kind: "FuncExpr",
    function: md5Oid,
    args: [text],
    format: "call",
    returnsSet: false,
    variadic: false,
    type: textOid,
    location: -1,
  };
}

function keyOf({ table, name }: ValueRequest): string {
  return `${table}.${name}`;
}

function unmaskedValue(asked: ValueRequest): Expression {
  const measure = measureOf(asked);
  const request = { ...asked, window: measure.rollingWindow ?? asked.window };
  switch (measure.form) {
    case "aggregate":
      return aggregateLeaf(request, measure);
    case "rawAggregate":
      return rawLeaf(request, measure);
    case "calculated":
      return calculated(request, measure);
    default:
      return measure.form satisfies never;
  }
}

function measureOf({ block, table, name }: ValueRequest): LinkedMeasure {
  const measure = block.compilation.linkedTable(table).measures.find((item) => item.name === name);
  assert(measure !== undefined, `measure ${table}.${name} is in the model`);
  return measure;
}

function measureTypeOf(request: ValueRequest): { type: number; modifier: number } {
  const type = request.block.compilation.typedTable(request.table).measureTypes.get(request.name);
  assert(type !== undefined, `the type of measure ${request.table}.${request.name} is known`);
  return { type: typeOid(type), modifier: typeModifier(type) };
}

function redacted(request: ValueRequest): Expression {
  const type = measureTypeOf(request);
  if (type.type !== textOid) return nullOfMeasure(request);
  return { kind: "Const", value: "--redact--", ...type, measure: keyOf(request), location: -1 };
}

function nullOfMeasure(request: ValueRequest): Const {
  return { kind: "Const", value: null, ...measureTypeOf(request), measure: keyOf(request), location: -1 };
}

function calculated(request: ValueRequest, measure: LinkedMeasure): ModelSql {
  assert(measure.sql !== undefined, "a calculated measure has SQL");
  const parts = measure.sql.parts.map((part) => {
    if (typeof part === "string") return part;
    assert(part.kind === "measure", "a calculated measure refers to measures only");
    const value = valueOfMeasure({
      ...request,
      access: accessTo(request, part.table),
      table: part.table,
      name: part.name,
    });
    return value;
  });
  return {
    kind: "ModelSql",
    parts,
    member: `${request.table}.${request.name}`,
    type: measureTypeOf(request).type,
    location: -1,
  };
}

/**
 * The instance of a table that belongs with the one the measure was found on: the one in FROM that joins of the model
 * connect with it, else one that the side plan alone joins.
 */
function accessTo(request: ValueRequest, table: string): ScanAccess {
  const { block, access } = request;
  if (access.table === table) return access;
  const shape = extensionOf(block, access)?.shape ?? block.shape;
  const [connected, second] = connectedInstances(shape, access.key, table);
  const position = block.compilation.position(request.location);
  const several = (name: string): never => {
    throw measureOfSeveral(block.compilation.shownTable(name), request.label, position);
  };
  if (second !== undefined) several(table);
  if (connected !== undefined) return connected;
  const extension = extendFrom(block, access, table, several);
  if (extension === undefined)
    throw measureNeedsOneTable(block.compilation.shownTable(table), request.label, position);
  return extension.access;
}

function extensionOf(block: Block, access: ScanAccess): Extension | undefined {
  for (const extension of block.extensions.values()) if (extension.access === access) return extension;
  return undefined;
}

function aggregateLeaf(request: ValueRequest, measure: LinkedMeasure): Expression {
  const { block, access } = request;
  const extension = extensionOf(block, access);
  const shape = extension?.shape ?? block.shape;
  const multiplied = isMultiplied(shape, access.key);
  const leaf = leafOf(request, measure);
  const immune =
    leaf.aggregate === "min" ||
    leaf.aggregate === "max" ||
    leaf.aggregate === "count_distinct" ||
    leaf.aggregate === "count_distinct_approx";
  const apart = request.window !== undefined || (multiplied && isProductOfFacts(block.shape));
  if (extension === undefined && !apart && (immune || !multiplied)) {
    const star = leaf.counts && !canBeUnmatched(shape, access.key);
    return modelAggregate(block, leaf, star ? [] : [leaf.argument]);
  }
  if (extension === undefined && leaf.counts && !apart) {
    const keys = rawKeys(block.compilation, access);
    if (keys.length > 0)
      return modelAggregate(
        block,
        {
          ...leaf,
          aggregate: "count_distinct",
          filter: keys.length > 1 ? withPresence(leaf.filter, access) : leaf.filter,
        },
        keys,
      );
  }
  // Windows of sums are added up from parts, which those of other aggregates beside them would prevent.
  const kind = request.window !== undefined && isAdditive(leaf.aggregate) ? "additive" : "aggregate";
  const side = sidePlan(request, { multiplied: multiplied && !immune, conditions: [], kind });
  return sideColumn(side, leaf);
}

function withPresence(filter: Expression | undefined, access: ScanAccess): Expression | undefined {
  const present: Expression = {
    kind: "NullTest",
    arg: access.demand({ kind: "presence" }),
    negated: true,
    type: 16,
    location: -1,
  };
  return conjunction([filter, present]);
}

/** The leaf with its argument; `counts` when it counts rows. */
function leafOf(request: ValueRequest, measure: LinkedMeasure): AggregateLeaf & { readonly counts: boolean } {
  const { access, filter } = request;
  const counts = measure.type === "count" && measure.sql === undefined;
  const aggregate = measure.type;
  assert(
    aggregate !== "number" && aggregate !== "string" && aggregate !== "time" && aggregate !== "boolean",
    "an aggregate measure has an aggregate type",
  );
  return {
    kind: "aggregate",
    aggregate,
    counts,
    argument: counts
      ? access.demand({ kind: "presence" })
      : access.demand({ kind: "measureArgument", name: measure.name }),
    filter: conjunction([
      measure.filters.length > 0 ? access.demand({ kind: "measureFilter", name: measure.name }) : undefined,
      filter,
    ]),
    type: measureTypeOf(request).type,
    measure: `${request.table}.${request.name}`,
  };
}

function modelAggregate(block: Block, leaf: AggregateLeaf, args: readonly Expression[]): Expression {
  return {
    kind: "ModelAggregate",
    aggregate: leaf.aggregate,
    block: block.id,
    args,
    filter: leaf.filter,
    measure: leaf.measure,
    type: leaf.type,
    location: -1,
  };
}

function rawLeaf(request: ValueRequest, measure: LinkedMeasure): Expression {
  const { block, access } = request;
  const sql = measure.sql;
  assert(sql !== undefined, "a measure of raw aggregates has SQL");
  const extension = extensionOf(block, access);
  const filter = conjunction([
    request.filter,
    measure.filters.length > 0 ? access.demand({ kind: "measureFilter", name: measure.name }) : undefined,
  ]);
  const side = sidePlan(request, {
    kind: "raw",
    multiplied: isMultiplied(extension?.shape ?? block.shape, access.key),
    conditions: filter === undefined ? [] : [filter],
  });
  for (const column of bareReads(block.compilation, access.table, sql)) side.bareColumns.add(column);
  return sideColumn(side, {
    kind: "raw",
    parts: memberParts(block.compilation, access, sql),
    ...measureTypeOf(request),
    measure: `${request.table}.${request.name}`,
  });
}

function sidePlan(
  request: ValueRequest,
  options: {
    readonly kind: "aggregate" | "additive" | "raw";
    readonly multiplied: boolean;
    readonly conditions: readonly Expression[];
  },
): SidePlan {
  const { block, access } = request;
  const { compilation } = block;
  if (options.multiplied && compilation.linkedTable(access.table).primaryKey.length === 0) {
    const shown = compilation.shownTable(access.table);
    throw multipliedWithoutKey(shown, request.label, compilation.position(request.location));
  }
  const rolling = rollingOf(request);
  const key = [
    access.key,
    options.kind,
    options.multiplied,
    windowKey(request.window),
    ...options.conditions.map(expressionKey),
  ].join("|");
  let side = block.sides.get(key);
  if (side === undefined) {
    side = {
      id: compilation.newId(),
      access,
      extension: extensionOf(block, access),
      rolling,
      multiplied: options.multiplied,
      conditions: options.conditions,
      bareColumns: new Set(),
      leaves: [],
    };
    block.sides.set(key, side);
  }
  return side;
}

function rollingOf({ block, access, window, label, location }: ValueRequest): SidePlan["rolling"] {
  if (window === undefined) return undefined;
  return { window, period: rollingPeriod(block, access, label, block.compilation.position(location)) };
}

function windowKey(window: RollingWindow | undefined): string {
  return (
    JSON.stringify(window, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)) ?? ""
  );
}

/** The column of a side plan; a count is 0, not NULL, in a group that the side plan has no row for. */
function sideColumn(side: SidePlan, leaf: SidePlan["leaves"][number]): Expression {
  const known = placeAmong(side.leaves, leafKey(leaf), leafKey);
  const place = known >= 0 ? known : side.leaves.push(leaf) - 1;
  const modifier = leaf.kind === "raw" ? leaf.modifier : -1;
  const column = variable(side.id, place + 1, { type: leaf.type, modifier });
  if (leaf.kind === "raw" || !leaf.aggregate.startsWith("count")) return column;
  const zero: Const = { kind: "Const", value: 0n, type: bigintOid, modifier: -1, location: -1 };
  return { kind: "CoalesceExpr", args: [column, zero], type: bigintOid, location: -1 };
}

function leafKey(leaf: SidePlan["leaves"][number]): string {
  return JSON.stringify(leaf, (key, value: unknown) => {
    if (key === "location") return undefined;
    return typeof value === "bigint" ? `${value}n` : value;
  });
}
