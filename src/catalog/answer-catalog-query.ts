// Answers a statement that reads no relation of the lens: from the cache, or by running it in the group's instance.
import { BoundedCache } from "../bounded-cache.ts";
import { batchRowsMax } from "../constants.ts";
import { sliceDataRows } from "../data-rows.ts";
import type { EmitEvent } from "../events.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import type { CatalogInstances, ExecutedStatement } from "../postgres/catalog-instances.ts";
import type { TableDescription } from "../postgres/describe-temporary-table.ts";
import { catalogSettings, readSettings } from "../postgres/mirrored-settings.ts";
import { type OwnState, ownSchema } from "../postgres/own-relations.ts";
import type { TemporaryTableInput } from "../postgres/temporary-tables.ts";
import type {
  CopiedData,
  CopyShape,
  ParameterInput,
  StatementNotice,
  WrittenTable,
} from "../postgres/worker-protocol.ts";
import type { ResultColumn, RowStream } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import { explainCursor, readPlan, supportsBackwardScan } from "./backward-scan.ts";
import { isCacheable } from "./cacheable-statement.ts";
import { notACatalogStatement } from "./catalog-errors.ts";
import { isCatalogStatement, isCopyIn, isTemporaryDefinition, isTemporaryWrite } from "./statement-kind.ts";

/** Answers kept, the bytes of one and of all. */
const cacheBounds = { entriesMax: 10_000, entryBytesMax: 1024 * 1024, bytesMax: 16 * 1024 * 1024 };

/** Bytes that an answer takes besides its rows, estimated: columns, the objects themselves. */
const answerOverheadBytes = 2048;

/** What a session has and its instance has not, in JSON. */
export interface SessionObjects {
  /** Rows of pg_cursors, and of pg_prepared_statements. */
  readonly cursors: string;
  readonly statements: string;
  /** The value of each setting, as SHOW prints it, by lower-case name: what current_setting() says. */
  readonly settings: string;
  /** The rows of pg_settings that are the session's: `key` in lower case, `value`, `reset` and `source`. */
  readonly said: string;
  /** The row of pg_stat_ssl: a TlsSession, or {}. */
  readonly tls: string;
}

const readsSettings = /pg_settings/i;
const readsSession =
  /pg_(stat_ssl|cursor|prepared_statement|settings|show_all_settings|client_encoding)|current_setting/i;

/** Whether the text can name the schema, which U&"" spells in other ways, or needs no name for it. */
function mayReadOwn({ statement: { text }, settings }: CatalogQuery): boolean {
  const isNamed = /lenswire|u&"/i.test(text);
  return isNamed || (settings.get("search_path") ?? "").toLowerCase().includes(ownSchema);
}

export interface CatalogQuery {
  readonly statement: Statement;
  readonly visible: VisibleModel;
  readonly user: string;
  /** The name the client connected with. */
  readonly databaseName: string;
  /** Names of the lenses that the user may open, for `\l`; the one connected to may be among them or not. */
  readonly databases: readonly string[];
  readonly settings: {
    get(name: string): string | undefined;
    /** For set_config(). Errors as SET. */
    set(name: string, value: string, local: boolean): void;
  };
  /** What pg_backend_pid() says. */
  readonly processId: number;
  /** For pg_cursors, pg_prepared_statements, pg_settings, pg_client_encoding() and current_setting(). */
  readonly objects: () => SessionObjects;
  /** For the schema `lenswire`. Rejects where it cannot be told. */
  readonly own: () => Promise<OwnState>;
  /** As analysed. */
  readonly parameterTypes: readonly number[];
  readonly parameters: readonly ParameterInput[];
  /** Format codes as Bind gives them; absent: text. */
  readonly resultFormats?: readonly number[];
  readonly rowsMax: number;
  /** All of the session, with the rows of those that the statement reads. */
  readonly temporaryTables?: readonly TemporaryTableInput[];
  readonly signal: AbortSignal;
}

/** A statement that writes to a temporary table of the session and reads nothing but what a catalog statement may. */
export interface TemporaryWrite extends CatalogQuery {
  readonly written: WrittenTable;
}

/** A statement that makes or alters a temporary table of the session. */
export interface TemporaryDefinition extends CatalogQuery {
  /** The name that the table has afterwards. */
  readonly defined: string;
  /** Where its rows are wanted, too. */
  readonly written: WrittenTable | undefined;
}

/** COPY FROM STDIN into a temporary table of the session. */
export interface TemporaryCopy extends TemporaryWrite {
  readonly data: Uint8Array;
  /** What the client said when it gave up behind the data. */
  readonly failure: string | undefined;
}

export interface DefinedTable {
  readonly definition: TableDescription;
  /** In binary form. */
  readonly rows: RowStream;
  readonly notices: readonly StatementNotice[];
}

export interface CatalogAnswer {
  readonly columns: readonly ResultColumn[];
  readonly rows: RowStream;
  readonly rowCount: number;
}

export interface Catalog {
  /**
   * Rejects with PostgreSQL's own error (42501 for a function that is not on the list), 54000 over `rowsMax`, 57014
   * at limits.catalogTimeout, 54001, or the signal's reason.
   */
  answer(query: CatalogQuery): Promise<CatalogAnswer>;
  /** Whether a cursor over the statement goes back where neither SCROLL nor NO SCROLL is said. Rejects as answer(). */
  scansBackward(query: CatalogQuery): Promise<boolean>;
  /** The rows of RETURNING, and those of the table afterwards; nothing is kept. Rejects as answer(), and as writes do. */
  write(query: TemporaryWrite): Promise<CatalogAnswer & WrittenRows>;
  /** Whether COPY FROM STDIN may begin, and what it waits for then. Rejects with PostgreSQL's own error. */
  askCopy(query: CatalogQuery): Promise<CopyShape>;
  /** Reads the client's data into the table. Rejects as write(), with where in the data the error lies. */
  copy(query: TemporaryCopy): Promise<WrittenRows>;
  /** Nothing is kept. The caller answers for what the statement does. Rejects as write(). */
  define(query: TemporaryDefinition): Promise<DefinedTable>;
}

export interface WrittenRows {
  /** In binary form. */
  readonly written: RowStream;
  readonly commandTag: string;
  readonly notices: readonly StatementNotice[];
}

function cacheKey(query: CatalogQuery, settings: Readonly<Record<string, string>>): string {
  return JSON.stringify([
    query.visible.lens,
    query.visible.group.name,
    query.visible.version,
    query.user,
    query.databaseName,
    query.databases,
    settings,
    query.parameterTypes,
    query.parameters.map((input) => (input instanceof Uint8Array ? [hexOf(input)] : input)),
    query.resultFormats,
    query.rowsMax,
    query.statement.text,
    readsSettings.test(query.statement.text) ? query.objects().said : undefined,
  ]);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Batches of rows that are already encoded. */
function streamOf(
  rows: Uint8Array,
  count: number,
  formats: readonly number[] | undefined,
  writtenUnder?: Readonly<Record<string, string>>,
): RowStream {
  let rest = rows;
  let left = count;
  return {
    async next() {
      if (left === 0) return undefined;
      const rowCount = Math.min(left, batchRowsMax);
      const bytes = sliceDataRows(rest, 0, rowCount);
      rest = rest.subarray(bytes.length);
      left -= rowCount;
      return { kind: "encoded", rowCount, bytes, formats, writtenUnder };
    },
    async close() {
      left = 0;
    },
  };
}

async function execute(
  instances: CatalogInstances,
  query: CatalogQuery & {
    readonly written?: WrittenTable | undefined;
    readonly defined?: string;
    readonly copied?: CopiedData;
  },
  settings: Readonly<Record<string, string>>,
): Promise<ExecutedStatement> {
  const answer = await instances.execute({
    visible: query.visible,
    databaseName: query.databaseName,
    otherDatabases: query.databases,
    user: query.user,
    settings,
    text: query.statement.text,
    parameterTypes: query.parameterTypes,
    parameters: query.parameters,
    resultFormats: query.resultFormats ?? [],
    rowsMax: query.rowsMax,
    processId: query.processId,
    ...(readsSession.test(query.statement.text) && { objects: query.objects() }),
    ...(mayReadOwn(query) && { own: await query.own() }),
    temporaryTables: query.temporaryTables,
    written: query.written,
    copied: query.copied,
    defined: query.defined,
    signal: query.signal,
  });
  for (const change of answer.settingChanges) query.settings.set(change.name, change.value, change.local);
  return answer;
}

function writtenRows({ writtenBytes, writtenCount, commandTag, notices }: ExecutedStatement): WrittenRows {
  return { written: streamOf(writtenBytes, writtenCount, [1]), commandTag, notices };
}

function bytesOf(answer: ExecutedStatement): number {
  return answerOverheadBytes + answer.rowBytes.length;
}

/** The value of a DataRow of one column: type, length, column count and value's length stand before it. */
function textOfRow(row: Uint8Array): string {
  return new TextDecoder().decode(row.subarray(11));
}

export function openCatalog(instances: CatalogInstances, emit: EmitEvent = () => {}): Catalog {
  const cache = new BoundedCache<ExecutedStatement>(cacheBounds);
  return {
    async answer(query) {
      const settings = readSettings(catalogSettings, query.settings);
      // What a session's own tables are in is nobody else's.
      const isShared = (query.temporaryTables ?? []).length === 0;
      const key = isShared ? cacheKey(query, settings) : undefined;
      let answer = key === undefined ? undefined : cache.get(key);
      emit({ kind: "cacheAsked", cache: "catalog", hit: answer !== undefined });
      if (answer === undefined) {
        // What is kept has passed: the key has the text.
        if (!isCatalogStatement(query.statement.node)) throw notACatalogStatement();
        answer = await execute(instances, query, settings);
        if (key !== undefined && isCacheable(query.statement.node)) cache.put(key, answer, bytesOf(answer));
      }
      return {
        columns: answer.columns,
        rows: streamOf(answer.rowBytes, answer.rowCount, query.resultFormats, settings),
        rowCount: answer.rowCount,
      };
    },
    async scansBackward(query) {
      if (!isCatalogStatement(query.statement.node)) throw notACatalogStatement();
      const statement = { ...query.statement, text: explainCursor(query.statement.text) };
      const settings = readSettings(catalogSettings, query.settings);
      const answer = await execute(instances, { ...query, statement, resultFormats: [0] }, settings);
      return supportsBackwardScan(readPlan(textOfRow(sliceDataRows(answer.rowBytes, 0, 1))));
    },
    async write(query) {
      if (!isTemporaryWrite(query.statement.node)) throw notACatalogStatement();
      const settings = readSettings(catalogSettings, query.settings);
      const answer = await execute(instances, query, settings);
      const { columns, rowCount } = answer;
      return {
        columns,
        rows: streamOf(answer.rowBytes, rowCount, query.resultFormats, settings),
        rowCount,
        ...writtenRows(answer),
      };
    },
    async askCopy(query) {
      if (!isCopyIn(query.statement.node)) throw notACatalogStatement();
      const settings = readSettings(catalogSettings, query.settings);
      const { copyShape } = await execute(instances, { ...query, copied: { kind: "asked" } }, settings);
      if (copyShape === undefined) throw new TypeError("a COPY FROM STDIN does not wait for data");
      return copyShape;
    },
    async copy(query) {
      if (!isCopyIn(query.statement.node)) throw notACatalogStatement();
      const { data, failure } = query;
      const settings = readSettings(catalogSettings, query.settings);
      return writtenRows(
        await execute(instances, { ...query, copied: { kind: "sent", data, failure } }, settings),
      );
    },
    async define(query) {
      if (!isTemporaryDefinition(query.statement.node)) throw notACatalogStatement();
      const settings = readSettings(catalogSettings, query.settings);
      const { definition, writtenBytes, writtenCount, notices } = await execute(instances, query, settings);
      if (definition === undefined)
        throw new TypeError("a temporary table is not there after it was defined");
      return {
        definition: JSON.parse(definition) as TableDescription,
        rows: streamOf(writtenBytes, writtenCount, [1]),
        notices,
      };
    },
  };
}
