// What would run for a reader, told to whoever holds the HTTP port's token: planned, recorded, never run. It counts
// against no limit of the reader's, who did not ask.
import { randomUUID } from "node:crypto";
import type { Analyse } from "../analysis/analyse.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../clock.ts";
import { toLensError } from "../errors.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import { sqlstates } from "../sqlstate.ts";
import {
  describeLineage,
  describePlan,
  type LineageDescription,
  type PlanDescription,
} from "./describe-plan.ts";
import type { Lens } from "./lens.ts";
import type { LensStatementPlan } from "./plan-lens-statement.ts";
import { planOne } from "./plan-one.ts";

/** Who asks, in the audit: no user of the lens. */
export const operator = { user: "(operator)", applicationName: "lenswire admin" };

export interface OperatorExplain {
  readonly lens: Lens;
  /** What the reader sees. */
  readonly visible: VisibleModel;
  readonly sql: string;
  readonly clientAddress: string;
  readonly signal: AbortSignal;
}

/** Rejects with the error that the reader would get, and with 58030 where it cannot be recorded. */
export async function explainForOperator(
  asked: OperatorExplain,
  parts: { readonly analyse: Analyse; readonly audit: AuditLog; readonly clock: Clock },
): Promise<PlanDescription & { readonly lineage: LineageDescription }> {
  const { audit, clock } = parts;
  const startedMs = clock.monotonicMs();
  const plan = await planRecorded(asked, parts);
  const durationMs = clock.monotonicMs() - startedMs;
  const id = randomUUID();
  const { group: _, ...decided } = plan.decision;
  const sourceSql = plan.rendered.sql;
  const base = baseOf(asked, clock);
  await audit.write({ event: "opened", id, ...base, sourceSql, ...decided, lineage: plan.lineage });
  const outcome = sqlstates.successful_completion;
  const { time } = base;
  await audit.write({ event: "closed", time, id, outcome, rows: 0, bytes: 0, durationMs, stages: {} });
  return { ...describePlan(plan), lineage: describeLineage(plan, asked.visible.model.linked) };
}

async function planRecorded(
  asked: OperatorExplain,
  { analyse, audit, clock }: { readonly analyse: Analyse; readonly audit: AuditLog; readonly clock: Clock },
): Promise<LensStatementPlan> {
  try {
    return await planOne({ ...asked, user: operator.user, analyse });
  } catch (thrown) {
    const error = toLensError(thrown);
    const { sqlstate: outcome, message } = error;
    await audit.write({ event: "refused", ...baseOf(asked, clock), outcome, message });
    throw thrown;
  }
}

function baseOf({ lens, visible, sql, clientAddress }: OperatorExplain, clock: Clock) {
  const time = new Date(clock.now()).toISOString();
  const group = visible.group.name;
  return { time, lens: lens.name, group, clientAddress, ...operator, sql: `EXPLAIN ${sql}` };
}
