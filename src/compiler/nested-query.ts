// M5: a subquery or CTE in FROM. A transparent one passes the measures of its FROM through; any other is a block of its
// own, whose measures are values.
import { assert } from "../errors.ts";
import type {
  ColumnType,
  CommonTableExpression,
  CteEntry,
  Expression,
  Query,
  SubqueryEntry,
  Target,
} from "../query/query.ts";
import { replaceExpressions, someExpression } from "../query/walk.ts";
import { asOneItem, Block } from "./block.ts";
import { castArgument, isCast } from "./casts.ts";
import {
  type Compilation,
  conjunction,
  expressionKey,
  type PlaceInFrom,
  placeAmong,
  variable,
} from "./compilation.ts";
import { compileExpression } from "./expressions.ts";
import { compileFrom } from "./from-clause.ts";
import { leaveOutOfTransparent } from "./leave-out.ts";
import { type Joined, registerPlain } from "./lens-scans.ts";
import { noteFilters } from "./reaching-filters.ts";
import {
  type ColumnShape,
  isProductOfFacts,
  type JoinShape,
  type MeasureColumn,
  type MemberColumn,
  type ScanAccess,
} from "./shape.ts";
import { hasTransparentForm } from "./transparent-form.ts";
import { measureOf, usesMeasure } from "./wrapped-measures.ts";

/** A transparent block under way: its targets grow as the blocks around it ask for more. */
interface Transparent {
  readonly query: Query;
  readonly targets: Target[];
  readonly columnTypes: ColumnType[];
  readonly block: Block;
  /** By the client's column, from 0. */
  readonly columns: readonly TransparentColumn[];
}

type TransparentColumn =
  | { readonly kind: "value"; readonly place: number; readonly member: MemberColumn | undefined }
  | { readonly kind: "measure"; readonly measure: MeasureColumn };

/** CTEs of a statement: how each was compiled, found by its id. */
export class CommonTables {
  readonly #transparent = new Map<number, Transparent>();

  /** Compiles a block's CTEs, in order. */
  compile(compilation: Compilation, ctes: readonly CommonTableExpression[]): CommonTableExpression[] {
    return ctes.map((cte) => {
      const transparent = cte.recursive ? undefined : compileTransparent(compilation, this, cte.query);
      if (transparent === undefined) return { ...cte, query: compilation.recursion.query(cte.query) };
      this.#transparent.set(cte.id, transparent);
      compilation.transparentCtes.set(cte.id, transparent.query);
      return { ...cte, query: transparent.query, columns: transparent.columnTypes };
    });
  }

  entry(block: Block, entry: SubqueryEntry | CteEntry, place: PlaceInFrom): Joined {
    const { compilation } = block;
    if (entry.kind === "cte") {
      const transparent = this.#transparent.get(entry.cte);
      if (transparent !== undefined) {
        if (place === "beside" || !compilation.rowsSeen.isReadOnce(entry.cte) || !canUnfold(transparent))
          return reference(block, entry, transparent);
        compilation.unfoldedCtes.add(entry.cte);
        return unfolded(block, entry, transparent);
      }
      registerPlain(block, entry);
      return { item: { kind: "entry", entry }, shape: { kind: "opaque" } };
    }
    const transparent = compileTransparent(compilation, this, entry.query);
    if (transparent !== undefined)
      return place === "alone" && canUnfold(transparent)
        ? unfolded(block, entry, transparent)
        : reference(block, { ...entry, query: transparent.query }, transparent);
    registerPlain(block, entry);
    const query = compilation.recursion.query(entry.query);
    return { item: { kind: "entry", entry: { ...entry, query } }, shape: { kind: "opaque" } };
  }
}

/** What the surrounding block sees of a transparent query under one FROM entry. */
function reference(block: Block, entry: SubqueryEntry | CteEntry, transparent: Transparent): Joined {
  const prefix = String(entry.id);
  const wrapped = new Map<string, ScanAccess>();
  const wrap = (access: ScanAccess): ScanAccess => {
    const key = `${prefix}/${access.key}`;
    const known = wrapped.get(key);
    if (known !== undefined) return known;
    const outer: ScanAccess = {
      key,
      table: access.table,
      demand: (output) => expose(entry.id, transparent, access.demand(output)),
    };
    wrapped.set(key, outer);
    return outer;
  };
  const columns = transparent.columns.map((column): ColumnShape => {
    if (column.kind === "measure")
      return { kind: "measure", measure: { ...column.measure, access: wrap(column.measure.access) } };
    const type = transparent.columnTypes[column.place];
    assert(type !== undefined, "a transparent column has a type");
    return {
      kind: "value",
      expression: () => variable(entry.id, column.place + 1, type),
      member: column.member && { ...column.member, access: wrap(column.member.access) },
    };
  });
  register(block, entry, columns);
  return {
    item: { kind: "entry", entry: { ...entry, columns: transparent.columnTypes } },
    shape: wrapShape(transparent.block.shape, wrap),
  };
}

function register(block: Block, entry: SubqueryEntry | CteEntry, columns: readonly ColumnShape[]): void {
  const columnNames = entry.columns.map((column) => column.name);
  block.compilation.blocks.set(entry.id, block);
  block.compilation.shapes.set(entry.id, { name: entry.name, columnNames, columns, presence: undefined });
}

/**
 * Whether the FROM of a transparent query stands in that of the block around it, alone, so that the facts in it are
 * aggregated apart. Not where an expression yields something else each time that it is read.
 */
function canUnfold({ query, block }: Transparent): boolean {
  const isVolatile = (node: Expression) => node.kind === "FuncExpr" && node.args.length === 0;
  return (
    isProductOfFacts(block.shape) &&
    query.ctes.length === 0 &&
    !query.targets.some(({ expression }) => someExpression(expression, isVolatile))
  );
}

function unfolded(block: Block, entry: SubqueryEntry | CteEntry, transparent: Transparent): Joined {
  const { targets, query } = transparent;
  const columns = transparent.columns.map((column): ColumnShape => {
    if (column.kind === "measure") return column;
    const target = targets[column.place];
    assert(target !== undefined, "a transparent column has an expression");
    return { kind: "value", expression: () => target.expression, member: column.member };
  });
  register(block, entry, columns);
  block.unfolded = query.where;
  return { item: asOneItem(query.from), shape: transparent.block.shape };
}

/** A column of the transparent query for an expression over its FROM; added when it is not there yet. */
function expose(entry: number, transparent: Transparent, expression: Expression) {
  const wanted = expressionKey(expression);
  let place = placeAmong(transparent.targets, wanted, ({ expression: known }) => expressionKey(known));
  if (place < 0) {
    place = transparent.targets.push(plainTarget(expression, undefined)) - 1;
    const modifier = "modifier" in expression ? expression.modifier : -1;
    transparent.columnTypes.push({ name: `input${place}`, type: expression.type, modifier });
  }
  const type = transparent.columnTypes[place];
  assert(type !== undefined, "an exposed column has a type");
  return variable(entry, place + 1, type);
}

function plainTarget(expression: Expression, name: string | undefined): Target {
  return { expression, name, junk: false, origin: undefined };
}

function wrapShape(shape: JoinShape, wrap: (access: ScanAccess) => ScanAccess): JoinShape {
  if (shape.kind === "opaque") return shape;
  if (shape.kind === "scan") return { kind: "scan", access: wrap(shape.access) };
  const prefix = (key: string) => {
    const found = [shape.left, shape.right].flatMap(allScans).find((access) => access.key === key);
    return found === undefined ? key : wrap(found).key;
  };
  return {
    ...shape,
    left: wrapShape(shape.left, wrap),
    right: wrapShape(shape.right, wrap),
    edge: shape.edge && {
      ...shape.edge,
      left: prefix(shape.edge.left),
      right: prefix(shape.edge.right),
    },
  };
}

function allScans(shape: JoinShape): readonly ScanAccess[] {
  if (shape.kind === "scan") return [shape.access];
  return shape.kind === "opaque" ? [] : [...allScans(shape.left), ...allScans(shape.right)];
}

/** The query as a transparent one, or undefined when M5 says that it is a block of its own. */
function compileTransparent(
  compilation: Compilation,
  common: CommonTables,
  query: Query,
): Transparent | undefined {
  if (!hasTransparentForm(query)) return undefined;
  const ctes = common.compile(compilation, query.ctes);
  const block = new Block(query.id, compilation);
  compilation.blocksById.set(query.id, block);
  compileFrom(block, query.from, query.where);
  leaveOutOfTransparent(block, query);
  const targets = query.targets.filter((target) => !target.junk);
  const uses = targets.map((target) => usesMeasure(target.expression, block));
  if (targets.some((target, place) => uses[place] && castOfMeasure(target.expression, block) === undefined)) {
    compilation.opened.set(query.id, { block, ctes });
    return undefined;
  }
  const compiled: Target[] = [];
  const columnTypes: ColumnType[] = [];
  const columns = targets.map((target): TransparentColumn => {
    const measure = castOfMeasure(target.expression, block);
    if (measure !== undefined) return { kind: "measure", measure };
    const expression = compileExpression(target.expression, block, "value");
    const place = compiled.push({ ...target, expression }) - 1;
    const modifier = "modifier" in expression ? expression.modifier : -1;
    columnTypes.push({ name: target.name ?? "column", type: expression.type, modifier });
    return { kind: "value", place, member: memberColumn(target.expression, compilation) };
  });
  const where = query.where && compileExpression(query.where, block, "where");
  compilation.transparentBlocks.add(query.id);
  noteFilters(block, where);
  const own: Query = {
    ...query,
    ctes: ctes.filter(({ id }) => !compilation.unfoldedCtes.has(id)),
    from: block.from,
    where: conjunction([block.unfolded, where]),
    targets: compiled,
    orderBy: [],
  };
  return { query: own, targets: compiled, columnTypes, block, columns };
}

/** The measure that a target is, perhaps renamed and cast. */
function castOfMeasure(expression: Expression, block: Block): MeasureColumn | undefined {
  const measure = measureOf(expression, block);
  if (measure !== undefined) return measure;
  const inner = isCast(expression) ? castArgument(expression) : undefined;
  const wrapped = inner && castOfMeasure(inner, block);
  if (wrapped === undefined || inner === undefined) return undefined;
  const around = wrapped.wrap;
  return {
    ...wrapped,
    wrap: (value) => {
      const argument = around === undefined ? value : around(value);
      return replaceExpressions(expression, (node) => (node === inner ? argument : undefined));
    },
  };
}

function memberColumn(expression: Expression, compilation: Compilation): MemberColumn | undefined {
  if (expression.kind !== "Var") return undefined;
  const column = compilation.shapes.get(expression.entry)?.columns[expression.column - 1];
  return column?.kind === "value" ? column.member : undefined;
}
