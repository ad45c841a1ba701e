// Runs a statement that PostgreSQL inside answers: over the catalog and the session's temporary tables.
import type { AuditLog } from "../audit/audit-log.ts";
import type { Catalog, CatalogQuery } from "../catalog/answer-catalog-query.ts";
import type { Clock } from "../clock.ts";
import { toLensError } from "../errors.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import type { RowStream } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import { sqlstates } from "../sqlstate.ts";
import type { RunRequest, SessionContext, Written } from "./query-engine.ts";
import { auditBase } from "./run-lens-statement.ts";
import { readsTable } from "./temporary-names.ts";
import { temporaryInputs } from "./temporary-rows.ts";
import { temporaryRowsMax } from "./temporary-tables.ts";

export interface CatalogRunner {
  readonly catalog: Catalog;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly rowsMax: number;
  readonly databasesOf: (context: SessionContext) => readonly string[];
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
  // New rows alone are made where nothing asks for the old ones.
  const areAll = readsTable(statement.node, target);
  const filled = new Set(planned.temporaryTables);
  if (!areAll) filled.delete(target);
  return recorded(runner, run.context, async () => {
    const { written, rows, rowCount, commandTag } = await runner.catalog.write({
      ...queryOf(runner, planned, run),
      temporaryTables: temporaryInputs(run.context.temporaryTables.all, filled),
      // One more than there may be tells too many from just enough.
      written: { name: target, rowsMax: temporaryRowsMax + 1 },
    });
    const returned = columns.length > 0 ? rows : undefined;
    return { result: { rows: written, areAll, returned, commandTag }, rowCount };
  });
}

function queryOf(
  { visible, rowsMax, databasesOf }: CatalogRunner,
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
