// The values that the engine binds to a statement: parameters that are numbered 0 and below, so that they never meet
// the client's own.
import type { DataType } from "../data-type.ts";

export interface BoundValue {
  readonly number: number;
  readonly type: DataType;
}

/** What each number stands for. Their texts and instants belong to the session and to the statement's start. */
export const boundValues = {
  /** The start of the transaction or statement: now(), CURRENT_TIMESTAMP, CURRENT_DATE and their kin. */
  now: { number: 0, type: { kind: "timestamptz" } },
  currentUser: { number: -1, type: { kind: "text" } },
  sessionUser: { number: -2, type: { kind: "text" } },
  currentDatabase: { number: -3, type: { kind: "text" } },
  currentSchema: { number: -4, type: { kind: "text" } },
  version: { number: -5, type: { kind: "text" } },
  backendPid: { number: -6, type: { kind: "integer" } },
} as const satisfies Record<string, BoundValue>;

export type BoundValueName = keyof typeof boundValues;

/**
 * Numbers below this one belong to whoever builds the plan (user attributes in segments, settings that were read):
 * number and type travel with the plan.
 */
export const planValueNumberMax = -100;

/**
 * Numbers at and below this one belong to columns of temporary tables, each an array of its values: which table and
 * column travels with the plan.
 */
export const temporaryColumnNumberMax = -1_000_000;

const byNumber = new Map<number, BoundValueName>(
  (Object.keys(boundValues) as BoundValueName[]).map((name) => [boundValues[name].number, name]),
);

/** The name of a bound value; undefined for the client's parameters and for those of a plan. */
export function boundValueName(number: number): BoundValueName | undefined {
  return byNumber.get(number);
}
