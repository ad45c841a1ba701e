// M16: functions of the session in a lens statement become parameters, which the engine binds when the statement runs.
// So a plan never holds who asks, and the warehouse is never asked who that is.
import { type BoundValue, boundValues, planValueNumberMax } from "../query/bound-values.ts";
import type { Expression, FuncExpr, Param, Query } from "../query/query.ts";
import { replaceInQuery } from "../query/walk.ts";

const textOid = 25;

/** PostgreSQL's OIDs. Source: pg_proc.dat. */
const sessionFunctions: ReadonlyMap<number, BoundValue> = new Map<number, BoundValue>([
  [89, boundValues.version],
  [745, boundValues.currentUser],
  [746, boundValues.sessionUser],
  [861, boundValues.currentDatabase],
  [1402, boundValues.currentSchema],
  [2026, boundValues.backendPid],
]);

/** current_setting(name) and current_setting(name, missing_ok). */
const currentSetting: ReadonlySet<number> = new Set([2077, 3294]);

/** A setting that a plan reads when it runs. */
export interface BoundSetting {
  /** The number of its Param. */
  readonly number: number;
  readonly name: string;
  /** NULL for a setting that is not there, in place of 42704. */
  readonly missingOk: boolean;
}

export interface BoundFunctions {
  readonly query: Query;
  readonly settings: readonly BoundSetting[];
}

export function bindSessionFunctions(query: Query): BoundFunctions {
  const settings: BoundSetting[] = [];
  const bound = replaceInQuery(query, (node) => {
    if (node.kind !== "FuncExpr") return undefined;
    const value = sessionFunctions.get(node.function);
    if (value !== undefined) return parameter(value.number, node);
    return currentSetting.has(node.function) ? settingOf(node, settings) : undefined;
  });
  return { query: bound, settings };
}

/** Only a constant name can be bound; any other is left for the renderer to refuse. */
function settingOf(node: FuncExpr, settings: BoundSetting[]): Expression | undefined {
  const [name, missingOk] = node.args;
  if (name?.kind !== "Const" || typeof name.value !== "string") return undefined;
  if (missingOk !== undefined && missingOk.kind !== "Const") return undefined;
  const number = planValueNumberMax - 1 - settings.length;
  settings.push({ number, name: name.value, missingOk: missingOk?.value === true });
  return { ...parameter(number, node), type: textOid };
}

function parameter(number: number, node: FuncExpr): Param {
  return { kind: "Param", number, type: node.type, location: node.location };
}
