// From a statement's text to its analysed form: edits the text, has PostgreSQL analyse it, reads the tree, and brings
// every position back to the text that the client sent.
import type { Node } from "@pgsql/types";
import { typeModifier, typeOid, type Value } from "../data-type.ts";
import { LensError, withOptions } from "../errors.ts";
import type { VisibleModel, VisibleRelation } from "../model/visible-model.ts";
import type { AnalysedStatement, CatalogInstances } from "../postgres/catalog-instances.ts";
import { createTemporaryTable } from "../postgres/temporary-tables.ts";
import type { ColumnType, Query } from "../query/query.ts";
import { parseTree, readTree } from "../query/read-tree.ts";
import { relationsOfTree } from "../query/relations-of-tree.ts";
import type { ResultColumn } from "../result.ts";
import { aliasMeasures } from "../sql/alias-measures.ts";
import { collapseInLists, type StandIn } from "../sql/collapse-in-lists.ts";
import { type EditedText, editText, type TextEdit } from "../sql/edit-text.ts";
import { parseStatements } from "../sql/parse.ts";
import { namesRelation } from "../sql/relation-names.ts";
import { relationPlace } from "../sql/relation-places.ts";
import type { LongList } from "../sql/shorten-lists.ts";
import type { Statement } from "../sql/statement.ts";
import { TextPlaces } from "../sql/text-places.ts";
import { type BareReference, bareReferences, wrapEdits } from "../sql/wrap-measures.ts";
import { sqlstates } from "../sqlstate.ts";
import type { TemporaryTableDefinition } from "../temporary-table.ts";
import { insertedRows } from "./inserted-rows.ts";
import { measureCallLocations } from "./measure-references.ts";
import { type TemporaryColumnParameter, TemporaryColumns } from "./temporary-columns.ts";

export interface AnalyseOptions {
  /** One statement. */
  readonly text: string;
  /** The statement as it was parsed already; parsed here where absent. */
  readonly parsed?: Pick<Statement, "node" | "bytesBefore" | "longLists"> | undefined;
  /** From Parse; 0: infer. */
  readonly parameterTypes: readonly number[];
  /** The session settings that analysis reads, by name, as SHOW prints them. */
  readonly settings: Readonly<Record<string, string>>;
  readonly visible: VisibleModel;
  /** Those of the session that the statement may refer to. */
  readonly temporaryTables?: readonly TemporaryTableDefinition[] | undefined;
  /** The one of them that the statement, an INSERT, writes to. The tree is then the SELECT of its rows. */
  readonly insertsInto?: string | undefined;
  readonly databaseName: string;
  readonly user: string;
  readonly signal: AbortSignal;
}

export interface Analysed {
  /** The tree; undefined for a statement that reads no relation of the lens, which the catalog answers. */
  readonly query: Query | undefined;
  readonly readsLens: boolean;
  /** Names of the session's temporary tables that the statement reads or writes. */
  readonly temporaryTables: readonly string[];
  /** Columns of them that the tree reads, as arrays. */
  readonly temporaryColumns: readonly TemporaryColumnParameter[];
  readonly parameterTypes: readonly number[];
  readonly columns: readonly ResultColumn[];
  /** The lens's relations by the OID that the tree knows them by. */
  readonly relations: ReadonlyMap<number, VisibleRelation>;
  /** OIDs of measure, agg and aggregate. */
  readonly measureFunctions: ReadonlySet<number>;
  /** The text that was analysed: locations in the tree are its bytes. */
  readonly text: string;
  /** 1-based character in the client's text of a byte of the analysed text; undefined for no known place. */
  positionOf(location: number): number | undefined;
  /** The same of tables that stand in one FROM: the place of the last of them. */
  positionOfTables(tables: readonly string[]): number | undefined;
}

export type Analyse = (options: AnalyseOptions) => Promise<Analysed>;

/** How often references to measures may be wrapped, or unwrapped again, before PostgreSQL's error stands. */
const wrapRoundsMax = 3;

/**
 * Rejects with PostgreSQL's own error, or those of readTree(), positions counting in the text given; with 42601 and
 * 54001 of the parser, 57014, and the signal's reason.
 */
export function createAnalyse(instances: Pick<CatalogInstances, "analyse">): Analyse {
  return async (options) => {
    // The parser finds nothing in an empty text; PostgreSQL says what that is.
    const parsed = options.parsed ?? (await parseStatements(options.text))[0];
    return new Analysis(instances, options, parsed).run();
  };
}

class Analysis {
  private readonly instances: Pick<CatalogInstances, "analyse">;
  private readonly options: AnalyseOptions;
  /** The client's text; bytes count as in its parse tree. */
  private readonly places: TextPlaces;
  private readonly tree: Node | undefined;
  private readonly longLists: readonly LongList[];
  /** Collected once they are asked for: of thousands of columns it takes longer than all else here. */
  private knownMeasures: ReadonlySet<string> | undefined;
  /**
   * A statement that names no relation of the lens nor a temporary table reads none: its tree, which costs much to print,
   * is not asked for.
   */
  private readonly needsTree: boolean;
  private readonly temporaryTables: readonly TemporaryTableDefinition[];
  /** What is wrapped so far, by location in the client's text. */
  private readonly wrapped = new Map<number, BareReference>();
  /** Wrapped once, and found to be no measures. */
  private readonly takenBack = new Set<number>();

  constructor(
    instances: Pick<CatalogInstances, "analyse">,
    options: AnalyseOptions,
    parsed: AnalyseOptions["parsed"],
  ) {
    this.instances = instances;
    this.options = options;
    this.tree = parsed?.node;
    this.longLists = parsed?.longLists ?? [];
    this.places = new TextPlaces(options.text, parsed?.bytesBefore);
    this.temporaryTables = options.temporaryTables ?? [];
    this.needsTree =
      this.tree === undefined ||
      this.temporaryTables.length > 0 ||
      namesRelation(this.tree, options.visible.relations);
  }

  async run(): Promise<Analysed> {
    const { tree, places, longLists } = this;
    if (tree === undefined) return this.withMeasuresWrapped([], []);
    const aliases = aliasMeasures(places, tree);
    for (const form of ["brief", "whole"] as const) {
      const { edits, standIns } = collapseInLists(places, tree, longLists, form);
      if (edits.length === 0 || (form === "brief" && standIns.length === 0)) continue;
      try {
        return await this.withMeasuresWrapped([...aliases, ...edits], standIns);
      } catch (error) {
        if (!(error instanceof StandInMissing || isStatementError(error))) throw error;
        this.wrapped.clear();
        this.takenBack.clear();
      }
    }
    // Without long lists, or for PostgreSQL's own error about the client's own list.
    return this.withMeasuresWrapped(aliases, []);
  }

  private async withMeasuresWrapped(
    edits: readonly TextEdit[],
    standIns: readonly StandIn[],
  ): Promise<Analysed> {
    let first: unknown;
    for (let round = 0; ; round++) {
      const edited = editText(this.options.text, [
        ...edits,
        ...wrapEdits(this.places, [...this.wrapped.values()]),
      ]);
      try {
        const analysed = await this.ask(edited, standIns);
        if (!this.takeBackMisses(analysed, edited)) return analysed;
      } catch (error) {
        first ??= error;
        if (!this.wrapUngrouped(error)) throw first;
      }
      if (round === wrapRoundsMax)
        throw first ?? new TypeError("a wrap was taken back that no error asked for");
    }
  }

  /** Wraps what an error says is ungrouped; false where it says nothing of the kind. */
  private wrapUngrouped(error: unknown): boolean {
    const { tree } = this;
    if (tree === undefined || !(error instanceof LensError) || error.sqlstate !== sqlstates.grouping_error) {
      return false;
    }
    if (error.position === undefined) return false;
    const location = this.places.byteOfOffset(this.places.offsetOfPosition(error.position));
    const references = bareReferences(tree, location, (name) => this.measures().has(name)).filter(
      (reference) => !this.wrapped.has(reference.location) && !this.takenBack.has(reference.location),
    );
    for (const reference of references) this.wrapped.set(reference.location, reference);
    return references.length > 0;
  }

  private measures(): ReadonlySet<string> {
    this.knownMeasures ??= measureNames(this.options.visible);
    return this.knownMeasures;
  }

  /** Unwraps what is no measure after all; true where there was any. */
  private takeBackMisses(analysed: Analysed, edited: EditedText): boolean {
    if (this.wrapped.size === 0) return false;
    const { query, relations, measureFunctions } = analysed;
    const calls = query === undefined ? [] : measureCallLocations(query, relations, measureFunctions);
    const editedPlaces = new TextPlaces(edited.text);
    const landed = new Set(
      [...calls].map((call) =>
        this.places.byteOfOffset(edited.originalOffset(editedPlaces.offsetOfByte(call))),
      ),
    );
    const misses = [...this.wrapped.keys()].filter((location) => !landed.has(location));
    for (const location of misses) {
      this.wrapped.delete(location);
      this.takenBack.add(location);
    }
    return misses.length > 0;
  }

  private async ask(edited: EditedText, standIns: readonly StandIn[]): Promise<Analysed> {
    const editedPlaces = new TextPlaces(edited.text);
    const clientPosition = (offset: number) => this.places.positionOfOffset(edited.originalOffset(offset));
    try {
      const answer = await this.instances.analyse({
        ...this.options,
        temporaryTables: this.temporaryTables.map((table) => ({
          name: table.name,
          oid: table.oid,
          // They are looked at where there are rows.
          checks: 0,
          definition: createTemporaryTable(table),
        })),
        text: edited.text,
        tree: this.needsTree,
      });
      const read = this.read(answer, edited.text, standIns);
      return {
        ...read,
        parameterTypes: answer.parameterTypes,
        columns: answer.columns,
        measureFunctions: answer.measureFunctions,
        text: edited.text,
        positionOf: (location) =>
          location < 0 ? undefined : clientPosition(editedPlaces.offsetOfByte(location)),
        positionOfTables: (tables) => {
          const place = this.tree === undefined ? undefined : relationPlace(this.tree, tables);
          return place === undefined
            ? undefined
            : this.places.positionOfOffset(this.places.offsetOfByte(place));
        },
      };
    } catch (error) {
      if (!(error instanceof LensError) || error.position === undefined) throw error;
      throw withOptions(error, { position: clientPosition(editedPlaces.offsetOfPosition(error.position)) });
    }
  }

  private read(
    answer: AnalysedStatement,
    text: string,
    standIns: readonly StandIn[],
  ): Pick<Analysed, "query" | "readsLens" | "relations" | "temporaryTables" | "temporaryColumns"> {
    const relations = new Map<number, VisibleRelation>();
    for (const [oid, name] of answer.relations) {
      const relation = this.options.visible.relations.get(name);
      if (relation !== undefined) relations.set(oid, relation);
    }
    const tree = answer.tree === undefined ? undefined : parseTree(answer.tree);
    const read = tree === undefined ? [] : relationsOfTree(tree);
    const readsLens = read.some((oid) => answer.relations.has(oid));
    const temporaryTables = read.flatMap((oid) => answer.temporaryTables.get(oid) ?? []);
    if (tree === undefined || !readsLens) {
      return { query: undefined, readsLens, relations, temporaryTables, temporaryColumns: [] };
    }
    const arrays = new StandInArrays(standIns);
    const temporary = new TemporaryColumns(this.temporaryTables, answer.temporaryTables);
    const query = readTree(tree, {
      text,
      columnsOf: (oid) => temporary.columnsOf(oid) ?? columnTypes(relations.get(oid)),
      isInsert: this.options.insertsInto !== undefined,
      arraysOf: (oid) => temporary.arraysOf(oid),
      arrayFor: (type, array) => arrays.itemsFor(type, array),
    });
    if (arrays.isMissing) throw new StandInMissing();
    const target = this.temporaryTables.find((table) => table.name === this.options.insertsInto);
    const rows = target === undefined ? query : insertedRows(query, target);
    return { query: rows, readsLens, relations, temporaryTables, temporaryColumns: temporary.parameters };
  }
}

class StandInMissing extends Error {}

/** The lists by the arrays that stand for them. */
class StandInArrays {
  private readonly byKey = new Map<string, readonly Value[]>();
  private readonly missing = new Set<string>();

  constructor(standIns: readonly StandIn[]) {
    for (const { arrayType, standIn, items } of standIns) {
      const key = arrayKey(arrayType, standIn);
      this.byKey.set(key, items);
      this.missing.add(key);
    }
  }

  get isMissing(): boolean {
    return this.missing.size > 0;
  }

  itemsFor(type: number, array: readonly Value[]): readonly Value[] | undefined {
    if (this.byKey.size === 0) return undefined;
    const key = arrayKey(type, array);
    this.missing.delete(key);
    return this.byKey.get(key);
  }
}

function arrayKey(type: number, array: readonly Value[]): string {
  return `${type}: ${array.map(String).join()}`;
}

/** An error about the statement itself, not about the time it took or the server's state. */
function isStatementError(error: unknown): boolean {
  return error instanceof LensError && /^(?:0A|2|3|42)/.test(error.sqlstate);
}

function measureNames(visible: VisibleModel): ReadonlySet<string> {
  const names = new Set<string>();
  for (const relation of visible.relations.values()) {
    for (const column of relation.columns) if (column.kind === "measure") names.add(column.name);
  }
  return names;
}

function columnTypes(relation: VisibleRelation | undefined): readonly ColumnType[] | undefined {
  return relation?.columns.map(({ name, type }) => ({
    name,
    type: typeOid(type),
    modifier: typeModifier(type),
  }));
}
