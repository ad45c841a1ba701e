// The one list of functions, aggregates, window functions and operators that clients are offered, and how they are
// found by PostgreSQL's OID. What is not here never reaches a warehouse.
import { aggregates, setFunctions, windowFunctions } from "./offered-aggregates.ts";
import { arrayFunctions } from "./offered-array-functions.ts";
import { mathFunctions } from "./offered-math-functions.ts";
import { operators } from "./offered-operators.ts";
import type { Offered } from "./offered-signature.ts";
import { textFunctions } from "./offered-text-functions.ts";
import { timeFunctions } from "./offered-time-functions.ts";

export const functions = { ...mathFunctions, ...textFunctions, ...timeFunctions, ...arrayFunctions } as const;
export { aggregates, operators, setFunctions, windowFunctions };

export type FunctionId = keyof typeof functions;
export type OperatorId = keyof typeof operators;
export type AggregateId = keyof typeof aggregates;
export type WindowFunctionId = keyof typeof windowFunctions;
export type SetFunctionId = keyof typeof setFunctions;

function byOid<Id extends string>(list: Readonly<Record<Id, Offered>>): ReadonlyMap<number, Id> {
  const found = new Map<number, Id>();
  for (const id of Object.keys(list) as Id[]) {
    for (const signature of list[id].signatures) found.set(signature.oid, id);
  }
  return found;
}

const functionIds = byOid<FunctionId>(functions);
const operatorIds = byOid<OperatorId>(operators);
const aggregateIds = byOid<AggregateId>(aggregates);
const windowFunctionIds = byOid<WindowFunctionId>(windowFunctions);
const setFunctionIds = byOid<SetFunctionId>(setFunctions);

/** Each returns undefined for an OID that is not offered. */
export function functionId(oid: number): FunctionId | undefined {
  return functionIds.get(oid);
}

export function operatorId(oid: number): OperatorId | undefined {
  return operatorIds.get(oid);
}

export function aggregateId(oid: number): AggregateId | undefined {
  return aggregateIds.get(oid);
}

export function windowFunctionId(oid: number): WindowFunctionId | undefined {
  return windowFunctionIds.get(oid);
}

export function setFunctionId(oid: number): SetFunctionId | undefined {
  return setFunctionIds.get(oid);
}
