// The way of a statement that reads: analysis decides whether the catalog or the warehouse answers it.
import type { Analyse, Analysed } from "../analysis/analyse.ts";
import { literalsOfNow } from "../analysis/literals-of-now.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { BoundedCache } from "../bounded-cache.ts";
import type { Catalog } from "../catalog/answer-catalog-query.ts";
import { withCurrentNames } from "../catalog/renamed-columns.ts";
import type { Clock } from "../clock.ts";
import type { StatementLineage } from "../column-lineage.ts";
import { planCacheBounds } from "../constants.ts";
import { toLensError } from "../errors.ts";
import type { EmitEvent } from "../events.ts";
import type { AdmissionRequest } from "../limits/admission.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import { shownDecision } from "../policy/shown-decision.ts";
import { analysisSettings, readSettings } from "../postgres/mirrored-settings.ts";
import { type RowStream, rowsOf } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import { sqlstates } from "../sqlstate.ts";
import {
  type ExplainedRun,
  type ExplainRequest,
  explainJson,
  explainText,
  planColumn,
  readExplain,
} from "./explain-statement.ts";
import type { Lens } from "./lens.ts";
import type { OwnStateSources } from "./own-state.ts";
import { type LensStatementPlan, planLensStatement } from "./plan-lens-statement.ts";
import { prepareAnew } from "./prepare-anew.ts";
import type {
  PreparedQuery,
  PreparedWrite,
  PrepareRequest,
  PrepareWriteRequest,
  QueryEngine,
  SessionContext,
} from "./query-engine.ts";
import { unknownLens } from "./query-errors.ts";
import {
  askCopy,
  type CatalogRunner,
  checkedRows,
  copyIntoTemporaryTable,
  defineTemporaryTable,
  runCatalogStatement,
  scansBackward,
  writeTemporaryTable,
} from "./run-catalog-statement.ts";
import { auditBase, type RunOptions, runLensStatement } from "./run-lens-statement.ts";
import { changeReadsLens } from "./temporary-errors.ts";
import { definitionsFor, tablesNamedIn } from "./temporary-rows.ts";

export interface QueryEngineOptions {
  /** The lens of a name as configured. */
  readonly lensOf: (name: string) => Lens | undefined;
  readonly analyse: Analyse;
  readonly catalog: Catalog;
  readonly audit: AuditLog;
  readonly auditParameters: boolean;
  readonly clock: Clock;
  readonly emit: EmitEvent;
  readonly rowsMax: number;
  /** Lets a statement through to a warehouse. Rejects with 53400, and with the signal's reason. */
  readonly admit: (request: AdmissionRequest) => Promise<() => void>;
  /** What version() says. */
  readonly version: string;
  /** Names of the lenses that a user may open, for `\l`. */
  readonly databasesOf: (context: SessionContext) => readonly string[];
  /** What the schema `lenswire` shows. */
  readonly own: OwnStateSources;
}

interface Planned {
  readonly parameterTypes: Analysed["parameterTypes"];
  readonly columns: Analysed["columns"];
  /** Undefined for a statement that the catalog answers. */
  readonly plan: LensStatementPlan | undefined;
  /** The session's temporary tables that it reads or writes. */
  readonly temporaryTables: ReadonlySet<string>;
  readonly stages: Readonly<Record<string, number>>;
}

export function createQueryEngine(options: QueryEngineOptions): QueryEngine {
  const plans = new BoundedCache<Planned>(planCacheBounds);
  const engine = new Engine(options, plans);
  return {
    prepare: (request) => engine.prepare(request),
    prepareWrite: (request) => engine.prepareWrite(request),
    define: async (request) => defineTemporaryTable(engine.runner(request), request),
    askCopy: async (request) => askCopy(engine.runner(request), request),
    copy: async (request) => copyIntoTemporaryTable(engine.runner(request), request),
  };
}

class Engine {
  readonly #options: QueryEngineOptions;
  readonly #plans: BoundedCache<Planned>;

  constructor(options: QueryEngineOptions, plans: BoundedCache<Planned>) {
    this.#options = options;
    this.#plans = plans;
  }

  #lens({ lens, databaseName }: SessionContext): Lens {
    const found = this.#options.lensOf(lens);
    if (found === undefined) throw unknownLens(databaseName);
    return found;
  }

  /** Runs statements that PostgreSQL inside answers. */
  runner({ context, statement }: Pick<PrepareRequest, "context" | "statement">): CatalogRunner {
    return { ...this.#options, visible: this.#visibleTo(context), sql: statement.text };
  }

  readonly #visibleTo = (context: SessionContext): VisibleModel =>
    this.#lens(context).visibleTo(context.identity);

  async prepare(asked: PrepareRequest): Promise<PreparedQuery> {
    return prepareAnew(asked, this.#visibleTo, (request) => this.#prepare(request));
  }

  async #prepare(asked: PrepareRequest): Promise<PreparedQuery> {
    const { context } = asked;
    const statement = withCurrentNames(asked.statement);
    const request: PrepareRequest = { ...asked, statement };
    const lens = this.#lens(context);
    const visible = lens.visibleTo(context.identity);
    try {
      const explain = readExplain(statement);
      const inner = explain?.inner ?? statement;
      const planned = await this.#plan(lens, visible, { ...request, statement: inner });
      if (planned.plan === undefined) return this.#catalogQuery(visible, request, planned);
      if (explain !== undefined) return this.#explain(visible, { planned, explain, statement });
      return this.#lensQuery(planned.plan.source.warehouse, visible, asked.recordedText ?? statement.text, {
        ...planned,
        plan: planned.plan,
      });
    } catch (error) {
      await this.#refused(context, visible, asked.recordedText ?? statement.text, error);
      throw error;
    }
  }

  async prepareWrite(asked: PrepareWriteRequest): Promise<PreparedWrite> {
    return prepareAnew(asked, this.#visibleTo, (request) => this.#prepareWrite(request));
  }

  async #prepareWrite(request: PrepareWriteRequest): Promise<PreparedWrite> {
    const { context, statement, target } = request;
    const lens = this.#lens(context);
    const visible = lens.visibleTo(context.identity);
    try {
      const planned = await this.#plan(lens, visible, request);
      const { plan, parameterTypes, columns } = planned;
      if (plan === undefined) {
        return {
          kind: "catalog",
          parameterTypes,
          columns: columns.length > 0 ? columns : undefined,
          start: (run) =>
            writeTemporaryTable(
              { ...this.#options, visible, sql: statement.text },
              { ...planned, statement, target },
              run,
            ),
        };
      }
      const query = this.#lensQuery(plan.source.warehouse, visible, statement.text, { ...planned, plan });
      return {
        kind: "lens",
        parameterTypes,
        columns: undefined,
        start: async (run) => ({
          rows: await checkedRows(
            { ...this.#options, visible, sql: statement.text },
            { statement, target },
            run,
            await query.start({ ...run, readAtOnce: undefined }),
          ),
          areAll: false,
          returned: undefined,
          commandTag: undefined,
        }),
      };
    } catch (thrown) {
      const isLensUpdate = toLensError(thrown).sqlstate === sqlstates.read_only_sql_transaction;
      const error = isLensUpdate ? changeReadsLens() : thrown;
      await this.#refused(context, visible, statement.text, error);
      throw error;
    }
  }

  async #plan(
    lens: Lens,
    visible: VisibleModel,
    request: PrepareRequest & { readonly target?: string },
  ): Promise<Planned> {
    const { context, statement, parameterTypes, signal, target } = request;
    const { clock, emit } = this.#options;
    const settings = readSettings(analysisSettings, context.settings);
    const key = JSON.stringify([
      lens.name,
      visible.group.name,
      visible.version,
      context.databaseName,
      settings,
      parameterTypes,
      statement.text,
      definitionsFor(statement.text, context),
    ]);
    const known = this.#plans.get(key);
    emit({ kind: "cacheAsked", cache: "plan", hit: known !== undefined });
    if (known !== undefined) return known;
    const startedMs = clock.monotonicMs();
    const analysed = await this.#options.analyse({
      text: statement.text,
      parsed: statement,
      parameterTypes,
      settings,
      visible,
      temporaryTables: tablesNamedIn(statement.text, context.temporaryTables.all).map(
        (table) => table.definition,
      ),
      insertsInto: "InsertStmt" in statement.node ? target : undefined,
      databaseName: context.databaseName,
      user: context.identity.user,
      signal,
    });
    const analysedMs = clock.monotonicMs();
    const { query, parameterTypes: types, columns } = analysed;
    const plan = query
      ? planLensStatement({
          lens,
          visible,
          analysed,
          query,
          settings: {
            timeZone: context.settings.get("TimeZone") ?? "UTC",
            dateStyle: context.settings.get("DateStyle") ?? "ISO, MDY",
            intervalStyle: context.settings.get("IntervalStyle") ?? "postgres",
            byteaOutput: context.settings.get("bytea_output") ?? "hex",
          },
        })
      : undefined;
    const stages = { analyse: analysedMs - startedMs, plan: clock.monotonicMs() - analysedMs };
    for (const [stage, durationMs] of Object.entries(stages)) emit({ kind: "stageTimed", stage, durationMs });
    const temporaryTables = new Set(analysed.temporaryTables);
    const planned: Planned = { parameterTypes: types, columns, plan, temporaryTables, stages };
    if (!literalsOfNow(statement.text)) this.#plans.put(key, planned, bytesOf(planned));
    return planned;
  }

  #lensQuery(
    warehouse: RunOptions["warehouse"],
    visible: VisibleModel,
    sql: string,
    planned: Planned & { readonly plan: LensStatementPlan },
  ): PreparedQuery {
    const { plan, stages } = planned;
    const { clock, emit, audit, auditParameters, version, admit } = this.#options;
    const isAsked = warehouse === plan.source.warehouse;
    return {
      kind: "lens",
      parameterTypes: plan.parameterTypes,
      columns: plan.columns,
      start: ({ parameters, formats, context, signal, readAtOnce }) =>
        runLensStatement({
          // What asks no warehouse is no request.
          admit: isAsked
            ? (signal) =>
                admit({
                  user: context.identity.user,
                  group: visible.group.name,
                  rates: visible.group.rateLimits,
                  source: plan.source.name,
                  signal,
                })
            : async () => () => {},
          formats,
          readAtOnce,
          plan,
          visible,
          warehouse,
          sql,
          parameters,
          context,
          signal,
          clock,
          emit,
          audit,
          auditParameters,
          version,
          stages,
        }),
    };
  }

  #catalogQuery(visible: VisibleModel, request: PrepareRequest, planned: Planned): PreparedQuery {
    const { statement } = request;
    const { parameterTypes, columns, temporaryTables } = planned;
    const runner = { ...this.#options, visible, sql: request.recordedText ?? statement.text };
    const catalogStatement = { statement, parameterTypes, temporaryTables };
    return {
      kind: "catalog",
      parameterTypes,
      columns: readExplain(statement) === undefined ? columns : [planColumn("text")],
      start: (run) => runCatalogStatement(runner, catalogStatement, run),
      scansBackward: (run) => scansBackward(runner, catalogStatement, run),
    };
  }

  #explain(
    visible: VisibleModel,
    request: {
      readonly planned: Planned;
      readonly explain: ExplainRequest;
      readonly statement: Statement;
    },
  ): PreparedQuery {
    const { planned, explain, statement } = request;
    const { plan } = planned;
    if (plan === undefined) throw new TypeError("only a lens statement is explained here");
    const scopes = visible.group.apiScopes;
    const source = scopes === undefined || scopes.includes("source");
    const decision = source ? plan.decision : shownDecision(plan.decision, visible);
    const shown = { ...plan, decision };
    const lines = (run?: ExplainedRun): RowStream => {
      if (explain.format === "json") return rowsOf([[explainJson(shown, source, run)]], 1);
      const texts = explainText(shown, source, run);
      return rowsOf([texts], texts.length);
    };
    // Recorded like any other statement, and asks the warehouse only with ANALYZE.
    const warehouse = explain.analyze ? plan.source.warehouse : { run: async () => lines() };
    const inner = this.#lensQuery(warehouse, visible, statement.text, { ...planned, plan });
    return {
      kind: "lens",
      parameterTypes: plan.parameterTypes,
      columns: [planColumn(explain.format)],
      start: async (run) => {
        // What is only counted is not wanted in a client's form.
        const stream = await inner.start({ ...run, readAtOnce: undefined });
        return explain.analyze ? lines(await this.#timed(stream)) : stream;
      },
    };
  }

  async #timed(stream: RowStream): Promise<ExplainedRun> {
    const startedMs = this.#options.clock.monotonicMs();
    let rows = 0;
    for (let batch = await stream.next(); batch !== undefined; batch = await stream.next())
      rows += batch.rowCount;
    return { rows, durationMs: this.#options.clock.monotonicMs() - startedMs };
  }

  /** A statement that never ran leaves one record. An audit that fails must not hide the client's own error. */
  async #refused(
    context: SessionContext,
    visible: VisibleModel,
    sql: string,
    thrown: unknown,
  ): Promise<void> {
    const error = toLensError(thrown);
    const { audit, clock, emit } = this.#options;
    try {
      await audit.write({
        event: "refused",
        ...auditBase(context, visible, clock),
        sql,
        outcome: error.sqlstate,
        message: error.message,
      });
    } catch (failure) {
      emit({ kind: "auditFailed", error: failure });
    }
  }
}

/** Of one column, its name and what describes it, and of a plan's own objects, estimated. */
const columnBytes = 256;
const planBytes = 4096;

/** Of one use of a member in a column's lineage, or of one base column of a member, estimated. */
const lineageBytes = 64;

function bytesOf({ plan, columns }: Planned): number {
  const lineage = plan === undefined ? 0 : lineageBytes * usesIn(plan.lineage);
  return planBytes + columnBytes * columns.length + 2 * (plan?.rendered.sql.length ?? 0) + lineage;
}

function usesIn({ columns, rows, members }: StatementLineage): number {
  const counts = columns.map(({ direct, indirect }) => direct.length + indirect.length);
  const read = members.map((member) => 1 + member.columns.length);
  return [...counts, ...read].reduce((sum, count) => sum + count, rows.length);
}
