// The embedded PostgreSQL as the rest of the program sees it: analyse a statement, or run one over the catalog.

import { readFile } from "node:fs/promises";
import type { Clock } from "../clock.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import type { ResultColumn } from "../result.ts";
import { inflateDirectory } from "./directory-file.ts";
import { directoryPath, pglitePath } from "./directory-location.ts";
import type { OwnState } from "./own-relations.ts";
import type { TemporaryTableInput } from "./temporary-tables.ts";
import { visibleModelDdl } from "./visible-model-ddl.ts";
import { compileForMemory, compileModule } from "./web-assembly.ts";
import { WorkerLine } from "./worker-line.ts";
import type {
  CopiedData,
  CopyShape,
  ListedObjects,
  ParameterInput,
  SettingChange,
  StatementNotice,
  WorkerData,
  WrittenTable,
} from "./worker-protocol.ts";

/** Bytes of memory that one instance may have: 128 MiB are its own beginning. */
const instanceBytesMax = 512 * 1024 * 1024;

/** Bytes of one catalog answer. A thousand tables of a hundred columns make 30 MB of pg_attribute. */
const answerBytesMax = 64 * 1024 * 1024;

/** Milliseconds for the analysis of one statement; measured 1 ms for a usual one. */
const analysisTimeoutMs = 10_000;

export interface CatalogInstancesOptions {
  /** limits.catalogInstancesMax; each of the two workers keeps as many. */
  readonly catalogInstancesMax: number;
  /** limits.catalogTimeout. */
  readonly catalogTimeoutMs: number;
  readonly clock: Clock;
  /** Told of dead workers and bugs, for the log. */
  readonly onFailure: (failure: unknown) => void;
}

interface StatementBase {
  readonly visible: VisibleModel;
  /** The name the client connected with. */
  readonly databaseName: string;
  readonly user: string;
  /** Session settings by name, as SHOW prints them; those left out have the prepared directory's values. */
  readonly settings: Readonly<Record<string, string>>;
  readonly text: string;
  /** From Parse; 0: infer. */
  readonly parameterTypes: readonly number[];
  /** Those of the session that the statement may see; nobody else sees them. */
  readonly temporaryTables?: readonly TemporaryTableInput[] | undefined;
  readonly signal: AbortSignal;
}

export interface AnalyseStatement extends StatementBase {
  /** Whether the analysed tree is wanted: it takes a few times as long. */
  readonly tree: boolean;
}

export interface AnalysedStatement {
  readonly parameterTypes: readonly number[];
  /** Empty for a statement that returns no rows. */
  readonly columns: readonly ResultColumn[];
  /** The dump of the analysed Query, as PostgreSQL wraps it. */
  readonly tree: Uint8Array | undefined;
  /** pg_class oid to name, of the lens's relations. */
  readonly relations: ReadonlyMap<number, string>;
  /** The same of the session's temporary tables. */
  readonly temporaryTables: ReadonlyMap<number, string>;
  /** pg_proc oids of measure, agg and aggregate. */
  readonly measureFunctions: ReadonlySet<number>;
}

export interface ExecuteStatement extends StatementBase {
  /** In text format. */
  readonly parameters: readonly ParameterInput[];
  readonly resultFormats: readonly number[];
  /** Names that `\l` lists besides the one connected to. */
  readonly otherDatabases: readonly string[];
  readonly rowsMax: number;
  /** What pg_backend_pid() says. */
  readonly processId: number;
  /** What pg_cursors, pg_prepared_statements and current_setting() show of the session, in JSON; absent: nothing. */
  readonly objects?: ListedObjects;
  /** The rows of the schema `lenswire`; absent: none. */
  readonly own?: OwnState;
  /** The temporary table that the statement writes to, and how many of its rows are wanted. */
  readonly written?: WrittenTable | undefined;
  /** Of a COPY FROM STDIN: what the client sent. */
  readonly copied?: CopiedData | undefined;
  /** The temporary table that the statement makes or alters. */
  readonly defined?: string | undefined;
}

export interface ExecutedStatement {
  readonly columns: readonly ResultColumn[];
  /** DataRow messages, one after the other, in the formats that were asked for. */
  readonly rowBytes: Uint8Array;
  readonly rowCount: number;
  readonly commandTag: string;
  /** Calls of set_config() in their order: not applied anywhere yet. */
  readonly settingChanges: readonly SettingChange[];
  readonly notices: readonly StatementNotice[];
  /** The same in binary format: the rows of the temporary table that was written to. */
  readonly writtenBytes: Uint8Array;
  readonly writtenCount: number;
  /** Of a COPY FROM STDIN that may begin. */
  readonly copyShape: CopyShape | undefined;
  /** A TableDescription of the one that was defined, as JSON. */
  readonly definition: string | undefined;
}

/** A lens and its model version. */
export type ModelVersion = Pick<VisibleModel, "lens" | "version">;

export interface CatalogInstances {
  /** Opens what a user who has just come will ask, without waiting for it. */
  prepare(visible: VisibleModel, user: string): void;
  /** Closes the instances of other models, as soon as no statement waits for them. */
  retain(models: readonly ModelVersion[]): void;
  /** Rejects with PostgreSQL's own error, 54001, 57014, or the signal's reason. */
  analyse(statement: AnalyseStatement): Promise<AnalysedStatement>;
  /**
   * As analyse, and 54000. The caller answers for the kind of the statement: SELECT, VALUES, TABLE, EXPLAIN of one, or
   * what writes to a temporary table.
   */
  execute(statement: ExecuteStatement): Promise<ExecutedStatement>;
  /** How busy the workers are at this moment. */
  load(): CatalogLoad;
  close(): Promise<void>;
}

export interface CatalogLoad {
  /** Instances open, in both workers. */
  readonly instances: number;
  /** Statements that run or wait, by what they wait for. */
  readonly analysing: number;
  readonly executing: number;
}

function instanceKey(visible: VisibleModel): string {
  return JSON.stringify([visible.lens, visible.version, visible.group.name]);
}

function isInstanceOf(key: string, models: readonly ModelVersion[]): boolean {
  return models.some(({ lens, version }) => key.startsWith(JSON.stringify([lens, version]).slice(0, -1)));
}

async function loadWorkerData(): Promise<WorkerData> {
  const [packed, pglite, initdb] = await Promise.all([
    readFile(directoryPath),
    readFile(pglitePath("pglite.wasm")),
    readFile(pglitePath("initdb.wasm")),
  ]);
  compileForMemory();
  const [pgliteModule, initdbModule] = await Promise.all([compileModule(pglite), compileModule(initdb)]);
  return { pgliteModule, initdbModule, directory: inflateDirectory(packed), instanceBytesMax };
}

/** Rejects when the build's directory is not there. No worker is started before the first user or statement. */
export async function openCatalogInstances(options: CatalogInstancesOptions): Promise<CatalogInstances> {
  const workerData = await loadWorkerData();
  const lineOptions = { ...options, workerData, instancesMax: options.catalogInstancesMax };
  // Client text is executed in one worker only: when that has to be ended, analysis goes on.
  const analysis = new WorkerLine(lineOptions);
  const execution = new WorkerLine(lineOptions);
  return {
    prepare(visible, user) {
      const source = { user, ddl: () => visibleModelDdl(visible) };
      for (const line of [analysis, execution]) line.prepare(instanceKey(visible), source);
    },
    retain(models) {
      for (const line of [analysis, execution]) line.retain((key) => isInstanceOf(key, models));
    },
    analyse: (statement) => analyse(analysis, statement),
    execute: (statement) => execute(execution, statement, options.catalogTimeoutMs),
    load: () => ({
      instances: analysis.openCount + execution.openCount,
      analysing: analysis.length,
      executing: execution.length,
    }),
    async close() {
      await Promise.all([analysis.close(), execution.close()]);
    },
  };
}

function analyse(line: WorkerLine, statement: AnalyseStatement): Promise<AnalysedStatement> {
  const { visible, user, signal } = statement;
  return line.run({
    request: {
      kind: "analyse",
      key: instanceKey(visible),
      databaseName: statement.databaseName,
      user,
      settings: statement.settings,
      text: statement.text,
      parameterTypes: statement.parameterTypes,
      tree: statement.tree,
      temporaryTables: statement.temporaryTables ?? [],
    },
    user,
    ddl: () => visibleModelDdl(visible),
    limitMs: analysisTimeoutMs,
    signal,
    accept(answer, opened) {
      if (answer.kind !== "analysed") throw new TypeError("the worker answered another question");
      return {
        parameterTypes: answer.parameterTypes,
        columns: answer.columns,
        tree: answer.tree,
        relations: new Map(opened.relations),
        measureFunctions: new Set(opened.measureFunctions),
        temporaryTables: new Map(answer.temporaryTables),
      };
    },
  });
}

function execute(line: WorkerLine, statement: ExecuteStatement, limitMs: number): Promise<ExecutedStatement> {
  const { visible, user, signal } = statement;
  return line.run({
    request: {
      kind: "execute",
      key: instanceKey(visible),
      databaseName: statement.databaseName,
      otherDatabases: statement.otherDatabases,
      user,
      settings: statement.settings,
      processId: statement.processId,
      ...(statement.objects && { objects: statement.objects }),
      ...(statement.own && { own: statement.own }),
      text: statement.text,
      parameterTypes: statement.parameterTypes,
      parameters: statement.parameters,
      resultFormats: statement.resultFormats,
      rowsMax: statement.rowsMax,
      bytesMax: answerBytesMax,
      temporaryTables: statement.temporaryTables ?? [],
      written: statement.written,
      copied: statement.copied,
      defined: statement.defined,
    },
    user,
    ddl: () => visibleModelDdl(visible),
    limitMs,
    signal,
    accept(answer) {
      if (answer.kind !== "executed") throw new TypeError("the worker answered another question");
      return answer;
    },
  });
}
