// Linked model and warehouse to typed model, with every problem that only the warehouse can tell.
import { createHash } from "node:crypto";
import pLimit from "p-limit";
import type { LinkedJoin, LinkedModel, LinkedTable, TypedModel, TypedTable } from "../model/model.ts";
import { errorAt, hasErrors, type Problem, sortProblems } from "../problem.ts";
import type { DescribedColumn, Warehouse } from "../warehouse/warehouse.ts";
import { checkKey } from "./check-key.ts";
import { respellTable, spellingOf } from "./column-spelling.ts";
import { fallbackMeasureType, fallbackType } from "./declared-types.ts";
import { refusal, warehouseText } from "./describe-items.ts";
import { fromTable, type MemberSpelling, type TextContext } from "./member-text.ts";
import { typeTable } from "./type-table.ts";

/** Tables that are asked about at the same time. */
const tablesAtOnceMax = 4;

export interface TypingOptions {
  readonly signal: AbortSignal;
  /** Whether primary keys are looked at in the data, which reads every table with a key once. */
  readonly checkKeys: boolean;
}

export interface TypedModelResult {
  /** undefined when a problem is an error. */
  readonly model: TypedModel | undefined;
  readonly problems: readonly Problem[];
}

/** Where a table lies, and how that is spoken to. */
export interface TypingSource {
  readonly warehouse: Warehouse;
  readonly dialect: MemberSpelling;
}

/** The source of each table: one statement asks about one table, and what it reads lies in the same place. */
type SourceOf = (table: string) => TypingSource;

/** Rejects only when the signal aborts; what the warehouse refuses is a problem at its place in the model. */
export async function typeModel(
  linked: LinkedModel,
  sourceOf: SourceOf,
  options: TypingOptions,
): Promise<TypedModelResult> {
  const limit = pLimit(tablesAtOnceMax);
  const problems: Problem[] = [];
  const base = new Map<string, readonly DescribedColumn[]>();
  const contextOf = (table: string, tables: LinkedModel["tables"]): TextContext => ({
    tables,
    dialect: sourceOf(table).dialect,
  });
  const warehouseOf = (table: string): Warehouse => sourceOf(table).warehouse;
  const tables = [...linked.tables.values()];
  await Promise.all(
    tables.map((table) =>
      limit(async () => {
        const asked = contextOf(table.name, linked.tables);
        const columns = await describeBase(asked, warehouseOf(table.name), table, options.signal, problems);
        const alike = columns && columnsAlike(columns);
        if (alike !== undefined) problems.push(errorAt(table.location, twoAlike(table.name, alike)));
        else if (columns !== undefined) base.set(table.name, columns);
      }),
    ),
  );
  const unusable = new Set(tables.map(({ name }) => name).filter((name) => !base.has(name)));
  const spell = spellingOf(
    new Map([...base].map(([name, columns]) => [name, columns.map((column) => column.name)])),
  );
  const spelt = new Map(tables.map((table) => [table.name, respellTable(table, spell)]));
  const typed = new Map<string, TypedTable>();
  const typeOne = async (table: LinkedTable): Promise<void> => {
    const context = contextOf(table.name, spelt);
    const warehouse = warehouseOf(table.name);
    // A join between two sources is never made: a statement over both is refused.
    const joins = table.joins.filter((join) => warehouseOf(join.to) === warehouse);
    const types = await typeTable(context, warehouse, { ...table, joins }, unusable, options.signal);
    problems.push(...types.problems);
    if (options.checkKeys && types.problems.length === 0) {
      problems.push(...(await checkKey(context, warehouse, table, options.signal)));
    }
    const baseColumns = (base.get(table.name) ?? []).map(({ name, type }) => ({
      name,
      type: type ?? fallbackType("string"),
    }));
    const { dimensionTypes, measureTypes } = types;
    typed.set(table.name, { table, baseColumns, dimensionTypes, measureTypes });
  };
  const usable = [...spelt.values()].filter((table) => !unusable.has(table.name));
  await Promise.all(usable.map((table) => limit(() => typeOne(table))));
  // In file order, whichever answer came first.
  const ordered = new Map([...spelt.keys()].flatMap((name) => entryOf(typed, name)));
  const version = versionOf(linked, ordered);
  const model = {
    linked: { ...linked, version, tables: spelt, views: viewsOver(spelt, linked.views) },
    tables: ordered,
  };
  return { model: hasErrors(problems) ? undefined : model, problems: sortProblems(problems) };
}

/** The same files over a table whose columns were altered are another model: what is kept of the one is not the other's. */
function versionOf(linked: LinkedModel, tables: ReadonlyMap<string, TypedTable>): string {
  const hash = createHash("sha256").update(linked.version);
  for (const [name, { baseColumns, dimensionTypes, measureTypes }] of tables)
    hash.update(JSON.stringify([name, baseColumns, [...dimensionTypes], [...measureTypes]]));
  return hash.digest("hex");
}

/**
 * Two columns whose names differ in nothing but case. Some warehouses fold names and some do not, and what a member reads
 * has to be known for certain: masks depend on it.
 */
function columnsAlike(columns: readonly DescribedColumn[]): readonly [string, string] | undefined {
  const names = new Map<string, string>();
  for (const { name } of columns) {
    const key = name.toLowerCase();
    const other = names.get(key);
    if (other !== undefined && other !== name) return [other, name];
    names.set(key, name);
  }
  return undefined;
}

function twoAlike(table: string, [first, second]: readonly [string, string]): string {
  const columns = `the columns "${first}" and "${second}" of table "${table}"`;
  return `${columns} differ in nothing but case; call one of them something else in its SQL`;
}

/** The views with the joins of these tables, so that a join is one object everywhere. */
function viewsOver(tables: LinkedModel["tables"], views: LinkedModel["views"]): LinkedModel["views"] {
  const current = (join: LinkedJoin): LinkedJoin =>
    tables.get(join.from)?.joins.find((candidate) => candidate.to === join.to) ?? join;
  return new Map([...views].map(([name, view]) => [name, { ...view, joins: view.joins.map(current) }]));
}

function entryOf(typed: ReadonlyMap<string, TypedTable>, name: string): [string, TypedTable][] {
  const table = typed.get(name);
  return table === undefined ? [] : [[name, table]];
}

async function describeBase(
  context: TextContext,
  warehouse: Warehouse,
  table: LinkedTable,
  signal: AbortSignal,
  problems: Problem[],
): Promise<readonly DescribedColumn[] | undefined> {
  try {
    return await warehouse.describe(`SELECT * FROM ${fromTable(context, table)}`, signal);
  } catch (error) {
    signal.throwIfAborted();
    problems.push(refusal(`the SQL of table "${table.name}"`, table.location, warehouseText(error)));
    return undefined;
  }
}

/** Types by declaration alone, where there is no warehouse to ask. */
export function typeModelOffline(linked: LinkedModel): TypedModel {
  const tables = new Map<string, TypedTable>();
  for (const table of linked.tables.values()) {
    const dimensionTypes = new Map(table.dimensions.map(({ name, type }) => [name, fallbackType(type)]));
    const measureTypes = new Map(
      table.measures.map((measure) => [measure.name, fallbackMeasureType(measure)]),
    );
    tables.set(table.name, { table, baseColumns: offlineColumns(table), dimensionTypes, measureTypes });
  }
  return { linked, tables };
}

/** The columns that plain-column dimensions name, which is all that the model tells of its base SQL. */
function offlineColumns(table: LinkedTable): TypedTable["baseColumns"] {
  const columns = new Map<string, TypedTable["baseColumns"][number]>();
  for (const { plainColumn, type } of table.dimensions) {
    if (plainColumn !== undefined) columns.set(plainColumn, { name: plainColumn, type: fallbackType(type) });
  }
  return [...columns.values()];
}
