// The plan of one statement outside any session: for `lenswire compile` and the HTTP port's explain.
import type { Analyse } from "../analysis/analyse.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import type { Lens } from "./lens.ts";
import { type LensStatementPlan, planLensStatement } from "./plan-lens-statement.ts";
import { readsNoLens } from "./query-errors.ts";

/** What a session has that changes nothing. */
const settings = { timeZone: "UTC", dateStyle: "ISO, MDY", intervalStyle: "postgres", byteaOutput: "hex" };

export interface PlanOneOptions {
  readonly lens: Lens;
  readonly visible: VisibleModel;
  readonly user: string;
  readonly sql: string;
  readonly analyse: Analyse;
  readonly signal: AbortSignal;
}

/** Rejects with the client's error; with 0A000 for what reads nothing of the lens. */
export async function planOne(options: PlanOneOptions): Promise<LensStatementPlan> {
  const { lens, visible, user, sql, analyse, signal } = options;
  const analysed = await analyse({
    text: sql,
    parameterTypes: [],
    settings: {},
    visible,
    databaseName: lens.name,
    user,
    signal,
  });
  const { query } = analysed;
  if (query === undefined) throw readsNoLens();
  return planLensStatement({ lens, visible, analysed, query, settings });
}
