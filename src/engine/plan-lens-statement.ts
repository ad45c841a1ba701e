// analysed tree -> lens plan -> secured plan -> SQL: the pure stages of a lens statement, one after the other.
import type { Analysed } from "../analysis/analyse.ts";
import type { TemporaryColumnParameter } from "../analysis/temporary-columns.ts";
import type { StatementLineage } from "../column-lineage.ts";
import { compile } from "../compiler/compile.ts";
import { type DataType, formatDataType } from "../data-type.ts";
import type { RenderSettings } from "../dialect/dialect.ts";
import { type RenderedPlan, render } from "../dialect/render.ts";
import { LensError, withOptions } from "../errors.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import type { Decision } from "../policy/decision.ts";
import { securePlan } from "../policy/secure-plan.ts";
import { statementLineage } from "../policy/statement-lineage.ts";
import type { Query } from "../query/query.ts";
import { treeTooDeep } from "../query/query-errors.ts";
import type { ResultColumn } from "../result.ts";
import { type BoundSetting, bindSessionFunctions } from "./bind-session-functions.ts";
import type { Lens, LensSource } from "./lens.ts";

/** Everything about a lens statement that does not depend on parameters, nor on which user of the group asks. */
export interface LensStatementPlan {
  readonly rendered: RenderedPlan;
  /** Where it runs. */
  readonly source: LensSource;
  readonly decision: Decision;
  readonly lineage: StatementLineage;
  readonly columns: readonly ResultColumn[];
  readonly parameterTypes: readonly number[];
  /** Settings whose values are bound when it runs. */
  readonly settings: readonly BoundSetting[];
  /** Columns of the session's temporary tables that are bound when it runs. */
  readonly temporaryColumns: readonly TemporaryColumnParameter[];
}

export interface PlanOptions {
  readonly lens: Lens;
  readonly visible: VisibleModel;
  readonly analysed: Analysed;
  /** The analysed tree. */
  readonly query: Query;
  readonly settings: RenderSettings;
}

/** Throws the client's errors of every stage; 54001 for a statement that is nested too deeply for one of them. */
export function planLensStatement(options: PlanOptions): LensStatementPlan {
  try {
    return plan(options);
  } catch (error) {
    if (error instanceof RangeError) throw treeTooDeep(error);
    throw error;
  }
}

function plan(options: PlanOptions): LensStatementPlan {
  const { lens, visible, analysed, query, settings } = options;
  const bound = bindSessionFunctions(query);
  const lensPlan = compile({
    query: bound.query,
    relations: analysed.relations,
    measureFunctions: analysed.measureFunctions,
    visible,
    positionOf: analysed.positionOf,
    positionOfTables: analysed.positionOfTables,
    strictWrappers: lens.options.strictWrappers,
  });
  const secured = securePlan(lensPlan, visible);
  const source = lens.sourceOf(secured.decision.tables);
  const rendered = renderAt(analysed, () => render(secured.plan, source.dialect, settings));
  return {
    rendered,
    source,
    decision: secured.decision,
    lineage: statementLineage(
      lensPlan,
      visible,
      analysed.columns.map(({ name }, place) => ({ name, type: typeText(rendered.columnTypes[place]) })),
    ),
    columns: analysed.columns,
    parameterTypes: analysed.parameterTypes,
    settings: bound.settings,
    temporaryColumns: analysed.temporaryColumns,
  };
}

/** Positions of the renderer's errors are bytes of the analysed text; clients know only their own. */
function renderAt(analysed: Analysed, rendering: () => RenderedPlan): RenderedPlan {
  try {
    return rendering();
  } catch (error) {
    if (!(error instanceof LensError) || error.position === undefined) throw error;
    throw withOptions(error, { position: analysed.positionOf(error.position - 1) });
  }
}

function typeText(type: DataType | undefined): string {
  return type === undefined ? "unknown" : formatDataType(type);
}
