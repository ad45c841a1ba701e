// The way of a statement that reads: analysis decides whether the catalog or the warehouse answers it.
import type { Analyse, Analysed } from "../analysis/analyse.ts";
import { literalsOfNow } from "../analysis/literals-of-now.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { BoundedCache } from "../bounded-cache.ts";
import type { Catalog, CatalogQuery } from "../catalog/answer-catalog-query.ts";
import { withCurrentNames } from "../catalog/renamed-columns.ts";
import type { Clock } from "../clock.ts";
import { planCacheBounds } from "../constants.ts";
import { toLensError } from "../errors.ts";
import type { EmitEvent } from "../events.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import { shownDecision } from "../policy/shown-decision.ts";
import { analysisSettings, readSettings } from "../postgres/mirrored-settings.ts";
import { type ResultColumn, type RowStream, rowsOf } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import { sqlstates } from "../sqlstate.ts";
import {
  type ExplainedRun,
  type ExplainRequest,
  explainJson,
  explainText,
  readExplain,
} from "./explain-statement.ts";
import type { Lens } from "./lens.ts";
import { type LensStatementPlan, planLensStatement } from "./plan-lens-statement.ts";
import type {
  ParameterValue,
  PreparedQuery,
  PrepareRequest,
  QueryEngine,
  SessionContext,
} from "./query-engine.ts";
import { unknownLens } from "./query-errors.ts";
import { auditBase, type RunOptions, runLensStatement } from "./run-lens-statement.ts";

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
  /** What version() says. */
  readonly version: string;
  /** Names of the lenses that a user may open, for `\l`. */
  readonly databasesOf: (context: SessionContext) => readonly string[];
}

interface Planned {
  readonly parameterTypes: Analysed["parameterTypes"];
  readonly columns: Analysed["columns"];
  /** Undefined for a statement that the catalog answers. */
  readonly plan: LensStatementPlan | undefined;
  readonly stages: Readonly<Record<string, number>>;
}

export function createQueryEngine(options: QueryEngineOptions): QueryEngine {
  const plans = new BoundedCache<Planned>(planCacheBounds);
  const engine = new Engine(options, plans);
  return { prepare: (request) => engine.prepare(request) };
}

class Engine {
  readonly #options: QueryEngineOptions;
  readonly #plans: BoundedCache<Planned>;

  constructor(options: QueryEngineOptions, plans: BoundedCache<Planned>) {
    this.#options = options;
    this.#plans = plans;
  }

  async prepare(asked: PrepareRequest): Promise<PreparedQuery> {
    const { context } = asked;
    const statement = withCurrentNames(asked.statement);
    const request: PrepareRequest = { ...asked, statement };
    const lens = this.#options.lensOf(context.lens);
    if (lens === undefined) throw unknownLens(context.databaseName);
    const visible = lens.visibleTo(context.identity);
    try {
      const explain = readExplain(statement);
      const inner = explain?.inner ?? statement;
      const planned = await this.#plan(lens, visible, { ...request, statement: inner });
      if (planned.plan === undefined) return this.#catalogQuery(visible, request, planned);
      if (explain !== undefined) return this.#explain(visible, { planned, explain, statement });
      return this.#lensQuery(planned.plan.source.warehouse, visible, statement, {
        ...planned,
        plan: planned.plan,
      });
    } catch (error) {
      await this.#refused(context, visible, statement, error);
      throw error;
    }
  }

  async #plan(lens: Lens, visible: VisibleModel, request: PrepareRequest): Promise<Planned> {
    const { context, statement, parameterTypes, signal } = request;
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
    ]);
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const startedMs = clock.monotonicMs();
    const analysed = await this.#options.analyse({
      text: statement.text,
      parsed: statement,
      parameterTypes,
      settings,
      visible,
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
          },
        })
      : undefined;
    const stages = { analyse: analysedMs - startedMs, plan: clock.monotonicMs() - analysedMs };
    for (const [stage, durationMs] of Object.entries(stages)) emit({ kind: "stageTimed", stage, durationMs });
    const planned: Planned = { parameterTypes: types, columns, plan, stages };
    if (!literalsOfNow(statement.text)) this.#plans.put(key, planned, bytesOf(planned));
    return planned;
  }

  #lensQuery(
    warehouse: RunOptions["warehouse"],
    visible: VisibleModel,
    statement: Statement,
    planned: Planned & { readonly plan: LensStatementPlan },
  ): PreparedQuery {
    const { plan, stages } = planned;
    const { clock, audit, auditParameters, version } = this.#options;
    return {
      kind: "lens",
      parameterTypes: plan.parameterTypes,
      columns: plan.columns,
      start: ({ parameters, formats, context, signal, readAtOnce }) =>
        runLensStatement({
          formats,
          readAtOnce,
          plan,
          visible,
          warehouse,
          sql: statement.text,
          parameters,
          context,
          signal,
          clock,
          audit,
          auditParameters,
          version,
          stages,
        }),
    };
  }

  #catalogQuery(visible: VisibleModel, request: PrepareRequest, planned: Planned): PreparedQuery {
    const { clock, audit, catalog, rowsMax, databasesOf } = this.#options;
    const { statement } = request;
    const { parameterTypes, columns } = planned;
    const queryOf = (asked: {
      readonly parameters: readonly ParameterValue[];
      readonly formats: readonly number[];
      readonly context: SessionContext;
      readonly signal: AbortSignal;
    }): CatalogQuery => ({
      statement,
      visible,
      user: asked.context.identity.user,
      databaseName: asked.context.databaseName,
      databases: databasesOf(asked.context),
      settings: asked.context.settings,
      processId: asked.context.processId,
      objects: asked.context.listObjects,
      parameterTypes,
      parameters: asked.parameters.map(({ binary, text }) => binary ?? text),
      resultFormats: asked.formats,
      rowsMax,
      signal: asked.signal,
    });
    return {
      kind: "catalog",
      parameterTypes,
      columns: readExplain(statement) === undefined ? columns : [planColumn("text")],
      start: async ({ parameters, formats, context, signal }) => {
        const startedMs = clock.monotonicMs();
        const record = (outcome: string, rows: number) =>
          audit.write({
            event: "catalog",
            ...auditBase(context, visible, clock),
            sql: statement.text,
            outcome,
            rows,
            durationMs: clock.monotonicMs() - startedMs,
          });
        try {
          const answer = await catalog.answer(queryOf({ parameters, formats, context, signal }));
          await record(sqlstates.successful_completion, answer.rowCount);
          return answer.rows;
        } catch (error) {
          await record(toLensError(error).sqlstate, 0);
          throw error;
        }
      },
      scansBackward: (asked) => catalog.scansBackward(queryOf({ ...asked, formats: [] })),
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
    const inner = this.#lensQuery(warehouse, visible, statement, { ...planned, plan });
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
    statement: Statement,
    thrown: unknown,
  ): Promise<void> {
    const error = toLensError(thrown);
    const { audit, clock, emit } = this.#options;
    try {
      await audit.write({
        event: "refused",
        ...auditBase(context, visible, clock),
        sql: statement.text,
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

function bytesOf({ plan, columns }: Planned): number {
  return planBytes + columnBytes * columns.length + 2 * (plan?.rendered.sql.length ?? 0);
}

function planColumn(format: "text" | "json"): ResultColumn {
  return {
    name: "QUERY PLAN",
    typeOid: format === "json" ? 114 : 25,
    typeModifier: -1,
    typeLength: -1,
    tableOid: 0,
    attributeNumber: 0,
  };
}
