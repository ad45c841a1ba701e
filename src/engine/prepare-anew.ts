// A statement is prepared for a model and for the session's temporary tables as they are then. When it runs after either
// has changed, it is prepared anew: no filter or mask that a reload brought may be missing in what was prepared before.
import type { VisibleModel } from "../model/visible-model.ts";
import type { ResultColumn } from "../result.ts";
import type { PrepareRequest, RunRequest, SessionContext } from "./query-engine.ts";
import { resultTypeChanged } from "./temporary-errors.ts";
import { definitionsFor } from "./temporary-rows.ts";

interface Prepared<Started> {
  readonly kind: "lens" | "catalog";
  readonly parameterTypes: readonly number[];
  readonly columns: readonly ResultColumn[] | undefined;
  start(request: RunRequest): Promise<Started>;
}

/**
 * As prepare(). What it resolves to rejects with 0A000 when it is run with other columns than were described. Differs
 * from PostgreSQL: what is wrong with the statement then is told by Execute, not by Bind.
 */
export async function prepareAnew<Asked extends PrepareRequest, Started, Result extends Prepared<Started>>(
  asked: Asked,
  visibleTo: (context: SessionContext) => VisibleModel,
  prepare: (request: Asked) => Promise<Result>,
): Promise<Result> {
  const { text } = asked.statement;
  // Both are read in the same turn in which prepare() reads them.
  const visible = visibleTo(asked.context);
  const definitions = definitionsFor(text, asked.context);
  const prepared = await prepare(asked);
  const start = async (run: RunRequest): Promise<Started> => {
    const { context, signal } = run;
    if (visibleTo(context) === visible && definitionsFor(text, context) === definitions)
      return prepared.start(run);
    // Parameters are bound already, as the types that they had.
    const { parameterTypes } = prepared;
    const again = await prepare({ ...asked, parameterTypes, context, signal });
    if (again.kind !== prepared.kind || !sameColumns(prepared.columns ?? [], again.columns ?? []))
      throw resultTypeChanged();
    return again.start(run);
  };
  return { ...prepared, start };
}

function sameColumns(left: readonly ResultColumn[], right: readonly ResultColumn[]): boolean {
  const typesOf = (columns: readonly ResultColumn[]) =>
    JSON.stringify(columns.map(({ name, typeOid, typeModifier }) => [name, typeOid, typeModifier]));
  return typesOf(left) === typesOf(right);
}
