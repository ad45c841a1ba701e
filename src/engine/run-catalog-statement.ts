// Runs a statement that PostgreSQL inside answers: over the catalog and the session's temporary tables.
import type { AuditLog } from "../audit/audit-log.ts";
import type { Catalog, CatalogQuery, DefinedTable, WrittenRows } from "../catalog/answer-catalog-query.ts";
import type { Clock } from "../clock.ts";
import { toLensError } from "../errors.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import type { CopyShape } from "../postgres/worker-protocol.ts";
import { type RowStream, rowsOf } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import { sqlstates } from "../sqlstate.ts";
import { collectRows } from "./collect-rows.ts";
import { type OwnStateSources, ownStateOf } from "./own-state.ts";
import type {
  AskCopyRequest,
  CopyRequest,
  DefineRequest,
  RunRequest,
  SessionContext,
  Written,
} from "./query-engine.ts";
import { auditBase } from "./run-lens-statement.ts";
import { hasKey, hasRules } from "./temporary-keys.ts";
import { isPlainInsert, readsTable } from "./temporary-names.ts";
import { insertRows, temporaryInputs } from "./temporary-rows.ts";
import { temporaryRowsMax } from "./temporary-tables.ts";

export interface CatalogRunner {
  readonly catalog: Catalog;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly rowsMax: number;
  readonly databasesOf: (context: SessionContext) => readonly string[];
  /** What the schema `lenswire` shows. */
  readonly own: OwnStateSources;
  readonly visible: VisibleModel;
  /** The client's text, for the record. */
  readonly sql: string;
}

export interface PlannedCatalogStatement {
  readonly statement: Statement;
  readonly parameterTypes: readonly number[];
  /** The session's temporary tables that it reads or writes. */
  readonly temporaryTables: ReadonlySet<string>;
}

export function runCatalogStatement(
  runner: CatalogRunner,
  planned: PlannedCatalogStatement,
  run: RunRequest,
): Promise<RowStream> {
  return recorded(runner, run.context, async () => {
    const tables = temporaryInputs(run.context.temporaryTables.all, planned.temporaryTables);
    const query = { ...queryOf(runner, planned, run), temporaryTables: tables };
    const { rows, rowCount } = await runner.catalog.answer(query);
    return { result: rows, rowCount };
  });
}

/** As PreparedQuery.scansBackward(). */
export function scansBackward(
  runner: CatalogRunner,
  planned: PlannedCatalogStatement,
  run: Pick<RunRequest, "parameters" | "context" | "signal">,
): Promise<boolean> {
  return runner.catalog.scansBackward({
    ...queryOf(runner, planned, { ...run, formats: [] }),
    temporaryTables: temporaryInputs(run.context.temporaryTables.all, planned.temporaryTables),
  });
}

export function writeTemporaryTable(
  runner: CatalogRunner,
  planned: PlannedCatalogStatement & {
    readonly target: string;
    /** Of RETURNING. */
    readonly columns: readonly unknown[];
  },
  run: RunRequest,
): Promise<Written> {
  const { target, statement, columns } = planned;
  const table = run.context.temporaryTables.get(target);
  // Nothing is loaded where nothing asks for the old rows.
  const needsRows = readsTable(statement.node, target) || (table !== undefined && hasKey(table.definition));
  const filled = new Set(planned.temporaryTables);
  if (!needsRows) filled.delete(target);
  const areAll = !isPlainInsert(statement.node);
  const rowsSkipped = areAll || !needsRows ? 0 : (table?.rowCount ?? 0);
  return recorded(runner, run.context, async () => {
    const { written, rows, rowCount, commandTag } = await runner.catalog.write({
      ...queryOf(runner, planned, run),
      temporaryTables: temporaryInputs(run.context.temporaryTables.all, filled),
      // One more than there may be tells too many from just enough.
      written: { name: target, rowsSkipped, rowsMax: temporaryRowsMax + 1 },
    });
    const returned = columns.length > 0 ? rows : undefined;
    return { result: { rows: written, areAll, returned, commandTag }, rowCount };
  });
}

/**
 * Rows of the lens on their way into a table whose constraints PostgreSQL has to look at: it is given them to insert. They
 * are recorded as what their query read.
 */
export async function checkedRows(
  runner: CatalogRunner,
  { statement, target }: { readonly statement: Statement; readonly target: string },
  run: RunRequest,
  stream: RowStream,
): Promise<RowStream> {
  const table = run.context.temporaryTables.get(target);
  if (table === undefined || !hasRules(table.definition)) return stream;
  const { columns, rowCount } = await collectRows(stream, table.definition, () => {
    throw new TypeError("rows of a lens come as values");
  });
  const text = insertRows({ ...table, columns, rowCount });
  if (text === undefined) return rowsOf(columns, 0);
  const filled = new Set([target]);
  const insert = { ...statement, text, node: { InsertStmt: {} } };
  const { written } = await runner.catalog.write({
    ...queryOf(
      runner,
      { statement: insert, parameterTypes: [], temporaryTables: filled },
      { ...run, parameters: [] },
    ),
    temporaryTables: temporaryInputs(run.context.temporaryTables.all, filled),
    written: { name: target, rowsSkipped: table.rowCount, rowsMax: temporaryRowsMax + 1 },
  });
  return written;
}

/** Recorded where it is refused: what may begin is recorded at its end. */
export async function askCopy(runner: CatalogRunner, request: AskCopyRequest): Promise<CopyShape> {
  const { statement, context, signal } = request;
  const planned = { statement, parameterTypes: [], temporaryTables: new Set<string>() };
  const query = {
    ...queryOf(runner, planned, { parameters: [], formats: [], context, signal }),
    temporaryTables: temporaryInputs(context.temporaryTables.all, planned.temporaryTables),
  };
  try {
    return await runner.catalog.askCopy(query);
  } catch (error) {
    return recorded(runner, context, () => Promise.reject(error));
  }
}

/** The rows that were there are loaded where new ones must differ from them. */
export function copyIntoTemporaryTable(runner: CatalogRunner, request: CopyRequest): Promise<WrittenRows> {
  const { statement, target, data, failure, context, signal } = request;
  const table = context.temporaryTables.get(target);
  const needsRows = table !== undefined && hasKey(table.definition);
  const filled = new Set(needsRows ? [target] : []);
  return recorded(runner, context, async () => {
    const planned = { statement, parameterTypes: [], temporaryTables: filled };
    const result = await runner.catalog.copy({
      ...queryOf(runner, planned, { parameters: [], formats: [], context, signal }),
      temporaryTables: temporaryInputs(context.temporaryTables.all, filled),
      written: {
        name: target,
        rowsSkipped: needsRows ? table.rowCount : 0,
        rowsMax: temporaryRowsMax + 1,
      },
      data,
      failure,
    });
    return { result, rowCount: 0 };
  });
}

/** Runs CREATE, ALTER and their like of a temporary table. */
export function defineTemporaryTable(
  runner: CatalogRunner,
  { statement, name, target, context, signal }: DefineRequest,
): Promise<DefinedTable> {
  const filled = new Set(target === undefined ? [] : [target]);
  return recorded(runner, context, async () => {
    const planned = { statement, parameterTypes: [], temporaryTables: filled };
    const result = await runner.catalog.define({
      ...queryOf(runner, planned, { parameters: [], formats: [], context, signal }),
      temporaryTables: temporaryInputs(context.temporaryTables.all, filled),
      defined: name,
      written: target === undefined ? undefined : { name, rowsSkipped: 0, rowsMax: temporaryRowsMax + 1 },
    });
    return { result, rowCount: 0 };
  });
}

function queryOf(
  { visible, rowsMax, databasesOf, own }: CatalogRunner,
  { statement, parameterTypes }: PlannedCatalogStatement,
  { parameters, formats, context, signal }: Omit<RunRequest, "readAtOnce">,
): CatalogQuery {
  return {
    statement,
    visible,
    user: context.identity.user,
    databaseName: context.databaseName,
    databases: databasesOf(context),
    settings: context.settings,
    processId: context.processId,
    objects: context.listObjects,
    own: () => ownStateOf(own, context, visible),
    parameterTypes,
    parameters: parameters.map(({ binary, text }) => binary ?? text),
    resultFormats: formats,
    rowsMax,
    signal,
  };
}

/** One record, when it is over. */
async function recorded<T>(
  { audit, clock, visible, sql }: CatalogRunner,
  context: SessionContext,
  work: () => Promise<{ readonly result: T; readonly rowCount: number }>,
): Promise<T> {
  const startedMs = clock.monotonicMs();
  const record = (outcome: string, rows: number) =>
    audit.write({
      event: "catalog",
      ...auditBase(context, visible, clock),
      sql,
      outcome,
      rows,
      durationMs: clock.monotonicMs() - startedMs,
    });
  try {
    const { result, rowCount } = await work();
    await record(sqlstates.successful_completion, rowCount);
    return result;
  } catch (error) {
    await record(toLensError(error).sqlstate, 0);
    throw error;
  }
}
