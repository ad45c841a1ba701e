// Runs a planned lens statement: the `opened` record, the warehouse's query, its rows, the `closed` record.
import { randomUUID } from "node:crypto";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../clock.ts";
import { toLensError } from "../errors.ts";
import type { EmitEvent } from "../events.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import type { ClientForm, RenderedQuery, RowStream } from "../result.ts";
import { sqlstates } from "../sqlstate.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import { bindValues } from "./bind-values.ts";
import type { LensStatementPlan } from "./plan-lens-statement.ts";
import type { ParameterValue, SessionContext } from "./query-engine.ts";

export interface RunOptions {
  readonly plan: LensStatementPlan;
  readonly visible: VisibleModel;
  /** Asked once the statement is recorded; what explains a statement without running it has its own. */
  readonly warehouse: Pick<Warehouse, "run">;
  /** Resolves when the statement may run; the returned function gives its place back. Rejects with 53400. */
  readonly admit: (signal: AbortSignal) => Promise<() => void>;
  /** The client's text. */
  readonly sql: string;
  readonly parameters: readonly ParameterValue[];
  /** Bind's, and what is known of how the rows will be read. */
  readonly formats: readonly number[];
  readonly readAtOnce: { readonly timeoutMs: number | undefined } | undefined;
  readonly context: SessionContext;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly emit: EmitEvent;
  readonly audit: AuditLog;
  readonly auditParameters: boolean;
  readonly version: string;
  /** Milliseconds of the stages before this one. */
  readonly stages: Readonly<Record<string, number>>;
}

/** Who asks, for every record of a session. */
export function auditBase(
  context: SessionContext,
  visible: Pick<VisibleModel, "group"> | undefined,
  clock: Clock,
) {
  return {
    time: new Date(clock.now()).toISOString(),
    user: context.identity.user,
    lens: context.lens,
    group: visible?.group.name,
    clientAddress: context.clientAddress,
    applicationName: context.settings.get("application_name") || undefined,
  };
}

/**
 * Rejects with 53400 at a limit, and with 58030 when the statement cannot be recorded: then the warehouse is not asked.
 */
export async function runLensStatement(options: RunOptions): Promise<RowStream> {
  const { clock, signal } = options;
  const askedMs = clock.monotonicMs();
  const release = await options.admit(signal).catch((error: unknown) => refused(options, error));
  const stages = { ...options.stages, queue: clock.monotonicMs() - askedMs };
  try {
    return await runAdmitted({ ...options, stages }, release);
  } catch (error) {
    release();
    throw error;
  }
}

async function refused(options: RunOptions, thrown: unknown): Promise<never> {
  const { context, visible, clock, audit, sql } = options;
  const { sqlstate, message } = toLensError(thrown);
  const base = auditBase(context, visible, clock);
  await audit.write({ event: "refused", ...base, sql, outcome: sqlstate, message });
  throw thrown;
}

async function runAdmitted(options: RunOptions, release: () => void): Promise<RowStream> {
  const { plan, context, clock, audit, visible } = options;
  const id = randomUUID();
  const startedMs = clock.monotonicMs();
  const { group: _, ...decided } = plan.decision;
  await audit.write({
    event: "opened",
    id,
    ...auditBase(context, visible, clock),
    sql: options.sql,
    sourceSql: plan.rendered.sql,
    ...decided,
    lineage: plan.lineage,
    ...(options.auditParameters && { parameters: options.parameters.map((parameter) => parameter.text) }),
  });
  const closed: WriteClosed = async (outcome, { rows, bytes }) => {
    release();
    const durationMs = clock.monotonicMs() - startedMs;
    // The stages before these were timed when the statement was planned, which may be long ago.
    options.emit({ kind: "stageTimed", stage: "queue", durationMs: options.stages["queue"] ?? 0 });
    options.emit({ kind: "stageTimed", stage: "run", durationMs });
    await audit.write({
      event: "closed",
      time: new Date(clock.now()).toISOString(),
      id,
      outcome,
      rows,
      bytes,
      durationMs,
      stages: { ...options.stages, run: durationMs },
    });
  };
  try {
    const query: RenderedQuery = {
      timeoutMs: options.readAtOnce?.timeoutMs,
      client: options.readAtOnce && clientForm(options),
      sql: plan.rendered.sql,
      columnTypes: plan.rendered.columnTypes,
      parameters: bindValues({
        places: plan.rendered.parameters,
        parameters: options.parameters,
        settings: plan.settings,
        temporaryColumns: plan.temporaryColumns,
        context,
        group: visible.group,
        nowMs: clock.now(),
        version: options.version,
      }),
    };
    return recorded(await options.warehouse.run(query, options.signal), options.signal, closed);
  } catch (error) {
    await closed(toLensError(error).sqlstate, { rows: 0, bytes: 0 });
    throw error;
  }
}

function clientForm({ plan, formats, context: { settings } }: RunOptions): ClientForm {
  return {
    formats,
    typeOids: plan.columns.map((column) => column.typeOid),
    timeZone: settings.get("TimeZone") ?? "UTC",
    extraFloatDigits: Number(settings.get("extra_float_digits") ?? 1),
    dateStyle: settings.get("DateStyle") ?? "ISO, MDY",
    intervalStyle: settings.get("IntervalStyle") ?? "postgres",
    byteaOutput: settings.get("bytea_output") ?? "hex",
  };
}

interface Counts {
  readonly rows: number;
  /** Of the rows, as they were sent. */
  readonly bytes: number;
}

type WriteClosed = (outcome: string, counts: Counts) => Promise<void>;

/** The stream with its `closed` record written once, when it ends, fails or is given up. */
function recorded(stream: RowStream, signal: AbortSignal, closed: WriteClosed): RowStream {
  let rows = 0;
  let bytes = 0;
  const onSent = (sent: number) => {
    bytes += sent;
  };
  let done = false;
  const finish = async (outcome: string) => {
    if (done) return;
    done = true;
    await closed(outcome, { rows, bytes });
  };
  return {
    async next() {
      try {
        const batch = await stream.next();
        if (batch === undefined) await finish(sqlstates.successful_completion);
        rows += batch?.rowCount ?? 0;
        return batch && { ...batch, onSent };
      } catch (error) {
        await finish(toLensError(error).sqlstate);
        throw error;
      }
    },
    async close(failure) {
      try {
        await stream.close();
      } finally {
        // A reader that has enough is a success; one that was ended is not.
        const reason: unknown = failure ?? (signal.aborted ? signal.reason : undefined);
        await finish(reason === undefined ? sqlstates.successful_completion : toLensError(reason).sqlstate);
      }
    },
  };
}
