// The state of compiling one statement: numbers for new nodes, what each FROM entry offers, and the lineage.

import { typeModifier, typeOid } from "../data-type.ts";
import { assert } from "../errors.ts";
import type { LinkedTable, TypedTable } from "../model/model.ts";
import type { VisibleModel, VisibleRelation } from "../model/visible-model.ts";
import type {
  CommonTableExpression,
  CteEntry,
  EntryId,
  Expression,
  LensScanEntry,
  Query,
  ReachingFilter,
  ScanOutput,
  SubqueryEntry,
  Var,
} from "../query/query.ts";
import { visitQuery } from "../query/walk.ts";
import type { Block } from "./block.ts";
import type { Joined } from "./lens-scans.ts";
import { RowsSeen } from "./rows-seen.ts";
import type { EntryShape, ScanAccess } from "./shape.ts";

export interface CompileInput {
  readonly query: Query;
  /** The lens relations by the OID that the analysed tree knows them by. */
  readonly relations: ReadonlyMap<number, VisibleRelation>;
  /** OIDs of measure, agg and aggregate. */
  readonly measureFunctions: ReadonlySet<number>;
  readonly visible: VisibleModel;
  /** 1-based character in the client's text of a byte offset in the analysed text. */
  positionOf(location: number): number | undefined;
  /** The place in the client's text of the last of these tables, which stand in one FROM, by name or alias. */
  positionOfTables(tables: readonly string[]): number | undefined;
  /** `measureAggregates: strict`: only the matching wrapper is accepted. */
  readonly strictWrappers: boolean;
}

/** Blocks hold blocks: what the parts of the compiler call to enter one. */
export interface Recursion {
  /** A block of its own: a subquery in an expression, an arm of a set operation. */
  query(query: Query): Query;
  /** A subquery or a CTE in FROM, transparent or not. */
  entry(block: Block, entry: SubqueryEntry | CteEntry, place: PlaceInFrom): Joined;
}

/** Whether an entry is all that its FROM holds. */
export type PlaceInFrom = "alone" | "beside";

export interface OpenedBlock {
  readonly block: Block;
  readonly ctes: readonly CommonTableExpression[];
}

export class Compilation {
  readonly input: CompileInput;
  readonly recursion: Recursion;
  /** The block whose FROM holds an entry. */
  readonly blocks = new Map<EntryId, Block>();
  /** Blocks by the id of their query. */
  readonly blocksById = new Map<EntryId, Block>();
  /**
   * Queries of which WITH and FROM alone are compiled, since they turned out not to be transparent: compiled anew, a
   * deep nest would be compiled twice at every level.
   */
  readonly opened = new Map<EntryId, OpenedBlock>();
  readonly shapes = new Map<EntryId, EntryShape>();
  readonly rowsSeen: RowsSeen;
  /** Lens tables of the measures used; those that are scanned stand in the plan. */
  readonly tables = new Set<string>();
  readonly members = new Set<string>();
  /** Transparent CTEs, by their ids, and the ids of all queries that are transparent. */
  readonly transparentCtes = new Map<EntryId, Query>();
  readonly transparentBlocks = new Set<EntryId>();
  /** CTEs that stand in WITH no more: their FROM stands where they were read. */
  readonly unfoldedCtes = new Set<EntryId>();
  /** Whether some block has side plans, which repeat its FROM. */
  isSplit = false;
  readonly #filters = new Map<EntryId, ReachingFilter[]>();
  #nextId: EntryId;

  constructor(input: CompileInput, recursion: Recursion) {
    this.input = input;
    this.recursion = recursion;
    this.rowsSeen = new RowsSeen(input.query, input.relations, input.measureFunctions);
    this.#nextId = 1 + largestId(input.query);
  }

  newId(): EntryId {
    return this.#nextId++;
  }

  /** What a scan is told of WHERE: grows while blocks are compiled. */
  filtersOf(scan: EntryId): ReachingFilter[] {
    const known = this.#filters.get(scan) ?? [];
    this.#filters.set(scan, known);
    return known;
  }

  position(location: number): number | undefined {
    return location < 0 ? undefined : this.input.positionOf(location);
  }

  typedTable(name: string): TypedTable {
    const table = this.input.visible.model.tables.get(name);
    assert(table !== undefined, `table ${name} is in the model`);
    return table;
  }

  /** A table's name for a message; undefined for one that the client is not to know of. */
  shownTable(name: string): string | undefined {
    return this.input.visible.relations.has(name) ? name : undefined;
  }

  linkedTable(name: string): LinkedTable {
    return this.typedTable(name).table;
  }

  /** A new scan of a lens table. Its columns grow as they are asked for. */
  newScan(table: string): { readonly entry: LensScanEntry; readonly access: ScanAccess } {
    const outputs: ScanOutput[] = [];
    const columns: { name: string; type: number; modifier: number }[] = [];
    const id = this.newId();
    const entry: LensScanEntry = {
      kind: "lensScan",
      id,
      name: table,
      table,
      lateral: false,
      outputs,
      columns,
      filters: this.filtersOf(id),
    };
    const places = new Map<string, number>();
    const access: ScanAccess = {
      key: String(id),
      table,
      demand: (output) => {
        const key = JSON.stringify(output);
        let place = places.get(key);
        if (place === undefined) {
          const type = this.#outputType(table, output);
          place = outputs.push(output);
          columns.push({ name: outputName(output), ...type });
          places.set(key, place);
        }
        const type = columns[place - 1];
        assert(type !== undefined, "a scan column has a type");
        return variable(id, place, type);
      },
    };
    return { entry, access };
  }

  /** Notes what a scan of the plan reads. */
  noteScan({ table, outputs }: LensScanEntry): void {
    this.tables.add(table);
    for (const output of outputs) {
      if (output.kind === "dimension" || output.kind === "segment")
        this.members.add(`${table}.${output.name}`);
      if (output.kind === "joinedMember") this.members.add(`${output.table}.${output.name}`);
    }
  }

  #outputType(table: string, output: ScanOutput): { type: number; modifier: number } {
    const typed = this.typedTable(table);
    const of = (type: Parameters<typeof typeOid>[0] | undefined) => {
      assert(type !== undefined, `the type of ${JSON.stringify(output)} in ${table} is known`);
      return { type: typeOid(type), modifier: typeModifier(type) };
    };
    const column = (name: string) => of(typed.baseColumns.find((item) => item.name === name)?.type);
    switch (output.kind) {
      case "dimension":
        return of(typed.dimensionTypes.get(output.name));
      case "rawKey":
        return output.source === "dimension"
          ? of(typed.dimensionTypes.get(output.name))
          : column(output.name);
      case "baseColumn":
        return column(output.name);
      case "joinedMember":
        return of(this.typedTable(output.table).dimensionTypes.get(output.name));
      case "measureArgument":
        // Only ever the input of the warehouse's own aggregate, which names its type itself.
        return { type: warehouseType, modifier: -1 };
      case "segment":
      case "measureFilter":
      case "presence":
        return { type: booleanOid, modifier: -1 };
      default:
        return output satisfies never;
    }
  }
}

/** InvalidOid: whatever type the warehouse gives it. */
const warehouseType = 0;

export const booleanOid = 16;
export const bigintOid = 20;
export const integerOid = 23;
export const textOid = 25;

export function variable(entry: EntryId, column: number, type: { type: number; modifier: number }): Var {
  return { kind: "Var", entry, column, type: type.type, modifier: type.modifier, location: -1 };
}

export function conjunction(conditions: readonly (Expression | undefined)[]): Expression | undefined {
  const present = conditions.filter((condition) => condition !== undefined);
  if (present.length <= 1) return present[0];
  return { kind: "BoolExpr", operation: "and", args: present, type: booleanOid, location: -1 };
}

/** What a condition is the conjunction of. */
export function conjunctsOf(condition: Expression | undefined): readonly Expression[] {
  if (condition === undefined) return [];
  if (condition.kind !== "BoolExpr" || condition.operation !== "and") return [condition];
  return condition.args.flatMap(conjunctsOf);
}

/** Expressions do not change, and each is compared with many. */
const expressionKeys = new WeakMap<Expression, string>();

/** The same expression but for places in the text and for how a cast was spelt. */
export function expressionKey(expression: Expression): string {
  const known = expressionKeys.get(expression);
  if (known !== undefined) return known;
  const made = JSON.stringify(expression, (key, value: unknown) => {
    if (key === "location" || key === "format") return undefined;
    return typeof value === "bigint" ? `${value}n` : value;
  });
  expressionKeys.set(expression, made);
  return made;
}

const places = new WeakMap<readonly unknown[], { readonly byKey: Map<string, number>; known: number }>();

/** Where the first item with a key stands in a list that only grows; -1 where none does. */
export function placeAmong<Item>(
  items: readonly Item[],
  wanted: string,
  keyOf: (item: Item) => string,
): number {
  let index = places.get(items);
  if (index === undefined) {
    index = { byKey: new Map(), known: 0 };
    places.set(items, index);
  }
  for (const item of items.slice(index.known)) {
    const key = keyOf(item);
    if (!index.byKey.has(key)) index.byKey.set(key, index.known);
    index.known += 1;
  }
  return index.byKey.get(wanted) ?? -1;
}

function outputName(output: ScanOutput): string {
  return output.kind === "presence" ? "present" : output.name;
}

function largestId(query: Query): EntryId {
  let largest = 0;
  const note = (id: EntryId) => {
    largest = Math.max(largest, id);
  };
  visitQuery(query, {
    query: (block) => {
      note(block.id);
      for (const cte of block.ctes) note(cte.id);
      return true;
    },
    entry: (entry) => note(entry.id),
  });
  return largest;
}
